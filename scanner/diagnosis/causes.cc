#include "scanner/diagnosis/causes.h"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace fleetscan::diagnosis {
namespace {

std::vector<CauseRow> all_families() {
  std::vector<CauseRow> rows;
  for (const auto family : {service_causes, limits_causes, balancers_causes, path_causes,
                            protocol_causes, scanner_causes})
    std::ranges::move(family(), std::back_inserter(rows));
  for (std::size_t i = 0; i < rows.size(); ++i)
    assert(static_cast<std::size_t>(rows[i].cause) == i);
  return rows;
}

const std::vector<CauseRow>& rows() {
  static const auto kRows = all_families();
  return kRows;
}

}  // namespace

std::span<const CauseRow> causes() { return rows(); }
const CauseRow& row(CauseId cause) { return rows()[static_cast<std::size_t>(cause)]; }

std::optional<CauseId> parse_cause(std::string_view name) {
  const auto found = std::ranges::find(rows(), name, &CauseRow::name);
  if (found == rows().end()) return std::nullopt;
  return found->cause;
}

std::string_view to_string(Where where) {
  switch (where) {
    case Where::server: return "on the server";
    case Where::client: return "from here";
    case Where::between: return "in between";
  }
  return "?";
}

}  // namespace fleetscan::diagnosis
