#pragma once
// A Negotiation is how far the talk with a proxy has come: what its two protocols have in common.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "scanner/proxy/answer.h"

namespace fleetscan::proxy {

/// Where a proxy is to connect to.
struct Destination {
  std::optional<Address> address = {};  ///< else the proxy resolves the name
  std::string name = {};                ///< is_host_name()
  std::uint16_t port = 22;
};

/// What a proxy may be asked to resolve: at most 253 letters, digits and "-", "_", ".", so that it
/// is a name in every protocol and nothing else in any.
[[nodiscard]] bool is_host_name(std::string_view name);

/// What a user tells a proxy. Never shown, logged or recorded.
struct Credentials {
  std::string user;      ///< 1 to 255 bytes, no colon
  std::string password;  ///< 1 to 255 bytes
};

enum class Step : std::uint8_t {
  greeting,  ///< the proxy does not know yet what we want
  asked,     ///< it has our request, or would have if it read
  granted,   ///< bytes now go to the target; `rest` came from there
  over,      ///< it will not be granted: `answer` says why
};

struct Negotiation {
  /// What may come of a proxy before it has granted or refused.
  static constexpr std::size_t kMaxBytes = std::size_t{16} * 1024;
  static constexpr std::size_t kMaxWords = 255;

  Step step = Step::greeting;
  Answer answer = Answer::accepted;
  std::string output = {};                ///< to be sent to the proxy
  std::vector<std::string> secrets = {};  ///< that it knows, and must not put into our records
  std::string words = {};                 ///< in which the proxy said no, raw, kMaxWords at most
  std::string rest = {};                  ///< what followed the grant

  void grant(std::string_view followed) {
    step = Step::granted;
    answer = Answer::granted;
    rest = followed;
  }
  void end(Answer why, std::string_view said = {});
  [[nodiscard]] bool is_over() const { return step == Step::granted || step == Step::over; }
};

}  // namespace fleetscan::proxy
