#include "base/compression.h"

#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace fleetscan {
namespace {

constexpr int kGzip = 16;  // added to the window's bits: with gzip's header
constexpr int kLevel = 5;
constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
constexpr std::size_t kBlockBytes = std::size_t{1} << 18;

[[noreturn]] void damaged() {
  throw std::system_error(EBADMSG, std::generic_category(), "damaged compressed data");
}

Bytef* bytes_of(const char* text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text));  // zlib reads only
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, MAX_WBITS + kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string packed(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = bytes_of(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = bytes_of(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::length_error("too much to be compressed at once");
  return packed;
}

std::string zstd(std::string_view bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const auto size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kLevel);
  if (ZSTD_isError(size)) throw std::bad_alloc();
  packed.resize(size);
  return packed;
}

/// What a file is compressed by, from its first bytes; nothing if they are too few to tell.
std::optional<Compression> compression_of(std::string_view head) {
  for (const auto& [magic, compression] :
       {std::pair(kGzipMagic, Compression::gzip), std::pair(kZstdMagic, Compression::zstd)}) {
    if (head.starts_with(magic)) return compression;
    if (magic.starts_with(head)) return std::nullopt;
  }
  return Compression::none;
}

}  // namespace

Compression compression_by_name(std::string_view path) {
  if (path.ends_with(".gz")) return Compression::gzip;
  if (path.ends_with(".zst")) return Compression::zstd;
  return Compression::none;
}

std::string compressed(std::string_view bytes, Compression compression) {
  switch (compression) {
    case Compression::none: return std::string(bytes);
    case Compression::gzip: return gzip(bytes);
    case Compression::zstd: return zstd(bytes);
  }
  return {};
}

class Decompressor::Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;
  /// @return how many bytes it took, and how many it made
  virtual std::pair<std::size_t, std::size_t> run(std::string_view from, std::string& to) = 0;
};

// Bytes behind a whole member that begin no other one are padding, and are passed over.
class Decompressor::Gzip final : public Engine {
 public:
  Gzip() {
    if (inflateInit2(&stream_, MAX_WBITS + kGzip) != Z_OK) throw std::bad_alloc();
  }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() override { inflateEnd(&stream_); }

  std::pair<std::size_t, std::size_t> run(std::string_view from, std::string& to) override {
    if (std::exchange(ended_, false)) inflateReset(&stream_);  // another member
    stream_.next_in = bytes_of(from.data());
    stream_.avail_in = static_cast<uInt>(from.size());
    stream_.next_out = bytes_of(to.data());
    stream_.avail_out = static_cast<uInt>(to.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    ended_ = status == Z_STREAM_END;
    const bool between = stream_.total_out == 0 && members_ > 0;
    if (ended_) ++members_;
    if (status == Z_DATA_ERROR && between) return {from.size(), 0};
    if (!ended_ && status != Z_OK && status != Z_BUF_ERROR) damaged();
    return {from.size() - stream_.avail_in, to.size() - stream_.avail_out};
  }

 private:
  z_stream stream_{};
  bool ended_ = false;
  std::size_t members_ = 0;  ///< that were whole
};

class Decompressor::Zstd final : public Engine {
 public:
  std::pair<std::size_t, std::size_t> run(std::string_view from, std::string& to) override {
    ZSTD_inBuffer in{from.data(), from.size(), 0};
    ZSTD_outBuffer out{to.data(), to.size(), 0};
    if (ZSTD_isError(ZSTD_decompressStream(stream_.get(), &out, &in))) damaged();
    return {in.pos, out.pos};
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_{ZSTD_createDStream()};
};

Decompressor::Decompressor() = default;
Decompressor::~Decompressor() = default;

void Decompressor::feed(std::string_view bytes) {
  waiting_.erase(0, std::exchange(taken_, 0));
  waiting_ += bytes;
}

std::string_view Decompressor::next() {
  if (!compression_) compression_ = compression_of(waiting_);
  if (!compression_) return {};  // no format is told by so few bytes
  if (*compression_ == Compression::none) {
    block_ = waiting_.substr(taken_);
    taken_ = waiting_.size();
    return block_;
  }
  if (!engine_ && *compression_ == Compression::gzip) engine_ = std::make_unique<Gzip>();
  if (!engine_) engine_ = std::make_unique<Zstd>();
  block_.resize(kBlockBytes);
  while (true) {
    const auto rest = std::string_view(waiting_).substr(taken_);
    const auto [took, made] = engine_->run(rest, block_);
    taken_ += took;
    if (made > 0) return std::string_view(block_).substr(0, made);
    if (took == 0 || taken_ == waiting_.size()) return {};
  }
}

}  // namespace fleetscan
