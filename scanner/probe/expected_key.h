#pragma once
// A proved host key, held against the one that the user's known_hosts files say to expect.

#include "inventory/known_hosts.h"
#include "inventory/target.h"
#include "scanner/probe/result.h"

namespace fleetscan::probe {

/// Completes the attempt's evidence by what the files say about its key, and calls a key that they
/// contradict by its class. Leaves an attempt alone that proved no key.
/// @param known_hosts  remembers the hashed names that it finds
void hold_against(inventory::KnownHosts& known_hosts, const inventory::Target& target,
                  Attempt& attempt);

}  // namespace fleetscan::probe
