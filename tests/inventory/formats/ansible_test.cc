#include <doctest/doctest.h>

#include <string>

#include "base/shell_words.h"
#include "inventory/formats/ansible_groups.h"
#include "tests/inventory/support/loading.h"

using namespace fleetscan;
using namespace fleetscan::inventory;
using test::Lines;

namespace {

Lines ini(const std::string& text) { return test::load_text(Format::ansible_ini, text); }
Lines yaml(const std::string& text) { return test::load_text(Format::ansible_yaml, text); }
Lines json(const std::string& text) { return test::load_text(Format::ansible_json, text); }

const std::string kNul = "a NUL byte: is this a text file, and not UTF-16?";

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("Ansible INI: hosts, groups and variables") {
  // clang-format off
  const struct { std::string text; Lines lines; } cases[] = {
      {"", {}},
      {"\xef\xbb\xbfweb01\r\n\r\n", {"web01:22"}},
      {"web01 # c\n; c\n# c\n", {"web01:22"}},
      {"[web]\nw[01:03]\n", {"w01:22 group=web", "w02:22 group=web", "w03:22 group=web"}},
      {"x[a:c:2]-[1:2]", {"xa-1:22", "xa-2:22", "xc-1:22", "xc-2:22"}},
      {"web01:2222\n[2001:db8::1]:2223\n2001:db8::2\n10.0.0.[1:2]:24\n",
       {"web01:2222", "10.0.0.1:24", "10.0.0.2:24", "[2001:db8::2]:22", "[2001:db8::1]:2223"}},
      {"web01 ansible_host=10.0.0.1 ansible_port=2222", {"web01:2222 10.0.0.1"}},
      {"web01 ansible_ssh_host=real.example.net", {"web01:22 real.example.net"}},
      {"web01 ansible_host='{{ inventory_hostname }}.example.net'", {"web01:22 web01.example.net"}},
      {"[web]\na\n[web:vars]\nansible_port=2222 # c\n", {"a:2222 group=web"}},
      {"[all:vars]\nansible_port=1\n[web:vars]\nansible_port=2\n[web]\na\nb:3\n", {"a:2 group=web", "b:3 group=web"}},
      {"[prod:children]\nweb\n[web]\na\n", {"a:22 group=prod,web"}},
      {"[web]\na\n[db]\na\n", {"a:22 group=db,web"}},
      {"[ungrouped]\na\n[all]\nb\n", {"a:22", "b:22"}},
      {"a ansible_connection=local", {"a:22 (not reached by SSH: ansible_connection is local)"}},
      {"a ansible_connection=ssh", {"a:22"}},
      {"a ansible_ssh_common_args='-o ProxyJump=gate'",
       {"a:22 (reached only through another host: ProxyJump gate) by gate"}},
  };
  // clang-format on
  for (const auto& [text, lines] : cases) {
    CAPTURE(text);
    CHECK(ini(text) == lines);
  }
}

TEST_CASE("Ansible INI: bad lines, all of them, with their place") {
  const std::string port = "a port is a number from 1 to 65535";
  const std::string section = "a section is [group], [group:children] or [group:vars]";
  const std::string range = "a range is [first:last] or [first:last:step]";
  // clang-format off
  const struct { std::string text; Lines lines; } cases[] = {
      {"[a b]\n[web:x]\n[]\nh novalue\n", {"f:1:1: \"[a b]\": " + section, "f:2:1: \"[web:x]\": " + section, "f:3:1: \"[]\": " + section,
       "f:4:1: \"h\": the section above it is not understood"}},
      {"h novalue", {"f:1:1: \"h\": after the host come variables, key=value"}},
      {"h a='", {"f:1:1: \"h a='\": a quote is not closed"}},
      {" h:0\nh:65536\n[::1]:x", {"f:1:2: \"h:0\": " + port, "f:2:1: \"h:65536\": " + port, "f:3:1: \"[::1]:x\": " + port}},
      {"h ansible_port=ssh", {"f:1:1: \"ssh\": ansible_port is a number from 1 to 65535"}},
      {"h[1:\nh[1]\nh[01:2]\nh[3:1]\nh[a:]", {"f:1:1: \"h[1:\": the bracket is not closed", "f:2:1: \"h[1]\": " + range,
       "f:3:1: \"h[01:2]\": both ends of a range have the same width", "f:4:1: \"h[3:1]\": a range goes from a lower to a higher end", "f:5:1: \"h[a:]\": " + range}},
      {"h[1:99999999]", {"f:1:1: \"h[1:99999999]\": expands to more hosts than --max-targets allows"}},
      {repeated("h[1:9]", 17), {"f:1:1: \"" + repeated("h[1:9]", 13) + "h[...\": at most 16 ranges in one name"}},
      {"[web:vars]\na=b", {"f:1:1: \"web\": variables of a group that is not declared anywhere"}},
      {"[web:children]\nx", {"f:2:1: \"x\": a child that is not declared anywhere: add its [section]"}},
      {"[a:children]\nb\n[b:children]\na\n", {"f:4:1: \"a\": a group is its own descendant"}},
      {"[web:vars]\nx\n[web]\n", {"f:2:1: \"x\": below [group:vars] each line is key=value"}},
      {"h ansible_host={{x}}", {"f:1:1: \"h\": cannot be resolved here: variable x"}},
      {"h ansible_host=a$b", {"f:1:1: \"a$b\": a host name has only letters, digits, '-', '_' and '.'"}},
      {std::string{"a\nb\0c", 5}, {"f:2: \"b\\x00c\": " + kNul}},
  };
  // clang-format on
  for (const auto& [text, lines] : cases) {
    CAPTURE(text);
    CHECK(ini(text) == lines);
  }
  CHECK(test::error_in(Format::ansible_ini, std::string(1 << 20, 'a')).find("65536 bytes") !=
        std::string::npos);
  CHECK(test::error_in(Format::ansible_ini, repeated("[", 50000)).find("f:1:1:") == 0);
}

TEST_CASE("Ansible YAML: hosts, groups and variables") {
  // clang-format off
  const struct { std::string text; Lines lines; } cases[] = {
      {"all:\n  hosts:\n    a:\n    b: {ansible_host: 10.0.0.1, ansible_port: 2222}\n", {"a:22", "b:2222 10.0.0.1"}},
      {"---\r\nweb:\r\n  hosts:\r\n    w[1:2]:\r\n", {"w1:22 group=web", "w2:22 group=web"}},
      {"\xef\xbb\xbfweb: {hosts: {\"a:24\": }}", {"a:24 group=web"}},
      {"all: {children: {web: {children: {fe: {hosts: {a: }}}}}}", {"a:22 group=fe,web"}},
      {"web: {hosts: a, vars: {ansible_port: 23}}", {"a:23 group=web"}},
      {"x: &x {hosts: {a: }}\ny: *x\n", {"a:22 group=x,y"}},
      {"web: {hosts: , children: , vars: }", {}},
  };
  // clang-format on
  for (const auto& [text, lines] : cases) {
    CAPTURE(text);
    CHECK(yaml(text) == lines);
  }
}

TEST_CASE("Ansible YAML: what is wrong, with its place") {
  // clang-format off
  const struct { std::string text, line; } cases[] = {
      {"- a\n- b\n", "f:1:1: an inventory is a mapping of groups"},
      {"", "f: an inventory is a mapping of groups"},
      {"plugin: aws_ec2\n", "f:1:1: \"plugin\": a plugin's configuration: run ansible-inventory --list and pass its output"},
      {"web:\n  hosts:\n    - a\n", "f:3:5: \"hosts\": hosts is a mapping (web01:), not a list (- web01)"},
      {"web:\n  children: [a]\n", "f:2:13: \"children\": children is a mapping of groups, not a list"},
      {"web: 3\n", "f:1:6: \"web\": a group is a mapping with hosts, children and vars"},
      {"a: {children: {b: {children: {a: }}}}", "f:1:16: \"b\": a group is its own descendant"},
      {"web: {hosts: {\"a:0\": }}", "f:1:15: \"a:0\": a port is a number from 1 to 65535"},
      {"web: [\n", "f:2:1: not valid YAML: end of sequence flow not found"},
      {std::string{"web:\n  h\0", 9}, "f:2: " + kNul},
  };
  // clang-format on
  for (const auto& [text, line] : cases) {
    CAPTURE(text);
    CHECK(test::error_in(Format::ansible_yaml, text) == line);
  }
}

TEST_CASE("Ansible YAML: deep nesting and alias bombs end in an error, soon") {
  CHECK(test::error_in(Format::ansible_yaml, repeated("[", 50000)).find("not valid YAML") !=
        std::string::npos);
  CHECK(test::error_in(Format::ansible_yaml, repeated("{a: ", 50000)).find("not valid YAML") !=
        std::string::npos);
  std::string deep;
  for (int i = 0; i < 150; ++i)
    deep += std::string(static_cast<std::size_t>(2 * i), ' ') + "g" + std::to_string(i) + ":\n" +
            std::string(static_cast<std::size_t>(2 * i + 1), ' ') + "children:\n";
  CHECK(test::error_in(Format::ansible_yaml, deep).find("too deep or too large") !=
        std::string::npos);

  std::string bomb = "g0: &g0 {hosts: {a: }}\n";  // 9^12 ways down
  for (int i = 1; i <= 12; ++i) {
    bomb += "g" + std::to_string(i) + ": &g" + std::to_string(i) + "\n  children:\n";
    for (int j = 0; j < 9; ++j)
      bomb += "    c" + std::to_string(i) + "x" + std::to_string(j) + ": *g" +
              std::to_string(i - 1) + "\n";
  }
  CHECK(test::error_in(Format::ansible_yaml, bomb).find("does it use many aliases?") !=
        std::string::npos);
}

TEST_CASE("Ansible JSON: hosts, groups and variables") {
  // clang-format off
  const struct { std::string text; Lines lines; } cases[] = {
      {"{}", {}},
      {R"({"web": ["a", "b"]})", {"a:22 group=web", "b:22 group=web"}},
      {R"({"web": {"hosts": ["a"], "vars": {"ansible_port": 23}}, "all": {"children": ["web"]}})", {"a:23 group=web"}},
      {R"({"p": {"children": ["web"]}, "web": {"hosts": ["a"]}, "_meta": {"hostvars": {"a": {"ansible_host": "10.0.0.1"}, "b": {}}}})",
       {"a:22 10.0.0.1 group=p,web", "b:22"}},
      {"\xef\xbb\xbf{\"web\": {}}", {}},
  };
  // clang-format on
  for (const auto& [text, lines] : cases) {
    CAPTURE(text);
    CHECK(json(text) == lines);
  }
}

TEST_CASE("Ansible JSON: what is wrong, with its place") {
  // clang-format off
  const struct { std::string text, line; } cases[] = {
      {"{\n\"a\": ]}", "f:2:6: not valid JSON from here on"},
      {std::string{"{\"a\": \0}", 8}, "f:1:7: not valid JSON from here on"},
      {"{\"a\": 1E11111}", "f: a number is too large for JSON readers"},
      {"[]", "f: an inventory is an object of groups"},
      {R"({"web": 3})", "f: \"web\": a group is an object, or a list of hosts"},
      {R"({"web": {"hosts": {"a": 1}}})", "f: \"web\": the hosts of a group are a list of names"},
      {R"({"web": ["a\u001bb"]})", "f: \"a\\x1bb\": a host name has only letters, digits, '-', '_' and '.'"},
      {R"({"a": {"children": ["b"]}, "b": {"children": ["a"]}})", "f: \"a\": a group is its own descendant"},
      {repeated("[", 50000), "f:1:201: nested deeper than 200 levels"},
      {repeated("{\"a\":", 50000), "f:1:1001: nested deeper than 200 levels"},
  };
  // clang-format on
  for (const auto& [text, line] : cases) {
    CAPTURE(text.substr(0, 100));
    CHECK(test::error_in(Format::ansible_json, text) == line);
  }
}

TEST_CASE("Ansible: several files make one inventory, and chosen variables labels") {
  test::TemporaryFiles files;
  files.write("inv/1", "[web]\na rack=r1\n");
  files.write("inv/2.yml", "web: {vars: {site: fra}}\nprod: {children: {web: }}\n");
  CHECK(test::lines_of(
            load_inventory({.targets = {files.path() + "/inv"}, .label_from = {"rack", "site"}})) ==
        Lines{"a:22 group=prod,web rack=r1 site=fra"});
}

TEST_CASE("Ansible: variables in files beside the inventory, with Ansible's precedence") {
  test::TemporaryFiles files;
  const auto path = files.write("hosts.ini",
                                "[web]\na ansible_port=1\nb\nc\n[fra]\nc\n"
                                "[web:vars]\nansible_port=2\nansible_host=10.0.0.2\n");
  files.write("group_vars/all.yml", "ansible_port: 3\n");      // over [web:vars]
  files.write("group_vars/fra/x.yml", "ansible_port: '4'\n");  // over all
  files.write("group_vars/fra/y.yml", "base: 10.0.0\nansible_host: '{{ base }}.4'\n");
  files.write("group_vars/fra.yml", "ansible_port: 9\n");  // the folder counts
  files.write("group_vars/nobody.yml", "ansible_port: 8\n");
  files.write("host_vars/b", "{ansible_port: 5}\n");
  files.write("host_vars/.b.yml", "ansible_port: 7\n");
  files.write("group_vars/web/vault", "$ANSIBLE_VAULT;1.1;AES256\n3336\n");
  const auto loaded = load_inventory({.targets = {path}});
  CHECK(test::lines_of(loaded) ==
        Lines{"a:1 10.0.0.2 group=web", "b:5 10.0.0.2 group=web", "c:4 10.0.0.4 group=fra,web"});
  CHECK(loaded.notes ==
        Lines{files.path() + "/group_vars/web/vault is vaulted: what it says is not known here"});
}

TEST_CASE("shell_words: as a POSIX shell") {
  const struct {
    std::string line;
    std::optional<Lines> words;
  } cases[] = {
      {"a b", Lines{"a", "b"}},
      {" a\t b ", Lines{"a", "b"}},
      {"a='b c'", Lines{"a=b c"}},
      {"a=\"b 'c'\"", Lines{"a=b 'c'"}},
      {"a\\ b", Lines{"a b"}},
      {"'a\\b'", Lines{"a\\b"}},
      {"\"a\\\"b\\n\"", Lines{"a\"b\\n"}},
      {"a#b", Lines{"a"}},
      {"''", Lines{""}},
      {"'a", std::nullopt},
      {"a\\", std::nullopt},
  };
  for (const auto& [line, words] : cases) {
    CAPTURE(line);
    const bool same = shell_words(line) == words;
    CHECK(same);
  }
}
