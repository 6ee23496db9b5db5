#include "base/numbers.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
namespace fleetscan {

std::string grouped(std::uint64_t value) {
  auto text = std::to_string(value);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

namespace {

std::string plural(std::string_view thing) {
  const auto ends_in = [&](std::string_view ending) { return thing.ends_with(ending); };
  if (ends_in("ry")) return std::string(thing.substr(0, thing.size() - 1)) + "ies";
  return std::string(thing) + (ends_in("s") || ends_in("x") || ends_in("ch") ? "es" : "s");
}

}  // namespace

std::string counted(std::uint64_t count, std::string_view thing) {
  return grouped(count) + ' ' + (count == 1 ? std::string(thing) : plural(thing));
}

std::string counted(std::uint64_t count, std::string_view thing, std::string_view rest) {
  return counted(count, thing) + ' ' + std::string(rest);
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || whole == 0) return "0%";
  if (part == whole) return "100%";
  const double value = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (value < 0.1) return "<0.1%";
  if (value > 99.9) return ">99.9%";
  return value < 10 || value > 90 ? fmt::format("{:.1f}%", value) : fmt::format("{:.0f}%", value);
}

std::string duration_text(Micros value) {
  const auto micros = value.count();
  const double milliseconds = static_cast<double>(micros) / 1e3;
  if (micros < 50) return "< 0.1 ms";
  if (micros < 9'950) return fmt::format("{:.1f} ms", milliseconds);
  if (micros < 999'500) return fmt::format("{:.0f} ms", milliseconds);
  if (micros < 59'950'000) return fmt::format("{:.1f} s", milliseconds / 1e3);
  const auto seconds = (micros + 500'000) / 1'000'000;
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

}  // namespace fleetscan
