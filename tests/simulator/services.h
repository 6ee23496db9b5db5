#pragma once
// What other services than SSH say to a client: rows of bytes.

#include <span>
#include <string_view>

namespace fleetscan::simulator {

struct Service {
  std::string_view name;
  std::string_view greeting;  ///< sent at once; empty: it waits for the client
  std::string_view answer;    ///< to the client's first bytes; empty: none
  bool closes;                ///< after the answer
};

[[nodiscard]] std::span<const Service> services();
[[nodiscard]] const Service* find_service(std::string_view name);

}  // namespace fleetscan::simulator
