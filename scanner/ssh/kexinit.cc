#include "scanner/ssh/kexinit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::ssh {
namespace {

constexpr std::array<std::string_view, kAllSlots> kSlotNames{
    "kex",     "host_key",        "cipher_c2s",      "cipher_s2c",    "mac_c2s",
    "mac_s2c", "compression_c2s", "compression_s2c", "host_key_bits", "group_bits"};
constexpr std::size_t kMaxNameBytes = 255;

/// Nobody can agree on any other.
bool is_name(std::string_view name) {
  return name.size() <= kMaxNameBytes && is_printable_ascii(name);
}

std::optional<NameList> parse_name_list(std::string_view text) {
  if (text.ends_with('\0')) text.remove_suffix(1);
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  NameList names;
  while (!text.empty() && text.front() != ',') {
    const auto name = text.substr(0, text.find(','));
    if (is_name(name)) names.emplace_back(name);
    text.remove_prefix(std::min(name.size() + 1, text.size()));
  }
  return names;
}

bool is_flag(std::string_view name) {
  return name.starts_with("ext-info-") || name.starts_with("kex-strict-");
}

}  // namespace

std::string_view to_string(Slot slot) { return kSlotNames[static_cast<std::size_t>(slot)]; }

std::optional<Slot> parse_slot(std::string_view name) {
  const auto found = std::ranges::find(kSlotNames, name);
  if (found == kSlotNames.end()) return std::nullopt;
  return static_cast<Slot>(found - kSlotNames.begin());
}

NameList split_name_list(std::string_view text) {
  NameList names;
  for (auto comma = text.find(','); comma != std::string_view::npos; comma = text.find(',')) {
    names.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma + 1);
  }
  names.emplace_back(text);
  return names;
}

std::string_view first_common(const NameList& client, const NameList& server) {
  for (const auto& name : client)
    if (!is_flag(name) && std::ranges::find(server, name) != server.end()) return name;
  return {};
}

bool Kexinit::strict_kex() const {
  return std::ranges::count((*this)[Slot::kex], "kex-strict-s-v00@openssh.com") > 0;
}

std::optional<Kexinit> parse_kexinit(std::string_view payload) {
  WireReader reader(payload);
  if (reader.byte() != static_cast<std::uint8_t>(Message::kexinit)) return std::nullopt;
  if (!reader.skip(kCookieBytes)) return std::nullopt;

  Kexinit kexinit;
  for (auto& list : kexinit.lists) {
    const auto text = reader.string();
    if (!text) return std::nullopt;
    auto names = parse_name_list(*text);
    if (!names) return std::nullopt;
    list = std::move(*names);
  }
  for (int languages = 0; languages < 2; ++languages)
    if (!reader.string()) return std::nullopt;
  const auto follows = reader.byte();
  if (!follows || !reader.uint32()) return std::nullopt;  // the latter is reserved for extension
  if (!reader.at_end()) return std::nullopt;
  kexinit.first_kex_packet_follows = *follows != 0;
  return kexinit;
}

std::string make_kexinit(const Kexinit& kexinit) {
  std::string payload(1, static_cast<char>(Message::kexinit));
  payload.append(kCookieBytes, '\0');
  for (const auto& list : kexinit.lists)
    append_string(payload, fmt::format("{}", fmt::join(list, ",")));
  for (int languages = 0; languages < 2; ++languages) append_string(payload, "");
  payload.push_back(kexinit.first_kex_packet_follows ? '\1' : '\0');
  append_uint32(payload, 0);
  return payload;
}

}  // namespace fleetscan::ssh
