#pragma once
// Reads the values that records consist of: names, times, numbers, bytes in hex.
//
// Each function throws JsonError if it finds another value.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "base/address.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/json_reader.h"
#include "base/names.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::records {

template <typename Enum, std::size_t N>
[[nodiscard]] Enum read_name(JsonReader& json, const Names<Enum, N>& names) {
  std::string room;
  const auto text = json.text(room);
  if (const auto value = names.find(text)) return *value;
  throw JsonError("unknown name '" + printable(text) + "'", 0);
}

template <typename T>
[[nodiscard]] T read_integer(JsonReader& json) {
  const auto value = json.integer();
  if (!std::in_range<T>(value)) throw JsonError("number out of range", 0);
  return static_cast<T>(value);
}

[[nodiscard]] std::int64_t read_thousandths(JsonReader& json);
[[nodiscard]] Micros read_milliseconds(JsonReader& json);
[[nodiscard]] WallTime read_time(JsonReader& json);
[[nodiscard]] probe::Outcome read_outcome(JsonReader& json);
[[nodiscard]] Address read_address(JsonReader& json);
[[nodiscard]] probe::PhaseTimes read_times(JsonReader& json);
[[nodiscard]] ssh::NameList read_names(JsonReader& json);
[[nodiscard]] std::string read_text(JsonReader& json);  ///< "" for null
[[nodiscard]] std::string read_hex(JsonReader& json);   ///< the bytes

}  // namespace fleetscan::records
