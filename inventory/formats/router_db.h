#pragma once
// Reads router.db, the list of devices that RANCID and Oxidized keep: "core1.example.net;cisco;up",
// "192.0.2.1:ios:...".

#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/entry.h"

namespace fleetscan::inventory {

/// Fields are parted by ";" (RANCID 3), "," or ":" (RANCID 2, Oxidized): the device, its type,
/// which becomes the label "type", and its state. A device whose state is "down" is skipped. A
/// second field that is an address is where the device is, and its type follows. Other fields may
/// be secrets and are not read.
void parse_router_db(std::string_view text, const std::string& source, const EntrySink& sink,
                     InputErrors& errors);

}  // namespace fleetscan::inventory
