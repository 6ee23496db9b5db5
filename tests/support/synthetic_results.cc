// Writes the results file of a synthetic fleet to standard output:
//   synthetic_results HOSTS [FAILING_PERCENT [SEED [hostile]]]

#include <cstdio>
#include <cstdlib>
#include <string>

#include "reports/records/result_lines.h"
#include "tests/support/synthetic_fleet.h"

int main(int argc, char** argv) {
  using namespace fleetscan;
  using namespace fleetscan::records;
  if (argc < 2) return 2;
  test::FleetShape shape;
  shape.hosts = std::strtoull(argv[1], nullptr, 10);
  if (argc > 2) shape.failing_percent = static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10));
  if (argc > 3) shape.seed = std::strtoull(argv[3], nullptr, 10);
  shape.hostile = argc > 4 && std::string(argv[4]) == "hostile";

  test::SyntheticFleet fleet(shape);
  std::string line;
  const auto put = [&line](const auto& record) {
    line.clear();
    append_line(line, record);
    return std::fwrite(line.data(), 1, line.size(), stdout) == line.size();
  };
  bool good = put(fleet.run());
  for (std::uint64_t i = 0; good && i < shape.hosts; ++i) good = put(fleet.next());
  return good && put(fleet.end()) && std::fflush(stdout) == 0 ? 0 : 1;
}
