#pragma once
// Classes that differ by milliseconds only are one family: a close that takes a little longer under
// load is the same failure, and so is a reset that comes before or after our first byte has left.

#include "scanner/probe/outcome.h"

namespace fleetscan::probe {

/// The class that stands for the family of `outcome`; itself for a class without relatives.
[[nodiscard]] constexpr Outcome family_of(Outcome outcome) {
  using enum Outcome;
  const bool closed_without_a_byte = outcome == banner_closed_fast ||
                                     outcome == banner_closed_after_start ||
                                     outcome == banner_closed_late;
  if (closed_without_a_byte) return banner_closed_fast;
  return outcome == connect_reset ? banner_reset : outcome;
}

}  // namespace fleetscan::probe
