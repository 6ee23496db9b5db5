// ansible.cfg, as Python's configparser and Ansible read it.

#include "inventory/ansible_settings.h"

#include <doctest/doctest.h>

#include <string>

using namespace fleetscan::inventory;

TEST_CASE("parse_ansible_settings: what it says of every connection") {
  const struct {
    std::string name, text;
    AnsibleSettings expected;
  } cases[] = {
      {"nothing", "", {}},
      {"the port", "[defaults]\nremote_port = 2222\n", {{"ansible_port", "2222"}}},
      {"a colon, and a key in any case",
       "[defaults]\nRemote_Port: 2222\r\n",
       {{"ansible_port", "2222"}}},
      {"behind a byte order mark",
       "\xef\xbb\xbf[defaults]\nremote_port=22",
       {{"ansible_port", "22"}}},
      {"each kind of arguments",
       "[ssh_connection]\nssh_args = -F a\nssh_common_args=-J b\nssh_extra_args = -4\n",
       {{"ansible_ssh_args", "-F a"},
        {"ansible_ssh_common_args", "-J b"},
        {"ansible_ssh_extra_args", "-4"}}},
      {"in another section",
       "[defaults]\nssh_args = -F a\n[ssh_connection]\nremote_port = 1\n",
       {}},
      {"a setting that goes on",
       "[ssh_connection]\nssh_args = -C\n  -F a\n\t-4\nretries = 3\n -6\n",
       {{"ansible_ssh_args", "-C -F a -4"}}},
      {"an indented line of nothing", "  -F a\n[ssh_connection]\n  ssh_args = -C\n", {}},
      {"comments",
       "# remote_port = 1\n;[defaults]\n[defaults]\nremote_port = 2 ; not 3\n",
       {{"ansible_port", "2"}}},
      {"no comment within a word",
       "[ssh_connection]\nssh_args = -o A=b;c\n",
       {{"ansible_ssh_args", "-o A=b;c"}}},
      {"quotes around it",
       "[ssh_connection]\nssh_args = \"-F a\"\n",
       {{"ansible_ssh_args", "-F a"}}},
      {"an empty value", "[ssh_connection]\nssh_args =\n", {}},
      {"a line that is no setting", "[ssh_connection]\nssh_args\n=\n[", {}},
  };
  for (const auto& [name, text, expected] : cases) {
    CAPTURE(name);
    CHECK(parse_ansible_settings(text) == expected);
  }
}
