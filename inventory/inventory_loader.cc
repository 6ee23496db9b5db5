#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/input_error.h"
#include "base/numbers.h"
#include "base/secrets.h"
#include "base/text_file.h"
#include "inventory/ansible_variables.h"
#include "inventory/entry.h"
#include "inventory/entry_intake.h"
#include "inventory/formats/ansible_groups.h"
#include "inventory/formats/ansible_ini.h"
#include "inventory/formats/ansible_json.h"
#include "inventory/formats/ansible_toml.h"
#include "inventory/formats/ansible_yaml.h"
#include "inventory/formats/entries.h"
#include "inventory/formats/format.h"
#include "inventory/formats/json_hosts.h"
#include "inventory/formats/results.h"
#include "inventory/formats/yaml_hosts.h"
#include "inventory/inventory.h"
#include "inventory/inventory_program.h"
#include "inventory/nornir_files.h"
#include "inventory/odd_entries.h"
#include "inventory/selection.h"
#include "inventory/share.h"
#include "inventory/ssh_config_files.h"
#include "inventory/target_table.h"
#include "inventory/web_text.h"

namespace fleetscan::inventory {
namespace {

constexpr std::uint64_t kMostTargets = std::uint64_t{1} << 40;
constexpr std::string_view kInventoryFile = "an inventory: split it, or write CIDR and ranges";

/// A word that can only have been meant as a file.
bool looks_like_path(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kEndings{".txt",  ".ini",  ".yml", ".yaml",
                                                             ".json", ".csv",  ".xml", ".cfg",
                                                             ".conf", ".list", ".lst", ".hosts"};
  return text.starts_with('/') || text.starts_with("./") || text.starts_with("../") ||
         text.starts_with("~/") ||
         std::ranges::any_of(kEndings, [&](auto ending) { return text.ends_with(ending); });
}

}  // namespace

/// Carries one load_inventory() from its options to its result.
class InventoryLoader {
 public:
  explicit InventoryLoader(const InventoryOptions& options)
      : options_(options), groups_(options.label_from) {}

  LoadedInventory load() {
    parse_options();
    selection_.parse(options_.limit, options_.where, errors_);
    for (const auto& argument : options_.targets) add_argument(argument, Use::probe);
    read_ansible(Use::probe);
    settle_directories();
    for (const auto& argument : options_.excludes) add_argument(argument, Use::exclude);
    read_ansible(Use::exclude);
    if (errors_.empty()) finish();
    odd_.tell(inventory_->notes_);
    if (!errors_.empty()) return {nullptr, std::move(errors_), std::move(inventory_->notes_)};
    auto notes = inventory_->notes_;
    return {std::move(inventory_), {}, std::move(notes)};
  }

 private:
  void fail_option(std::string option, std::string text, std::string remedy) {
    errors_.add({std::move(option), 0, 0, std::move(text), std::move(remedy)});
  }

  void parse_options() {
    sample_ = Sample::parse(options_.sample);
    if (!sample_ && !options_.sample.empty())
      fail_option("--sample", options_.sample, "write a number of targets or a share: 200 or 5%");
    shard_ = ShardChoice::parse(options_.shard);
    if (!shard_ && !options_.shard.empty())
      fail_option("--shard", options_.shard, "write INDEX/COUNT, the index from 1: 2/8");
    for (const auto& [option, pointer] :
         {std::pair{"--json-host", options_.json_host}, {"--json-port", options_.json_port}})
      if (!pointer.empty() && !is_json_pointer(pointer))
        fail_option(option, pointer,
                    "write a JSON pointer within each machine: /primary_ip/address");
    if (options_.subnet_map.empty()) return;
    const auto text = read_text(options_.subnet_map, "a subnet map");
    if (const auto* error = std::get_if<InputError>(&text))
      errors_.add(*error);
    else
      inventory_->subnets_ = SubnetMap::parse(std::get<0>(text), options_.subnet_map, errors_);
    inventory_->subnets_.filter(intake_.label_filter());
  }

  void add_argument(const std::string& argument, Use use) {
    if (is_web_address(argument)) return add_web(argument, use);
    const auto kind = argument == "-" ? PathKind::file : kind_of_path(argument);
    if (kind == PathKind::file) return add_file(argument, use);
    if (kind == PathKind::directory) return add_directory(argument, use);
    const std::string option = use == Use::probe ? "" : "--exclude";
    if (looks_like_path(argument)) return fail_option(option, argument, "no such file");
    intake_.begin_source(use == Use::probe ? "" : '"' + argument + '"', option, use, errors_);
    if (use == Use::probe) inventory_->sources_.push_back(without_secrets(argument));
    intake_.add({.host = argument}, use, errors_);
  }

  /// What a server hands out; its name and its content decide how it is read.
  void add_web(const std::string& url, Use use) {
    of_directory_ = false;
    auto text = read_web_text(url, options_.web_headers);
    if (const auto* error = std::get_if<InputError>(&text)) return errors_.add(*error);
    add_text(without_secrets(url), std::get<std::string>(std::move(text)), use);
  }

  void add_directory(const std::string& path, Use use) {
    const auto files = files_in(path);
    if (const auto* error = std::get_if<InputError>(&files)) return errors_.add(*error);
    const auto before = intake_.yielded();
    const auto ansible = ansible_.size();
    const auto faults = errors_.kept().size() + directory_faults_.kept().size();
    const auto& paths = std::get<0>(files);
    for (const auto& file : paths) add_file(file, use, path);
    if (intake_.yielded() == before && ansible_.size() == ansible &&
        errors_.kept().size() + directory_faults_.kept().size() == faults)
      barren(path,
             paths.empty() ? "no inventory is in it: hidden files, .cfg, .ini, .md and the "
                             "like are left out, as Ansible does"
                           : "its files name no host",
             use);
  }

  /// @param directory  to which it belongs, which may have files without hosts; empty if to none
  void add_file(const std::string& path, Use use, const std::string& directory = "") {
    of_directory_ = !directory.empty();
    auto text = read_text(path, kInventoryFile);
    if (const auto* error = std::get_if<InputError>(&text)) return errors_.add(*error);
    auto& content = std::get<std::string>(text);
    if (content.starts_with("#!")) return add_program(path, use);
    add_text(path, std::move(content), use, directory);
  }

  void add_text(const std::string& path, std::string content, Use use,
                const std::string& directory = "") {
    const bool of_many = of_directory_;
    const auto name = std::string_view{path}.substr(path.rfind('/') + 1);
    if (name == "ansible.cfg")
      return errors_.add({path, 0, 0, "", "Ansible's configuration: give the inventory itself"});
    if (use == Use::probe) inventory_->sources_.push_back(path);
    intake_.begin_source(path, path, use, errors_);
    const bool forced = use == Use::probe && options_.format != Format::automatic;
    auto format = forced ? options_.format : detect_format(path, content);
    if (!options_.json_host.empty() && !forced && is_json(content)) format = Format::json_hosts;
    if (format == Format::ansible_json && !forced && is_yaml_structure(content))
      format = Format::ansible_yaml;
    if (format == Format::ansible_yaml && of_many && !forced && !may_be_yaml(name))
      return directory_faults_.add(
          {path, 0, 0, "", "in a folder, Ansible takes no file of that name for YAML"});
    if (is_ansible(format)) {
      const auto root = of_many ? directory : path.substr(0, path.rfind('/') + 1);
      ansible_.push_back({format, path, root, std::move(content), intake_.source(), of_many});
      return;
    }
    const auto before = intake_.yielded();
    InputErrors found;
    if (format == Format::hosts && use == Use::probe)
      table_->reserve(static_cast<std::size_t>(std::ranges::count(content, '\n')) + 1,
                      content.size());
    read_entries(
        {format, path, content, format == Format::yaml_hosts ? nornir_texts(path) : NornirTexts{}},
        {options_.default_port,
         options_.only,
         {options_.json_host, options_.json_port},
         options_.label_from,
         options_.strict,
         [&](const std::string& pattern) { return ssh_configs_.included(pattern, found); }},
        [&](const Entry& entry) { intake_.add(entry, use, found); }, found, inventory_->notes_);
    const bool chosen = format == Format::results && options_.only != Only::all;
    const bool silent = found.empty() && intake_.yielded() == before && !chosen;
    settle(found, intake_.yielded() - before, format != Format::known_hosts, use);
    if (silent && !of_many)
      barren(path,
             fmt::format("names no host (--allow-empty accepts that); it was read as {}",
                         described(format)),
             use);
  }

  /// In a folder, Ansible reads YAML from files with these endings, and with none.
  static bool may_be_yaml(std::string_view name) {
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return true;
    const auto ending = name.substr(dot);
    return ending == ".yml" || ending == ".yaml" || ending == ".json";
  }

  static bool is_json(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
  }

  /// An inventory program, which says what it knows when asked to.
  void add_program(const std::string& path, Use use) {
    const bool of_many = of_directory_;
    if (options_.run_inventory) {
      auto listing = run_inventory_program(path);
      if (const auto* error = std::get_if<InputError>(&listing)) return errors_.add(*error);
      if (use == Use::probe) inventory_->sources_.push_back(path);
      intake_.begin_source(path, path, use, errors_);
      const auto root = path.substr(0, path.rfind('/') + 1);
      ansible_.push_back({Format::ansible_json, path, root,
                          std::get<std::string>(std::move(listing)), intake_.source(), of_many});
      return;
    }
    const InputError error{path, 1, 0, "",
                           "a program: pass --run-inventory to have it run, or give its output to "
                           "fleetscan -"};
    if (!of_many || options_.strict || use == Use::exclude) return errors_.add(error);
    odd_.add(error);
  }

  /// A source without hosts: an error, unless that is allowed.
  void barren(const std::string& path, std::string reason, Use use) {
    if (use == Use::exclude || options_.allow_barren) return;
    errors_.add({path, 0, 0, "", std::move(reason)});
  }

  /// Decides what becomes of the faults of one source: all of them refuse it; or, if they are few
  /// among many good entries, each is left out, and that is said. A file of a directory without any
  /// host is left out if other sources have some, as Ansible does.
  /// @param records  whether each is recorded as a target that is skipped
  void settle(const InputErrors& found, std::uint64_t yielded, bool records, Use use) {
    if (found.empty()) return;
    if (of_directory_ && yielded == 0 && use == Use::probe && !options_.strict)
      return directory_faults_.add(found);
    const auto count = found.kept().size() + found.more();
    const bool too_many = records && count > yielded;
    if (use == Use::exclude || options_.strict || yielded == 0 || too_many)
      return errors_.add(found);
    if (records) intake_.skip(found.kept());
    for (const auto& error : found.kept()) odd_.add(error);
    odd_.add_more(found.more());
  }

  void settle_directories() {
    if (intake_.yielded() == 0) return errors_.add(directory_faults_);
    for (const auto& error : directory_faults_.kept()) odd_.add(error);
    odd_.add_more(directory_faults_.more());
  }

  struct AnsibleText {
    Format format;
    std::string path, root, text;  ///< `root`: where the files of variables are
    std::uint16_t source;
    bool of_directory;
  };

  static bool is_ansible(Format format) {
    return format == Format::ansible_ini || format == Format::ansible_yaml ||
           format == Format::ansible_json || format == Format::ansible_toml;
  }

  /// All of Ansible's inventories as one, and the files of variables beside them.
  void read_ansible(Use use) {
    const auto texts = std::exchange(ansible_, {});
    if (texts.empty()) return;
    AnsibleGroups own;
    auto& groups = use == Use::probe ? groups_ : own;
    AnsibleVariables variables{options_.strict, errors_, inventory_->notes_};
    const auto files = variables.find(folders_of(texts));
    const auto before = intake_.yielded();
    for (const auto& one : texts) groups.keep_templated(one.text);
    for (const auto& file : files) groups.keep_templated(file.text);
    if (use == Use::probe && !is_web_address(texts.front().path))
      variables.add_settings(texts.front().path, groups);
    for (const auto& one : texts) parse_ansible(one, groups, use);
    for (const auto& file : files) variables.add(file, groups);
    of_directory_ = false;
    add_ansible(groups, use);
    if (groups.empty() && errors_.empty() && intake_.yielded() == before)
      barren(texts.front().path,
             fmt::format("names no host (--allow-empty accepts that); it was read as {}",
                         described(texts.front().format)),
             use);
  }

  /// Where files of variables may lie.
  static std::vector<std::string> folders_of(const std::vector<AnsibleText>& texts) {
    std::vector<std::string> folders;
    for (const auto& one : texts)
      if (one.path != "-" && !is_web_address(one.path)) folders.push_back(one.root);
    return folders;
  }

  void parse_ansible(const AnsibleText& one, AnsibleGroups& groups, Use use) {
    const auto before = groups.host_count();
    const auto most =
        static_cast<std::size_t>(std::max(options_.max_targets, EntryIntake::kMostPieces));
    InputErrors found;
    intake_.resume_source(one.source);
    of_directory_ = one.of_directory;
    if (one.format == Format::ansible_ini)
      parse_ansible_ini(one.text, one.path, one.source, most, groups, found);
    if (one.format == Format::ansible_yaml)
      parse_ansible_yaml(one.text, one.path, one.source, most, groups, found);
    if (one.format == Format::ansible_toml)
      parse_ansible_toml(one.text, one.path, one.source, most, groups, found);
    if (one.format == Format::ansible_json)
      parse_ansible_json(one.text, one.path, one.source, groups, found);
    const bool none = groups.host_count() == before && one.format == Format::ansible_yaml;
    if (none && (is_beside_nornir(one.path) || add_yaml_hosts(one, use))) return;
    settle(found, groups.host_count() - before, true, use);
  }

  /// What is no inventory of Ansible's may be one of Nornir or Salt.
  /// @return whether it is
  bool add_yaml_hosts(const AnsibleText& one, Use use) {
    InputErrors found;
    const auto before = intake_.yielded();
    parse_yaml_hosts(
        one.text, one.path, nornir_texts(one.path),
        [&](const Entry& entry) { intake_.add(entry, use, found); }, found);
    if (intake_.yielded() == before && use == Use::probe) return false;
    settle(found, intake_.yielded() - before, true, use);
    return intake_.yielded() > before;
  }

  void add_ansible(const AnsibleGroups& groups, Use use) {
    const auto before = intake_.yielded();
    InputErrors found, of_configs;
    groups.for_each(
        [&](const Entry& entry, std::uint16_t source) {
          intake_.resume_source(source);
          intake_.add(entry, use, found);
        },
        [&](const AnsiblePlace& place, std::string_view host, std::string_view text,
            std::string remedy) {
          InputError error{intake_.name_of(place.source), place.line, place.column,
                           std::string{text}, std::move(remedy)};
          if (use == Use::exclude || options_.strict) return errors_.add(std::move(error));
          intake_.resume_source(place.source);
          intake_.skip(host, place.line, error.to_string());
          odd_.add(error);
        },
        [&](const std::string& path, std::uint16_t source) {
          return ssh_configs_.named_by(path, intake_.name_of(source), of_configs);
        });
    if (options_.strict) errors_.add(of_configs);
    for (const auto& error : of_configs.kept()) odd_.add(error);
    settle(found, intake_.yielded() - before, true, use);
  }

  void finish() {
    if (auto note = intake_.label_filter().note(); !note.empty())
      inventory_->notes_.push_back(std::move(note));
    if (const auto merged = table_->unite(); merged > 0)
      inventory_->notes_.push_back(counted(merged, "duplicate", "merged"));
    inventory_->exclusions_.finish();
    table_->exclude(inventory_->exclusions_, counting());
    if (dropped_ > 0) inventory_->notes_.push_back(counted(dropped_, "target", "excluded"));
    table_->add_subnet_labels(inventory_->subnets_);
    if (!errors_.empty()) return;
    selection_.apply(*table_, groups_, counting(), inventory_->notes_);
    inventory_->seed_ = options_.seed;
    inventory_->table_ = table_;
    check_size();
    if (errors_.empty()) inventory_->choose_share(sample_, shard_);
  }

  TargetTable::OnDrop counting() {
    return [this](std::string text, std::uint64_t count, std::string reason) {
      if (__builtin_add_overflow(dropped_, count, &dropped_)) dropped_ = UINT64_MAX;
      if (options_.keep_dropped)
        inventory_->dropped_.push_back({std::move(text), count, std::move(reason)});
    };
  }

  void check_size() {
    const auto all = table_->size();
    const auto size = sample_ && all <= kMostTargets ? sample_->of(all) : all;
    const auto most = std::min(options_.max_targets, kMostTargets);
    if (size <= most) return;
    const auto shown = size == std::numeric_limits<std::uint64_t>::max()
                           ? std::string{"more targets than can be counted"}
                           : fmt::format("{} targets", size);
    errors_.add({"", 0, 0, "",
                 fmt::format("the inventory names {}, more than --max-targets {}: raise it, take a "
                             "--sample, or leave some out with --exclude",
                             shown, most)});
  }

  const InventoryOptions& options_;
  InputErrors errors_;
  OddEntries odd_;
  bool of_directory_ = false;         ///< the source that is being read is a file of a directory
  InputErrors directory_faults_;      ///< of such files without any host
  std::vector<AnsibleText> ansible_;  ///< to be read together
  std::unique_ptr<Inventory> inventory_{new Inventory};
  std::shared_ptr<TargetTable> table_ = std::make_shared<TargetTable>();
  EntryIntake intake_{options_.default_port, options_.max_targets, *table_,
                      inventory_->exclusions_};
  AnsibleGroups groups_;
  Selection selection_;
  std::optional<Sample> sample_;
  std::optional<ShardChoice> shard_;
  std::uint64_t dropped_ = 0;
  SshConfigFiles ssh_configs_{inventory_->notes_};
};

LoadedInventory load_inventory(const InventoryOptions& options) {
  return InventoryLoader(options).load();
}

}  // namespace fleetscan::inventory
