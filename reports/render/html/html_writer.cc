#include "reports/render/html/html_writer.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <string_view>

#include "base/escape.h"
#include "base/numbers.h"

namespace fleetscan::render {

HtmlWriter& HtmlWriter::text(std::string_view raw) {
  append_html(out_, raw);
  return *this;
}

HtmlWriter& HtmlWriter::names(std::string_view raw) {
  for (auto comma = raw.find(','); comma != raw.npos; comma = raw.find(',')) {
    text(raw.substr(0, comma + 1)).markup("<wbr>");
    raw.remove_prefix(comma + 1);
  }
  return text(raw);
}

HtmlWriter& HtmlWriter::number(std::uint64_t value) {
  out_ += grouped(value);
  return *this;
}

HtmlWriter& HtmlWriter::coordinate(double value) {
  out_ += fmt::format("{}", std::round(value * 10) / 10);
  return *this;
}

HtmlWriter& HtmlWriter::fragment(std::string_view raw) {
  append_fragment(out_, raw);
  return *this;
}

}  // namespace fleetscan::render
