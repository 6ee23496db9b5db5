#include "reports/summary/host_table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/drawn.h"
#include "inventory/target.h"
#include "reports/records/result_lines.h"
#include "reports/records/result_reader.h"
#include "reports/summary/key_census.h"
#include "reports/summary/past.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/diagnosis.h"
#include "scanner/diagnosis/joint_verdict.h"
#include "scanner/diagnosis/neighborhood.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {
namespace {

constexpr std::size_t kMaxTextBytes = 255;

std::uint32_t compact(const std::optional<Micros>& time) {
  if (!time) return HostRow::kNoTime;
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(time->count(), 0, HostRow::kNoTime - 1));
}

bool healthy(probe::Outcome outcome) { return !probe::needs_attention(probe::state_of(outcome)); }

/// What each vantage saw, or the name of the only one that asked.
std::string views_text(const probe::HostResult& result) {
  std::string text = result.vantage;
  for (const auto& view : result.views) {
    if (!text.empty()) text += ", ";
    (text += view.vantage) += ": ";
    text += probe::to_string(view.outcome);
  }
  return text;
}

/// Views what a row shares; empty for null.
std::string_view view(const std::string* text) { return text ? *text : std::string_view{}; }

diagnosis::Earlier earlier(const Past* past, const std::string& target) {
  return past ? past->earlier(target) : diagnosis::Earlier{};
}

}  // namespace

std::vector<probe::Cause> causes_among(const HostRow& row, const diagnosis::Neighbors& neighbors,
                                       const Past* past) {
  std::vector<probe::Cause> causes;
  causes.reserve(row.causes.size());
  for (const auto& [cause, confidence] : row.causes)
    causes.push_back({std::string(diagnosis::to_string(cause)), confidence, {}});
  if (row.state() != probe::State::unreachable || causes.empty()) return causes;
  const diagnosis::Whereabouts where{.outcome = row.outcome,
                                     .address = row.address,
                                     .name = row.host,
                                     .labels = row.labels,
                                     .ident = view(row.ident),
                                     .tried = row.tried,
                                     .unexpected_key = view(row.unexpected_key),
                                     .reached_elsewhere = row.partial != nullptr};
  return diagnosis::reconsider(causes, row.outcome, neighbors.around(where),
                               earlier(past, row.target()));
}

// Texts of rows that were pushed out stay in the pool: of the failing rows a bounded number is ever
// taken in, and what foreign texts each brings is clipped.
const std::string* HostTable::shared(std::string_view text) {
  if (text.empty()) return nullptr;
  text = text.substr(0, kMaxTextBytes);
  const auto found = texts_.find(text);
  return &*(found != texts_.end() ? found : texts_.emplace(text).first);
}

const inventory::Labels* HostTable::shared(const inventory::Target& target) {
  if (!target.labels || target.labels->empty()) return nullptr;
  return &*labels_.insert(*target.labels).first;
}

HostRow HostTable::row_of(const probe::HostResult& result) {
  HostRow row{.host = result.target.host,
              .port = result.target.port,
              .each_address = result.target.each_address,
              .outcome = result.outcome,
              .phase = records::phase_of(result),
              .address = result.target.address};
  row.attempts = static_cast<std::uint8_t>(std::min<std::size_t>(result.attempts.size(), 255));
  row.times.fill(HostRow::kNoTime);
  row.times[0] = compact(result.resolve);
  row.labels = shared(result.target);
  if (!result.causes.empty()) {
    const auto& cause = result.causes.front();
    row.cause = shared(cause.name);
    if (!cause.because.empty()) row.because = shared(cause.because.front());
  }
  for (const auto& cause : result.causes)
    if (const auto id = diagnosis::parse_cause(cause.name))
      row.causes.push_back({*id, cause.confidence});
  row.views = shared(views_text(result));
  row.vantage = shared(result.vantage);
  if (diagnosis::reach(result.views) == diagnosis::Reach::some)
    row.partial = shared(diagnosis::failing_from(result.views));
  const auto where = diagnosis::whereabouts(result);
  row.tried = where.tried;
  row.unexpected_key = shared(where.unexpected_key);
  const auto* decided = result.decisive();
  const auto* seen = decided ? &decided->evidence : nullptr;
  if (!seen) return row;
  if (seen->address) row.address = seen->address;
  if (seen->icmp && seen->icmp->from != row.address)
    row.router = shared(seen->icmp->from.to_string());
  row.times = {row.times[0], compact(seen->ms.connect), compact(seen->ms.banner),
               compact(seen->ms.kexinit), compact(seen->ms.kex)};
  if (seen->ident_line) row.ident = shared(*seen->ident_line);
  if (seen->host_key) {
    row.key_type = shared(seen->host_key->type);
    row.key_tag = key_tag(*seen->host_key);
  }
  return row;
}

void HostTable::rank_again(HostRow& row, const diagnosis::Neighbors& neighbors, const Past* past) {
  if (row.causes.empty()) return;
  const auto likeliest = causes_among(row, neighbors, past).front();
  row.cause = shared(likeliest.name);
  row.beside = likeliest.because.empty() ? nullptr : shared(likeliest.because.front());
}

void HostTable::drop_healthy() {
  keeps_healthy_ = false;
  healthy_.clear();
  healthy_.shrink_to_fit();
}

void HostTable::add(const probe::HostResult& result) {
  ++hosts_;
  if (wanted_ == Rows::failed || (wanted_ == Rows::automatic && hosts_ > kMaxHealthyRows))
    drop_healthy();
  if (healthy(result.outcome)) {
    if (keeps_healthy_) healthy_.push_back(row_of(result));
    return;
  }
  const auto target = result.target.name();
  const auto ticket = draw(target);
  auto& rows = result.outcome == probe::Outcome::not_probed ? unprobed_ : failing_;
  rows.may_win(ticket) ? rows.add(ticket, row_of(result)) : rows.lost();
  if (!records_.may_win(ticket)) return;
  std::string line;
  records::append_line(line, result);
  line.shrink_to_fit();
  const auto bytes = line.size();
  records_.add(ticket, std::move(line), bytes);
}

std::vector<HostRow> HostTable::sorted(const diagnosis::Neighbors& neighbors, const Past* past) {
  std::vector<const HostRow*> order;  // rows are large: only these are moved about
  order.reserve(healthy_.size() + failing_.winners().size() + unprobed_.winners().size());
  for (const auto& row : healthy_) order.push_back(&row);
  for (auto* drawn : {&failing_, &unprobed_})
    for (const auto& entry : drawn->winners()) order.push_back(&entry.thing);
  std::ranges::sort(order, {}, [](const HostRow* row) {
    return std::tuple(!row->address, row->address.value_or(Address()), std::string_view(row->host),
                      row->port);
  });
  std::vector<HostRow> rows;
  rows.reserve(order.size());
  for (const auto* row : order) {
    rows.push_back(*row);
    rank_again(rows.back(), neighbors, past);
  }
  return rows;
}

std::vector<HostTable::Record> HostTable::take_records(const diagnosis::Neighbors& neighbors,
                                                       const FindingOf& finding_of,
                                                       const Past* past) {
  std::vector<Record> records;
  records::RecordReader reader;
  for (auto& entry : records_.take()) {
    auto line = std::move(entry.thing);
    auto result = std::get<probe::HostResult>(reader.read(line));
    auto target = result.target.name();
    if (result.state() == probe::State::unreachable)
      result.causes = diagnosis::reconsider(result.causes, result.outcome,
                                            neighbors.around(diagnosis::whereabouts(result)),
                                            earlier(past, target));
    line.clear();
    records::append_host(line, result, finding_of ? finding_of(target) : std::nullopt);
    records.push_back({std::move(target), std::move(line)});
  }
  std::ranges::sort(records, {}, &Record::target);
  return records;
}

}  // namespace fleetscan::summary
