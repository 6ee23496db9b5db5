#pragma once
// QuestionWindow: how many questions a name server is asked at a time.

#include <chrono>
#include <cstddef>

#include "base/clock.h"

namespace fleetscan::net {

/// Begins with a few and asks for more from round to round; for half as many where more than a
/// tenth of a round was lost: the server, or a buffer on the way, takes no more. (What a path loses
/// by chance is less than that, and asking less would not help.) Until the first such round it
/// doubles, afterwards it grows by an eighth.
class QuestionWindow {
 public:
  static constexpr std::size_t kFirst = 100, kLeast = 16;
  /// A round is as long as it takes to learn that a question was lost.
  static constexpr std::chrono::milliseconds kRound{600};

  explicit QuestionWindow(std::size_t most);

  [[nodiscard]] std::size_t size() const { return size_; }
  /// A question ended. @param lost  it had to be asked again, or had no answer
  void ended(bool lost, TimePoint now);

 private:
  void next_round(TimePoint now);

  std::size_t most_, size_;
  bool has_shrunk_ = false;
  TimePoint began_{};                 ///< this round did
  std::size_t ended_ = 0, lost_ = 0;  ///< in it
};

}  // namespace fleetscan::net
