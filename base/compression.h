#pragma once
// Compression by gzip (RFC 1952) and Zstandard (RFC 8878).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fleetscan {

enum class Compression : std::uint8_t { none, gzip, zstd };

/// By the end of a path: ".gz", ".zst".
[[nodiscard]] Compression compression_by_name(std::string_view path);

/// Bytes as one whole member. Members behind each other are a file, too: what was written of it
/// before a crash stays readable. Equal bytes give equal members.
[[nodiscard]] std::string compressed(std::string_view bytes, Compression compression);

/// Takes a file as it comes and hands on what it holds. What it is compressed by, its first bytes
/// say; a file that ends within a member is read as far as it goes.
class Decompressor {
 public:
  Decompressor();
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  ~Decompressor();

  /// The next bytes of the file.
  void feed(std::string_view bytes);
  /// A part of what the bytes fed so far hold, which stays valid until the next call; empty when
  /// more must be fed.
  /// @throws std::system_error (EBADMSG) when the file is damaged
  [[nodiscard]] std::string_view next();

  [[nodiscard]] bool plain() const { return compression_ == Compression::none; }

 private:
  class Engine;
  class Gzip;
  class Zstd;

  std::string waiting_;  ///< fed, not yet decompressed
  std::size_t taken_ = 0;
  std::optional<Compression> compression_;
  std::unique_ptr<Engine> engine_;
  std::string block_;
};

}  // namespace fleetscan
