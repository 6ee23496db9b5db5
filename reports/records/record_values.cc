#include "reports/records/record_values.h"

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/address.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/json_reader.h"
#include "base/wall_time.h"
#include "reports/records/record_names.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::records {

std::int64_t read_thousandths(JsonReader& json) {
  const double value = json.number() * 1000;
  if (!(std::abs(value) < 1e15)) throw JsonError("time out of range", 0);
  return std::llround(value);
}

Micros read_milliseconds(JsonReader& json) { return Micros(read_thousandths(json)); }

WallTime read_time(JsonReader& json) {
  std::string room;
  const auto text = json.text(room);
  if (const auto time = parse_rfc3339(text)) return *time;
  throw JsonError("'" + printable(text) + "' is no time", 0);
}

probe::Outcome read_outcome(JsonReader& json) {
  std::string room;
  const auto name = json.text(room);
  if (const auto outcome = probe::parse_outcome(name)) return *outcome;
  throw JsonError("unknown class '" + printable(name) + "'", 0);
}

Address read_address(JsonReader& json) {
  std::string room;
  const auto text = json.text(room);
  if (const auto address = Address::parse(text)) return *address;
  throw JsonError("'" + printable(text) + "' is no address", 0);
}

probe::PhaseTimes read_times(JsonReader& json) {
  probe::PhaseTimes times;
  json.object([&](std::string_view key) {
    for (const auto& [name, member] : kPhaseTimes)
      if (name == key) {
        times.*member = json.optional([&] { return read_milliseconds(json); });
        return;
      }
    json.skip();
  });
  return times;
}

ssh::NameList read_names(JsonReader& json) {
  ssh::NameList names;
  json.array([&] { names.push_back(json.string()); });
  return names;
}

std::string read_text(JsonReader& json) { return json.null() ? std::string() : json.string(); }

std::string read_hex(JsonReader& json) {
  std::string room;
  const auto digits = json.text(room);
  const auto value = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    const int high = value(digits[i]), low = value(digits[i + 1]);
    if (high < 0 || low < 0) throw JsonError("expected hexadecimal digits", 0);
    bytes += static_cast<char>(high << 4 | low);
  }
  if (digits.size() % 2 != 0) throw JsonError("odd number of hexadecimal digits", 0);
  return bytes;
}

}  // namespace fleetscan::records
