#include "reports/render/target_list.h"

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/escape.h"
#include "reports/render/table.h"
#include "reports/summary/host_table.h"
#include "reports/summary/report.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::render {
namespace {

/// @param source  "inv.ini:3"
bool is_of_ansible(std::string_view source) {
  const auto file = source.substr(0, source.rfind(':'));
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{".ini", ".yml", ".yaml", ".json"},
      [&](std::string_view ending) { return file.ends_with(ending); });
}

class TargetList final : public Table {
 public:
  using Wanted = bool (*)(probe::Outcome outcome);
  explicit TargetList(Wanted wanted) : wanted_(wanted) {}

  std::optional<std::string> take_down(const probe::HostResult& result) override {
    if (!wanted_(result.outcome)) return std::nullopt;
    const bool by_name = is_of_ansible(result.target.source);
    return (by_name ? "" : std::to_string(result.target.port)) + ' ' +
           printable(result.target.host);
  }
  std::string head() const override { return {}; }
  void append_row(std::string& out, std::string_view taken_down, const summary::HostRow*,
                  const summary::Report& report) const override {
    const auto space = taken_down.find(' ');
    const auto port = taken_down.substr(0, space), host = taken_down.substr(space + 1);
    const auto& options = report.summary.run.options;
    const auto usual = options.find("port");
    const bool bare =
        port.empty() || port == (usual == options.end() ? "22" : std::string_view(usual->second));
    const bool bracketed = !bare && host.find(':') != host.npos;
    ((out += bracketed ? "[" : "") += host) += bracketed ? "]" : "";
    if (!bare) (out += ':') += port;
    out += '\n';
  }

 private:
  Wanted wanted_;
};

}  // namespace

std::unique_ptr<Table> reachable_targets() {
  return std::make_unique<TargetList>([](probe::Outcome outcome) { return is_reached(outcome); });
}

std::unique_ptr<Table> failing_targets() {
  return std::make_unique<TargetList>([](probe::Outcome outcome) { return is_failure(outcome); });
}

}  // namespace fleetscan::render
