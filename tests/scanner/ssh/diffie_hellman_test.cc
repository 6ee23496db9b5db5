#include "scanner/ssh/diffie_hellman.h"

#include <doctest/doctest.h>

#include <string>

#include "scanner/ssh/wire.h"

using namespace fleetscan::ssh;

namespace {

/// An odd number of so many bits.
std::string odd(unsigned bits) {
  std::string number((bits + 7) / 8, '\x5a');
  number.front() = static_cast<char>(1 << (bits - 1) % 8);
  number.back() = '\x5b';
  return number;
}

}  // namespace

TEST_CASE("group_bits: sizes and numbers that a client computes with") {
  const auto bits = [](const std::string& prime, const std::string& generator = "\2") {
    return group_bits({prime, generator}).value_or(0);
  };
  CHECK(bits(odd(1023)) == 0);
  CHECK(bits(odd(1024)) == 1024);
  CHECK(bits(odd(2047)) == 2047);
  CHECK(bits(odd(2048)) == 2048);
  CHECK(bits(odd(8192)) == 8192);
  CHECK(bits(odd(8193)) == 0);
  CHECK(bits(odd(16384)) == 0);
  CHECK(bits("") == 0);
  auto even = odd(2048);
  even.back() = '\x5a';
  CHECK(bits(even) == 0);
  CHECK(bits(odd(2048), "") == 0);
  CHECK(bits(odd(2048), "\1") == 0);
  CHECK(bits(odd(2048), even) == 0);  // the modulus less one
  CHECK(bits(odd(2048), odd(2048)) == 0);
  CHECK(bits(odd(2048), odd(4096)) == 0);
  CHECK(bits(odd(2048), odd(2047)) == 2048);
}

TEST_CASE("is_possible_value: between one and the modulus less one, and not a mere power") {
  const auto& prime = prime_of("diffie-hellman-group14-sha256");
  CHECK(prime.size() == 256);
  auto less_one = prime;
  less_one.back() = static_cast<char>(less_one.back() & ~1);
  auto less_three = prime;
  less_three.back() = static_cast<char>(less_three.back() & ~3);
  for (const std::string value : {"", "\1", "\2", "\7"})
    CHECK_FALSE(is_possible_value(value, prime));
  CHECK(is_possible_value("\x0f", prime));
  CHECK(is_possible_value(less_three, prime));
  CHECK_FALSE(is_possible_value(less_one, prime));
  CHECK_FALSE(is_possible_value(prime, prime));
  CHECK_FALSE(is_possible_value(std::string(257, '\x7f'), prime));
}

TEST_CASE("prime_of: the groups that methods name") {
  CHECK(prime_of("diffie-hellman-group1-sha1").size() == 128);
  CHECK(prime_of("diffie-hellman-group16-sha512").size() == 512);
  CHECK(prime_of("diffie-hellman-group18-sha512").size() == 1024);
  CHECK(prime_of("diffie-hellman-group-exchange-sha256").empty());
  CHECK(prime_of("curve25519-sha256").empty());
}

TEST_CASE("parse_group: two numbers and nothing else") {
  std::string payload{'\x1f'};
  append_mpint(payload, odd(2048));
  append_mpint(payload, "\2");
  const auto group = parse_group(payload);
  REQUIRE(group);
  CHECK(group->prime == odd(2048));
  CHECK(group->generator == "\2");
  CHECK_FALSE(parse_group(payload + 'x'));
  CHECK_FALSE(parse_group(payload.substr(0, payload.size() - 1)));
  CHECK_FALSE(parse_group(std::string("\x1f\0\0\0\1\x80\0\0\0\1\2", 11)));  // negative
}
