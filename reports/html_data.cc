#include "reports/html_data.h"

#include <zlib.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <unordered_map>

#include "reports/json_writer.h"
#include "reports/wall_time.h"

namespace fleetscan {
namespace {

constexpr std::string_view kTimeColumns[] = {"resolve", "connect", "banner", "kexinit", "kex"};

/// Three significant digits: what a reader can use, and what compresses.
std::int64_t rounded(std::uint32_t micros) {
  if (micros == HostRow::kNoTime) return -1;
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
  Dictionary<std::string> idents, key_types, causes, reasons;
  Dictionary<Labels> labels;
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
  write_texts(json, "key", texts.key_types);
  write_texts(json, "cause", texts.causes);
  write_texts(json, "because", texts.reasons);
  json.key("labels").begin_array();
  for (const auto* labels : texts.labels.texts()) {
    json.begin_object();
    for (const auto& [name, value] : *labels) json.foreign_key(name).string(value);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

std::string block_of(std::span<const HostRow> rows, Dictionaries& texts) {
  std::string out;
  JsonWriter json(out);
  const auto column = [&](std::string_view name, auto write) {
    json.key(name).begin_array();
    for (const auto& row : rows) write(row);
    json.end_array();
  };
  json.begin_object();
  column("host", [&](const HostRow& row) { json.string(row.host); });
  column("port", [&](const HostRow& row) { json.number(row.port); });
  column("address", [&](const HostRow& row) {  // "" where the host is the address
    const auto address = row.address ? row.address->to_string() : std::string();
    json.string(address == row.host ? std::string() : address);
  });
  column("class", [&](const HostRow& row) { json.number(static_cast<int>(row.outcome)); });
  column("phase",
         [&](const HostRow& row) { json.number(row.phase ? static_cast<int>(*row.phase) : -1); });
  column("attempts", [&](const HostRow& row) { json.number(row.attempts); });
  for (std::size_t i = 0; i < std::size(kTimeColumns); ++i)
    column(kTimeColumns[i], [&](const HostRow& row) { json.number(rounded(row.times[i])); });
  column("ident", [&](const HostRow& row) { json.number(texts.idents.index_of(row.ident)); });
  column("labels", [&](const HostRow& row) { json.number(texts.labels.index_of(row.labels)); });
  column("key", [&](const HostRow& row) { json.number(texts.key_types.index_of(row.key_type)); });
  column("cause", [&](const HostRow& row) { json.number(texts.causes.index_of(row.cause)); });
  column("because", [&](const HostRow& row) { json.number(texts.reasons.index_of(row.because)); });
  json.end_object();
  return out;
}

void write_names(JsonWriter& json, std::string_view key, const std::vector<std::string>& names) {
  json.key(key).begin_array();
  for (const auto& name : names) json.string(name);
  json.end_array();
}

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = i; j < i + 3; ++j)
      group = group << 8 | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j <= bytes.size() ? kDigits[group >> (18 - 6 * j) & 63U] : '=';
  }
  return out;
}

std::string gzip_base64(std::string_view bytes) {
  z_stream stream{};
  constexpr int kGzip = 16;
  if (deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string packed(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib reads only
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::length_error("a block of report.html is too large");
  return base64(packed);
}

HtmlRows html_rows(const Report& report) {
  HtmlRows packed;
  Dictionaries texts;
  std::span<const HostRow> rest(report.rows);
  while (!rest.empty()) {
    const auto count = std::min(rest.size(), HtmlRows::kRowsPerBlock);
    packed.blocks.push_back(block_of(rest.first(count), texts));
    rest = rest.subspan(count);
  }
  packed.texts = texts_of(texts);
  return packed;
}

std::string html_meta(const Report& report) {
  static const Past kNoPast;
  const auto& summary = report.summary;
  const auto& past = report.past ? *report.past : kNoPast;
  std::string out;
  JsonWriter json(out, JsonStyle::script);
  json.begin_object().key("run_id").string(summary.run.run_id);
  json.key("started").string(to_rfc3339(summary.run.started));
  json.key("hosts").number(summary.total.hosts()).key("rows").number(report.rows.size());
  json.key("classes").begin_array();
  for (const auto& outcome : outcomes()) {
    json.begin_object().key("name").string(outcome.name);
    json.key("state").string(to_string(outcome.state)).key("seen").string(outcome.seen);
    json.key("remedy").string(outcome.remedy).end_object();
  }
  json.end_array().key("phases").begin_array();
  for (const auto phase :
       {Phase::resolve, Phase::connect, Phase::banner, Phase::kexinit, Phase::kex, Phase::done})
    json.string(to_string(phase));
  json.end_array();
  write_names(json, "new", past.fresh);
  write_names(json, "recovered", past.recovered);
  write_names(json, "flapping", past.flapping);
  write_names(json, "key_changed", past.key_changed);
  json.key("since").begin_object();
  for (const auto& [target, since] : past.failing_since)
    json.foreign_key(target).string(to_rfc3339(since));
  json.end_object().end_object();
  return out;
}

}  // namespace fleetscan
