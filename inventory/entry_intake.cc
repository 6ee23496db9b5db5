#include "inventory/entry_intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/escape.h"
#include "base/input_error.h"
#include "base/range_rows.h"
#include "base/secrets.h"
#include "inventory/entry.h"
#include "inventory/expression.h"
#include "inventory/target.h"
#include "inventory/target_table.h"

namespace fleetscan::inventory {

void EntryIntake::begin_source(const std::string& name, std::string shown, Use use,
                               InputErrors& errors) {
  constexpr std::size_t kMostSources = 65535;
  shown_ = std::move(shown);
  if (names_.size() == kMostSources)
    return errors.add({name, 0, 0, "", "more than 65535 sources in one inventory"});
  names_.push_back(name);
  source_ = table_.add_source(name);
  if (use == Use::exclude) exclusions_.begin_source(name);
}

void EntryIntake::resume_source(std::uint16_t source) {
  source_ = source;
  shown_ = names_[source];
}

void EntryIntake::add(const Entry& entry, Use use, InputErrors& faults) {
  if (entry.kind == Entry::Kind::expression) return add_expression(entry, use, faults);
  const auto where = entry.kind == Entry::Kind::alias ? entry.connect : entry.host;
  const auto address = Address::parse(where);
  const bool skipped = !entry.skip_reason.empty() && use == Use::probe;  // never looked up
  if (const auto fault = address || skipped ? std::nullopt : check_name(where))
    return fail(entry, where, 0, fault->remedy, faults);
  constexpr std::size_t kMaxAlias = 255;
  if (entry.host.empty() || entry.host.size() > kMaxAlias || !is_utf8(entry.host))
    return fail(entry, entry.host, 0, "a name has 1 to 255 bytes of UTF-8", faults);
  if (use == Use::exclude) return exclude(entry, where, address);
  ++yielded_;
  const auto port = entry.port == 0 ? port_ : entry.port;
  const bool fits =
      entry.kind == Entry::Kind::plain && address
          ? table_.add_range({*address, *address}, port, origin(entry))
          : table_.add_name(entry.host, entry.kind == Entry::Kind::alias ? where : "", port,
                            origin(entry), entry.exact && entry.kind == Entry::Kind::alias);
  if (!fits) fail_full(entry, faults);
}

void EntryIntake::exclude(const Entry& entry, std::string_view where,
                          const std::optional<Address>& address) {
  if (address)
    exclusions_.add_range({*address, *address}, entry.port, entry.line);
  else
    exclusions_.add_name(where, entry.port, entry.line);
  if (where != entry.host) exclusions_.add_name(entry.host, entry.port, entry.line);
}

void EntryIntake::add_expression(const Entry& entry, Use use, InputErrors& faults) {
  const auto user = entry.host.rfind('@') + 1;  // ssh's user@host; 0 if there is none
  const auto parsed = Expression::parse(entry.host.substr(user));
  if (const auto* fault = std::get_if<ExpressionFault>(&parsed))
    return fail(entry, entry.host, user + fault->offset, fault->remedy, faults);
  const auto& expression = std::get<Expression>(parsed);
  if (expression.pieces() > std::max(most_pieces_, kMostPieces))
    return fail(entry, entry.host, 0,
                fmt::format("expands to {} hosts, more than --max-targets {}", expression.count(),
                            most_pieces_),
                faults);
  const auto port = expression.port().value_or(entry.port);
  if (use == Use::probe) {
    ++yielded_;
    return probe(entry, expression, port == 0 ? port_ : port, faults);
  }
  expression.for_each(
      [&](const AddressRange& range) { exclusions_.add_range(range, port, entry.line); },
      [&](std::string_view name) { exclusions_.add_name(name, port, entry.line); });
}

void EntryIntake::probe(const Entry& entry, const Expression& expression, std::uint16_t port,
                        InputErrors& faults) {
  const auto from = origin(entry);
  const bool expands = expression.pieces() > 1;
  bool fits = true;
  expression.for_each(
      [&](const AddressRange& range) { fits = table_.add_range(range, port, from) && fits; },
      [&](std::string_view name) {
        if (const auto fault = expands ? check_name(name) : std::nullopt)
          fail(entry, name, 0, fault->remedy, faults);
        fits = table_.add_name(name, "", port, from) && fits;
      });
  if (!fits) fail_full(entry, faults);
}

// Entries in a row often have the same labels, or none.
Origin EntryIntake::origin(const Entry& entry) {
  const bool plain = entry.skip_reason.empty() && !entry.family;
  if (plain && last_annotation_ && entry.labels == last_labels_)
    return {*last_annotation_, entry.line, source_};
  const auto labels = without_secrets(entry.labels);
  const auto annotation = table_.annotations().add(
      {labels, std::string{entry.skip_reason}, entry.family, std::string{entry.jumps}});
  if (plain) {
    last_labels_ = entry.labels;
    last_annotation_ = annotation;
  }
  return {annotation, entry.line, source_};
}

// Hosts share few sets of labels; each is looked at once.
std::shared_ptr<const Labels> EntryIntake::without_secrets(
    const std::shared_ptr<const Labels>& labels) {
  if (!labels) return nullptr;
  constexpr std::size_t kMostKept = 10'000;
  if (filtered_.size() > kMostKept) filtered_.clear();
  const auto [known, is_new] = filtered_.try_emplace(labels);
  if (is_new) known->second = label_filter_.filtered(labels);
  return known->second;
}

void EntryIntake::fail(const Entry& entry, std::string_view text, std::size_t offset,
                       std::string remedy, InputErrors& faults) {
  const auto column = entry.column == 0 ? 0 : entry.column + static_cast<std::uint32_t>(offset);
  InputError error{shown_, entry.line, column, std::string{text}, std::move(remedy)};
  constexpr std::size_t kMostNames = 1000;
  if (text != entry.host && odd_names_.size() < kMostNames)
    odd_names_.emplace(error.to_string(), entry.host);
  faults.add(std::move(error));
}

void EntryIntake::fail_full(const Entry& entry, InputErrors& faults) {
  fail(entry, entry.host, 0, "the inventory has more than 4 GiB of names", faults);
}

void EntryIntake::skip(const std::vector<InputError>& faults) {
  for (const auto& fault : faults) add_skipped(name_of(fault), fault.line, fault.to_string());
  odd_names_.clear();
}

void EntryIntake::skip(std::string_view host, std::uint32_t line, const std::string& reason) {
  ++yielded_;
  add_skipped(std::string{host}, line, reason);
}

// By its name if it has one, else by its place.
std::string EntryIntake::name_of(const InputError& fault) const {
  const auto known = odd_names_.find(fault.to_string());
  if (known != odd_names_.end()) return known->second;
  const bool number = fault.text.find_first_not_of("0123456789") == std::string::npos;
  return number ? "" : fault.text;
}

void EntryIntake::add_skipped(const std::string& text, std::uint32_t line,
                              const std::string& reason) {
  const auto& source = names_[source_];
  const auto name = text.empty() ? fmt::format("{}:{}", source.substr(source.rfind('/') + 1), line)
                                 : excerpt(fleetscan::without_secrets(text));
  const auto annotation = table_.annotations().add({{}, "not understood: " + reason, {}, {}, true});
  static_cast<void>(table_.add_name(name, "", port_, {annotation, line, source_}));
}

}  // namespace fleetscan::inventory
