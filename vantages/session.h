#pragma once
// A Session is one fleetscan at a vantage: what it is sent, what it says, how it ends.

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "vantages/child.h"
#include "vantages/intake.h"
#include "vantages/remote_command.h"
#include "vantages/vantage.h"

namespace fleetscan::vantages {

/// Prepared first (see Child), then given its targets, then polled until it is over.
class Session {
 public:
  /// Without a record for so long, a vantage is given up: while it has not begun, and later.
  static constexpr std::chrono::seconds kMostToBegin{60}, kMostIdle{300};
  static constexpr std::chrono::seconds kMostToEnd{10};  ///< after its output has ended
  static constexpr std::size_t kMaxErrorBytes = 4096;    ///< of its standard error, the last ones

  /// @param launch, book  must outlive this
  Session(Vantage vantage, const Launch& launch, const TargetBook& book,
          Intake::OnResult on_result);

  /// Starts it with these targets. Once.
  /// @param program  the bytes of the pushed program; empty where none is pushed
  void give(const std::vector<std::size_t>& numbers, const std::string& program, TimePoint now);
  /// Ends it, for a reason that is told as its trouble; empty: for none of its own.
  void stop(const std::string& why);

  [[nodiscard]] bool started() const { return child_.started(); }
  [[nodiscard]] bool active() const { return started() && !over_; }
  [[nodiscard]] const Vantage& vantage() const { return vantage_; }
  [[nodiscard]] const Intake& intake() const { return intake_; }
  /// What went wrong; raw, empty if nothing did. Once it is over.
  [[nodiscard]] std::string trouble() const;

  /// Adds what is to be waited for. REQUIRES: it is active
  /// @param listen  whether records are welcome now
  void add_to(std::vector<pollfd>& polled, bool listen) const;
  /// Does what can be done without waiting.
  void turn(TimePoint now, bool listen);

 private:
  [[nodiscard]] bool write_input();
  [[nodiscard]] bool read_output();
  void read_errors();
  void finish(TimePoint now);
  [[nodiscard]] std::string last_words() const;

  Vantage vantage_;
  const TargetBook& book_;
  Child child_;
  Intake intake_;
  std::vector<std::size_t> numbers_;
  std::size_t next_ = 0;  ///< of them to be sent
  std::string sending_;
  std::size_t sent_ = 0;  ///< bytes of it
  std::string errors_;
  std::optional<int> status_;
  std::string why_;  ///< it was stopped
  bool over_ = false;
  TimePoint last_;  ///< something was sent or received
};

}  // namespace fleetscan::vantages
