#include "scanner/ssh/client_log.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::ssh {
namespace {

constexpr std::string_view kOurs = "local client KEXINIT proposal";
constexpr std::string_view kTheirs = "peer server KEXINIT proposal";
constexpr std::array<std::pair<std::string_view, NameList ClientProfile::*>, 5> kLists{{
    {"KEX algorithms: ", &ClientProfile::kex},
    {"host key algorithms: ", &ClientProfile::host_keys},
    {"ciphers ctos: ", &ClientProfile::ciphers},
    {"MACs ctos: ", &ClientProfile::macs},
    {"compression ctos: ", &ClientProfile::compression},
}};

/// What stands behind `key` in its line; "" if nowhere.
std::string_view value_of(std::string_view key, std::string_view log) {
  const auto at = log.find(key);
  if (at == std::string_view::npos) return {};
  const auto value = log.substr(at + key.size());
  return value.substr(0, value.find_first_of("\r\n"));
}

}  // namespace

std::optional<ClientProfile> read_client_log(std::string_view log) {
  const auto begin = log.find(kOurs);
  if (begin == std::string_view::npos) return std::nullopt;
  log.remove_prefix(begin);
  log = log.substr(0, log.find(kTheirs));
  ClientProfile client{.standing = Standing::current};
  for (const auto& [key, list] : kLists) {
    const auto value = value_of(key, log);
    if (value.empty()) return std::nullopt;
    client.*list = split_name_list(value);
  }
  return client;
}

}  // namespace fleetscan::ssh
