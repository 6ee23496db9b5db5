#include "scanner/net/question_window.h"

#include <algorithm>
#include <cstddef>

#include "base/clock.h"

namespace fleetscan::net {
namespace {

constexpr std::size_t kTolerated = 10;  // one lost of so many
constexpr std::size_t kGrowth = 8;      // by one for so many

}  // namespace

QuestionWindow::QuestionWindow(std::size_t most) : most_(most), size_(std::min(most, kFirst)) {}

void QuestionWindow::ended(bool lost, TimePoint now) {
  if (began_ == TimePoint{}) began_ = now;
  ++ended_;
  if (lost) ++lost_;
  if (ended_ >= size_ && now - began_ >= kRound) next_round(now);
}

void QuestionWindow::next_round(TimePoint now) {
  if (lost_ * kTolerated > ended_) {
    has_shrunk_ = true;
    size_ = std::max(size_ / 2, std::min(most_, kLeast));
  } else {
    size_ = std::min(most_, size_ + (has_shrunk_ ? size_ / kGrowth : size_));
  }
  began_ = now;
  ended_ = lost_ = 0;
}

}  // namespace fleetscan::net
