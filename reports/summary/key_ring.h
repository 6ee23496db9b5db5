#pragma once
// KeyRing gathers the proved host keys of some records, and tells which are missing.

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "reports/summary/proved_key.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {

struct MissingKey {
  std::string type;  ///< "" for all of them; raw
  std::string why;   ///< a class, or why the record's key is refused; may quote the record, raw
};

struct HostKeys {
  std::string target;                  ///< raw
  std::vector<std::string> names;      ///< as clients look them up: lower case, without the port
  std::vector<std::string> addresses;  ///< likewise
  std::uint16_t port = 22;
  std::vector<ProvedKey> keys;  ///< one of a type
  std::vector<MissingKey> missing;
};

class KeyRing {
 public:
  void begin(const probe::RunInfo&) { incomplete_ = true; }
  /// Of two records of one target the later one counts. Targets that were skipped on purpose lack
  /// nothing.
  void add(const probe::HostResult& result);
  void end(const probe::RunEnd& end) { ended(end.complete); }

  /// In the order in which the targets were first met.
  [[nodiscard]] const std::vector<HostKeys>& hosts() const { return hosts_; }
  /// Missing keys, and targets without any.
  [[nodiscard]] std::size_t missing() const;
  /// A run was interrupted: hosts may be missing that no record names.
  [[nodiscard]] bool incomplete() const { return incomplete_ || cut_; }

 private:
  void ended(bool complete) {
    incomplete_ = false;
    cut_ = cut_ || !complete;
  }

  std::vector<HostKeys> hosts_;
  std::unordered_map<std::string, std::size_t> places_;
  bool incomplete_ = false;  ///< the run of the records that come now
  bool cut_ = false;         ///< an earlier one was
};

}  // namespace fleetscan::summary
