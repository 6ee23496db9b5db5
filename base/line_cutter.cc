#include "base/line_cutter.h"

#include <string_view>

namespace fleetscan {

void LineCutter::take(std::string_view line) {
  const bool whole = !overlong_ && line.size() <= most_;
  on_line_(whole ? line : std::string_view{}, offset_, whole);
  overlong_ = false;
  pending_.clear();
  offset_ = fed_;
}

void LineCutter::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    const bool ends = end != bytes.npos;
    fed_ += part.size() + (ends ? 1 : 0);
    if (ends && pending_.empty()) {
      take(part);
    } else {
      if (!overlong_) pending_ += part;
      overlong_ = overlong_ || pending_.size() > most_;
      if (overlong_) pending_.clear();
      if (ends) take(pending_);
    }
    if (!ends) return;
    bytes.remove_prefix(end + 1);
  }
}

void LineCutter::finish() {
  if (overlong_ || !pending_.empty()) take(pending_);
}

}  // namespace fleetscan
