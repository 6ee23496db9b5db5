#pragma once
// Circumstances: what a host's neighbors, earlier runs and other vantages
// say for or against a cause.

#include <string>
#include <vector>

#include "scanner/diagnosis/diagnosis.h"
#include "scanner/diagnosis/neighborhood.h"
#include "scanner/diagnosis/observations.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::diagnosis {

/// An observation that was made: its sentence and what it moves.
struct Circumstance {
  std::string sentence;
  std::vector<Effect> effects;
};

[[nodiscard]] std::vector<Circumstance> circumstances(probe::Outcome outcome,
                                                      const Neighborhood& neighborhood,
                                                      const Earlier& earlier);

}  // namespace fleetscan::diagnosis
