#include "reports/records/attempt_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/json_reader.h"
#include "reports/records/record_names.h"
#include "reports/records/record_values.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/disconnect.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::records {
namespace {

ssh::Kexinit read_kexinit(JsonReader& json) {
  ssh::Kexinit kexinit;
  json.object([&](std::string_view key) {
    const auto found = std::ranges::find(kSlotNames.names, key);
    const auto slot = static_cast<std::size_t>(found - kSlotNames.names.begin());
    if (slot < ssh::kSlots)
      kexinit.lists[slot] = read_names(json);
    else if (key == "first_kex_packet_follows")
      kexinit.first_kex_packet_follows = json.boolean();
    else
      json.skip();
  });
  return kexinit;
}

std::string read_blob(JsonReader& json) {
  if (json.null()) return {};
  std::string room;
  auto blob = decode_base64(json.text(room));
  if (!blob || blob->size() > probe::kMaxKeyBlob) throw JsonError("'blob' is no key", 0);
  return *std::move(blob);
}

probe::HostCertificate read_certificate(JsonReader& json) {
  probe::HostCertificate certificate;
  json.object([&](std::string_view key) {
    if (key == "authority")
      certificate.authority = json.string();
    else if (key == "principals")
      certificate.principals = read_names(json);
    else if (key == "valid_after")
      certificate.valid_after = read_integer<std::uint64_t>(json);
    else if (key == "valid_before")
      certificate.valid_before = json.optional([&] { return read_integer<std::uint64_t>(json); });
    else if (key == "blob")
      certificate.blob = read_blob(json);
    else
      json.skip();
  });
  return certificate;
}

probe::Publication read_publication(JsonReader& json) {
  probe::Publication published;
  json.object([&](std::string_view key) {
    if (key == "verdict")
      published.verdict = read_name(json, kPublished);
    else if (key == "dnssec")
      published.dnssec = read_name(json, kDnssec);
    else if (key == "sha1_only")
      published.sha1_only = json.boolean();
    else
      json.skip();
  });
  return published;
}

probe::HostKey read_host_key(JsonReader& json) {
  probe::HostKey host_key;
  json.object([&](std::string_view key) {
    if (key == "type")
      host_key.type = json.string();
    else if (key == "sha256")
      host_key.sha256 = json.string();
    else if (key == "verified")
      host_key.verified = json.boolean();
    else if (key == "bits")
      host_key.bits = json.optional([&] { return read_integer<unsigned>(json); });
    else if (key == "certificate")
      host_key.certificate = json.optional([&] { return read_certificate(json); });
    else if (key == "known")
      host_key.known = read_name(json, kKnowns);
    else if (key == "blob")
      host_key.blob = read_blob(json);
    else if (key == "sshfp")
      host_key.published = json.optional([&] { return read_publication(json); });
    else
      json.skip();
  });
  return host_key;
}

ssh::Disconnect read_disconnect(JsonReader& json) {
  ssh::Disconnect disconnect;
  json.object([&](std::string_view key) {
    if (key == "reason")
      disconnect.reason = read_integer<std::uint32_t>(json);
    else if (key == "text")
      disconnect.text = json.string();
    else if (key == "text_hex" && !json.null())
      disconnect.text = read_hex(json);
    else if (key != "text_hex")
      json.skip();
  });
  return disconnect;
}

probe::TcpInfo read_tcp_info(JsonReader& json) {
  probe::TcpInfo info;
  json.object([&](std::string_view key) {
    if (key == "state")
      info.state = read_integer<std::uint8_t>(json);
    else if (key == "segs_in")
      info.segs_in = read_integer<std::uint32_t>(json);
    else if (key == "unacked")
      info.unacked = read_integer<std::uint32_t>(json);
    else if (key == "retrans")
      info.retrans = read_integer<std::uint32_t>(json);
    else if (key == "rcv_ooopack")
      info.rcv_ooopack = read_integer<std::uint32_t>(json);
    else if (key == "bytes_acked")
      info.bytes_acked = read_integer<std::uint64_t>(json);
    else if (key == "snd_mss")
      info.snd_mss = read_integer<std::uint32_t>(json);
    else if (key == "pmtu")
      info.pmtu = read_integer<std::uint32_t>(json);
    else if (key == "rtt_us")
      info.rtt_us = read_integer<std::uint32_t>(json);
    else
      json.skip();
  });
  return info;
}

probe::IcmpError read_icmp(JsonReader& json) {
  probe::IcmpError icmp;
  json.object([&](std::string_view key) {
    if (key == "type")
      icmp.type = read_integer<std::uint8_t>(json);
    else if (key == "code")
      icmp.code = read_integer<std::uint8_t>(json);
    else if (key == "from")
      icmp.from = read_address(json);
    else
      json.skip();
  });
  return icmp;
}

void read_flags(JsonReader& json, probe::Evidence& seen) {
  json.array([&] {
    std::string room;
    const auto name = json.text(room);
    for (const auto& flag : kFlags)
      if (flag.name == name) seen.*flag.member = true;
  });
}

probe::Phase read_phase(JsonReader& json) {
  std::string room;
  const auto name = json.text(room);
  if (const auto phase = probe::parse_phase(name)) return *phase;
  throw JsonError("unknown phase '" + printable(name) + "'", 0);
}

probe::FurtherKey read_further_key(JsonReader& json) {
  probe::FurtherKey further;
  json.object([&](std::string_view key) {
    if (key == "type")
      further.type = json.string();
    else if (key == "class")
      further.outcome = read_outcome(json);
    else if (key == "host_key")
      further.key = json.optional([&] { return read_host_key(json); });
    else
      json.skip();
  });
  return further;
}

}  // namespace

std::vector<probe::FurtherKey> read_further_keys(JsonReader& json) {
  std::vector<probe::FurtherKey> keys;
  json.array([&] {
    if (keys.size() == probe::kMaxFurtherKeys)
      throw JsonError("more further keys than there are types", 0);
    keys.push_back(read_further_key(json));
  });
  return keys;
}

std::shared_ptr<const ssh::Kexinit> KexinitReader::read(JsonReader& json) {
  for (const auto& [text, kexinit] : recent_)
    if (json.same(text)) return kexinit;
  const auto begin = json.position();
  Recent fresh{{}, std::make_shared<const ssh::Kexinit>(read_kexinit(json))};
  fresh.text = json.since(begin);
  if (recent_.size() < kMost) recent_.emplace_back();
  auto& place = recent_[oldest_++ % kMost];
  place = std::move(fresh);
  return place.kexinit;
}

bool read_seen(JsonReader& json, std::string_view key, probe::Evidence& seen,
               KexinitReader& kexinits) {
  if (key == "ident") {
    seen.ident_line = json.optional([&] { return json.string(); });
  } else if (key == "ident_hex") {
    if (!json.null()) seen.ident_line = read_hex(json);
  } else if (key == "kexinit") {
    seen.kexinit = json.null() ? nullptr : kexinits.read(json);
  } else if (key == "host_key") {
    seen.host_key = json.optional([&] { return read_host_key(json); });
  } else if (key == "service") {
    seen.service = json.optional([&] { return json.string(); });
  } else if (key == "slot") {
    seen.slot = json.optional([&] { return read_name(json, kSlotNames); });
  } else {
    return false;
  }
  return true;
}

probe::Attempt read_attempt(JsonReader& json, KexinitReader& kexinits) {
  probe::Attempt attempt;
  auto& seen = attempt.evidence;
  std::optional<Micros> proxy_took;
  json.object([&](std::string_view key) {
    if (key == "class")
      attempt.outcome = read_outcome(json);
    else if (key == "phase")
      seen.phase = read_phase(json);
    else if (key == "started")
      seen.started = read_time(json);
    else if (key == "ms")
      seen.ms = read_times(json);
    else if (key == "errno")
      seen.error = json.null() ? 0 : read_integer<int>(json);
    else if (key == "close")
      seen.close = read_name(json, kCloses);
    else if (key == "bytes_in")
      seen.bytes_in = read_integer<std::uint64_t>(json);
    else if (key == "text")
      seen.text = read_text(json);
    else if (key == "bytes_hex")
      seen.head = json.null() ? "" : read_hex(json);
    else if (key == "disconnect")
      seen.disconnect = json.optional([&] { return read_disconnect(json); });
    else if (key == "tcp_info")
      seen.tcp_info = json.optional([&] { return read_tcp_info(json); });
    else if (key == "icmp")
      seen.icmp = json.optional([&] { return read_icmp(json); });
    else if (key == "finding")
      seen.finding = read_name(json, kFindings);
    else if (key == "origin")
      seen.origin = read_name(json, kOrigins);
    else if (key == "closed_after_ms")
      seen.closed_after = json.optional([&] { return read_milliseconds(json); });
    else if (key == "proxy")
      seen.proxy = read_name(json, kAnswers);
    else if (key == "proxy_ms")
      proxy_took = read_milliseconds(json);
    else if (key == "late_ms")
      seen.lateness = read_milliseconds(json);
    else if (key == "bytes_out")
      seen.bytes_out = read_integer<std::uint64_t>(json);
    else if (key == "method")
      seen.method = json.string();
    else if (key == "key_type")
      seen.key_algorithm = json.string();
    else if (key == "unsent")
      seen.unsent = read_integer<std::uint64_t>(json);
    else if (key == "elapsed_ms")
      seen.elapsed = json.optional([&] { return read_milliseconds(json); });
    else if (key == "flags")
      read_flags(json, seen);
    else if (key == "address")
      seen.address = read_address(json);
    else if (key == "saw")
      json.object([&](std::string_view name) {
        if (!read_seen(json, name, seen, kexinits)) json.skip();
      });
    else
      json.skip();
  });
  seen.ms.proxy = proxy_took;
  return attempt;
}

}  // namespace fleetscan::records
