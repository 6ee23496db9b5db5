#pragma once
// KnownHosts reads OpenSSH's known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) and says
// which host key to expect.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/input_error.h"

namespace fleetscan::inventory {

/// One line, borrowed from its text.
struct KnownHostsLine {
  enum class Marker : std::uint8_t { none, revoked, cert_authority };

  Marker marker = Marker::none;
  std::string_view names;  ///< comma list of patterns, or one "|1|salt|hash"
  std::string_view type;   ///< "ssh-ed25519"
  std::string_view key;    ///< base64
  std::uint32_t number = 0;

  [[nodiscard]] bool hashed() const { return names.starts_with('|'); }
};

/// Hands each line that holds a key to `sink`; what is wrong with the others goes to `errors`.
void for_each_known_host(std::string_view text, const std::string& source,
                         const std::function<void(const KnownHostsLine&)>& sink,
                         InputErrors& errors);

/// A name as HashKnownHosts writes it (ssh_config(5)): "|1|SALT|HASH".
/// @param name  in lower case, "[host]:port" on another port than 22
/// @param salt  kSaltBytes random bytes
[[nodiscard]] std::string hashed_name(std::string_view name, std::string_view salt);
inline constexpr std::size_t kSaltBytes = 20;

enum class KeyVerdict : std::uint8_t {
  unknown,  ///< no entry for this host and key type
  match,
  changed,  ///< there are entries for this host and key type, all with another key
  revoked,  ///< an entry that matches the host revokes this very key
};

/// The keys of one or more files, ready to be looked up.
///
/// As ssh(1) does: names are patterns compared without case, a negated one takes its whole line
/// out, a host on another port than 22 is "[host]:port" and, failing that, accepted as plain
/// "host" if the key matches. Unlike ssh(1), which asks the server for the types that it knows, we
/// take the server's favorite; so a key of a type without an entry is `unknown`, not `changed`.
/// Certificate authorities are kept out: we see no certificates.
class KnownHosts {
 public:
  /// @param hash_budget  how many hashed names may be compared in all. Each look-up of a new name
  ///                     compares all hashed lines, at about 1 microsecond each.
  explicit KnownHosts(std::uint64_t hash_budget = 20'000'000) : hash_budget_(hash_budget) {}

  /// Adds a file's lines. Bad lines are collected in `errors` and left out.
  void add(std::string_view text, const std::string& source, InputErrors& errors);

  /// Judges by name and, where that knows nothing, by address.
  /// @param address  text as Address::to_string() gives it; may be empty
  /// @param fingerprint  "SHA256:" and unpadded base64 of the key blob's digest
  [[nodiscard]] KeyVerdict check(std::string_view host, std::string_view address,
                                 std::uint16_t port, std::string_view type,
                                 std::string_view fingerprint);

  [[nodiscard]] std::size_t size() const { return keys_.size(); }  ///< without authorities
  [[nodiscard]] std::size_t hashed() const { return hashed_.size(); }

  /// Look-ups in which hashed names were left out because the budget was spent.
  [[nodiscard]] std::uint64_t unhashed_lookups() const { return unhashed_lookups_; }

 private:
  struct Key {
    std::string type;
    std::string fingerprint;
    bool revoked;
  };
  struct Patterns {
    std::string names;  ///< lower case, with wildcards or negation
    std::uint32_t key;
  };
  struct Hashed {
    std::string salt, hash;
    std::uint32_t key;
    bool claimed = false;  ///< its name was found: no other name needs to be compared
  };
  using Keys = std::vector<std::uint32_t>;

  void add_line(const KnownHostsLine& line, const std::string& source, InputErrors& errors);
  [[nodiscard]] Keys keys_for(const std::string& name);
  [[nodiscard]] const Keys& hashed_keys_for(const std::string& name);
  [[nodiscard]] KeyVerdict check_name(std::string_view host, std::uint16_t port,
                                      std::string_view type, std::string_view fingerprint);
  [[nodiscard]] KeyVerdict judge(const Keys& keys, std::string_view type,
                                 std::string_view fingerprint) const;

  std::vector<Key> keys_;
  std::unordered_map<std::string, Keys> plain_;
  std::vector<Patterns> patterns_;
  std::vector<Hashed> hashed_;
  std::unordered_map<std::string, Keys> hashed_found_;  ///< by name, also those without any
  std::uint64_t hash_budget_;
  std::uint64_t unhashed_lookups_ = 0;
};

}  // namespace fleetscan::inventory
