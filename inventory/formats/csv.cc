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

#include "base/address.h"
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

// As people, NetBox, cloud consoles and RVTools head them; letters and digits only.
constexpr std::array<std::string_view, 22> kHost{
    "host",       "hostname",     "fqdn",       "dnsname",    "name",     "publicipv4dns",
    "publicdns",  "privatedns",   "devicename", "device",     "vmname",   "vm",
    "servername", "server",       "nodename",   "node",       "computer", "computername",
    "systemname", "instancename", "rechner",    "rechnername"};
constexpr std::array<std::string_view, 26> kAddress{"address",
                                                    "addr",
                                                    "ip",
                                                    "ipaddress",
                                                    "ipaddr",
                                                    "ipadresse",
                                                    "ipv4",
                                                    "ipv4address",
                                                    "ipv4adresse",
                                                    "primaryip",
                                                    "primaryipv4",
                                                    "primaryip4",
                                                    "primaryipv4address",
                                                    "primaryipaddress",
                                                    "managementip",
                                                    "managementipaddress",
                                                    "managementaddress",
                                                    "mgmtip",
                                                    "publicip",
                                                    "publicipaddress",
                                                    "publicipv4address",
                                                    "privateip",
                                                    "privateipaddress",
                                                    "privateipv4address",
                                                    "ipv6",
                                                    "ipv6address"};
constexpr std::array<std::string_view, 3> kPort{"port", "sshport", "ansibleport"};

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

/// "IP Address", "ip_address" and "IP-Address" are one column.
std::string column_name(std::string_view field) {
  std::string name;
  for (const char c : field)
    if (is_letter_or_digit(c)) name += lower(c);
  return name;
}

/// What a label may be called: other characters become "_".
std::string label_name(std::string_view field) {
  constexpr std::size_t kMaxName = 64;
  std::string name;
  for (const char c : trimmed(field).substr(0, kMaxName)) {
    const bool plain = is_letter_or_digit(c) || std::string_view{"_-./:"}.find(c) != npos;
    name += plain ? c : '_';
  }
  return name.find_first_not_of('_') == npos ? "" : name;
}

Header header_of(const std::vector<std::string>& fields) {
  std::vector<std::string> names;
  names.reserve(fields.size());
  for (const auto& field : fields) names.push_back(column_name(field));
  Header header{column(names, kHost), column(names, kAddress), column(names, kPort), {}};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bool special = i == header.host || i == header.address || i == header.port;
    header.labels.push_back(special ? "" : label_name(fields[i]));
  }
  return header;
}

/// The cell with its line breaks as blanks; nothing if it only says that there is nothing.
std::string text_of(std::string_view cell) {
  std::string text;
  for (const char c : cell) {
    const bool control = static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    if (!control || !text.ends_with(' ')) text += control ? ' ' : c;
  }
  const std::string_view rest = trimmed(text);
  static constexpr std::array<std::string_view, 7> kNothing{
      "-", "n/a", "none", "null", "nan", "\xe2\x80\x93", "\xe2\x80\x94"};
  if (std::ranges::find(kNothing, lower(rest)) != kNothing.end()) return "";
  return std::string{rest};
}

/// The first of the addresses in a cell, without the length of its prefix; else the whole cell.
std::string first_address(const std::string& cell) {
  const auto first = cell.substr(0, cell.find_first_of(" ,;|"));
  const auto address = first.substr(0, first.find('/'));
  return Address::parse(address) ? address : cell;
}

class CsvParser {
 public:
  CsvParser(const std::string& source, const EntrySink& sink, InputErrors& errors)
      : source_(source), sink_(sink), errors_(errors) {}

  /// @return how many rows have no host
  std::uint64_t parse(std::string_view text) {
    const char separator = CsvRows::separator_of(text);
    CsvRows rows(text, separator);
    if (!rows.next()) return 0;
    header_ = header_of(rows.fields());
    if (rows.fault()) {
      fail(rows.line(), "", rows.fault());
      return 0;
    }
    if (!header_.host && !header_.address) {
      fail(rows.line(), rows.fields().front(),
           "the first line must be a header with a column host or address");
      return 0;
    }
    while (rows.next()) {
      if (rows.fault())
        fail(rows.line(), "", rows.fault());
      else
        row(rows.fields(), rows.line());
    }
    return without_host_;
  }

 private:
  void fail(std::uint32_t line, std::string text, std::string remedy) {
    errors_.add({source_, line, 0, std::move(text), std::move(remedy)});
  }

  void row(const std::vector<std::string>& fields, std::uint32_t line) {
    if (fields.size() > header_.labels.size())
      return fail(line, "", "more fields than the header has");
    const auto field = [&](std::optional<std::size_t> index) {
      return index && *index < fields.size() ? text_of(fields[*index]) : std::string{};
    };
    const auto host = field(header_.host);
    const auto address = first_address(field(header_.address));
    Entry entry{.host = host.empty() ? address : host, .kind = Entry::Kind::expression};
    if (!host.empty() && !address.empty() && host != address) {
      entry.kind = Entry::Kind::alias;
      entry.connect = address;
    }
    if (entry.host.empty()) {
      ++without_host_;
      return;
    }
    if (const auto port = field(header_.port); !port.empty()) {
      const auto number = parse_port_number(port);
      if (!number) return fail(line, port, "a port is a number from 1 to 65535");
      entry.port = *number;
    }
    entry.labels = labels(fields);
    entry.line = line;
    sink_(entry);
  }

  std::shared_ptr<const Labels> labels(const std::vector<std::string>& fields) {
    constexpr std::size_t kMaxValue = 1024;
    Labels labels;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const auto value = text_of(fields[i]);
      if (!header_.labels[i].empty() && !value.empty() && value.size() <= kMaxValue)
        add_label(labels, header_.labels[i], value);
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
  std::uint64_t without_host_ = 0;
  std::map<Labels, std::shared_ptr<const Labels>> known_;
};

}  // namespace

std::uint64_t parse_csv(std::string_view text, const std::string& source, const EntrySink& sink,
                        InputErrors& errors) {
  return CsvParser(source, sink, errors).parse(text);
}

bool looks_like_csv(std::string_view text) {
  CsvRows rows(text.substr(0, std::min(text.find('\n'), kMaxLineBytes)),
               CsvRows::separator_of(text));
  if (!rows.next() || rows.fault() || rows.fields().size() < 2) return false;
  const auto header = header_of(rows.fields());
  return header.host || header.address;
}

}  // namespace fleetscan::inventory
