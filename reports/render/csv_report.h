#pragma once
// Writes results as CSV: one line per host, in the order in which verdicts became final.

#include <string>

#include "scanner/probe/result.h"

namespace fleetscan::render {

/// The first line: the names of the columns, which never change their order.
[[nodiscard]] std::string csv_header();

/// One host's line. RFC 4180 in UTF-8, but with a bare line feed at the end as text files here have
/// it; safe to open in a spreadsheet (see append_csv()).
void append_csv_line(std::string& out, const probe::HostResult& result);

}  // namespace fleetscan::render
