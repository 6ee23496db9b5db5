#include "scanner/ssh/diffie_hellman.h"

#include <openssl/bn.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "scanner/ssh/libcrypto.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::ssh {
namespace {

constexpr unsigned kLeastGroupBits = 1024;
constexpr int kLeastBitsSet = 4;

unsigned bits_of(std::string_view number) {
  if (number.empty()) return 0;
  const auto first = static_cast<std::uint8_t>(number.front());
  return static_cast<unsigned>(8 * (number.size() - 1)) +
         static_cast<unsigned>(std::bit_width(first));
}

bool less(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;  // char_traits compares as unsigned
}

/// REQUIRES: `odd` is
std::string minus_one(std::string_view odd) {
  std::string number{odd};
  number.back() = static_cast<char>(number.back() & ~1);
  return number;
}

bool lies_inside(std::string_view value, std::string_view prime) {
  return less("\x01", value) && less(value, minus_one(prime));
}

int bits_set(std::string_view number) {
  int count = 0;
  for (const char c : number) count += std::popcount(static_cast<std::uint8_t>(c));
  return count;
}

std::string bytes_of(BIGNUM* number) {
  const std::unique_ptr<BIGNUM, FreeBy<BN_free>> owner(number);
  if (!number) throw std::bad_alloc();
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, octets(bytes));
  return bytes;
}

}  // namespace

std::optional<unsigned> group_bits(const Group& group) {
  const auto bits = bits_of(group.prime);
  if (bits < kLeastGroupBits || bits > kMaxGroupBits) return std::nullopt;
  if ((group.prime.back() & 1) == 0) return std::nullopt;
  if (!lies_inside(group.generator, group.prime)) return std::nullopt;
  return bits;
}

bool is_possible_value(std::string_view value, std::string_view prime) {
  return lies_inside(value, prime) && bits_set(value) >= kLeastBitsSet;
}

const std::string& prime_of(std::string_view method) {
  using Row = std::pair<std::string_view, std::string>;
  static const std::array rows{
      Row{"diffie-hellman-group1-", bytes_of(BN_get_rfc2409_prime_1024(nullptr))},
      Row{"diffie-hellman-group14-", bytes_of(BN_get_rfc3526_prime_2048(nullptr))},
      Row{"diffie-hellman-group16-", bytes_of(BN_get_rfc3526_prime_4096(nullptr))},
      Row{"diffie-hellman-group18-", bytes_of(BN_get_rfc3526_prime_8192(nullptr))}, Row{"", ""}};
  return std::ranges::find_if(rows, [&](const Row& row) { return method.starts_with(row.first); })
      ->second;
}

std::optional<Group> parse_group(std::string_view payload) {
  WireReader reader(payload);
  (void)reader.byte();
  const auto prime = reader.mpint(), generator = reader.mpint();
  if (!prime || !generator || !reader.at_end()) return std::nullopt;
  return Group{*prime, *generator};
}

bool is_group_exchange(std::string_view method) {
  return method.starts_with("diffie-hellman-group-exchange-");
}

}  // namespace fleetscan::ssh
