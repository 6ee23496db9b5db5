#pragma once
// The constant parts of report.html, built in from page.html, page.css and page.js.

#include <string_view>

namespace fleetscan::render {

struct PageAssets {
  std::string_view html;  ///< with {{name}} where something is filled in
  std::string_view css;
  std::string_view css_sha256;  ///< hexadecimal, of the bytes above
  std::string_view js;
  std::string_view js_sha256;
};

[[nodiscard]] const PageAssets& page_assets();

}  // namespace fleetscan::render
