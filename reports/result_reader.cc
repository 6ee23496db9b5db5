#include "reports/result_reader.h"

#include <cmath>
#include <utility>

#include "reports/escape.h"
#include "reports/json_reader.h"
#include "reports/record_names.h"
#include "reports/result_lines.h"
#include "reports/wall_time.h"

namespace fleetscan {
namespace {

using namespace record;

template <typename Enum, std::size_t N>
Enum read_name(JsonReader& json, const Names<Enum, N>& names) {
  const auto text = json.string();
  if (const auto value = names.find(text)) return *value;
  throw JsonError("unknown name '" + printable(text) + "'", 0);
}

std::int64_t read_thousandths(JsonReader& json) {
  const double value = json.number() * 1000;
  if (!(std::abs(value) < 1e15)) throw JsonError("time out of range", 0);
  return std::llround(value);
}

Micros read_milliseconds(JsonReader& json) { return Micros(read_thousandths(json)); }

WallTime read_time(JsonReader& json) {
  const auto text = json.string();
  if (const auto time = parse_rfc3339(text)) return *time;
  throw JsonError("'" + printable(text) + "' is no time", 0);
}

template <typename T>
T read_integer(JsonReader& json) {
  const auto value = json.integer();
  if (!std::in_range<T>(value)) throw JsonError("number out of range", 0);
  return static_cast<T>(value);
}

Outcome read_outcome(JsonReader& json) {
  const auto name = json.string();
  if (const auto outcome = parse_outcome(name)) return *outcome;
  throw JsonError("unknown class '" + printable(name) + "'", 0);
}

std::string read_hex(JsonReader& json) {
  const auto digits = json.string();
  const auto value = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    const int high = value(digits[i]), low = value(digits[i + 1]);
    if (high < 0 || low < 0) throw JsonError("expected hexadecimal digits", 0);
    bytes += static_cast<char>(high << 4 | low);
  }
  if (digits.size() % 2 != 0) throw JsonError("half a byte in hexadecimal", 0);
  return bytes;
}

std::string read_text(JsonReader& json) { return json.null() ? std::string() : json.string(); }

NameList read_names(JsonReader& json) {
  NameList names;
  json.array([&] { names.push_back(json.string()); });
  return names;
}

PhaseTimes read_times(JsonReader& json) {
  PhaseTimes times;
  json.object([&](std::string_view key) {
    for (const auto& [name, member] : kPhaseTimes)
      if (name == key) {
        times.*member = json.optional([&] { return read_milliseconds(json); });
        return;
      }
    json.skip();
  });
  return times;
}

Kexinit read_kexinit(JsonReader& json) {
  Kexinit kexinit;
  json.object([&](std::string_view key) {
    const auto slot = std::ranges::find(kSlotNames.names, key);
    if (slot != kSlotNames.names.end())
      kexinit.lists[static_cast<std::size_t>(slot - kSlotNames.names.begin())] = read_names(json);
    else if (key == "first_kex_packet_follows")
      kexinit.first_kex_packet_follows = json.boolean();
    else
      json.skip();
  });
  return kexinit;
}

HostKey read_host_key(JsonReader& json) {
  HostKey host_key;
  json.object([&](std::string_view key) {
    if (key == "type")
      host_key.type = json.string();
    else if (key == "sha256")
      host_key.sha256 = json.string();
    else if (key == "verified")
      host_key.verified = json.boolean();
    else if (key == "known")
      host_key.known = read_name(json, kKnowns);
    else
      json.skip();
  });
  return host_key;
}

Disconnect read_disconnect(JsonReader& json) {
  Disconnect disconnect;
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

TcpInfo read_tcp_info(JsonReader& json) {
  TcpInfo info;
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

/// Reads one of the members that write_seen() and write_service_and_slot() write.
/// @return false, with nothing read, for another key.
bool read_seen(JsonReader& json, std::string_view key, Evidence& seen) {
  if (key == "ident") {
    seen.ident_line = json.optional([&] { return json.string(); });
  } else if (key == "ident_hex") {
    if (!json.null()) seen.ident_line = read_hex(json);
  } else if (key == "kexinit") {
    seen.kexinit = json.optional([&] { return read_kexinit(json); });
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

Address read_address(JsonReader& json) {
  const auto text = json.string();
  if (const auto address = Address::parse(text)) return *address;
  throw JsonError("'" + printable(text) + "' is no address", 0);
}

void read_flags(JsonReader& json, Evidence& seen) {
  json.array([&] {
    const auto name = json.string();
    for (const auto& flag : kFlags)
      if (flag.name == name) seen.*flag.member = true;
  });
}

Phase read_phase(JsonReader& json) {
  const auto name = json.string();
  if (const auto phase = parse_phase(name)) return *phase;
  throw JsonError("unknown phase '" + printable(name) + "'", 0);
}

Attempt read_attempt(JsonReader& json) {
  Attempt attempt;
  auto& seen = attempt.evidence;
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
    else if (key == "finding")
      seen.finding = read_name(json, kFindings);
    else if (key == "origin")
      seen.origin = read_name(json, kOrigins);
    else if (key == "closed_after_ms")
      seen.closed_after = json.optional([&] { return read_milliseconds(json); });
    else if (key == "elapsed_ms")
      seen.elapsed = json.optional([&] { return read_milliseconds(json); });
    else if (key == "flags")
      read_flags(json, seen);
    else if (key == "address")
      seen.address = read_address(json);
    else if (key == "saw")
      json.object([&](std::string_view name) {
        if (!read_seen(json, name, seen)) json.skip();
      });
    else
      json.skip();
  });
  return attempt;
}

Cause read_cause(JsonReader& json) {
  Cause cause;
  json.object([&](std::string_view key) {
    if (key == "cause")
      cause.name = json.string();
    else if (key == "confidence")
      cause.confidence = json.number();
    else if (key == "because")
      cause.because = read_names(json);
    else
      json.skip();
  });
  return cause;
}

template <typename Map>
Map read_map(JsonReader& json) {
  Map map;
  json.object([&](std::string_view key) { map[std::string(key)] = json.string(); });
  return map;
}

// clang-format off
HostResult read_host(JsonReader& json) {
  HostResult result;
  Evidence last;
  bool named = false, judged = false;
  std::size_t rests_on = 0;
  std::string name;
  json.object([&](std::string_view key) {
    if (key == "target") name = json.string();
    else if (key == "host") named = !(result.target.host = json.string()).empty();
    else if (key == "port") result.target.port = read_integer<std::uint16_t>(json);
    else if (key == "address") last.address = json.optional([&] { return read_address(json); });
    else if (key == "source") result.target.source = read_text(json);
    else if (key == "labels") {
      auto labels = read_map<Labels>(json);
      if (!labels.empty()) result.target.labels = std::make_shared<const Labels>(std::move(labels));
    }
    else if (key == "class") result.outcome = read_outcome(json), judged = true;
    else if (key == "ms") result.resolve = read_times(json).resolve;
    else if (key == "attempts") json.array([&] { result.attempts.push_back(read_attempt(json)); });
    else if (key == "causes") json.array([&] { result.causes.push_back(read_cause(json)); });
    else if (key == "echo") result.echo = read_name(json, kEchoes);
    else if (key == "rests_on") rests_on = json.null() ? 0 : read_integer<std::size_t>(json);
    else if (key == "note") result.note = read_text(json);
    else if (!read_seen(json, key, last)) json.skip();
  });
  json.finish();
  if (!named || !judged) throw JsonError("a host record needs 'host' and 'class'", 0);
  auto& target = result.target;
  target.address = last.address;
  target.each_address = last.address.has_value();
  target.each_address = target.each_address && target.name() == name;
  if (!result.attempts.empty() && !target.each_address) target.address = Address::parse(target.host);
  for (auto& attempt : result.attempts)
    if (!attempt.evidence.address) attempt.evidence.address = last.address;
  if (rests_on < result.attempts.size()) {
    auto& seen = result.attempts[rests_on].evidence;
    seen.ident_line = std::move(last.ident_line);
    seen.kexinit = std::move(last.kexinit);
    seen.host_key = std::move(last.host_key);
    seen.service = std::move(last.service);
    seen.slot = last.slot;
  }
  return result;
}

ShardChoice read_shard(JsonReader& json) {
  ShardChoice shard;
  json.object([&](std::string_view key) {
    if (key == "index") shard.index = read_integer<unsigned>(json);
    else if (key == "count") shard.count = read_integer<unsigned>(json);
    else json.skip();
  });
  return shard;
}

RunPart read_part(JsonReader& json) {
  RunPart part;
  json.object([&](std::string_view key) {
    if (key == "run_id") part.run_id = json.string();
    else if (key == "started") part.started = read_time(json);
    else if (key == "shard") part.shard = json.optional([&] { return read_shard(json); });
    else if (key == "targets") part.targets = read_integer<std::uint64_t>(json);
    else if (key == "complete") part.complete = json.boolean();
    else if (key == "duration_s") part.duration = std::chrono::milliseconds(read_thousandths(json));
    else json.skip();
  });
  return part;
}

RunInfo read_run(JsonReader& json) {
  RunInfo run;
  json.object([&](std::string_view key) {
    if (key == "schema") {
      if (const auto schema = json.string(); schema != kResultSchema)
        throw JsonError("schema '" + printable(schema) + "' is not " + std::string(kResultSchema), 0);
    }
    else if (key == "run_id") run.run_id = json.string();
    else if (key == "tool") run.tool = json.string();
    else if (key == "started") run.started = read_time(json);
    else if (key == "vantage") run.vantage = json.optional([&] { return json.string(); });
    else if (key == "inventory") json.object([&](std::string_view name) {
      if (name == "sources") run.sources = read_names(json);
      else if (name == "sha256") run.inventory_sha256 = json.string();
      else if (name == "targets") run.targets = read_integer<std::uint64_t>(json);
      else json.skip();
    });
    else if (key == "shard") run.shard = json.optional([&] { return read_shard(json); });
    else if (key == "depth") {
      const auto depth = parse_depth(json.string());
      if (!depth) throw JsonError("unknown depth", 0);
      run.depth = *depth;
    }
    else if (key == "options") run.options = read_map<std::map<std::string, std::string>>(json);
    else if (key == "parts") json.array([&] { run.parts.push_back(read_part(json)); });
    else json.skip();
  });
  return run;
}

RunEnd read_end(JsonReader& json) {
  RunEnd end;
  json.object([&](std::string_view key) {
    if (key == "complete") end.complete = json.boolean();
    else if (key == "probed") end.probed = read_integer<std::uint64_t>(json);
    else if (key == "counts") json.object([&](std::string_view name) {
      const auto outcome = parse_outcome(name);
      const auto count = read_integer<std::uint64_t>(json);
      if (outcome) end.counts[*outcome] = count;
    });
    else if (key == "duration_s") end.duration = std::chrono::milliseconds(read_thousandths(json));
    else json.skip();
  });
  return end;
}
// clang-format on

}  // namespace

Record parse_line(std::string_view line) {
  constexpr std::string_view kHost = "{\"type\":\"host\",";
  std::string type;
  if (line.starts_with(kHost)) {
    type = "host";  // spares nearly every line of a file the look for its type
  } else {
    JsonReader look(line);
    look.object([&](std::string_view key) {
      if (key == "type")
        type = look.string();
      else
        look.skip();
    });
    look.finish();
  }
  JsonReader json(line);
  if (type == "host") return read_host(json);
  if (type == "run") return read_run(json);
  if (type == "end") return read_end(json);
  return std::monostate{};
}

void ResultReader::complain(const std::string& message) {
  if (errors_.size() < kMaxErrors) errors_.push_back({line_, message});
}

void ResultReader::take(std::string_view line, bool whole) {
  if (!whole) {
    complain("longer than any record");
  } else if (line.find_first_not_of(" \t\r") != line.npos) {
    std::optional<Record> record;
    try {
      record = parse_line(line);
    } catch (const JsonError& error) {
      complain(error.what());
    }
    if (record && !std::holds_alternative<std::monostate>(*record)) on_record_(std::move(*record));
  }
  ++line_;
}

const std::vector<LineError>& ResultReader::finish() {
  cutter_.finish();
  return errors_;
}

}  // namespace fleetscan
