#pragma once
// Key exchanges without a library: for plans, retries and the machine.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/key_exchange.h"

namespace fleetscan::test {

/// Sends an empty KEXINIT, and proves `host_key` by whatever packet follows the server's KEXINIT.
class FakeKeyExchange final : public ssh::KeyExchange {
 public:
  explicit FakeKeyExchange(std::string host_key) : key_(std::move(host_key)) {}

  Status start() override {
    output_ = ssh::make_packet("\x14");
    return Status::waiting;
  }
  Status receive(std::string_view) override {
    return ++received_ == 1 ? Status::waiting : Status::proved;
  }
  [[nodiscard]] std::string take_output() override { return std::exchange(output_, {}); }
  [[nodiscard]] std::optional<std::string> host_key() const override {
    return received_ > 1 ? std::optional{key_} : std::nullopt;
  }

 private:
  std::string key_;
  std::string output_;
  int received_ = 0;
};

class FakeKeyExchanges final : public ssh::KeyExchangeFactory {
 public:
  /// @param methods  the offer; its other slots are empty
  explicit FakeKeyExchanges(ssh::NameList methods = {"curve25519-sha256", "ecdh-sha2-nistp256"},
                            std::string host_key = {})
      : host_key_(std::move(host_key)) {
    profile_.kex = std::move(methods);
  }

  [[nodiscard]] const ssh::ClientProfile& profile() const override { return profile_; }
  [[nodiscard]] std::unique_ptr<ssh::KeyExchange> make(std::string_view, std::string_view,
                                                       const ssh::NameList*) const override {
    return std::make_unique<FakeKeyExchange>(host_key_);
  }

 private:
  ssh::ClientProfile profile_{"fake", true, {}, {}, {}, {}, {}};
  std::string host_key_;
};

}  // namespace fleetscan::test
