#include "reports/render/forecast_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/json_writer.h"
#include "base/numbers.h"
#include "reports/summary/forecast.h"
#include "reports/summary/prospect.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxRows = 20;  // of each table
constexpr std::size_t kMaxNames = 5;  // in one line
constexpr std::string_view kUnnamed = "unnamed software";

using Counts = std::map<std::string, std::uint64_t>;

std::string_view named(std::string_view software) { return software.empty() ? kUnnamed : software; }

/// "a (3), b (1) and 2 more": those that most hosts have.
std::string most_frequent(const Counts& counts) {
  std::vector<std::pair<std::string, std::uint64_t>> rows(counts.begin(), counts.end());
  std::ranges::stable_sort(rows, std::ranges::greater{},
                           [](const auto& row) { return row.second; });
  std::string out;
  for (std::size_t i = 0; i < std::min(rows.size(), kMaxNames); ++i)
    out +=
        fmt::format("{}{} ({})", i ? ", " : "", printable(rows[i].first), grouped(rows[i].second));
  if (rows.size() > kMaxNames) out += fmt::format(" and {} more", grouped(rows.size() - kMaxNames));
  return out;
}

std::string some_of(const std::vector<std::string>& targets) {
  std::string out;
  for (std::size_t i = 0; i < std::min(targets.size(), kMaxNames); ++i)
    out += (i ? ", " : "") + printable(targets[i]);
  if (targets.size() > kMaxNames)
    out += fmt::format(" and {} more", grouped(targets.size() - kMaxNames));
  return out;
}

/// "host_key 12, kex 3"
std::string slots(const summary::ClientForecast& row) {
  std::string out;
  for (std::size_t i = 0; i < row.broken_in.size(); ++i)
    if (row.broken_in[i])
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", to_string(static_cast<ssh::Slot>(i)),
                         grouped(row.broken_in[i]));
  return out;
}

void append_clients(std::string& out, const summary::ForecastReport& forecast) {
  out += fmt::format("\n  {:<18}{:>10}{:>10}{:>10}  {}\n", "client", "connects", "warns", "breaks",
                     "breaks in");
  for (const auto& row : forecast.clients)
    out += fmt::format("  {:<18}{:>10}{:>10}{:>10}{}{}\n", row.client->id, grouped(row.connects),
                       grouped(row.warns), grouped(row.breaks), row.breaks ? "  " : "", slots(row));
}

/// The clients that need the same, in one paragraph.
void append_broken(std::string& out, const summary::BrokenGroup& group) {
  std::vector<const summary::Broken*> left;
  left.reserve(group.broken.size());
  for (const auto& broken : group.broken) left.push_back(&broken);
  while (!left.empty()) {
    const auto& first = *left.front();
    std::string clients;
    std::erase_if(left, [&](const summary::Broken* other) {
      if (other->slot != first.slot || other->server != first.server ||
          other->bridge != first.bridge)
        return false;
      clients += (clients.empty() ? "" : ", ") + std::string(other->client->id);
      return true;
    });
    out += fmt::format("    {}: {}\n      on the server: {}\n", to_string(first.slot), clients,
                       printable(first.server));
    if (!first.bridge.empty()) out += fmt::format("      meanwhile: ssh {}\n", first.bridge);
  }
}

void append_groups(std::string& out, const summary::ForecastReport& forecast) {
  if (forecast.groups.empty()) return;
  out += "\nWhere they break\n";
  for (std::size_t i = 0; i < std::min(forecast.groups.size(), kMaxRows); ++i) {
    const auto& group = forecast.groups[i];
    out += fmt::format("  {} with {}: {}\n", counted(group.targets.size(), "host"),
                       printable(named(group.software)), some_of(group.targets));
    if (!group.subnets.empty()) out += fmt::format("    in {}\n", most_frequent(group.subnets));
    if (!group.labels.empty()) out += fmt::format("    of {}\n", most_frequent(group.labels));
    append_broken(out, group);
  }
  if (forecast.groups.size() > kMaxRows)
    out += fmt::format("  and {} more; --json has them all\n",
                       counted(forecast.groups.size() - kMaxRows, "group"));
}

/// What a rotation has to begin with: hosts that clients without this type would find no key of.
void append_keys(std::string& out, const summary::ForecastReport& forecast) {
  if (forecast.keys.empty()) return;
  out += fmt::format("\n  {:<36}{:>10}{:>10}  {}\n", "host keys", "offered", "alone",
                     "without that type no key is left of");
  for (const auto& [type, row] : forecast.keys)
    out += fmt::format("  {:<36}{:>10}{:>10}{}{}\n", type, grouped(row.hosts),
                       grouped(row.only.size()), row.only.empty() ? "" : "  ", some_of(row.only));
}

void append_census(std::string& out, const summary::ForecastReport& forecast) {
  if (forecast.census.hosts == 0) return;
  out += fmt::format("\n  {:<34}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "post-quantum key exchange",
                     "hosts", "preferred", "offered", "missing", "strict");
  const auto row = [&](std::string_view name, const summary::ExchangeCensus& census) {
    out += fmt::format("  {:<34}{:>10}{:>10}{:>10}{:>10}{:>10}\n", name, grouped(census.hosts),
                       grouped(census.preferred), grouped(census.offered),
                       grouped(census.hosts - census.offered), grouped(census.strict));
  };
  row("all", forecast.census);
  std::vector<std::pair<std::string, summary::ExchangeCensus>> rows(forecast.by_software.begin(),
                                                                    forecast.by_software.end());
  std::ranges::stable_sort(rows, std::ranges::greater{},
                           [](const auto& entry) { return entry.second.hosts; });
  for (std::size_t i = 0; i < std::min(rows.size(), kMaxRows); ++i)
    row(printable(named(rows[i].first)), rows[i].second);
  if (rows.size() > kMaxRows)
    out += fmt::format("  and {} more; --json has them all\n",
                       counted(rows.size() - kMaxRows, "kind"));
}

void write_counts(JsonWriter& json, std::string_view key, const Counts& counts) {
  json.key(key).begin_object();
  for (const auto& [name, count] : counts) json.foreign_key(name).number(count);
  json.end_object();
}

void write_clients(JsonWriter& json, const summary::ForecastReport& forecast) {
  json.key("clients").begin_array();
  for (const auto& row : forecast.clients) {
    json.begin_object().key("client").string(row.client->id).key("name").string(row.client->name);
    json.key("source").string(row.client->source);
    json.key("connects").number(row.connects).key("warns").number(row.warns);
    json.key("breaks").number(row.breaks).key("doubts").begin_object();
    for (const auto doubt : summary::kDoubts)
      json.key(to_string(doubt)).number(row.doubts[static_cast<std::size_t>(doubt)]);
    json.end_object().key("broken_in").begin_object();
    for (std::size_t i = 0; i < row.broken_in.size(); ++i)
      if (row.broken_in[i]) json.key(to_string(static_cast<ssh::Slot>(i))).number(row.broken_in[i]);
    json.end_object().end_object();
  }
  json.end_array();
}

void write_groups(JsonWriter& json, const summary::ForecastReport& forecast) {
  json.key("groups").begin_array();
  for (const auto& group : forecast.groups) {
    json.begin_object().key("software").string(group.software).key("broken").begin_array();
    for (const auto& broken : group.broken) {
      json.begin_object().key("client").string(broken.client->id);
      json.key("slot").string(to_string(broken.slot)).key("server").string(broken.server);
      json.key("bridge");
      broken.bridge.empty() ? json.null() : json.string(broken.bridge);
      json.end_object();
    }
    json.end_array();
    write_counts(json, "labels", group.labels);
    write_counts(json, "subnets", group.subnets);
    json.key("targets").begin_array();
    for (const auto& target : group.targets) json.string(target);
    json.end_array().end_object();
  }
  json.end_array();
}

void write_keys(JsonWriter& json, const summary::ForecastReport& forecast) {
  json.key("host_keys").begin_array();
  for (const auto& [type, row] : forecast.keys) {
    json.begin_object().key("type").string(type).key("hosts").number(row.hosts);
    json.key("only").strings(row.only).end_object();
  }
  json.end_array();
}

void write_census(JsonWriter& json, const summary::ExchangeCensus& census) {
  json.begin_object().key("hosts").number(census.hosts).key("preferred").number(census.preferred);
  json.key("offered").number(census.offered).key("strict").number(census.strict).end_object();
}

}  // namespace

std::string forecast_text(const summary::ForecastReport& forecast) {
  auto out = counted(forecast.census.hosts, "host") + " with a known offer";
  if (forecast.untold > 0)
    out += fmt::format("; {} without: what becomes of them is not known", grouped(forecast.untold));
  out += '\n';
  append_clients(out, forecast);
  append_groups(out, forecast);
  append_keys(out, forecast);
  append_census(out, forecast);
  return out;
}

std::string forecast_csv(const summary::ForecastReport& forecast) {
  std::string out = "target,software,client,slot,server,meanwhile\n";
  const auto field = [&](std::string_view raw, char end) {
    append_csv(out, raw);
    out += end;
  };
  for (const auto& group : forecast.groups)
    for (const auto& target : group.targets)
      for (const auto& broken : group.broken) {
        field(target, ',');
        field(group.software, ',');
        field(broken.client->id, ',');
        field(to_string(broken.slot), ',');
        field(broken.server, ',');
        field(broken.bridge.empty() ? "" : "ssh " + broken.bridge, '\n');
      }
  return out;
}

std::string forecast_json(const summary::ForecastReport& forecast) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("schema").string("fleetscan.forecast/1");
  json.key("hosts").number(forecast.census.hosts).key("untold").number(forecast.untold);
  write_clients(json, forecast);
  write_groups(json, forecast);
  write_keys(json, forecast);
  json.key("exchange");
  write_census(json, forecast.census);
  json.key("exchange_by_software").begin_object();
  for (const auto& [software, census] : forecast.by_software) {
    json.foreign_key(software);
    write_census(json, census);
  }
  json.end_object().end_object();
  return out;
}

}  // namespace fleetscan::render
