#pragma once
// A Table is a format with a row per host, in order of address.

#include <optional>
#include <string>
#include <string_view>

#include "reports/summary/host_table.h"
#include "reports/summary/report.h"
#include "scanner/probe/result.h"

namespace fleetscan::render {

/// What a row needs of its host's result is taken down as results come; the rest, and the order, is
/// known at the end of the run.
class Table {
 public:
  Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  virtual ~Table() = default;

  /// A host's row in a form of its own, to be handed back to append_row(); nothing for a host that
  /// has none.
  [[nodiscard]] virtual std::optional<std::string> take_down(const probe::HostResult& result) = 0;
  /// What the file begins with, once every host was taken down.
  [[nodiscard]] virtual std::string head() const = 0;
  /// @param judged  the host's row in the report; null: it has none
  virtual void append_row(std::string& out, std::string_view taken_down,
                          const summary::HostRow* judged, const summary::Report& report) const = 0;
};

}  // namespace fleetscan::render
