#include "reports/render/html/html_report.h"

#include <cassert>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/numbers.h"
#include "reports/render/html/data_blocks.h"
#include "reports/render/html/headline.h"
#include "reports/render/html/html_writer.h"
#include "reports/render/html/page_assets.h"
#include "reports/render/html/sections.h"
#include "reports/summary/gate.h"
#include "reports/summary/report.h"

namespace fleetscan::render {
namespace {

void append_packed(std::string& out, std::string_view id, std::string_view json) {
  ((out += "<script type=\"text/plain\" data-enc=\"gzip+base64\" id=\"") += id) += "\">";
  (out += gzip_base64(json)) += "</script>\n";
}

std::string data_blocks(const summary::Report& report) {
  std::string out = "<script type=\"application/json\" id=\"fs-meta\">";
  (out += html_meta(report)) += "</script>\n";
  append_packed(out, "fs-causes", html_causes(report));
  append_packed(out, "fs-cells", subnet_cells(report));
  const auto rows = html_rows(report);
  append_packed(out, "fs-texts", rows.texts);
  for (std::size_t i = 0; i < rows.blocks.size(); ++i)
    append_packed(out, "fs-rows-" + std::to_string(i), rows.blocks[i]);
  std::string records;
  for (const auto& record : report.records) (records += record.line) += '\n';
  append_packed(out, "fs-records", records);
  return out;
}

std::string body(const summary::Report& report) {
  std::string out;
  HtmlWriter html(out);
  write_header(html, report);
  html.markup("<main>\n");
  write_states(html, report);
  write_changes(html, report);
  write_heat_map(html, report);
  write_findings(html, report);
  write_doctors(html, report);
  write_classes(html, report);
  write_hosts(html, report);
  write_places(html, report);
  write_slowest(html, report);
  write_trend(html, report);
  write_timeline(html, report);
  write_inventory(html, report);
  write_outlook(html, report);
  write_health(html, report);
  html.markup("</main>\n<nav class=\"stick\" aria-label=\"To the hosts\"><a href=\"#hosts\">");
  html.text(counted(report.summary.failing(), "failing host")).markup("</a></nav>\n");
  return out;
}

std::string title(const summary::Report& report) {
  std::string out;
  HtmlWriter(out).text(summary::to_string(report.gate.verdict)).markup(": ").text(headline(report));
  return out;
}

}  // namespace

std::string html_report(const summary::Report& report) {
  const auto& assets = page_assets();
  std::string out;
  std::string_view rest = assets.html;
  while (true) {
    const auto begin = rest.find("{{");
    out += rest.substr(0, begin);
    if (begin == rest.npos) return out;
    const auto end = rest.find("}}", begin);
    const auto name = rest.substr(begin + 2, end - begin - 2);
    rest.remove_prefix(end + 2);
    if (name == "css_hash")
      out += policy_hash(assets.css_sha256);
    else if (name == "js_hash")
      out += policy_hash(assets.js_sha256);
    else if (name == "css")
      out += assets.css;
    else if (name == "js")
      out += assets.js;
    else if (name == "title")
      out += title(report);
    else if (name == "body")
      out += body(report);
    else if (name == "data")
      out += data_blocks(report);
    else
      throw std::logic_error("page.html names an unknown part: " + std::string(name));
  }
}

}  // namespace fleetscan::render
