#include "scanner/diagnosis/joint_verdict.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/diagnosis/diagnosis.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::diagnosis {
namespace {

bool reaches(const probe::View& view) { return probe::is_reached(view.outcome); }
bool fails(const probe::View& view) { return probe::is_failure(view.outcome); }

}  // namespace

std::string_view to_string(Reach reach) {
  switch (reach) {
    case Reach::all: return "all";
    case Reach::some: return "some";
    case Reach::none: return "none";
    case Reach::open: return "unknown";
  }
  return "?";
}

Reach reach(std::span<const probe::View> views) {
  const bool reached = std::ranges::any_of(views, reaches);
  const bool failed = std::ranges::any_of(views, fails);
  if (reached) return failed ? Reach::some : Reach::all;
  return failed ? Reach::none : Reach::open;
}

std::string failing_from(std::span<const probe::View> views) {
  std::string names;
  for (const auto& view : views)
    if (fails(view)) (names += names.empty() ? "" : ", ") += view.vantage;
  return names;
}

bool is_open(std::span<const probe::View> views) {
  return !std::ranges::any_of(views, fails) &&
         std::ranges::any_of(views, [](const probe::View& view) {
           return probe::state_of(view.outcome) == probe::State::unknown;
         });
}

probe::View view_of(const probe::HostResult& result) {
  probe::View view{result.vantage, result.outcome};
  if (const auto* attempt = result.decisive()) view.phase = attempt->evidence.phase;
  if (!result.causes.empty()) view.cause = result.causes.front().name;
  return view;
}

int rank(const probe::View& view) {
  switch (probe::state_of(view.outcome)) {
    case probe::State::unreachable: return 0;
    case probe::State::degraded: return 1;
    case probe::State::reachable: return 2;
    case probe::State::skipped: return 3;
    case probe::State::unknown: return view.outcome == probe::Outcome::not_probed ? 5 : 4;
  }
  return 5;
}

probe::HostResult join(probe::HostResult&& strongest, std::vector<probe::View> views) {
  auto joint = std::move(strongest);
  Earlier others;
  for (const auto& view : views) {
    if (view.vantage == joint.vantage) continue;
    if (reaches(view)) ++others.vantages_reached;
    if (view.outcome == joint.outcome) ++others.vantages_alike;
  }
  if (probe::is_failure(joint.outcome))
    joint.causes = reconsider(joint.causes, joint.outcome, {}, others);
  joint.vantage.clear();
  joint.views = std::move(views);
  return joint;
}

}  // namespace fleetscan::diagnosis
