#include "scanner/probe/further_keys.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::probe {
namespace {

bool proved_as_usual(const Evidence& seen) {
  return seen.host_key && seen.host_key->verified && seen.kexinit && !seen.mss_clamped &&
         !seen.other_method && !seen.other_family;
}

}  // namespace

std::vector<FurtherKey> further_keys(std::span<const Attempt> attempts, const ssh::NameList& ours) {
  std::vector<FurtherKey> keys;
  if (attempts.empty() || !proved_as_usual(attempts.back().evidence)) return keys;
  const auto& seen = attempts.back().evidence;
  const auto& offered = (*seen.kexinit)[ssh::Slot::host_key];
  const auto add = [&](std::string_view name, Outcome outcome) {
    const auto* algorithm = ssh::find_key_algorithm(name);
    if (!algorithm || std::ranges::find(offered, name) == offered.end()) return;
    const auto type = ssh::bare_type(*algorithm);
    if (type != seen.host_key->type && std::ranges::count(keys, type, &FurtherKey::type) == 0)
      keys.push_back({std::string(type), outcome});
  };
  for (const auto& name : ours) add(name, Outcome::not_probed);
  for (const auto& algorithm : ssh::key_algorithms())
    add(algorithm.name, Outcome::ok_kex_unverified);
  return keys;
}

}  // namespace fleetscan::probe
