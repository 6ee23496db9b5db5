// Inventories as people have them, reduced, with what their own tools make of each.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "inventory/inventory.h"
#include "tests/inventory/support/loading.h"

using namespace fleetscan;
using namespace fleetscan::inventory;
using test::Lines;

namespace {

const std::string kFolder = FLEETSCAN_SOURCE "/tests/inventory/cases/";

Lines contains(const Lines& lines, std::string_view text) {
  Lines found;
  for (const auto& line : lines)
    if (line.find(text) != std::string::npos) found.push_back(line);
  return found;
}

struct Case {
  std::string file;
  Lines lines;
  std::string note = {};  ///< a part of one; "" for none at all
};

void check(const Case& one) {
  CAPTURE(one.file);
  const auto loaded = load_inventory({.targets = {kFolder + one.file}, .allow_barren = false});
  auto lines = test::lines_of(loaded);
  for (auto& line : lines)
    for (auto at = line.find(kFolder); at != std::string::npos; at = line.find(kFolder))
      line.erase(at, kFolder.size());
  CHECK(lines == one.lines);
  CAPTURE(loaded.notes);
  CHECK(loaded.notes.empty() == one.note.empty());
  CHECK_FALSE(contains(loaded.notes, one.note).empty() != one.note.empty());
}

}  // namespace

TEST_CASE("Inventories as people have them: Ansible") {
  const std::string bastion = " (reached only through another host: ProxyJump bastion) by bastion";
  const Case cases[] = {
      {"yaml_merge_key.yml",
       {"db1:2022 192.0.2.9 group=db", "db2:2022 192.0.2.10 group=db",
        "db3:2022 192.0.2.9 group=db"}},
      {"group_vars_dir",
       {"web1:2222 192.0.2.1 group=web", "web2:2022 192.0.2.2 group=web",
        "win1:5986 group=win (not reached by SSH: ansible_connection is winrm)",
        "db1:22 group=behind (reached only through another host: ProxyCommand ssh "
        "-W %h:%p -q bastion.example.com) by bastion.example.com"}},
      {"ini_in_yml.yml", {"web1:2222 192.0.2.1 group=web", "web2:2222 group=web"}},
      {"json_of_mappings.json", {"web1:2222 192.0.2.1", "db1:22 group=db", "db2:22 group=db"}},
      {"user_at_host.ini",
       {"web2.example.com:2222 group=servers", "web3:22 group=servers",
        "192.0.2.1:22 group=servers"}},
      {"jinja_known.yml", {"web1:2222 web1.example.com", "web2:2222 192.0.2.2", "web3:2222"}},
      {"vault_host.yml",
       {"web1:22 (not understood: vault_host.yml:3:5: \"web1\": its ansible_host is vaulted)",
        "web2:22 192.0.2.2"},
       "vaulted; left out"},
      {"port_in_ssh_args.ini",
       {"a1:2222 group=a", "a2:2222 group=a", "a3:2223 group=a", "a4:2022 group=a"}},
      {"proxy_spellings.ini",
       {"a1:22 group=a", "a2:22 group=a" + bastion, "a3:22 group=a" + bastion,
        "a4:22 group=a (reached only through another host: ProxyCommand ssh -W %h:%p bastion) by "
        "bastion",
        "a5:22 group=a"}},
      {"alias_case.ini", {"Web1:22 192.0.2.1 group=web", "web1:22 192.0.2.2 group=web"}},
      {"dir_with_cfg", {"web1:22 group=web"}},
      {"ansible_settings/inventory/hosts",
       {"web1:2222 192.0.2.1 group=web", "web2:2022 group=web", "gate.example.net:22 group=web",
        "inner1:2222 inner1.lab.example.net group=inner (reached only through another host: "
        "ProxyJump gate.example.net) by gate.example.net"},
       "it sets ansible_port, ansible_ssh_args"},
      {"dir_with_example",
       {"web1:22 192.0.2.1 group=web"},
       "in a folder, Ansible takes no file of that name for YAML; left out"},
      {"mapped_addresses/hosts",
       {"web1:2222 192.0.2.1 group=web", "web2:2222 192.0.2.9 group=web", "web3:2222 group=web",
        "gate1:22 192.0.2.9 group=gate"}},
      {"dir_with_notes",
       {"web1:2222", "db1:2222 group=db"},
       "\"vault_password\": a group is a mapping with hosts, children and vars; left out"},
      {"ssh_arguments/hosts.ini",
       {"in1:2200 192.0.2.1 group=inner", "in2:2022 192.0.2.2 group=inner",
        "in3:22 10.0.0.3 group=inner (reached only through another host: ProxyJump gate) by gate",
        "plain:22 192.0.2.4 group=inner",
        "lost:22 (not understood: ssh_arguments/hosts.ini:6:1: \"lost\": its ssh reads a "
        "configuration that is not found here: -F nowhere.cfg)"},
       "nowhere.cfg; left out"},
  };
  for (const auto& one : cases) check(one);
}

TEST_CASE("Inventories as people have them: variables that cannot be read cost few hosts") {
  const auto loaded = load_inventory({.targets = {kFolder + "broken_variables/hosts"}});
  const auto lines = test::lines_of(loaded);
  CHECK(lines.size() == 4);
  CHECK(contains(lines, "web1:22 (not understood: ").size() == 1);
  CHECK(contains(lines, "its variables cannot be read: ").size() == 1);
  CHECK(contains(lines, "db1:22 192.0.2.1 group=db").size() == 1);
  CHECK(contains(lines, "bad:22 (not understood: ").size() == 1);
  CHECK(contains(lines, "app1:22 group=app").size() == 1);
  CHECK(contains(loaded.notes, "what it says is not known here").size() == 2);
  CHECK(contains(loaded.notes, "app.yml: cannot be read").size() == 1);
  CHECK(
      load_inventory({.targets = {kFolder + "broken_variables/hosts"}, .strict = true}).inventory ==
      nullptr);
}

TEST_CASE("Inventories as people have them: ssh_config and known_hosts") {
  test::TemporaryFiles home;  // with no ~/.ssh
  setenv("HOME", home.path().c_str(), 1);
  const Case cases[] = {
      {"utf8_host.ssh_config",
       {"\xe7\x94\x9f\xe4\xba\xa7\xe6\x9c\xba:22 192.0.2.1", "web2:22 192.0.2.2"}},
      {"proxied_odd_names.ssh_config",
       {"[some:22 (reached only through another host: ProxyCommand ssh -qW %h:%p router) by router",
        "stuff:22 (reached only through another host: ProxyCommand ssh -qW %h:%p router) by router",
        "behind:22 (reached only through another host: ProxyCommand ssh -qW %h:%p router) by "
        "router",
        "a:22 (reached only through another host: ProxyCommand ssh -qW %h:%p router) by router",
        "nat]:22 (reached only through another host: ProxyCommand ssh -qW %h:%p router) by router",
        "gw+db1:22 (reached only through another host: ProxyCommand ssh -W $(echo %h | sed "
        "s/^.*+//):%p "
        "$(echo %h | sed s/+.*//))",
        "web1:22 192.0.2.1"}},
      {"match_forms.ssh_config",
       {"web1:2222 web1.example.com", "web2:2223 web2.example.com", "web3:2224 web3.example.com",
        "bastion:22"}},
      {"equals_first", {"web1:2222"}},
      {"include_nothing.ssh_config", {"web1:22"}, "Include conf.d/*.conf matches no file"},
      {"one_bad_line.known_hosts", {"web1:22", "web5:22"}, "left out"},
      {"all_hashed.known_hosts",
       {"all_hashed.known_hosts: names no host (--allow-empty accepts that); it was read as a "
        "known_hosts file"},
       "1 hashed name of known_hosts cannot be listed"},
  };
  for (const auto& one : cases) check(one);
}

TEST_CASE("Inventories as people have them: tables and port scans") {
  const Case cases[] = {
      {"secrets.csv",
       {"192.0.2.1:22 device_type=cisco_ios username=admin"},
       "no labels, for they look like secrets: password, secret"},
      {"netbox_export.csv",
       {"web1:22 192.0.2.1 Role=server Site=fra Status=Active",
        "web2:22 Role=server Site=fra Status=Active"}},
      {"host_name_newline.csv", {"web1:22 192.0.2.1 Standort=Bau 3 Ost"}},
      {"row_without_host.csv",
       {"192.0.2.3:22 connection_type=SSH device_label=sw1"},
       "1 row has no host"},
      {"nmap_interrupted.xml",
       {"192.0.2.1:22 name=web1.example.com"},
       "interrupted; 1 whole host read"},
      {"masscan_finished.json", {"192.0.2.1:22", "192.0.2.2:22"}},
      {"masscan_ndjson.json", {"192.0.2.1:22"}},
      {"masscan_no_ssh.json",
       {"masscan_no_ssh.json: names no host (--allow-empty accepts that); it was read as nmap's "
        "XML or masscan's JSON"},
       "1 host of the port scan had no open SSH port (22)"},
  };
  for (const auto& one : cases) check(one);
}

TEST_CASE("Inventories as people have them: lists of other tools") {
  const Case cases[] = {
      {"masscan_list.txt", {"192.0.2.1:22", "192.0.2.2:22"}},
      {"nmap_grepable.gnmap", {"192.0.2.1:22 name=web1.example.com"}},
      {"pssh_hosts.txt", {"web2:22", "web3:22", "192.0.2.1:2222"}},
      {"several_on_a_line.txt", {"web1:22", "web2:22", "web3:22", "192.0.2.1:22", "192.0.2.2:22"}},
      {"etc_hosts", {"web1.example.com:22 192.0.2.1", "web2:22 192.0.2.2"}},
      {"genders",
       {"node1:22 mgmt= rack=a1", "node2:22 mgmt= rack=a1", "node3:22 mgmt= rack=a1",
        "node4:22 login=", "node5:22"}},
      {"names.json", {"web2.example.com:22", "192.0.2.1:22"}},
      {"file_sd.json", {"web2:22 env=prod", "192.0.2.1:22 env=prod"}},
      {"describe_instances.json", {"192.0.2.1:22 name=web1"}},
      {"nornir_dir",
       {"rtr1:2222 192.0.2.1 group=core", "rtr2:2022 192.0.2.2 group=core",
        "rtr3:22022 192.0.2.3 group=edge"}},
      {"nornir_hosts.yaml", {"rtr1:2222 192.0.2.1 group=core", "rtr2:22 rtr2.example.com"}},
  };
  for (const auto& one : cases) check(one);
}
