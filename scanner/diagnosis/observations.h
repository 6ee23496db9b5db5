#pragma once
// Observations: what in a host's own attempts speaks for or against a cause, one row each.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/diagnosis/causes.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::diagnosis {

/// One host's failure, as the observations look at it.
struct Case {
  const probe::HostResult& result;
  probe::Outcome outcome;       ///< what is to be explained: for ok_after_retry the first failure
  const probe::Evidence& seen;  ///< of the attempt that shows it
  bool recovered;               ///< a later attempt reached the host
};

/// How much an observation moves a cause: a factor for its weight. The contrary is 1 / factor.
inline constexpr double kMild = 2;
inline constexpr double kStrong = 4;
inline constexpr double kDecisive = 16;

struct Effect {
  CauseId cause;
  double factor;
};

struct Observation {
  std::string_view name;
  /// The sentence that says what was observed, with its numbers; nothing if it was not.
  std::function<std::optional<std::string>(const Case&)> sees;
  std::vector<Effect> effects;
  /// Rests on times, packets or ends as this machine sees them: behind a proxy they are the
  /// proxy's.
  bool of_direct_path = false;
};

/// All of them, in the order of the phases.
[[nodiscard]] std::span<const Observation> observations();

// The families.
[[nodiscard]] std::vector<Observation> connect_observations();
[[nodiscard]] std::vector<Observation> banner_observations();
[[nodiscard]] std::vector<Observation> exchange_observations();
[[nodiscard]] std::vector<Observation> course_observations();  ///< across attempts

}  // namespace fleetscan::diagnosis
