#include "commands/results_input.h"

#include <cstddef>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/escape.h"
#include "commands/console.h"
#include "reports/records/result_file.h"
#include "reports/records/result_reader.h"

namespace fleetscan::commands {

std::optional<std::size_t> read_results(const std::vector<std::string>& inputs,
                                        const records::ResultReader::OnRecord& take) {
  std::size_t bad_lines = 0;
  try {
    for (const auto& input : inputs) {
      bool known = false;
      const auto complaints = records::read_result_file(input, [&](records::Record&& record) {
        known = known || !std::holds_alternative<std::monostate>(record);
        take(std::move(record));
      });
      for (const auto& complaint : complaints) say(complaint);
      bad_lines += complaints.size();
      if (known) continue;
      say(printable(input) + ": not a fleetscan results file");
      return std::nullopt;
    }
  } catch (const std::system_error& error) {
    say(error.what());
    return std::nullopt;
  }
  return bad_lines;
}

}  // namespace fleetscan::commands
