#pragma once
// An Entry is what a parser found in one line, node or element of an inventory.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/address.h"
#include "inventory/target.h"

namespace fleetscan::inventory {

/// Views live only as long as the call that hands the entry over.
struct Entry {
  enum class Kind : std::uint8_t {
    expression,  ///< `host` is a target expression
    plain,       ///< `host` is one name or address, and stands as it is
    alias,       ///< `host` is any text; `connect` is the name or address behind it
  };

  std::string_view host;
  Kind kind = Kind::expression;
  std::string_view connect = {};
  std::uint16_t port = 0;                     ///< 0 = the default
  std::optional<Family> family = {};          ///< to which look-ups are restricted
  std::shared_ptr<const Labels> labels = {};  ///< may be null; equal pointers are equal labels
  std::string_view skip_reason = {};          ///< why it must not be probed; usually empty
  std::string_view jumps = {};  ///< with a skip reason: by which jump hosts it is reached
  bool exact = false;           ///< the alias differs from another one by upper and lower case only
  std::uint32_t line = 0;       ///< 1-based; 0 = unknown
  std::uint32_t column = 0;     ///< of `host`, 1-based; 0 = unknown
};

using EntrySink = std::function<void(const Entry&)>;

}  // namespace fleetscan::inventory
