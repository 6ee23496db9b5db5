#pragma once
// What is said about each cause: the entries of causes.yaml, which is built into the program.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/diagnosis/causes.h"

namespace fleetscan::diagnosis {

/// Where a check is made.
enum class Where : std::uint8_t {
  server,   ///< on the failing host
  client,   ///< on this machine
  between,  ///< on the firewall, router or balancer in between
};

[[nodiscard]] std::string_view to_string(Where where);

/// One thing that a cause may turn out to be.
struct Candidate {
  std::string what;
  Where where;
  std::string check;  ///< a command, and after a comma what to look for
  std::string fix;
  std::string doctor = {};  ///< the check of doctor.sh that finds it out on the host; "" for none
};

/// One entry; the keys of causes.yaml have the names of the members.
struct CauseText {
  std::string name;
  std::string meaning;  ///< one sentence
  std::vector<std::string> likelier_if;
  std::vector<std::string> less_likely_if;
  std::vector<Candidate> candidates;  ///< likeliest first
  std::string in_short;               ///< the fix in one phrase, for a line of a report
  std::vector<std::string> is_not;    ///< what is often blamed and cannot be it; may be empty
};

/// The first call reads all entries, which takes milliseconds: reports and `explain` ask for texts,
/// nothing does while hosts are probed.
[[nodiscard]] const CauseText& text_of(CauseId cause);

/// Reads entries as they stand in causes.yaml: one for each cause, in the order of CauseId.
/// @throws std::invalid_argument  names the line: not YAML, an entry out of order, missing or too
///     many, a key that is unknown, missing or given twice, or a value that is empty or of the
///     wrong kind
[[nodiscard]] std::vector<CauseText> read_cause_texts(std::string_view yaml);

/// The text of causes.yaml.
[[nodiscard]] std::string_view causes_yaml();

}  // namespace fleetscan::diagnosis
