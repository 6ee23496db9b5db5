#include "reports/render/csv_report.h"

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/escape.h"
#include "base/json_writer.h"
#include "inventory/target.h"
#include "reports/records/result_lines.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::render {
namespace {

/// Sets the commas of one line.
class CsvLine {
 public:
  explicit CsvLine(std::string& out) : out_(out) {}
  ~CsvLine() { out_ += '\n'; }
  CsvLine(const CsvLine&) = delete;
  CsvLine& operator=(const CsvLine&) = delete;

  void cell(std::string_view text) {
    separate();
    append_csv(out_, text);
  }
  void cell(const std::optional<Micros>& time) {
    separate();
    if (time) append_thousandths(out_, time->count());
  }

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string& out_;
  bool first_ = true;
};

std::string labels_of(const inventory::Target& target) {
  std::string out;
  if (target.labels)
    for (const auto& [key, value] : *target.labels)
      (((out += out.empty() ? "" : " ") += key) += '=') += value;
  return out;
}

}  // namespace

std::string csv_header() {
  return "target,host,port,address,state,class,phase,attempts,resolve_ms,connect_ms,banner_ms,"
         "kexinit_ms,kex_ms,ident,host_key_type,host_key_sha256,cause,labels,source,note\n";
}

void append_csv_line(std::string& out, const probe::HostResult& result) {
  static const probe::Evidence kNothingSeen;
  const auto* attempt = result.decisive();
  const auto& seen = attempt ? attempt->evidence : kNothingSeen;
  const auto& target = result.target;
  const auto address = seen.address ? seen.address : target.address;
  const auto phase = records::phase_of(result);
  CsvLine line(out);
  line.cell(target.name());
  line.cell(target.host);
  line.cell(std::to_string(target.port));
  line.cell(address ? address->to_string() : "");
  line.cell(probe::to_string(result.state()));
  line.cell(probe::to_string(result.outcome));
  line.cell(phase ? probe::to_string(*phase) : "");
  line.cell(std::to_string(result.attempts.size()));
  for (const auto& time :
       {result.resolve, seen.ms.connect, seen.ms.banner, seen.ms.kexinit, seen.ms.kex})
    line.cell(time);
  line.cell(seen.ident_line.value_or(""));
  line.cell(seen.host_key ? seen.host_key->type : "");
  line.cell(seen.host_key ? seen.host_key->sha256 : "");
  line.cell(result.causes.empty() ? "" : result.causes.front().name);
  line.cell(labels_of(target));
  line.cell(target.source);
  line.cell(result.note);
}

}  // namespace fleetscan::render
