#pragma once
// Folds host names into node sets: web01, web02, web05 -> web[01-02,05].

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fleetscan::render {

/// Folds names that differ in one number: the last one of the first label, or the last octet of an
/// IPv4 address. The numbers of a range have at least as many digits as the first, zeros included.
/// Sets stand where their first member stood; names that fold with no other stay as they are, and
/// so do those with brackets (IPv6 with a port).
[[nodiscard]] std::vector<std::string> fold_names(const std::vector<std::string>& names);

/// The folded names as far as they fit, separated by spaces and printable, numbers in them by
/// value: 10.0.9.1 stands before 10.0.10.1. "... (+37)" stands for the other 37. At most `width`
/// bytes and that. Port 22 goes without saying.
/// @param all  how many there are, where `names` has only the first of them
[[nodiscard]] std::string folded_line(const std::vector<std::string>& names, std::size_t width,
                                      std::uint64_t all = 0);

}  // namespace fleetscan::render
