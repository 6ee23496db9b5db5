#include "reports/render/html/data_blocks.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/base64.h"
#include "base/compression.h"
#include "base/escape.h"
#include "base/json_writer.h"
#include "base/wall_time.h"
#include "inventory/target.h"
#include "reports/summary/common_cause.h"
#include "reports/summary/host_table.h"
#include "reports/summary/key_census.h"
#include "reports/summary/report.h"
#include "scanner/diagnosis/cause_texts.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

constexpr std::string_view kTimeColumns[] = {"resolve", "connect", "banner", "kexinit", "kex"};

/// Three significant digits: what a reader can use, and what compresses.
std::int64_t rounded(std::uint32_t micros) {
  if (micros == summary::HostRow::kNoTime) return -1;
  std::int64_t unit = 1;
  while (micros / unit >= 1000) unit *= 10;
  return (micros + unit / 2) / unit * unit;
}

/// Numbers texts in the order of their first use.
template <typename Text>
class Dictionary {
 public:
  int index_of(const Text* text) {
    if (!text) return -1;
    const auto [found, fresh] = indices_.try_emplace(text, static_cast<int>(texts_.size()));
    if (fresh) texts_.push_back(text);
    return found->second;
  }
  [[nodiscard]] const std::vector<const Text*>& texts() const { return texts_; }

 private:
  std::unordered_map<const Text*, int> indices_;  // equal texts are one object: see HostRow
  std::vector<const Text*> texts_;
};

struct Dictionaries {
  Dictionary<std::string> idents, keys, causes, reasons, others, times, courses, views;
  Dictionary<inventory::Labels> labels;
};

/// How a host differs from what it was, as bits: see page.js.
enum Mark : unsigned {
  kNew = 1,
  kRecovered = 2,
  kFlapping = 4,
  kRekeyed = 8,
  kUpgraded = 16,
  kKnown = 32
};

/// What the rows of a page say beyond what each row holds: by target, and by key.
class Beyond {
 public:
  explicit Beyond(const summary::Report& report) {
    for (const auto& key : report.shared_keys)
      shared_keys_.emplace(summary::key_tag(key.sha256).value(), key.type + ' ' + key.sha256);
    mark(report.fresh, kNew);
    if (report.known)
      for (const auto& accepted : report.known->targets) targets_[accepted.first].marks |= kKnown;
    if (!report.past) return;
    const auto& past = *report.past;
    mark(past.recovered, kRecovered);
    mark(past.flapping, kFlapping);
    mark(past.key_changed, kRekeyed);
    mark(past.software_changed, kUpgraded);
    for (const auto& [target, since] : past.failing_since)
      targets_[target].since = &*times_.insert(to_rfc3339(since)).first;
    for (const auto& [target, course] : past.courses)
      targets_[target].course = &*courses_.insert(course).first;
  }

  struct Of {
    unsigned marks = 0;
    const std::string* since = nullptr;
    const std::string* course = nullptr;
  };
  [[nodiscard]] Of of(const summary::HostRow& row) const {
    const auto found = targets_.empty() ? targets_.end() : targets_.find(row.target());
    return found == targets_.end() ? Of{} : found->second;
  }
  /// The key's type, with its fingerprint where others have it, too: those of all would fill a
  /// page.
  [[nodiscard]] const std::string* key(const summary::HostRow& row) const {
    const auto found = row.key_tag ? shared_keys_.find(*row.key_tag) : shared_keys_.end();
    return found == shared_keys_.end() ? row.key_type : &found->second;
  }

 private:
  void mark(const std::vector<std::string>& targets, Mark mark) {
    for (const auto& target : targets) targets_[target].marks |= mark;
  }

  std::unordered_map<std::string, Of> targets_;
  std::unordered_map<std::uint64_t, std::string> shared_keys_;
  std::set<std::string> times_, courses_;  ///< a node never moves
};

void write_texts(JsonWriter& json, std::string_view key,
                 const Dictionary<std::string>& dictionary) {
  json.key(key).begin_array();
  for (const auto* text : dictionary.texts()) json.string(*text);
  json.end_array();
}

std::string texts_of(const Dictionaries& texts) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_texts(json, "ident", texts.idents);
  write_texts(json, "key", texts.keys);
  write_texts(json, "cause", texts.causes);
  write_texts(json, "because", texts.reasons);
  write_texts(json, "beside", texts.others);
  write_texts(json, "since", texts.times);
  write_texts(json, "course", texts.courses);
  write_texts(json, "views", texts.views);
  json.key("labels").begin_array();
  for (const auto* labels : texts.labels.texts()) {
    json.begin_object();
    for (const auto& [name, value] : *labels) json.foreign_key(name).string(value);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

std::string block_of(std::span<const summary::HostRow> rows, const Beyond& beyond,
                     Dictionaries& texts) {
  std::string out;
  JsonWriter json(out);
  const auto column = [&](std::string_view name, auto write) {
    json.key(name).begin_array();
    for (const auto& row : rows) write(row);
    json.end_array();
  };
  json.begin_object();
  column("host", [&](const summary::HostRow& row) { json.string(row.host); });
  column("port", [&](const summary::HostRow& row) { json.number(row.port); });
  column("address", [&](const summary::HostRow& row) {  // "" where the host is the address
    const auto address = row.address ? row.address->to_string() : std::string();
    json.string(address == row.host ? std::string() : address);
  });
  column("class", [&](const summary::HostRow& row) { json.number(static_cast<int>(row.outcome)); });
  column("phase", [&](const summary::HostRow& row) {
    json.number(row.phase ? static_cast<int>(*row.phase) : -1);
  });
  column("attempts", [&](const summary::HostRow& row) { json.number(row.attempts); });
  for (std::size_t i = 0; i < std::size(kTimeColumns); ++i)
    column(kTimeColumns[i],
           [&](const summary::HostRow& row) { json.number(rounded(row.times[i])); });
  column("ident",
         [&](const summary::HostRow& row) { json.number(texts.idents.index_of(row.ident)); });
  column("labels",
         [&](const summary::HostRow& row) { json.number(texts.labels.index_of(row.labels)); });
  column("key",
         [&](const summary::HostRow& row) { json.number(texts.keys.index_of(beyond.key(row))); });
  column("cause",
         [&](const summary::HostRow& row) { json.number(texts.causes.index_of(row.cause)); });
  column("because",
         [&](const summary::HostRow& row) { json.number(texts.reasons.index_of(row.because)); });
  column("beside",
         [&](const summary::HostRow& row) { json.number(texts.others.index_of(row.beside)); });
  column("finding", [&](const summary::HostRow& row) { json.number(row.finding); });
  column("marks", [&](const summary::HostRow& row) { json.number(beyond.of(row).marks); });
  column("since", [&](const summary::HostRow& row) {
    json.number(texts.times.index_of(beyond.of(row).since));
  });
  column("course", [&](const summary::HostRow& row) {
    json.number(texts.courses.index_of(beyond.of(row).course));
  });
  column("views",
         [&](const summary::HostRow& row) { json.number(texts.views.index_of(row.views)); });
  json.end_object();
  return out;
}

}  // namespace

std::string policy_hash(std::string_view hex) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string digest;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    digest += static_cast<char>(value(hex[i]) << 4 | value(hex[i + 1]));
  return "sha256-" + encode_base64(digest);
}

std::string gzip_base64(std::string_view bytes) {
  return encode_base64(compressed(bytes, Compression::gzip));
}

HtmlRows html_rows(const summary::Report& report) {
  HtmlRows packed;
  const Beyond beyond(report);
  Dictionaries texts;
  std::span<const summary::HostRow> rest(report.rows);
  while (!rest.empty()) {
    const auto count = std::min(rest.size(), HtmlRows::kRowsPerBlock);
    packed.blocks.push_back(block_of(rest.first(count), beyond, texts));
    rest = rest.subspan(count);
  }
  packed.texts = texts_of(texts);
  return packed;
}

std::string html_meta(const summary::Report& report) {
  const auto& summary = report.summary;
  std::string out;
  JsonWriter json(out, JsonStyle::script);
  json.begin_object().key("run_id").string(summary.run.run_id);
  json.key("started").string(to_rfc3339(summary.run.started));
  json.key("hosts").number(summary.total.hosts()).key("rows").number(report.rows.size());
  json.key("classes").begin_array();
  for (const auto& outcome : probe::outcomes()) {
    json.begin_object().key("name").string(outcome.name);
    json.key("state").string(probe::to_string(outcome.state)).key("seen").string(outcome.seen);
    json.key("remedy").string(outcome.remedy).end_object();
  }
  json.end_array().key("phases").begin_array();
  for (const auto phase :
       {probe::Phase::resolve, probe::Phase::proxy, probe::Phase::connect, probe::Phase::banner,
        probe::Phase::kexinit, probe::Phase::kex, probe::Phase::done})
    json.string(probe::to_string(phase));
  json.end_array();
  json.key("vantages").strings(summary.run.vantages);
  json.key("history").boolean(report.past.has_value()).key("findings").begin_array();
  for (const auto& finding : report.findings) json.string(summary::title_of(finding));
  json.end_array().end_object();
  return out;
}

std::string html_causes(const summary::Report& report) {
  std::set<diagnosis::CauseId> named;
  for (const auto& row : report.rows)
    for (const auto& likely : row.causes) named.insert(likely.cause);
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const auto cause : named) {
    const auto& text = diagnosis::text_of(cause);
    json.key(diagnosis::to_string(cause)).begin_object().key("meaning").string(text.meaning);
    json.key("candidates").begin_array();
    for (const auto& candidate : text.candidates) {
      json.begin_object().key("what").string(candidate.what);
      json.key("where").string(diagnosis::to_string(candidate.where));
      json.key("check").string(candidate.check).key("fix").string(candidate.fix).end_object();
    }
    json.end_array().end_object();
  }
  json.end_object();
  return out;
}

}  // namespace fleetscan::render
