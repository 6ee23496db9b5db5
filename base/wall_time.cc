#include "base/wall_time.h"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace fleetscan {
namespace {

using namespace std::chrono;

constexpr std::string_view kForm = "0000-00-00T00:00:00.000Z";

/// The decimal number in text[at, at + length); -1 unless all of it is digits.
int digits(std::string_view text, std::size_t at, std::size_t length) {
  int value = 0;
  for (const char c : text.substr(at, length)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// Writes the last digits of `value` over text[at, at + length).
void put_digits(Rfc3339& text, std::size_t at, std::size_t length, std::int64_t value) {
  for (auto i = at + length; i-- > at; value /= 10) text[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

Rfc3339 rfc3339(WallTime time) {
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<milliseconds>(time - day));
  Rfc3339 text;
  std::memcpy(text.data(), kForm.data(), text.size());
  put_digits(text, 0, 4, static_cast<int>(date.year()));
  put_digits(text, 5, 2, static_cast<unsigned>(date.month()));
  put_digits(text, 8, 2, static_cast<unsigned>(date.day()));
  put_digits(text, 11, 2, clock.hours().count());
  put_digits(text, 14, 2, clock.minutes().count());
  put_digits(text, 17, 2, clock.seconds().count());
  put_digits(text, 20, 3, clock.subseconds().count());
  return text;
}

std::string to_rfc3339(WallTime time) {
  const auto text = rfc3339(time);
  return {text.begin(), text.end()};
}

std::string readable(WallTime time) {
  auto text = to_rfc3339(time);
  text[10] = ' ';
  return text.replace(19, std::string::npos, " UTC");
}

std::string minute_text(WallTime time) { return readable(time).substr(0, 16); }

std::string day_text(WallTime time) { return readable(time).substr(0, 10); }

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  if (text.size() != kForm.size()) return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i)
    if (kForm[i] != '0' && text[i] != kForm[i]) return std::nullopt;

  const int month_number = digits(text, 5, 2), day_number = digits(text, 8, 2);
  const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  const int millisecond = digits(text, 20, 3), year_number = digits(text, 0, 4);
  if (year_number < 0 || month_number < 1 || day_number < 1 || millisecond < 0) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return std::nullopt;
  const year_month_day date(year(year_number), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number)));
  if (!date.ok()) return std::nullopt;
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second) +
         milliseconds(millisecond);
}

}  // namespace fleetscan
