#pragma once
// Environment variables as one test needs them.

#include <cstdlib>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>

namespace fleetscan::test {

/// Sets or unsets variables while it lives, then restores them. To be made before any thread is.
class Environment {
 public:
  using Variables = std::map<std::string, std::optional<std::string>>;  ///< nothing: not set

  Environment(std::initializer_list<Variables::value_type> wanted)
      : Environment(Variables(wanted)) {}
  explicit Environment(const Variables& wanted) {
    for (const auto& [name, value] : wanted) {
      const char* before = std::getenv(name.c_str());
      before_[name] = before ? std::optional<std::string>(before) : std::nullopt;
    }
    put(wanted);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { put(before_); }

 private:
  static void put(const Variables& variables) {
    for (const auto& [name, value] : variables)
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
  }

  Variables before_;
};

}  // namespace fleetscan::test
