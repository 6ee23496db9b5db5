#include "base/compressed_input.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/file_descriptor.h"

namespace fleetscan {
namespace {

constexpr std::size_t kRawBytes = std::size_t{1} << 18;

}  // namespace

CompressedInput::CompressedInput(FileDescriptor file, std::string name)
    : file_(std::move(file)), name_(std::move(name)), raw_(kRawBytes, '\0') {}

std::string_view CompressedInput::next() try {
  while (true) {
    if (const auto block = decompressor_.next(); !block.empty()) return block;
    const auto count = ::read(file_.number(), raw_.data(), raw_.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category());
    if (count == 0) return {};
    decompressor_.feed({raw_.data(), static_cast<std::size_t>(count)});
  }
} catch (const std::system_error& error) {
  throw std::system_error(error.code(), "cannot read " + name_);
}

}  // namespace fleetscan
