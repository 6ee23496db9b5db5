#pragma once
// hosts.txt: one target expression a line, then labels; "#" begins a comment.
//
//   web01.example.net:2222  rack=a1 site=fra   # a comment
//   10.0.0.0/24
//   web1 web2, web3                            several, without labels
//   root@web1:2222                             a user is left out

#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/entry.h"

namespace fleetscan::inventory {

/// Hands each host line to `sink`; expressions are not looked into.
/// @param source  what errors call this text
/// @param errors  where what is wrong is added, in the order of lines
void parse_hosts_file(std::string_view text, const std::string& source, const EntrySink& sink,
                      InputErrors& errors);

}  // namespace fleetscan::inventory
