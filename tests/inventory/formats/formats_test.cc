#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>

#include "inventory/formats/format.h"
#include "inventory/formats/ssh_config.h"
#include "tests/inventory/support/loading.h"

using namespace fleetscan;
using namespace fleetscan::inventory;
using test::Lines;

namespace {

const std::string kKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==";

Lines ssh(const std::string& text) { return test::load_text(Format::ssh_config, text); }
Lines csv(const std::string& text) { return test::load_text(Format::csv, text); }
Lines nmap(const std::string& text) { return test::load_text(Format::nmap_xml, text); }
Lines known(const std::string& text) { return test::load_text(Format::known_hosts, text); }

std::string nmap_host(const std::string& address, const std::string& ports) {
  return "<nmaprun><host><address addr=\"" + address + "\" addrtype=\"" +
         (address.find(':') == std::string::npos ? "ipv4" : "ipv6") +
         "\"/><hostnames><hostname name=\"web.example.net\"/></hostnames><ports>" + ports +
         "</ports></host></nmaprun>";
}

std::string nmap_port(int port, const std::string& state, const std::string& service) {
  return "<port protocol=\"tcp\" portid=\"" + std::to_string(port) + "\"><state state=\"" + state +
         "\"/><service name=\"" + service + "\"/></port>";
}

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("detect_format: by content, then by name") {
  // clang-format off
  const struct { std::string name, text; Format format; } cases[] = {
      {"hosts.txt", "web01\n10.0.0.0/24\n", Format::hosts},
      {"hosts", "web01:22 rack=a\n[::1]:22\n[2001:db8::1]:22\nweb[1-3]\n", Format::hosts},
      {"x", "", Format::hosts},
      {"x", "host user=root\n", Format::ssh_config},
      {"hosts", "web01\n[web]\nweb02\n", Format::ansible_ini},
      {"hosts", "# c\n[web:children]\nfe\n", Format::ansible_ini},
      {"hosts", "web[01:20]\n", Format::ansible_ini},
      {"hosts", "web01 ansible_host=10.0.0.1\n", Format::ansible_ini},
      {"x.ini", "web01\n", Format::ansible_ini},
      {"x", "---\nall:\n", Format::ansible_yaml},
      {"x", "all:\n  hosts:\n", Format::ansible_yaml},
      {"x.yml", "# c\n", Format::ansible_yaml},
      {"x", "\xef\xbb\xbf {\"web\": []}", Format::ansible_json},
      {"x", "[\n{\"ip\": \"10.0.0.1\"}]", Format::nmap_xml},
      {"x.txt", "<?xml version=\"1.0\"?>\n<nmaprun/>", Format::nmap_xml},
      {"config", "# c\nHost web\n  HostName 10.0.0.1\n", Format::ssh_config},
      {"x", "Include more\n", Format::ssh_config},
      {"known_hosts", "", Format::known_hosts},
      {"x", "web01,10.0.0.1 " + kKey, Format::known_hosts},
      {"x", "|1|a|b " + kKey, Format::known_hosts},
      {"x", "host,port,rack\nweb,22,a\n", Format::csv},
      {"x", "Hostname;IP\n", Format::csv},
      {"x.csv", "name\n", Format::csv},
  };
  // clang-format on
  for (const auto& [name, text, format] : cases) {
    CAPTURE(name);
    CAPTURE(text);
    CHECK(std::string{to_string(detect_format(name, text))} == std::string{to_string(format)});
    CHECK(parse_format(to_string(format)) == format);
  }
  CHECK_FALSE(parse_format("excel"));
}

TEST_CASE("ssh_config: the first value wins, patterns are no hosts") {
  // clang-format off
  const struct { std::string text; Lines lines; } cases[] = {
      {"", {}},
      {"Host web db\r\n  Port 2222\r\n", {"web:2222", "db:2222"}},
      {"\xef\xbb\xbfHost web", {"web:22"}},
      {"Host *.example !x y?\n", {}},
      {"Host web\nHostName %h.example.net\nHost *\nHostName other\n", {"web:22 web.example.net"}},
      {"Host web\nHostName 10.0.0.1\nAddressFamily inet\n", {"web:22 10.0.0.1 v4"}},
      {"Host web\nAddressFamily inet6\n", {"web:22 v6"}},
      {"Port 24\nHost web\nPort 25\n", {"web:24"}},
      {"Host * !web\nPort 25\nHost web db\n", {"web:22", "db:25"}},
      {"host=web\n hostname = \"10.0.0.1\" # c\n", {"web:22 10.0.0.1"}},
      {"Host web\nProxyJump gate\n", {"web:22 (reached only through another host: ProxyJump gate) by gate"}},
      {"Host web\nProxyCommand nc %h %p\n", {"web:22 (reached only through another host: ProxyCommand nc)"}},
      {"Host web\nProxyJump none\nHost *\nProxyJump gate\n", {"web:22"}},
      {"Match originalhost web\nPort 26\nHost web\n", {"web:26"}},
      {"Match exec true\nPort 26\nMatch all\nPort 27\nHost web\n", {"web:27"}},
      {"Host web\nHost web\nPort 28\n", {"web:28"}},
  };
  // clang-format on
  for (const auto& [text, lines] : cases) {
    CAPTURE(text);
    CHECK(ssh(text) == lines);
  }
}

TEST_CASE("ssh_config: what is wrong, with its place") {
  const struct {
    std::string text;
    Lines lines;
  } cases[] = {
      {"Host web\nPort 0\n", {"f:1: \"0\": a port is a number from 1 to 65535"}},
      {"Host web\nPort\nHost \"x\n",
       {"f:2: \"Port\": port needs a value", "f:3: \"host\": a quote is not closed"}},
      {"Host a$b\n", {"f:1:6: \"a$b\": a host name has only letters, digits, '-', '_' and '.'"}},
      {std::string{"Host \0\n", 7},
       {"f:1: \"Host \\x00\": a NUL byte: is this a text file, and not UTF-16?"}},
  };
  for (const auto& [text, lines] : cases) {
    CAPTURE(text);
    CHECK(ssh(text) == lines);
  }
  CHECK(test::error_in(Format::ssh_config, std::string(1 << 20, 'a')).find("65536") !=
        std::string::npos);
}

TEST_CASE("ssh_config: includes hold where they stand, and loops end") {
  const auto run = [](const SshInclude& include, const std::string& text, InputErrors& errors) {
    Lines lines, notes;
    parse_ssh_config(
        {"f", text}, include, {},
        [&](const Entry& entry) {
          lines.push_back(std::string{entry.host} + ':' + std::to_string(entry.port));
        },
        errors, notes);
    return lines;
  };
  InputErrors errors;
  const auto include = [](const std::string& pattern) {
    return std::vector<SshConfigFile>{{"g", "Port 30\nHost " + pattern + "\nPort 31\n"}};
  };
  CHECK(run(include, "Host web\nInclude inner\nHost *\nPort 32\n", errors) ==
        Lines{"web:30", "inner:32"});
  CHECK(errors.empty());
  run(
      [](const std::string&) {
        return std::vector<SshConfigFile>{{"g", "Include g\n"}};
      },
      "Include g\n", errors);
  REQUIRE(errors.kept().size() == 1);
  CHECK(errors.kept().front().to_string() == "g:1: \"g\": Include nests deeper than 16 files");
}

TEST_CASE("ssh_config: includes that fan out end") {
  std::size_t asked = 0;
  const SshInclude include = [&](const std::string& pattern) {
    ++asked;
    return std::vector<SshConfigFile>(3, {"g", "Include " + pattern + '\n'});
  };
  InputErrors errors;
  std::vector<std::string> notes;
  parse_ssh_config(
      {"f", "Include g\n"}, include, {}, [](const Entry&) {}, errors, notes);
  CHECK(asked < 10'000);
  REQUIRE(errors.kept().size() == 2);
  CHECK(errors.kept().back().to_string() == "g:1: \"g\": more than 10,000 files are included");
}

TEST_CASE("ssh_config: keywords become labels, the first value wins") {
  const SshInclude none = [](const std::string&) { return std::vector<SshConfigFile>{}; };
  std::map<std::string, std::shared_ptr<const Labels>> labels;
  InputErrors errors;
  Lines notes;
  parse_ssh_config(
      {"f", "Host a b\n user deploy\nHost c\n Tag \"two words\"\nHost *\n User root\n Port 1\n"},
      none, {"User", "Tag"},
      [&](const Entry& entry) { labels[std::string{entry.host}] = entry.labels; }, errors, notes);
  CHECK(*labels.at("a") == Labels{{"User", "deploy"}});
  CHECK(labels.at("a") == labels.at("b"));
  CHECK(*labels.at("c") == Labels{{"Tag", "two words"}, {"User", "root"}});
}

TEST_CASE("known_hosts as an inventory: names, not patterns, hashes or second addresses") {
  CHECK(known("web01,10.0.0.1 " + kKey + "\n[web02]:2222,[10.0.0.2]:2222 " + kKey + "\n10.0.0.3 " +
              kKey + "\n*.x,!y " + kKey + "\n@revoked z " + kKey + "\n|1|a|b " + kKey + "\n") ==
        Lines{"web01:22", "web02:2222", "10.0.0.3:22"});
  CHECK(known("[web]:0 " + kKey) == Lines{"f:1: \"0\": a port is a number from 1 to 65535"});
  CHECK(known("web") == Lines{"f:1: \"web\": a line is: names, key type, key in base64"});
  test::TemporaryFiles files;
  const auto path =
      files.write("known_hosts", "|1|a|b " + kKey + "\n|1|c|d " + kKey + "\n*.x,web " + kKey);
  CHECK(load_inventory({.targets = {path}}).inventory->notes() ==
        Lines{"2 hashed names of known_hosts cannot be listed",
              "1 pattern of known_hosts names no host"});
}

TEST_CASE("CSV: a header, then hosts, and other columns are labels") {
  // clang-format off
  const struct { std::string text; Lines lines; } cases[] = {
      {"", {}},
      {"host\nweb\n\n10.0.0.0/31\n", {"web:22", "10.0.0.0:22", "10.0.0.1:22"}},
      {"\xef\xbb\xbfHostname,Port,Rack Row\r\nweb,2222,\"a, b\"\r\n", {"web:2222 Rack_Row=a, b"}},
      {"host;ip;site\nweb;10.0.0.1;fra\n;10.0.0.2;ber\n", {"web:22 10.0.0.1 site=fra", "10.0.0.2:22 site=ber"}},
      {"ip\track\n10.0.0.1\t\"a\"\"b\"\n", {"10.0.0.1:22 rack=a\"b"}},
      {"host,note\nweb,\"line\nbreak\"\n", {"web:22 note=line break"}},
      {"rack,site\n", {"f:1: \"rack\": the first line must be a header with a column host or address"}},
      {"host,port\nweb,0\na,b,c\n,22\n", {"f:2: \"0\": a port is a number from 1 to 65535", "f:3: more fields than the header has", "f: 1 row has no host"}},
      {"host,a=b\nx,y", {"x:22 a_b=y"}},
      {"VM;Primary IP Address;Disk (GB)\nMy Web;192.0.2.1/24, 10.0.0.1;7\n", {"my web:22 192.0.2.1 Disk__GB_=7"}},
      {"Name\tPublic IPv4 address\tPrivate IP address\nweb1\t-\t10.0.0.1\n", {"web1:22 Private_IP_address=10.0.0.1"}},
      {"host,x\n\"web", {"f:2: an unclosed quote"}},
      {std::string{"host\nw\0b\nx/33\n", 14}, {"f:2: a NUL byte: is this a text file, and not UTF-16?", "f:3: \"x/33\": a prefix needs an address before the slash"}},
  };
  // clang-format on
  for (const auto& [text, lines] : cases) {
    CAPTURE(text);
    CHECK(csv(text) == lines);
  }
  CHECK(csv("host\n" + std::string(1 << 20, 'a')).front().find("65536") != std::string::npos);
  CHECK(csv("host\n\"" + std::string(1 << 20, 'a')).front().find("unclosed quote") !=
        std::string::npos);
}

TEST_CASE("nmap XML: hosts with an open SSH port") {
  // clang-format off
  const struct { std::string text; Lines lines; } cases[] = {
      {"<nmaprun/>", {}},
      {nmap_host("10.0.0.1", nmap_port(22, "open", "ssh")), {"10.0.0.1:22 name=web.example.net"}},
      {nmap_host("2001:db8::1", nmap_port(2222, "open", "ssh")), {"[2001:db8::1]:2222 name=web.example.net"}},
      {nmap_host("10.0.0.1", nmap_port(22, "open", "unknown")), {"10.0.0.1:22 name=web.example.net"}},
      {nmap_host("10.0.0.1", nmap_port(22, "closed", "ssh") + nmap_port(80, "open", "http")), {}},
      {nmap_host("10.0.0.999", nmap_port(22, "open", "ssh")), {"f: \"10.0.0.999\": an IPv4 address is four numbers from 0 to 255, without leading zeros"}},
      {"<nmaprun>\n<host>", {"f:2: not valid XML from here on: Start-end tags mismatch"}},
      {"<html/>", {"f:1: no <nmaprun>: is this the output of nmap -oX?"}},
      {"[{\"ip\": \"10.0.0.1\", \"ports\": [{\"port\": 22, \"proto\": \"tcp\", \"status\": \"open\"}]}]", {"10.0.0.1:22"}},
      {"[\n{ \"ip\": \"10.0.0.1\", \"ports\": [ {\"port\": 22} ] },\n{ \"ip\": \"10.0.0.2\", \"ports\": [ {\"port\": 80} ] },\n{finished: 1}\n]\n", {"10.0.0.1:22"}},
      {"[\n{ \"ip\": \"10.0.0.1\", \"ports\": [ {\"port\": 22} ] },\n{ oops },\n]\n", {"f:3: \"{ oops }\": not a masscan record"}},
      {"[{]", {"f:1:3: not valid JSON from here on"}},
  };
  // clang-format on
  for (const auto& [text, lines] : cases) {
    CAPTURE(text);
    CHECK(nmap(text) == lines);
  }
  CHECK(nmap("<nmaprun>" + repeated("<a>", 50000)).size() == 1);
  CHECK(
      nmap("<nmaprun>" + repeated("<a>", 50000) + repeated("</a>", 50000) + "</nmaprun>").empty());
  CHECK(test::error_in(Format::nmap_xml, repeated("[", 50000)) ==
        "f:1:201: nested deeper than 200 levels");
}
