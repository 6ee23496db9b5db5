#include "tests/support/synthetic_fleet.h"

#include <array>
#include <cmath>
#include <string_view>

#include "tests/support/hostile_corpus.h"

namespace fleetscan::test {
namespace {

constexpr std::uint64_t kHostsPerSubnet = 250;

struct Software {
  std::string_view ident;
  std::uint64_t weight;
};
constexpr std::array kSoftware{Software{"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", 52},
                               Software{"SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.10", 25},
                               Software{"SSH-2.0-OpenSSH_8.0", 14},
                               Software{"SSH-2.0-OpenSSH_7.4", 5},
                               Software{"SSH-2.0-dropbear_2022.83", 3},
                               Software{"SSH-2.0-Cisco-1.25", 1}};

constexpr std::array kScattered{
    probe::Outcome::connect_timeout,   probe::Outcome::connect_refused,
    probe::Outcome::connect_host_down, probe::Outcome::banner_closed_after_start,
    probe::Outcome::resolve_not_found, probe::Outcome::kex_reset,
    probe::Outcome::banner_throttled};
constexpr std::array kWhole{probe::Outcome::banner_wrapper_refused, probe::Outcome::connect_timeout,
                            probe::Outcome::connect_rejected, probe::Outcome::kex_mtu_blackhole};

ssh::NameList list(std::string_view text) {
  ssh::NameList names;
  while (!text.empty()) {
    const auto comma = text.find(',');
    names.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == text.npos ? text.size() : comma + 1);
  }
  return names;
}

std::shared_ptr<const ssh::Kexinit> kexinit_of(std::size_t software) {
  ssh::Kexinit kexinit;
  kexinit[ssh::Slot::kex] = list(
      "sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-"
      "nistp256,"
      "ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-"
      "group16-sha512,"
      "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,kex-strict-s-v00@openssh.com");
  if (software % 2 == 1) kexinit[ssh::Slot::kex].erase(kexinit[ssh::Slot::kex].begin());
  kexinit[ssh::Slot::host_key] = list("rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519");
  kexinit[ssh::Slot::cipher_c2s] = kexinit[ssh::Slot::cipher_s2c] = list(
      "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,"
      "aes256-gcm@openssh.com");
  kexinit[ssh::Slot::mac_c2s] = kexinit[ssh::Slot::mac_s2c] = list(
      "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-"
      "512-etm@openssh.com,"
      "hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-"
      "512,hmac-sha1");
  kexinit[ssh::Slot::compression_c2s] = kexinit[ssh::Slot::compression_s2c] =
      list("none,zlib@openssh.com");
  return std::make_shared<const ssh::Kexinit>(std::move(kexinit));
}

bool reached(probe::Outcome outcome) {
  return probe::state_of(outcome) == probe::State::reachable ||
         probe::state_of(outcome) == probe::State::degraded;
}

probe::Phase phase_of(probe::Outcome outcome) {
  if (reached(outcome)) return probe::Phase::done;
  const auto name = probe::to_string(outcome);
  const auto phase = probe::parse_phase(name.substr(0, name.find('_')));
  return phase.value_or(probe::Phase::connect);
}

}  // namespace

SyntheticFleet::SyntheticFleet(const FleetShape& shape) : shape_(shape), random_(shape.seed) {}

// The standard's distributions differ between libraries; the engine does not.
std::uint64_t SyntheticFleet::below(std::uint64_t bound) { return random_() % bound; }

/// Spread as latencies are: most values near the given one, a long tail above.
Micros SyntheticFleet::around(std::int64_t micros) {
  const double spread =
      static_cast<double>(below(1000)) / 1000 + static_cast<double>(below(1000)) / 1000 - 1;
  return Micros(std::llround(static_cast<double>(micros) * std::exp2(1.5 * spread)));
}

probe::RunInfo SyntheticFleet::run() const {
  probe::RunInfo run;
  run.run_id = "synthetic-" + std::to_string(shape_.seed);
  run.tool = "0.1.0";
  run.started = WallTime(std::chrono::milliseconds(1'795'000'000'000));
  run.vantage = "fra1";
  run.sources = {"hosts.txt"};
  run.inventory_sha256 = std::string(64, 'a');
  run.targets = shape_.hosts;
  run.options = {
      {"concurrency", "1024"}, {"connect-timeout", "4"}, {"depth", "kex"}, {"retries", "1"}};
  return run;
}

// A fixed share of the subnets fails as a whole; that is half of all failures.
probe::Outcome SyntheticFleet::outcome_of(std::uint64_t subnet) {
  const auto percent = shape_.failing_percent;
  if ((subnet * 2654435761U >> 7U) % 200 < percent) return kWhole[subnet % kWhole.size()];
  if (below(200) < percent) return kScattered[below(kScattered.size())];
  const auto rare = below(400);
  return rare == 0   ? probe::Outcome::ok_slow
         : rare == 1 ? probe::Outcome::ok_after_retry
                     : probe::Outcome::ok;
}

void SyntheticFleet::fill(probe::Attempt& attempt, const Address& address, std::size_t software) {
  auto& seen = attempt.evidence;
  seen.address = address;
  seen.phase = phase_of(attempt.outcome);
  seen.started = run().started + std::chrono::milliseconds(made_ * 1000 / 2500);
  seen.finding = reached(attempt.outcome) ? probe::Finding::reached : probe::Finding::ended;
  if (seen.phase > probe::Phase::connect) seen.ms.connect = around(400);
  if (seen.phase > probe::Phase::banner) {
    seen.ms.banner = around(attempt.outcome == probe::Outcome::ok_slow ? 3'000'000 : 6'000);
    seen.ident_line = std::string(kSoftware[software].ident);
    seen.spoke = true;
  }
  if (seen.phase > probe::Phase::kexinit) {
    seen.ms.kexinit = around(900);
    seen.kexinit = kexinit_of(software);
    seen.sent_kexinit = true;
  }
  seen.tcp_info = probe::TcpInfo{1, 5, 0, 0, 0, 1583, 1448, 1500, 412};
  if (seen.phase == probe::Phase::done) {
    seen.ms.kex = around(4'000);
    std::string fingerprint = "SHA256:";
    for (int i = 0; i < 43; ++i)
      fingerprint += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[below(64)];
    seen.host_key = probe::HostKey{"ssh-ed25519", fingerprint, true, probe::Known::unchecked};
    seen.bytes_in = 1800;
    seen.elapsed = *seen.ms.connect + *seen.ms.banner + *seen.ms.kexinit + *seen.ms.kex;
    return;
  }
  seen.elapsed = around(seen.phase == probe::Phase::connect ? 4'000'000 : 900'000);
  switch (attempt.outcome) {
    case probe::Outcome::banner_wrapper_refused:
      seen.close = probe::Close::fin;
      seen.closed_after = Micros(5'003'112);
      seen.elapsed = *seen.ms.connect + *seen.closed_after;
      break;
    case probe::Outcome::banner_throttled:
      seen.close = probe::Close::fin;
      seen.text = "Exceeded MaxStartups";
      seen.head = "Exceeded MaxStartups\r\n";
      seen.bytes_in = seen.head.size();
      break;
    case probe::Outcome::connect_refused:
      seen.error = 111;
      seen.origin = probe::ErrorOrigin::connect;
      break;
    case probe::Outcome::connect_host_down:
      seen.error = 113;
      seen.origin = probe::ErrorOrigin::connect;
      break;
    case probe::Outcome::kex_reset:
      seen.close = probe::Close::rst;
      seen.error = 104;
      seen.origin = probe::ErrorOrigin::stream;
      break;
    default: seen.close = probe::Close::timeout;
  }
}

void SyntheticFleet::make_hostile(probe::HostResult& result) {
  const auto& corpus = hostile_corpus();
  const auto text = [&] { return corpus[below(corpus.size())]; };
  result.target.host = text().substr(0, 200) + std::to_string(made_);
  result.target.source = text().substr(0, 100);
  result.target.labels = std::make_shared<const inventory::Labels>(
      inventory::Labels{{text().substr(0, 50), text().substr(0, 50)}});
  result.note = text().substr(0, 100);
  result.causes = {{text().substr(0, 40), 0.5, {text(), text()}}};
  for (auto& attempt : result.attempts) {
    attempt.evidence.ident_line = text();
    attempt.evidence.text = text().substr(0, 300);
    attempt.evidence.head = text().substr(0, probe::kHeadBytes);
    attempt.evidence.service = text().substr(0, 20);
    attempt.evidence.disconnect = ssh::Disconnect{2, text().substr(0, 300)};
  }
}

probe::HostResult SyntheticFleet::next() {
  const auto index = made_++;
  const auto subnet = index / kHostsPerSubnet;
  probe::HostResult result;
  const auto address = Address::v4(
      static_cast<std::uint32_t>((10U << 24U) + (subnet << 8U) + 1 + index % kHostsPerSubnet));
  static constexpr std::array<std::string_view, 4> kRoles{"web", "db", "app", "cache"};
  static constexpr std::array<std::string_view, 3> kSites{"fra", "iad", "sin"};
  const auto role = kRoles[subnet % kRoles.size()];
  result.target.host = std::string(role) + std::to_string(10000 + index) + ".example.net";
  result.target.source = "hosts.txt:" + std::to_string(index + 1);
  result.target.labels = std::make_shared<const inventory::Labels>(
      inventory::Labels{{"group", std::string(role)},
                        {"rack", "r" + std::to_string(subnet * 3 + index % 3)},
                        {"site", std::string(kSites[subnet / 40 % kSites.size()])}});
  result.outcome = outcome_of(subnet);
  result.resolve = around(800);
  if (result.outcome != probe::Outcome::resolve_not_found) {
    auto ticket = below(100);
    std::size_t software = 0;
    while (ticket >= kSoftware[software].weight) ticket -= kSoftware[software++].weight;
    if (result.outcome == probe::Outcome::ok_after_retry) {
      result.attempts.push_back({probe::Outcome::connect_reset});
      fill(result.attempts.back(), address, software);
    }
    result.attempts.push_back({result.outcome});
    fill(result.attempts.back(), address, software);
    result.rests_on = result.attempts.size() - 1;
  }
  if (result.outcome == probe::Outcome::banner_wrapper_refused)
    result.causes = {{"tcp_wrappers", 0.95, {"closed 5.0 s after the connection without a byte"}}};
  if (result.outcome == probe::Outcome::banner_throttled)
    result.causes = {
        {"max_startups", 0.9, {"text sent before the identification: Exceeded MaxStartups"}}};
  if (shape_.hostile) make_hostile(result);
  ++counts_[result.outcome];
  return result;
}

probe::RunEnd SyntheticFleet::end() const {
  return {.complete = true,
          .probed = made_,
          .counts = counts_,
          .duration = std::chrono::milliseconds(made_ * 1000 / 2500 + 9000)};
}

}  // namespace fleetscan::test
