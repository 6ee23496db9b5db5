#pragma once
// Which host keys, beside the one that it proved, a server is to be asked for.

#include <span>
#include <vector>

#include "scanner/probe/result.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::probe {

/// One entry for each type that the server's KEXINIT offers and that was not proved: in our order
/// of preference, so that what clients use comes first. A certificate is of its bare key's type,
/// and asked for where it is offered. Those to be asked for are `not_probed`; the last ones may be
/// `ok_kex_unverified`: types that are known, but not to this build's libraries.
/// @param attempts  in order of time
/// @param ours  the host key algorithms that we can prove a key with
/// @return none unless the last attempt proved a key without being made in a way that the further
///         connections would not be: through small segments, by another method, or elsewhere
[[nodiscard]] std::vector<FurtherKey> further_keys(std::span<const Attempt> attempts,
                                                   const ssh::NameList& ours);

}  // namespace fleetscan::probe
