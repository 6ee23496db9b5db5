#pragma once
// Comparison holds two or more runs side by side: what changed from one to the next, or what one
// vantage sees and another does not.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/prefix.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {

/// One of the results files.
struct Side {
  std::string name;  ///< its vantage if those tell the files apart, else the file's name
  probe::RunInfo run;
  bool complete = false;
};

/// What a side says about a host.
enum class Seen : std::uint8_t {
  absent,  ///< not in that run, or not known
  works,
  fails,
};

struct ComparedHost {
  std::string target;
  std::optional<Prefix> subnet;
  std::vector<std::optional<probe::Outcome>> outcomes;  ///< by side

  [[nodiscard]] Seen seen(std::size_t side) const;
  [[nodiscard]] bool same() const;  ///< every side says a class of the same family
};

/// Hosts that the sides see in the same way: "ok fail fail".
struct Pattern {
  std::vector<Seen> seen;  ///< by side
  std::string meaning;     ///< one sentence
  std::uint64_t hosts = 0;
};

struct ComparedSubnet {
  Prefix prefix;
  std::uint64_t hosts = 0;
  std::vector<std::uint64_t> failing;  ///< by side
};

struct ComparedClass {
  probe::Outcome outcome = probe::Outcome::ok;
  std::vector<std::uint64_t> hosts;  ///< by side
};

/// From one class to another of another family, between the first side and the last one.
struct Move {
  probe::Outcome from, to;
  std::uint64_t hosts = 0;
};

struct Comparison {
  std::vector<Side> sides;
  bool vantages = false;  ///< the sides look from different places, rather than one after the other
  std::uint64_t hosts = 0;
  std::vector<Pattern> patterns;        ///< most hosts first
  std::vector<ComparedSubnet> subnets;  ///< in which the sides differ, by address
  std::vector<ComparedClass> classes;   ///< that occur, in the order of the table
  std::vector<Move> moves;              ///< most hosts first
  std::vector<ComparedHost> differing;  ///< by name

  [[nodiscard]] bool same() const { return differing.empty(); }
};

/// Takes all results of one side after the other.
class Comparer {
 public:
  /// @param file  what the side is called if its vantage does not tell it apart
  void begin(const std::string& file);
  void run(const probe::RunInfo& info);
  void add(const probe::HostResult& result);
  void end(const probe::RunEnd& end);

  [[nodiscard]] Comparison finish();

 private:
  struct Host {
    std::optional<Prefix> subnet;
    std::vector<std::optional<probe::Outcome>> outcomes;
  };
  std::vector<Side> sides_;
  std::map<std::string, Host> hosts_;
};

/// "ok", "fails", "absent"
[[nodiscard]] std::string_view to_string(Seen seen);

}  // namespace fleetscan::summary
