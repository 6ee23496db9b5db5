#include "scanner/ssh/client_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/lines.h"
#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::ssh {
namespace {

using List = NameList ClientProfile::*;
using Text = std::string_view ClientProfile::*;
using Size = unsigned ClientProfile::*;

constexpr std::array<std::pair<std::string_view, List>, 5> kLists{{
    {"kex", &ClientProfile::kex},
    {"host-keys", &ClientProfile::host_keys},
    {"ciphers", &ClientProfile::ciphers},
    {"macs", &ClientProfile::macs},
    {"compression", &ClientProfile::compression},
}};
constexpr std::array<std::pair<std::string_view, Text>, 2> kTexts{{
    {"name", &ClientProfile::name},
    {"source", &ClientProfile::source},
}};
constexpr std::array<std::pair<std::string_view, Size>, 2> kSizes{{
    {"rsa-bits", &ClientProfile::rsa_bits},
    {"group-bits", &ClientProfile::group_bits},
}};
constexpr std::array<std::pair<std::string_view, Standing>, 3> kStandings{{
    {"current", Standing::current},
    {"legacy", Standing::legacy},
    {"other", Standing::other},
}};

/// What the table has for `key`, or null.
template <typename Table>
const typename Table::value_type::second_type* find(const Table& table, std::string_view key) {
  const auto found = std::ranges::find(table, key, &Table::value_type::first);
  return found == table.end() ? nullptr : &found->second;
}

/// Takes off everything up to the next `end`, which is taken off as well.
std::string_view cut(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto head = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return head;
}

class Reader {
 public:
  std::vector<ClientProfile> read(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const auto line = trimmed(cut(text, '\n'));
      if (!line.empty() && !line.starts_with('#')) read_line(line);
    }
    check_last();
    return std::move(rows_);
  }

 private:
  [[noreturn]] void refuse(std::string_view what) const {
    throw std::invalid_argument(fmt::format("clients.txt:{}: {}", line_, what));
  }

  void read_line(std::string_view line) {
    const auto key = cut(line, ' ');
    const auto value = trimmed(line);
    if (value.empty()) refuse(fmt::format("{} says nothing", key));
    if (key == "client") return begin(value);
    if (rows_.empty()) refuse("no client yet");
    auto& row = rows_.back();
    if (const auto* list = find(kLists, key)) return extend(row.**list, *list, value);
    if (const auto* text = find(kTexts, key)) return set(row.**text, value);
    if (const auto* size = find(kSizes, key)) return set(row.**size, number(value));
    if (key != "standing") refuse(fmt::format("{} is no key", key));
    const auto* standing = find(kStandings, value);
    if (!standing) refuse(fmt::format("{} is no standing", value));
    set(standing_given_, true);
    row.standing = *standing;
  }

  void begin(std::string_view id) {
    check_last();
    if (row_of(id)) refuse(fmt::format("{} is there twice", id));
    rows_.push_back({.id = id});
    standing_given_ = false;
  }

  /// A key that stands once has no value yet.
  template <typename T>
  void set(T& member, T value) const {
    if (member != T{}) refuse("given twice");
    member = value;
  }

  [[nodiscard]] unsigned number(std::string_view value) const {
    unsigned read = 0;
    const auto* end = value.data() + value.size();
    const auto [at, error] = std::from_chars(value.data(), end, read);
    if (error != std::errc{} || at != end || read == 0) refuse(fmt::format("{} is no size", value));
    return read;
  }

  void extend(NameList& names, List list, std::string_view value) const {
    while (!value.empty()) {
      const auto name = cut(value, ' ');
      if (name == "as" && names.empty()) return copy(names, list, trimmed(value));
      if (name.empty()) continue;
      if (std::ranges::find(names, name) != names.end())
        refuse(fmt::format("{} is there twice", name));
      names.emplace_back(name);
    }
  }

  void copy(NameList& names, List list, std::string_view id) const {
    const auto* row = row_of(id);
    if (!row || (row->*list).empty()) refuse(fmt::format("no such list of {} above", id));
    names = row->*list;
  }

  [[nodiscard]] const ClientProfile* row_of(std::string_view id) const {
    const auto found = std::ranges::find(rows_, id, &ClientProfile::id);
    return found == rows_.end() ? nullptr : &*found;
  }

  void check_last() const {
    if (rows_.empty()) return;
    const auto& row = rows_.back();
    for (const auto& [key, list] : kLists)
      if ((row.*list).empty()) refuse(fmt::format("{} has no {}", row.id, key));
    for (const auto& [key, text] : kTexts)
      if ((row.*text).empty()) refuse(fmt::format("{} has no {}", row.id, key));
    if (!standing_given_) refuse(fmt::format("{} has no standing", row.id));
  }

  std::vector<ClientProfile> rows_;
  std::size_t line_ = 0;
  bool standing_given_ = false;
};

}  // namespace

std::vector<ClientProfile> read_clients(std::string_view text) { return Reader{}.read(text); }

}  // namespace fleetscan::ssh
