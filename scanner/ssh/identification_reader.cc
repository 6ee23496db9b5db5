#include "scanner/ssh/identification_reader.h"

#include <algorithm>
#include <string_view>

#include "scanner/ssh/identification.h"

namespace fleetscan::ssh {

IdentificationReader::State IdentificationReader::receive(std::string_view bytes) {
  if (state_ != State::reading) return state_;
  while (state_ == State::reading && !bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto room = kMaxLineBytes - line_.size();
    const auto taken = std::min(end == std::string_view::npos ? bytes.size() : end + 1, room);
    line_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (line_.ends_with('\n')) {
      line_complete();
    } else if (line_.size() >= kMaxLineBytes) {
      state_ = State::endless;
    }
  }
  if (state_ == State::found) rest_ = bytes;
  return state_;
}

void IdentificationReader::line_complete() {
  pre_bytes_ += line_.size();
  line_.pop_back();
  while (line_.ends_with('\r')) line_.pop_back();
  invalid_ = invalid_ || line_.find_first_of(std::string_view{"\0\r", 2}) != std::string::npos;
  if (line_.starts_with(kIdentificationStart)) {
    state_ = State::found;
    return;
  }
  ++pre_lines_;
  if (pre_lines_ >= kMaxPreLines || pre_bytes_ >= kMaxPreBytes) {
    state_ = State::endless;
  } else {
    line_.clear();
  }
}

bool IdentificationReader::in_identification() const {
  const auto shared = std::min(line_.size(), kIdentificationStart.size());
  return !line_.empty() && line_.compare(0, shared, kIdentificationStart.substr(0, shared)) == 0;
}

}  // namespace fleetscan::ssh
