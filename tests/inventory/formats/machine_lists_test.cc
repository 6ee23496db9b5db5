// The lists of machines that other tools keep: each format's table of what it accepts and refuses.

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "inventory/formats/ansible_template.h"
#include "inventory/formats/ssh_settings.h"
#include "inventory/inventory.h"
#include "tests/inventory/support/loading.h"
#include "tests/inventory/support/temporary_files.h"

using namespace fleetscan;
using namespace fleetscan::inventory;
using test::Lines;

namespace {

struct Row {
  std::string text;
  Lines lines;
};

void check(Format format, const std::vector<Row>& rows) {
  for (const auto& [text, lines] : rows) {
    CAPTURE(text);
    CHECK(test::load_text(format, text) == lines);
  }
}

}  // namespace

TEST_CASE("/etc/hosts: names with their addresses, but for this host's own") {
  check(Format::etc_hosts,
        {{"127.0.0.1 localhost\n::1 localhost\nff02::1 all\n255.255.255.255 b\n0.0.0.0 ads\n", {}},
         {"192.0.2.1\tweb1.test web1 # x\n", {"web1.test:22 192.0.2.1"}},
         {"192.0.2.1\n", {"192.0.2.1:22"}},
         {"2001:db8::1 web6\r\n", {"web6:22 2001:db8::1"}},
         {"web1 192.0.2.1\n", {"f:1: \"web1\": a line of /etc/hosts begins with an address"}}});
}

TEST_CASE("genders: nodes, ranges of nodes, and attributes as labels") {
  check(Format::genders,
        {{"# c\nn1\n", {"n1:22"}},
         {"n[1-2],m1 a,b=c\n", {"n1:22 a= b=c", "n2:22 a= b=c", "m1:22 a= b=c"}},
         {"n1 alt=%n-x,b\n", {"n1:22 b="}},
         {"n1 a b\n",
          {"f:1: \"n1\": behind the nodes come attributes, name or name=value, and commas"}}});
}

TEST_CASE("router.db: devices of RANCID and Oxidized, and no secret of theirs") {
  check(Format::router_db,
        {{"# c\ncore1.test;cisco;up\ncore2.test;juniper;down;why\n",
          {"core1.test:22 type=cisco", "core2.test:22 type=juniper (marked as down in router.db)"}},
         {"192.0.2.1:ios:admin:S3cret:x\nsw1:192.0.2.2:eos\n2001:db8::1;ios;up\n",
          {"sw1:22 192.0.2.2 type=eos", "192.0.2.1:22 type=ios", "[2001:db8::1]:22 type=ios"}},
         {"core1\n",
          {"f:1: \"core1\": a line of router.db is device;type;state, or parted by colons"}}});
}

TEST_CASE("ClusterShell's groups: nodes with the names of their groups") {
  check(Format::cluster_groups,
        {{"roles:\n  adm: 'm[1-2],login'\n  all: '@adm,n1'\n  list: [n2, n3]\n  none:\n",
          {"m1:22 group=adm", "m2:22 group=adm", "login:22 group=adm", "n1:22 group=all",
           "n2:22 group=list", "n3:22 group=list"}},
         {"roles:\n  a: n[1-3]!n2\n",
          {"f:2: \"n[1-3]!n2\": only unions of nodes are understood, not !, & and ^"}},
         {"roles: n1\n", {"f:1: \"roles\": a source of groups is a mapping of groups to nodes"}},
         {"a: [", {"f:1: not valid YAML: end of sequence flow not found"}}});
}

TEST_CASE("Ansible's TOML: as its YAML, but children are a list") {
  check(Format::ansible_toml,
        {{"[all.vars]\nansible_port = 2222\n[web]\nchildren = ['fra']\n[fra.hosts]\nweb1 = {}\n"
          "web2 = { ansible_host = '192.0.2.2', ansible_port = 22 }\n",
          {"web1:2222 group=fra,web", "web2:22 192.0.2.2 group=fra,web"}},
         {"['m\u00fcnchen'.hosts]  # \u00fc\nzqq = { ansible_host = \"zqj.test\" }\n",
          {"zqq:22 zqj.test group=m\u00fcnchen"}},
         {"\u00a0$",
          {"f:1: not valid TOML: Error while parsing key-value pair: expected '=', saw '$'"}},
         {"a = '\xff'\n", {"f: not valid TOML: not UTF-8"}},
         {"[web\n",
          {"f:1:5: not valid TOML: Error while parsing table header: expected ']', saw '\\n'"}}});
}

TEST_CASE("--json-host and --json-port: every object that has them is a machine") {
  test::TemporaryFiles files;
  const auto path = files.write(
      "machines.json",
      R"({"n":2,"items":[{"if":{"ip":"192.0.2.1/24"},"ssh":2222,"in":[{"if":{"ip":"x"}}]},)"
      R"({"if":{"ip":"web2.test"},"ssh":"22"},{"if":{"ip":null}},{"if":{"ip":"a"},"ssh":70000}]})");
  const auto read = [&](const std::string& host, const std::string& port) {
    return test::lines_of(
        load_inventory({.targets = {path}, .json_host = host, .json_port = port, .strict = true}));
  };
  CHECK(read("/if/ip", "") == Lines{"web2.test:22", "a:22", "192.0.2.1:22"});
  CHECK(read("/if/ip", "/ssh") == Lines{path + ": \"a\": its port is no number from 1 to 65535"});
  CHECK(read("if", "") == Lines{"--json-host: \"if\": write a JSON pointer within each machine: "
                                "/primary_ip/address"});
}

TEST_CASE("--run-inventory: programs are run only then") {
  test::TemporaryFiles files;
  const auto program = [&](const std::string& name, const std::string& body) {
    auto path = files.write(name, "#!/bin/sh\n" + body + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  };
  const auto read = [&](const std::string& path, bool run) {
    return test::lines_of(load_inventory({.targets = {path}, .run_inventory = run}));
  };
  const auto whole =
      program("whole", R"(echo '{"web":{"hosts":["web1"]},"_meta":{"hostvars":{}}}')");
  CHECK(read(whole, true) == Lines{"web1:22 group=web"});
  CHECK(read(whole, false).front().find("pass --run-inventory to have it run") !=
        std::string::npos);
  const auto each = program("each", R"(test "$1" = --list && echo '{"web":["web1"]}' ||
      echo "{\"ansible_host\": \"$2.test\"}")");
  CHECK(read(each, true) == Lines{"web1:22 web1.test group=web"});
  CHECK(read(program("bad", "exit 1"), true).front().ends_with("/bad: a program that failed"));
  CHECK(read(files.write("no", "#!/bin/sh\n"), true)
            .front()
            .ends_with("/no: a program that may not be executed"));
}

TEST_CASE("masscan -oL: hosts whose SSH port is open, each once") {
  check(Format::masscan_list,
        {{"#masscan\nopen tcp 22 192.0.2.1 1\nopen tcp 22 192.0.2.1 2\nopen tcp 80 192.0.2.2 1\n",
          {"192.0.2.1:22"}},
         {"banner tcp 22 192.0.2.1 1 ssh x\n", {}},
         {"open udp 22 192.0.2.1 1\n", {}},
         {"open tcp x 192.0.2.1 1\n",
          {"f:1: \"open tcp x 192.0.2.1 1\": a line of masscan -oL is: open tcp PORT ADDRESS "
           "TIME"}}});
}

TEST_CASE("nmap -oG: hosts with an open SSH port, wherever it is") {
  check(Format::nmap_grepable,
        {{"Host: 192.0.2.1 ()\tStatus: Up\n", {}},
         {"Host: 192.0.2.1 (web1)\tPorts: 22/open/tcp//ssh//x/, 2222/open/tcp//ssh///\n",
          {"192.0.2.1:22 name=web1", "192.0.2.1:2222 name=web1"}},
         {"Host: 192.0.2.1 ()\tPorts: 22/filtered/tcp//ssh///, 80/open/tcp//http///\n", {}},
         {"oops\n", {"f:1: \"oops\": a line of nmap -oG begins with Host: ADDRESS"}}});
}

TEST_CASE("YAML of hosts: Nornir's and Salt's") {
  check(Format::yaml_hosts,
        {{"web1: 192.0.2.1\n", {"web1:22 192.0.2.1"}},
         {"web1: {host: 192.0.2.1, user: x, port: 2222}\n", {"web1:2222 192.0.2.1"}},
         {"r1: {hostname: r1.test, port: null, groups: [a, b]}\n", {"r1:22 r1.test group=a,b"}},
         {"r1: {platform: ios}\n", {"r1:22"}},
         {"all: {x: y}\nweb: 3\nplugin: 1\n", {}},
         {"r1: {hostname: a, port: 99999}\n", {"f:1: \"r1\": a port is a number from 1 to 65535"}},
         {"a: [", {"f:1: not valid YAML: end of sequence flow not found"}}});
}

TEST_CASE("JSON of machines: what clouds, clusters and Terraform print") {
  check(
      Format::json_hosts,
      {{R"(["web1:2222","192.0.2.0/31"])", {"web1:2222", "192.0.2.0:22", "192.0.2.1:22"}},
       {R"([{"targets":["[2001:db8::1]:9100","https://web1:443/x"],"labels":{"__m":"1","a":"b"}}])",
        {"web1:22 a=b", "[2001:db8::1]:22 a=b"}},
       {R"({"Reservations":[{"Instances":[{"InstanceId":"i","PrivateIpAddress":"10.0.0.1"}]}]})",
        {"10.0.0.1:22"}},
       {R"([{"name":"g","networkInterfaces":[{"networkIP":"10.0.0.1","accessConfigs":[{"natIP":"192.0.2.1"}]}]}])",
        {"192.0.2.1:22 name=g"}},
       {R"([{"name":"a","publicIps":"","privateIps":"10.0.0.4,10.0.0.5"}])",
        {"10.0.0.4:22 name=a"}},
       {R"({"results":[{"name":"n","primary_ip":{"address":"192.0.2.1/24"}}]})",
        {"192.0.2.1:22 name=n"}},
       {R"({"items":[{"kind":"Node","metadata":{"name":"k"},"status":{"addresses":[{"type":"Hostname","address":"k"},{"type":"InternalIP","address":"10.0.0.1"}]}}]})",
        {"10.0.0.1:22 name=k"}},
       {R"([{"Node":"c","Address":"10.0.0.1"}])", {"10.0.0.1:22 name=c"}},
       {R"([{"Name":"o","Networks":{"net":["10.0.0.1"]}}])", {"10.0.0.1:22 name=o"}},
       {R"({"a":{"sensitive":false,"type":"string","value":"192.0.2.1"},"b":{"sensitive":true,"type":"string","value":"192.0.2.2"}})",
        {"192.0.2.1:22"}},
       {R"({"resources":[{"instances":[{"attributes":{"public_ip":"192.0.2.1","tags":{"Name":"t"}}}]}]})",
        {"192.0.2.1:22 name=t"}},
       {"[", {"f:1:2: not valid JSON from here on"}},
       {"{}", {}}});
}

TEST_CASE("resolve_template: what variables answer, and what only Ansible can") {
  const TemplateVariables variables{
      {"port", "2222"},
      {"base", "{{ name }}.test"},
      {"name", "web"},
      {"a", "{{ b }}"},
      {"b", "{{ a }}"},
      {"wide", "{{ w2 }}{{ w2 }}"},
      {"w2", "{{ w3 }}{{ w3 }}"},
      {"sealed", "$ANSIBLE_VAULT;1.1"},
      {"base_port", 2200},
      {"net",
       {{"h.test", {{"lan", "192.0.2.7/24"}, {"of", "{{ name }}.lan"}}}, {"list", {"x", "y"}}}}};
  const TemplateVariables gate{{"ansible_host", "{{ inventory_hostname }}.gate.test"}};
  const TemplateScope scope{
      "h.test", variables, [&](std::string_view name) { return name == "gate1" ? &gate : nullptr; },
      [](std::string_view group) {
        return group == "gates" ? std::vector<std::string_view>{"gate0", "gate1"}
                                : std::vector<std::string_view>{};
      },
      true};
  const struct {
    std::string text, value, why = {};
  } cases[] = {
      {"plain {x}", "plain {x}"},
      {"{{ port }}", "2222"},
      {"{{port|int}}", "2222"},
      {"x-{{ base }}:{{ port }}", "x-web.test:2222"},
      {"{{ missing | default(22) }}", "22"},
      {"{{ missing | default(port) }}", "2222"},
      {"{{ missing | default(omit) }}", ""},
      {"{{ facts.address | default('x') }}", "x"},
      {"{{ name ~ '.' ~ port }}", "web.2222"},
      {"{{ (name | default('y')) ~ 'z' }}", "webz"},
      {"{{ inventory_hostname }}", "h.test"},
      {"{{ inventory_hostname_short }}", "h"},
      {"{{ missing }}", "", "variable missing"},
      {"{{ hostvars['x'].ip }}", "", "variable hostvars.x"},
      {"{{ hostvars['gate1'].ansible_host }}", "gate1.gate.test"},
      {"{{ hostvars[groups['gates'][-1]]['ansible_host'] }}", "gate1.gate.test"},
      {"{{ hostvars.gate1.ip | default('d') }}", "d"},
      {"{{ groups['none'][0] }}", "", "variable groups.none"},
      {"{{ net[inventory_hostname].of }}", "web.lan"},
      {"{{ net[inventory_hostname]['lan'] | ansible.utils.ipaddr('address') }}", "192.0.2.7"},
      {"{{ net['h.test'].lan.split('/')[0] }}", "192.0.2.7"},
      {"{{ net.list[1] ~ net.list | first }}", "yx"},
      {"{{ net.list[2] | default('none') }}", "none"},
      {"{{ net['other'].lan | default(inventory_hostname) }}", "h.test"},
      {"{{ net }}", "", "a template that only Ansible evaluates"},
      {"{{ net | default('d') }}", "", "a template that only Ansible evaluates"},
      {"{{ base_port + 22 }}", "2222"},
      {"{{ name + '.' + port }}", "web.2222"},
      {"{{ port + 1 }}", "", "a template that only Ansible evaluates"},
      {"{{ (port | int) + 1 }}", "2223"},
      {"{{ name | replace('w', 'x') | upper }}", "XEB"},
      {"{{ missing | default('', true) | default('e', boolean=true) }}", "e"},
      {"{{ sealed }}", "", "variable sealed, which is vaulted"},
      {"{{ vault_ip | default('x') }}", "", "variable vault_ip, which may be in a vaulted file"},
      {"{{ a }}", "", "a template that only Ansible evaluates"},
      {"{{ wide }}", "", "variable w3"},
      {"{{ lookup('env', 'X') }}", "", "a template that only Ansible evaluates"},
      {"{% if a %}x{% endif %}", "", "a template that only Ansible evaluates"},
      {"{{ port", "", "a template that only Ansible evaluates"},
  };
  for (const auto& [text, value, why] : cases) {
    CAPTURE(text);
    const auto resolved = resolve_template(text, scope);
    if (const auto* unresolved = std::get_if<UnresolvedTemplate>(&resolved))
      CHECK(unresolved->why == why);
    else
      CHECK(std::get<std::string>(resolved) == value);
    CHECK(std::holds_alternative<std::string>(resolved) == why.empty());
  }
}

TEST_CASE("add_ssh_options: as ssh reads its command line") {
  const struct {
    std::vector<std::string> words;
    std::string port, proxy;
  } cases[] = {
      {{"-p", "2222"}, "2222", ""},
      {{"-p2222", "-p", "1"}, "2222", ""},
      {{"-vvp", "2222"}, "2222", ""},
      {{"-o", "Port=2222"}, "2222", ""},
      {{"-oport 2222"}, "2222", ""},
      {{"-o", "PORT = 2222", "-p", "1"}, "2222", ""},
      {{"-i", "-p", "-J", "gate"}, "", "ProxyJump gate"},
      {{"-Jgate"}, "", "ProxyJump gate"},
      {{"-o", "ProxyJump=none", "-J", "gate"}, "", ""},
      {{"-o", "proxycommand=NONE"}, "", ""},
      {{"-o", "ProxyCommand=nc -x p %h %p"}, "", "ProxyCommand nc"},
      {{"-C", "-4", "gate"}, "", ""},
  };
  for (const auto& [words, port, proxy] : cases) {
    CAPTURE(words.front());
    SshSettings settings;
    add_ssh_options(words, settings);
    CHECK(settings.port.value_or("") == port);
    CHECK(settings.proxy() == proxy);
  }
}
