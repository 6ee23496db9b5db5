#include "inventory/formats/entries.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/input_error.h"
#include "base/numbers.h"
#include "inventory/entry.h"
#include "inventory/formats/cluster_groups.h"
#include "inventory/formats/csv.h"
#include "inventory/formats/etc_hosts.h"
#include "inventory/formats/format.h"
#include "inventory/formats/genders.h"
#include "inventory/formats/hosts_file.h"
#include "inventory/formats/json_hosts.h"
#include "inventory/formats/known_hosts_targets.h"
#include "inventory/formats/nmap_xml.h"
#include "inventory/formats/port_scan_lines.h"
#include "inventory/formats/results.h"
#include "inventory/formats/router_db.h"
#include "inventory/formats/ssh_config.h"
#include "inventory/formats/yaml_hosts.h"

namespace fleetscan::inventory {
namespace {

class EntryReader {
 public:
  EntryReader(const SourceText& source, const ReadingOptions& options, const EntrySink& sink,
              InputErrors& errors, std::vector<std::string>& notes)
      : source_(source), options_(options), sink_(sink), errors_(errors), notes_(notes) {}

  void read() {
    const auto& [format, name, text, beside] = source_;
    switch (format) {
      case Format::automatic:
      case Format::hosts: return parse_hosts_file(text, name, sink_, errors_);
      case Format::ansible_ini:
      case Format::ansible_yaml:
      case Format::ansible_json:
      case Format::ansible_toml: return;
      case Format::ssh_config:
        return parse_ssh_config({name, text}, options_.include, options_.label_from, sink_, errors_,
                                notes_);
      case Format::known_hosts: return read_known_hosts();
      case Format::csv: return read_rows();
      case Format::nmap_xml:
      case Format::nmap_grepable:
      case Format::masscan_list: return read_port_scan();
      case Format::etc_hosts: return parse_etc_hosts(text, name, sink_, errors_);
      case Format::genders: return parse_genders(text, name, sink_, errors_);
      case Format::results: return parse_results(text, options_.only, name, sink_, errors_);
      case Format::router_db: return parse_router_db(text, name, sink_, errors_);
      case Format::cluster_groups: return parse_cluster_groups(text, name, sink_, errors_);
      case Format::yaml_hosts: return parse_yaml_hosts(text, name, beside, sink_, errors_);
      case Format::json_hosts: return read_machines();
    }
  }

 private:
  void note_of_source(const std::string& text) {
    notes_.push_back(excerpt(source_.name) + ": " + text);
  }

  void read_rows() {
    const auto without = parse_csv(source_.text, source_.name, sink_, errors_);
    if (without == 0) return;
    auto note = counted(without, "row", without == 1 ? "has no host" : "have no host");
    if (options_.strict) return errors_.add({source_.name, 0, 0, "", std::move(note)});
    note_of_source(note);
  }

  void read_known_hosts() {
    const auto [hashed, patterns] = known_hosts_targets(source_.text, source_.name, sink_, errors_);
    if (hashed > 0)
      notes_.push_back(counted(hashed, "hashed name", "of known_hosts cannot be listed"));
    if (patterns > 0)
      notes_.push_back(counted(patterns, "pattern", "of known_hosts names no host"));
  }

  void read_machines() {
    const auto without =
        options_.places.host.empty()
            ? parse_json_hosts(source_.text, source_.name, sink_, errors_)
            : parse_json_hosts_at(options_.places, source_.text, source_.name, sink_, errors_);
    if (without > 0)
      note_of_source(
          counted(without, "machine", without == 1 ? "has no address" : "have no address"));
  }

  [[nodiscard]] auto port_scan_parser() const {
    if (source_.format == Format::nmap_grepable) return parse_nmap_grepable;
    if (source_.format == Format::masscan_list) return parse_masscan_list;
    const auto first = source_.text.find_first_of("<[{");
    const bool xml = first != std::string::npos && source_.text[first] == '<';
    return xml ? parse_nmap_xml : parse_masscan_json;
  }

  void read_port_scan() {
    const auto [without, whole] =
        port_scan_parser()(source_.text, source_.name, options_.ssh_port, sink_, errors_);
    if (without > 0)
      notes_.push_back(
          counted(without, "host",
                  fmt::format("of the port scan had no open SSH port ({})", options_.ssh_port)));
    if (whole)
      note_of_source("the port scan was interrupted; " + counted(*whole, "whole host", "read"));
  }

  const SourceText& source_;
  const ReadingOptions& options_;
  const EntrySink& sink_;
  InputErrors& errors_;
  std::vector<std::string>& notes_;
};

}  // namespace

void read_entries(const SourceText& source, const ReadingOptions& options, const EntrySink& sink,
                  InputErrors& errors, std::vector<std::string>& notes) {
  EntryReader(source, options, sink, errors, notes).read();
}

}  // namespace fleetscan::inventory
