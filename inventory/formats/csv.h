#pragma once
// CSV inventories (RFC 4180) with a header: host, port, address; every other column is a label.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/entry.h"

namespace fleetscan::inventory {

/// The separator is the one of ',', ';' and TAB that the header has most of. Columns are found by
/// name, whatever their case, blanks and punctuation: host (hostname, name, fqdn, VM...), address
/// (IP, IP Address, Primary IP, Public IPv4 address...), port; with both a host and an address, the
/// host is its name. Of several addresses in a cell the first counts, without its prefix length.
/// @return how many rows have no host
std::uint64_t parse_csv(std::string_view text, const std::string& source, const EntrySink& sink,
                        InputErrors& errors);

/// Whether the first line of `text` is a header with a host or address column.
[[nodiscard]] bool looks_like_csv(std::string_view text);

}  // namespace fleetscan::inventory
