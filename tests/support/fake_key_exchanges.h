#pragma once
// Key exchanges without a library: for plans, retries and the machine.

#include <fmt/ranges.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/key_exchange.h"

namespace fleetscan::test {

/// Its KEXINIT is nothing but the methods offered, joined by commas. It never comes to a proof.
class FakeKeyExchange final : public ssh::KeyExchange {
 public:
  explicit FakeKeyExchange(std::string methods, bool costly = false)
      : methods_(std::move(methods)), costly_(costly) {}

  Status start() override {
    output_ = ssh::make_packet('\x14' + methods_);
    return Status::waiting;
  }
  Status receive(std::string_view) override { return Status::waiting; }
  [[nodiscard]] std::string take_output() override { return std::exchange(output_, {}); }
  [[nodiscard]] std::optional<std::string> host_key() const override { return std::nullopt; }
  [[nodiscard]] bool is_costly() const override { return costly_; }

 private:
  std::string methods_;
  bool costly_;
  std::string output_;
};

class FakeKeyExchanges final : public ssh::KeyExchangeFactory {
 public:
  /// @param methods, host_keys  the offer; its other slots are empty
  explicit FakeKeyExchanges(ssh::NameList methods = {"curve25519-sha256", "ecdh-sha2-nistp256"},
                            ssh::NameList host_keys = {}) {
    profile_.kex = std::move(methods);
    profile_.host_keys = std::move(host_keys);
  }

  [[nodiscard]] const ssh::ClientProfile& profile() const override { return profile_; }
  [[nodiscard]] std::unique_ptr<ssh::KeyExchange> make(
      const ssh::ExchangeRequest& request) const override {
    return std::make_unique<FakeKeyExchange>(fmt::format("{}", fmt::join(offered(request), ",")));
  }

 private:
  ssh::ClientProfile profile_{.name = "fake"};
};

}  // namespace fleetscan::test
