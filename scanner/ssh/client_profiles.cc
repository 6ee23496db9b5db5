#include "scanner/ssh/client_profiles.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "scanner/ssh/client_table.h"
#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/known_names.h"

namespace fleetscan::ssh {
namespace {

bool authenticates_by_itself(std::string_view cipher) {
  return cipher.starts_with("chacha20-poly1305") || cipher.find("-gcm@") != std::string_view::npos;
}

}  // namespace

std::span<const ClientProfile> client_profiles() {
  static const auto profiles = read_clients(clients_text());
  return profiles;
}

const ClientProfile* find_client(std::string_view id) {
  const auto profiles = client_profiles();
  const auto found = std::ranges::find(profiles, id, &ClientProfile::id);
  return found == profiles.end() ? nullptr : &*found;
}

std::optional<Slot> missing_slot(const ClientProfile& client, const Kexinit& server) {
  const std::array<const NameList*, kSlots> offers{
      &client.kex,  &client.host_keys, &client.ciphers,     &client.ciphers,
      &client.macs, &client.macs,      &client.compression, &client.compression};
  for (std::size_t i = 0; i < kSlots; ++i) {
    const auto slot = static_cast<Slot>(i);
    if (slot == Slot::mac_c2s || slot == Slot::mac_s2c) {
      const auto cipher = slot == Slot::mac_c2s ? Slot::cipher_c2s : Slot::cipher_s2c;
      if (authenticates_by_itself(first_common(client.ciphers, server[cipher]))) continue;
    }
    if (first_common(*offers[i], server[slot]).empty()) return slot;
  }
  return std::nullopt;
}

namespace {

/// What the newest client would have to know besides to agree with the server.
ClientProfile successor_for(const Kexinit& server) {
  auto client = client_profiles().front();
  const auto add = [&](NameList& names, Slot slot) {
    for (auto& name : unknown_names(server, slot))
      if (!is_private(name)) names.push_back(std::move(name));
  };
  add(client.kex, Slot::kex);
  add(client.host_keys, Slot::host_key);
  for (const auto slot : {Slot::cipher_c2s, Slot::cipher_s2c}) add(client.ciphers, slot);
  for (const auto slot : {Slot::mac_c2s, Slot::mac_s2c}) add(client.macs, slot);
  for (const auto slot : {Slot::compression_c2s, Slot::compression_s2c})
    add(client.compression, slot);
  return client;
}

void add_new(NameList& names, const NameList& more) {
  for (const auto& name : more)
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

/// All that OpenSSH has ever offered unasked: a client that is asked to (`ssh -o
/// Ciphers=+3des-cbc`) offers the old names besides today's.
const ClientProfile& every_openssh() {
  static const auto united = [] {
    ClientProfile all;
    for (const auto& client : client_profiles()) {
      if (client.standing == Standing::other) continue;
      add_new(all.kex, client.kex);
      add_new(all.host_keys, client.host_keys);
      add_new(all.ciphers, client.ciphers);
      add_new(all.macs, client.macs);
      add_new(all.compression, client.compression);
    }
    return all;
  }();
  return united;
}

}  // namespace

Comparison compare_with_clients(const Kexinit& server) {
  const auto profiles = client_profiles();
  const bool current = std::ranges::any_of(profiles, [&](const ClientProfile& client) {
    return client.standing == Standing::current && !missing_slot(client, server);
  });
  if (current) return {Agreement::current, {}};
  const auto slot = missing_slot(profiles.front(), server);
  if (!missing_slot(every_openssh(), server)) return {Agreement::legacy, slot};
  const bool newer = !missing_slot(successor_for(server), server);
  return {newer ? Agreement::newer : Agreement::nobody, slot};
}

Comparison compare_with_client(const ClientProfile& client, const Kexinit& server) {
  const auto slot = missing_slot(client, server);
  return {slot ? Agreement::nobody : Agreement::current, slot};
}

}  // namespace fleetscan::ssh
