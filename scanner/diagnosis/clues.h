#pragma once
// Clues: what people have in hand when SSH fails, and what it can mean. A clue is a message of a
// client or a server, or a word from an article: the entries of clues.yaml, which is built into the
// program.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/diagnosis/causes.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::diagnosis {

/// What a program prints; `*` stands for what differs (an address, a port, a name).
struct Message {
  std::string by;  ///< the program, and its versions where the words changed
  std::string text;
};

/// One entry; the keys of clues.yaml have the names of the members.
struct Clue {
  std::string says;                     ///< what it means, in a sentence or two
  std::vector<Message> messages;        ///< may be empty if there are words
  std::vector<std::string> words;       ///< may be empty if there are messages
  std::vector<probe::Outcome> classes;  ///< what a scan would call it, likeliest first
  std::vector<CauseId> causes;          ///< likeliest first, before those of its classes
  std::vector<std::string> apart;       ///< how to tell them apart
  std::vector<std::string> is_not;      ///< what is often blamed, and why it is not that
  bool general = false;                 ///< gives way to any other clue in the same text
};

/// All of them, in the order of the file. The first call reads it, which takes milliseconds.
[[nodiscard]] std::span<const Clue> clues();

/// The causes that `clue` names, then the likeliest ones of its classes; at most seven.
[[nodiscard]] std::vector<CauseId> causes_of(const Clue& clue);

/// Reads entries as they stand in clues.yaml.
/// @throws std::invalid_argument  names the line: not YAML, a key that is unknown, missing or given
///     twice, a class or cause that does not exist, an entry without messages and words, or a value
///     that is empty or of the wrong kind
[[nodiscard]] std::vector<Clue> read_clues(std::string_view yaml);

/// The text of clues.yaml.
[[nodiscard]] std::string_view clues_yaml();

}  // namespace fleetscan::diagnosis
