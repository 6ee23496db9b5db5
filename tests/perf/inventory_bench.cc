// Measures how fast inventories load, and in how much memory. Prints one line; judges nothing.
//   inventory_bench TARGETS...

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "inventory/inventory.h"

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  const auto seconds = [](Clock::duration d) { return std::chrono::duration<double>(d).count(); };
  fleetscan::inventory::InventoryOptions options{.max_targets = 20'000'000};
  for (int i = 1; i < argc; ++i) options.targets.emplace_back(argv[i]);

  const auto start = Clock::now();
  const auto [inventory, errors, notes] = fleetscan::inventory::load_inventory(options);
  for (const auto& error : errors.kept()) fmt::print(stderr, "{}\n", error.to_string());
  if (!inventory) return 2;
  const auto loaded = Clock::now();
  const auto digest = inventory->sha256();
  const auto digested = Clock::now();
  const auto source = inventory->visit();
  const auto first = source->next();
  const auto started = Clock::now();
  std::uint64_t bytes = 0;
  while (const auto target = source->next()) bytes += target->host.size();
  const auto visited = Clock::now();

  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "{} targets: loaded {:.3f} s, digest {:.3f} s, first target {:.6f} s, all {:.3f} s; "
      "peak {:.1f} MB; {} {}\n",
      inventory->size(), seconds(loaded - start), seconds(digested - loaded),
      seconds(started - digested), seconds(visited - started),
      static_cast<double>(usage.ru_maxrss) / 1024, digest.substr(0, 8), bytes);
}
