#include "base/secrets.h"

#include <doctest/doctest.h>

#include <string>

using namespace fleetscan;

TEST_CASE("is_secret_name: in any spelling, and only what is one") {
  for (const std::string name : {"password",
                                 "Password",
                                 "passwd",
                                 "pass",
                                 "pwd",
                                 "Passwort",
                                 "secret",
                                 "enable",
                                 "token",
                                 "key",
                                 "community",
                                 "credential",
                                 "Credentials",
                                 "enable_secret",
                                 "Enable Secret",
                                 "enableSecret",
                                 "ENABLE-PW",
                                 "ansible_become_pass",
                                 "ansible_ssh_pass",
                                 "ansible_password",
                                 "snmp_community",
                                 "SNMP Community",
                                 "snmpCommunity",
                                 "rootpw",
                                 "sudo.pwd",
                                 "API Token",
                                 "api_key",
                                 "apiKey",
                                 "sshkey",
                                 "private key",
                                 "pin",
                                 "PSK",
                                 "mdp",
                                 "Mot de passe",
                                 "contrase\xc3\xb1"
                                 "a",
                                 "hasło",
                                 "пароль",
                                 "密码",
                                 "パスワード",
                                 "password2",
                                 "ProxyCommand",
                                 "ansible_ssh_common_args",
                                 "vault_token",
                                 "x-passphrase"}) {
    CAPTURE(name);
    CHECK(is_secret_name(name));
  }
  for (const std::string name :
       {"", "host", "site", "rack", "enabled", "communication", "passenger", "compassion", "tokyo",
        "keyboard", "spinning", "user", "username", "role", "os_version", "serial", "pinned",
        "monitoring_enabled"}) {
    CAPTURE(name);
    CHECK_FALSE(is_secret_name(name));
  }
}

TEST_CASE("looks_like_secret: by shape") {
  for (const std::string value : {"-----BEGIN OPENSSH PRIVATE KEY-----",
                                  "$6$salt$hash",
                                  "$2b$12$abcdefg",
                                  "$y$j9T$x",
                                  "{SSHA}abcd",
                                  "$ANSIBLE_VAULT;1.1;AES256",
                                  "ghp_0123456789abcdefghijABCDEFGHIJ012345",
                                  "glpat-0123456789abcdefgh",
                                  "AKIAIOSFODNN7EXAMPLE",
                                  "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                                  "xoxb-123456789012-abc",
                                  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
                                  "https://admin:hunter2@web1/",
                                  "admin:hunter2@web1",
                                  "password=hunter2",
                                  "user admin, pw: hunter2",
                                  "the password is hunter2",
                                  "Passwort hunter2",
                                  "sshpass -p hunter2 ssh x",
                                  "curl --token hunter2 x",
                                  "?api_key=hunter2",
                                  "TOKEN=hunter2"}) {
    CAPTURE(value);
    CHECK(looks_like_secret(value));
  }
  for (const std::string value :
       {"", "fra", "web01.example.net", "192.0.2.1", "2001:db8::1",
        "Debian GNU/Linux 12 (bookworm)", "ops@example.com", "https://wiki.example.com/x",
        "i-0123456789abcdef0", "a=b", "linux,web", "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "Standard_D2s_v3", "$1,200", "{{ x }}", "rack: b7",
        "0123456789abcdef0123456789abcdef01234567", "arn:aws:ec2:eu-west-1:1234:instance/i-1"}) {
    CAPTURE(value);
    CHECK_FALSE(looks_like_secret(value));
  }
}

TEST_CASE("without_secrets: masks, and leaves the rest as it was") {
  const struct {
    std::string text, masked;
  } cases[] = {
      {"", ""},
      {"web01:22", "web01:22"},
      {"10.0.0.0/33", "10.0.0.0/33"},
      {"root@web01:22", "***@web01:22"},
      {"root:p@ss w@web01", "***@web01"},
      {"socks5://u:p@proxy:1080", "socks5://***@proxy:1080"},
      {"https://sd.example/x?token=abc", "https://sd.example/x?token=***"},
      {"https://a:b@x https://c:d@y", "https://***@x https://***@y"},
      {"web1 ansible_password='a b", "web1 ansible_password=***"},
      {"nc --password hunter2", "nc --password ***"},
      {"x ghp_0123456789abcdefghijABCDEFGHIJ", "x ***"},
  };
  for (const auto& [text, masked] : cases) {
    CAPTURE(text);
    CHECK(without_secrets(text) == masked);
  }
}
