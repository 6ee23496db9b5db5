#pragma once
// What commands are given: options from words, results files of scans that never took place.

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "commands/command_line.h"
#include "reports/records/result_lines.h"
#include "tests/support/host_result.h"

namespace fleetscan::commands {

/// The options of a command line that is correct.
inline Options options_of_words(const std::vector<std::string>& words) {
  auto parsed = parse_options(words);
  if (const auto* instead = std::get_if<Instead>(&parsed)) FAIL(instead->text);
  return std::get<Options>(std::move(parsed));
}

inline std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// The lines of a whole run's results file.
inline std::string results(const probe::RunInfo& run, const std::vector<probe::HostResult>& hosts) {
  std::string lines;
  records::append_line(lines, run);
  probe::RunEnd end{.complete = true};
  for (const auto& host : hosts) {
    records::append_line(lines, host);
    ++end.counts[host.outcome];
    ++end.probed;
  }
  records::append_line(lines, end);
  return lines;
}

/// The lines of a nightly scan.
inline std::string night(std::uint64_t number, const std::vector<probe::HostResult>& hosts) {
  return results(test::nightly_run(number, hosts.size()), hosts);
}

/// `lines` without the last one, as a killed scan leaves them.
inline std::string without_end(std::string lines) {
  lines.erase(lines.rfind('\n', lines.size() - 2) + 1);
  return lines;
}

}  // namespace fleetscan::commands
