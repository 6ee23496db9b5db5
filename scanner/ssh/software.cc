#include "scanner/ssh/software.h"

#include <optional>
#include <string_view>

#include "scanner/ssh/identification.h"

namespace fleetscan::ssh {

std::optional<OpensshVersion> openssh_version(std::string_view ident_line) {
  constexpr std::string_view kName = "OpenSSH_";
  constexpr std::string_view kForWindows = "for_Windows_";
  const auto at = ident_line.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  auto rest = ident_line.substr(at + kName.size());
  if (rest.starts_with(kForWindows)) rest.remove_prefix(kForWindows.size());
  const auto major = take_number(rest);
  if (!major || !rest.starts_with('.')) return std::nullopt;
  rest.remove_prefix(1);
  const auto minor = take_number(rest);
  if (!minor) return std::nullopt;
  return OpensshVersion{*major, *minor};
}

bool may_penalise(std::string_view ident_line) {
  const auto ident = parse_identification(ident_line);
  if (!ident) return true;
  if (const auto version = openssh_version(ident_line)) return *version >= OpensshVersion{9, 8};
  return ident->software.starts_with("OpenSSH");
}

std::string_view software_of(std::string_view ident_line) {
  const auto ident = parse_identification(ident_line);
  return ident ? ident->software : ident_line;
}

}  // namespace fleetscan::ssh
