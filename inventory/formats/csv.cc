#include "inventory/formats/csv.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/csv_rows.h"
#include "base/input_error.h"
#include "base/lines.h"
#include "inventory/entry.h"
#include "inventory/expression.h"
#include "inventory/labels.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

constexpr std::array<std::string_view, 4> kHost{"host", "hostname", "fqdn", "name"};
constexpr std::array<std::string_view, 4> kAddress{"address", "addr", "ip", "ip_address"};
constexpr std::array<std::string_view, 2> kPort{"port", "ssh_port"};

struct Header {
  std::optional<std::size_t> host, address, port;
  std::vector<std::string> labels;  ///< name of each column; empty = no label
};

/// The first column that has one of the names, the names tried in order.
template <typename Names>
std::optional<std::size_t> column(const std::vector<std::string>& header, const Names& names) {
  for (const auto name : names)
    if (const auto found = std::ranges::find(header, name); found != header.end())
      return static_cast<std::size_t>(found - header.begin());
  return std::nullopt;
}

Header header_of(const std::vector<std::string>& fields) {
  std::vector<std::string> names;
  for (const auto& field : fields) names.push_back(lower(trimmed(field)));
  Header header{column(names, kHost), column(names, kAddress), column(names, kPort), {}};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bool special = i == header.host || i == header.address || i == header.port;
    std::string name{trimmed(fields[i])};
    std::ranges::replace(name, ' ', '_');
    header.labels.push_back(special ? "" : name);
  }
  return header;
}

class Parser {
 public:
  Parser(const std::string& source, const EntrySink& sink, InputErrors& errors)
      : source_(source), sink_(sink), errors_(errors) {}

  void parse(std::string_view text) {
    CsvRows rows(text, CsvRows::separator_of(text));
    if (!rows.next()) return;
    header_ = header_of(rows.fields());
    if (rows.fault()) return fail(rows.line(), "", rows.fault());
    if (!header_.host && !header_.address)
      return fail(rows.line(), rows.fields().front(),
                  "the first line must be a header with a column host or address");
    for (const auto& name : header_.labels) {
      const auto unvalued = name + '=';
      const auto label = parse_label(unvalued);
      if (!name.empty() && (!label || label->key != name))
        fail(rows.line(), name, "a column's name has letters, digits, '_', '-', '.', '/' and ':'");
    }
    while (rows.next()) {
      if (rows.fault())
        fail(rows.line(), "", rows.fault());
      else
        row(rows.fields(), rows.line());
    }
  }

 private:
  void fail(std::uint32_t line, std::string text, std::string remedy) {
    errors_.add({source_, line, 0, std::move(text), std::move(remedy)});
  }

  void row(const std::vector<std::string>& fields, std::uint32_t line) {
    if (fields.size() > header_.labels.size())
      return fail(line, "", "more fields than the header has");
    const auto field = [&](std::optional<std::size_t> index) -> std::string_view {
      return index && *index < fields.size() ? trimmed(fields[*index]) : std::string_view{};
    };
    const auto host = field(header_.host), address = field(header_.address);
    Entry entry{.host = host.empty() ? address : host};
    if (!host.empty() && !address.empty() && host != address) {
      entry.kind = Entry::Kind::alias;
      entry.connect = address;
    }
    if (entry.host.empty()) return fail(line, "", "this row has neither host nor address");
    if (const auto port = field(header_.port); !port.empty()) {
      const auto number = parse_port_number(port);
      if (!number) return fail(line, std::string{port}, "a port is a number from 1 to 65535");
      entry.port = *number;
    }
    entry.labels = labels(fields, line);
    entry.line = line;
    sink_(entry);
  }

  std::shared_ptr<const Labels> labels(const std::vector<std::string>& fields, std::uint32_t line) {
    Labels labels;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const auto value = trimmed(fields[i]);
      if (header_.labels[i].empty() || value.empty()) continue;
      const auto text = header_.labels[i] + '=' + std::string{value};
      if (const auto label = parse_label(text))
        add_label(labels, label->key, label->value);
      else
        fail(line, text, "a label has at most 1024 bytes, and no control bytes");
    }
    if (labels.empty()) return nullptr;
    auto& shared = known_[labels];
    if (!shared) shared = std::make_shared<const Labels>(labels);
    return shared;
  }

  const std::string& source_;
  const EntrySink& sink_;
  InputErrors& errors_;
  Header header_;
  std::map<Labels, std::shared_ptr<const Labels>> known_;
};

}  // namespace

void parse_csv(std::string_view text, const std::string& source, const EntrySink& sink,
               InputErrors& errors) {
  Parser(source, sink, errors).parse(text);
}

bool looks_like_csv(std::string_view text) {
  CsvRows rows(text.substr(0, std::min(text.find('\n'), kMaxLineBytes)),
               CsvRows::separator_of(text));
  if (!rows.next() || rows.fault() || rows.fields().size() < 2) return false;
  const auto header = header_of(rows.fields());
  return header.host || header.address;
}

}  // namespace fleetscan::inventory
