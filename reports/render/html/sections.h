#pragma once
// The sections of report.html that consist of text and tables.

#include "reports/render/html/html_writer.h"
#include "reports/summary/report.h"

namespace fleetscan::render {

void write_header(HtmlWriter& html, const summary::Report& report);
void write_tiles(HtmlWriter& html, const summary::Report& report);
void write_classes(HtmlWriter& html, const summary::Report& report);
void write_hosts(HtmlWriter& html, const summary::Report& report);
void write_health(HtmlWriter& html, const summary::Report& report);

}  // namespace fleetscan::render
