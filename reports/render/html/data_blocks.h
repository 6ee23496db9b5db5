#pragma once
// The data blocks of report.html, which its script reads: packed to be small and inert.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/summary/report.h"

namespace fleetscan::render {

/// A SHA-256 in hex as a content security policy writes it.
[[nodiscard]] std::string policy_hash(std::string_view hex);

/// Compressed by gzip with a constant header, then base64: equal bytes give equal text.
[[nodiscard]] std::string gzip_base64(std::string_view bytes);

/// JSON about the run as a whole, for a <script> block.
[[nodiscard]] std::string html_meta(const summary::Report& report);

/// What may stand behind each cause that the report names, and how to check and fix it: JSON.
[[nodiscard]] std::string html_causes(const summary::Report& report);

/// The texts that rows share, as one JSON object of arrays; rows point into them by index.
/// Then the rows by column, as JSON objects of at most kRowsPerBlock rows each.
struct HtmlRows {
  static constexpr std::size_t kRowsPerBlock = 65'536;
  std::string texts;
  std::vector<std::string> blocks;
};
[[nodiscard]] HtmlRows html_rows(const summary::Report& report);

}  // namespace fleetscan::render
