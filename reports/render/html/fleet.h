#pragma once
// What the fleet runs, for report.html: software, host keys, and keys that several hosts share.

#include "reports/render/html/html_writer.h"
#include "reports/summary/report.h"

namespace fleetscan::render {

void write_inventory(HtmlWriter& html, const summary::Report& report);

}  // namespace fleetscan::render
