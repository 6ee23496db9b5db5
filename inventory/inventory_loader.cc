#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/escape.h"
#include "base/input_error.h"
#include "base/numbers.h"
#include "base/range_rows.h"
#include "base/secrets.h"
#include "base/text_file.h"
#include "inventory/ansible_settings.h"
#include "inventory/ansible_variable_files.h"
#include "inventory/entry.h"
#include "inventory/expression.h"
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
#include "inventory/label_filter.h"
#include "inventory/nornir_files.h"
#include "inventory/odd_entries.h"
#include "inventory/selection.h"
#include "inventory/share.h"
#include "inventory/ssh_config_files.h"
#include "inventory/target.h"
#include "inventory/target_table.h"
#include "inventory/web_text.h"

namespace fleetscan::inventory {
namespace {

constexpr std::uint64_t kMostTargets = std::uint64_t{1} << 40;
constexpr std::uint64_t kMostPieces = std::uint64_t{1} << 20;  // of one expression
constexpr std::size_t kMostSources = 65535;
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
  enum class Use { probe, exclude };

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
    inventory_->subnets_.filter(label_filter_);
  }

  void add_argument(const std::string& argument, Use use) {
    if (is_web_address(argument)) return add_web(argument, use);
    const auto kind = argument == "-" ? PathKind::file : kind_of_path(argument);
    if (kind == PathKind::file) return add_file(argument, use);
    if (kind == PathKind::directory) return add_directory(argument, use);
    const std::string option = use == Use::probe ? "" : "--exclude";
    if (looks_like_path(argument)) return fail_option(option, argument, "no such file");
    begin_source(use == Use::probe ? "" : '"' + argument + '"', use);
    source_name_ = option;
    if (use == Use::probe) inventory_->sources_.push_back(without_secrets(argument));
    add_entry({.host = argument}, use);
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
    const auto before = yielded_;
    const auto ansible = ansible_.size();
    const auto faults = errors_.kept().size() + directory_faults_.kept().size();
    const auto& paths = std::get<0>(files);
    for (const auto& file : paths) add_file(file, use, path);
    if (yielded_ == before && ansible_.size() == ansible &&
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
    begin_source(path, use);
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
      ansible_.push_back({format, path, root, std::move(content), source_, of_many});
      return;
    }
    const auto before = yielded_;
    InputErrors found;
    found_ = &found;
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
        [&](const Entry& entry) { add_entry(entry, use); }, found, inventory_->notes_);
    found_ = &errors_;
    const bool chosen = format == Format::results && options_.only != Only::all;
    const bool silent = found.empty() && yielded_ == before && !chosen;
    settle(found, yielded_ - before, format != Format::known_hosts, use);
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
      begin_source(path, use);
      const auto root = path.substr(0, path.rfind('/') + 1);
      ansible_.push_back({Format::ansible_json, path, root,
                          std::get<std::string>(std::move(listing)), source_, of_many});
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
    for (const auto& error : found.kept()) {
      if (records) record_odd(odd_name(error), error.line, error.to_string());
      odd_.add(error);
    }
    odd_.add_more(found.more());
    odd_names_.clear();
  }

  /// What the entry is called that is at fault: by its name if it has one, else by its place.
  std::string odd_name(const InputError& error) const {
    const auto known = odd_names_.find(error.to_string());
    if (known != odd_names_.end()) return known->second;
    const bool number = error.text.find_first_not_of("0123456789") == std::string::npos;
    return number ? "" : error.text;
  }

  void settle_directories() {
    if (yielded_ == 0) return errors_.add(directory_faults_);
    for (const auto& error : directory_faults_.kept()) odd_.add(error);
    odd_.add_more(directory_faults_.more());
  }

  /// An entry that could not be read becomes a target that is skipped.
  void record_odd(const std::string& text, std::uint32_t line, const std::string& reason) {
    const auto& source = source_names_[source_];
    const auto name = text.empty()
                          ? fmt::format("{}:{}", source.substr(source.rfind('/') + 1), line)
                          : excerpt(without_secrets(text));
    const auto annotation =
        table_->annotations().add({{}, "not understood: " + reason, {}, {}, true});
    static_cast<void>(
        table_->add_name(name, "", options_.default_port, {annotation, line, source_}));
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
    const auto files = variable_files(texts);
    const auto before = yielded_;
    for (const auto& one : texts) groups.keep_templated(one.text);
    for (const auto& file : files) groups.keep_templated(file.text);
    if (use == Use::probe) add_settings(texts.front().path, groups);
    for (const auto& one : texts) parse_ansible(one, groups, use);
    for (const auto& file : files) add_variables(file, groups);
    of_directory_ = false;
    add_ansible(groups, use);
    if (groups.empty() && errors_.empty() && yielded_ == before)
      barren(texts.front().path,
             fmt::format("names no host (--allow-empty accepts that); it was read as {}",
                         described(texts.front().format)),
             use);
  }

  void parse_ansible(const AnsibleText& one, AnsibleGroups& groups, Use use) {
    const auto before = groups.host_count();
    const auto most = static_cast<std::size_t>(std::max(options_.max_targets, kMostPieces));
    InputErrors found;
    source_ = one.source;
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
    const auto before = yielded_;
    source_name_ = one.path;
    found_ = &found;
    parse_yaml_hosts(
        one.text, one.path, nornir_texts(one.path),
        [&](const Entry& entry) { add_entry(entry, use); }, found);
    found_ = &errors_;
    if (yielded_ == before && use == Use::probe) return false;
    settle(found, yielded_ - before, true, use);
    return yielded_ > before;
  }

  std::vector<AnsibleVariableFile> variable_files(const std::vector<AnsibleText>& texts) {
    std::vector<AnsibleVariableFile> files;
    std::vector<std::string> folders;
    for (const auto& one : texts) {
      if (one.path == "-" || is_web_address(one.path) ||
          std::ranges::find(folders, one.root) != folders.end())
        continue;
      InputErrors found;
      auto more = ansible_variable_files(one.root, found);
      std::ranges::move(more, std::back_inserter(files));
      folders.push_back(one.root);
      if (options_.strict) errors_.add(found);
      for (const auto& error : found.kept())
        if (!options_.strict) note_once(error.to_string());
    }
    return files;
  }

  /// What an ansible.cfg says of all hosts gives way to what any inventory says of some.
  void add_settings(const std::string& inventory, AnsibleGroups& groups) {
    const auto path = is_web_address(inventory) ? "" : ansible_settings_file(inventory);
    if (path.empty()) return;
    const auto text = read_text(path, "an ansible.cfg");
    if (std::holds_alternative<InputError>(text)) return;
    const auto settings = parse_ansible_settings(std::get<std::string>(text));
    std::string names;
    for (const auto& [variable, value] : settings) {
      groups.set_group_variable(groups.add_group("all"), variable, value);
      names += (names.empty() ? "" : ", ") + variable;
    }
    if (!names.empty()) note_once(excerpt(path) + " is read, too: it sets " + names);
  }

  void note_once(std::string text) {
    auto& notes = inventory_->notes_;
    if (std::ranges::find(notes, text) == notes.end()) notes.push_back(std::move(text));
  }

  void add_variables(const AnsibleVariableFile& file, AnsibleGroups& groups) {
    const auto id = file.of_host ? groups.find_host(file.name) : groups.find_group(file.name);
    if (!id) return;
    if (file.text.starts_with("$ANSIBLE_VAULT")) {
      inventory_->notes_.push_back(excerpt(file.path) +
                                   " is vaulted: what it says is not known here");
      return file.of_host ? groups.set_host_vaulted(*id) : groups.set_group_vaulted(*id);
    }
    InputErrors found;
    parse_ansible_variables(
        file.text, file.path, [&](std::string_view name) { return groups.keeps(name); },
        [&](const std::string& name, nlohmann::json value) {
          if (file.of_host)
            groups.set_host_variable(*id, name, std::move(value));
          else
            groups.set_group_file_variable(*id, name, std::move(value));
        },
        found);
    if (!found.empty()) add_unreadable(file, found.kept().front(), *id, groups);
  }

  /// A file of variables that is no YAML. If it may say how to connect, its hosts are not known.
  void add_unreadable(const AnsibleVariableFile& file, const InputError& error,
                      AnsibleGroups::Id id, AnsibleGroups& groups) {
    if (options_.strict) return errors_.add(error);
    inventory_->notes_.push_back(error.to_string() + "; what it says is not known here");
    if (file.text.find("ansible_") == std::string::npos) return;
    auto why = "its variables cannot be read: " + excerpt(file.path);
    if (file.of_host)
      groups.set_host_unreadable(id, std::move(why));
    else
      groups.set_group_unreadable(id, std::move(why));
  }

  void add_ansible(const AnsibleGroups& groups, Use use) {
    const auto before = yielded_;
    InputErrors found, of_configs;
    found_ = &found;
    groups.for_each(
        [&](const Entry& entry, std::uint16_t source) {
          source_ = source;
          source_name_ = source_names_[source];
          add_entry(entry, use);
        },
        [&](const AnsiblePlace& place, std::string_view host, std::string_view text,
            std::string remedy) {
          InputError error{source_names_[place.source], place.line, place.column, std::string{text},
                           std::move(remedy)};
          if (use == Use::exclude || options_.strict) return errors_.add(std::move(error));
          source_ = place.source;
          ++yielded_;
          record_odd(std::string{host}, place.line, error.to_string());
          odd_.add(error);
        },
        [&](const std::string& path, std::uint16_t source) {
          return ssh_configs_.named_by(path, source_names_[source], of_configs);
        });
    if (options_.strict) errors_.add(of_configs);
    for (const auto& error : of_configs.kept()) odd_.add(error);
    found_ = &errors_;
    settle(found, yielded_ - before, true, use);
  }

  void begin_source(std::string name, Use use) {
    source_name_ = name;
    if (source_names_.size() == kMostSources)
      return errors_.add({name, 0, 0, "", "more than 65535 sources in one inventory"});
    source_names_.push_back(name);
    source_ = table_->add_source(name);
    if (use == Use::exclude) inventory_->exclusions_.begin_source(std::move(name));
  }

  void add_entry(const Entry& entry, Use use) {
    if (entry.kind == Entry::Kind::expression) return add_expression(entry, use);
    const auto where = entry.kind == Entry::Kind::alias ? entry.connect : entry.host;
    const auto address = Address::parse(where);
    const bool skipped = !entry.skip_reason.empty() && use == Use::probe;  // never looked up
    if (const auto fault = address || skipped ? std::nullopt : check_name(where))
      return fail(entry, where, 0, fault->remedy);
    constexpr std::size_t kMaxAlias = 255;
    if (entry.host.empty() || entry.host.size() > kMaxAlias || !is_utf8(entry.host))
      return fail(entry, entry.host, 0, "a name has 1 to 255 bytes of UTF-8");
    if (use == Use::exclude) return exclude_plain(entry, where, address);
    ++yielded_;
    const auto port = entry.port == 0 ? options_.default_port : entry.port;
    const bool fits =
        entry.kind == Entry::Kind::plain && address
            ? table_->add_range({*address, *address}, port, origin(entry))
            : table_->add_name(entry.host, entry.kind == Entry::Kind::alias ? where : "", port,
                               origin(entry), entry.exact && entry.kind == Entry::Kind::alias);
    if (!fits) fail_full(entry);
  }

  void exclude_plain(const Entry& entry, std::string_view where,
                     const std::optional<Address>& address) {
    auto& exclusions = inventory_->exclusions_;
    if (address)
      exclusions.add_range({*address, *address}, entry.port, entry.line);
    else
      exclusions.add_name(where, entry.port, entry.line);
    if (where != entry.host) exclusions.add_name(entry.host, entry.port, entry.line);
  }

  void add_expression(const Entry& entry, Use use) {
    const auto user = entry.host.rfind('@') + 1;  // ssh's user@host; 0 if there is none
    const auto parsed = Expression::parse(entry.host.substr(user));
    if (const auto* fault = std::get_if<ExpressionFault>(&parsed))
      return fail(entry, entry.host, user + fault->offset, fault->remedy);
    const auto& expression = std::get<Expression>(parsed);
    if (expression.pieces() > std::max(options_.max_targets, kMostPieces))
      return fail(entry, entry.host, 0,
                  fmt::format("expands to {} hosts, more than --max-targets {}", expression.count(),
                              options_.max_targets));
    const auto port = expression.port().value_or(entry.port);
    if (use == Use::probe) {
      ++yielded_;
      return probe(entry, expression, port == 0 ? options_.default_port : port);
    }
    auto& exclusions = inventory_->exclusions_;
    expression.for_each(
        [&](const AddressRange& range) { exclusions.add_range(range, port, entry.line); },
        [&](std::string_view name) { exclusions.add_name(name, port, entry.line); });
  }

  void probe(const Entry& entry, const Expression& expression, std::uint16_t port) {
    const auto from = origin(entry);
    const bool expands = expression.pieces() > 1;
    bool fits = true;
    expression.for_each(
        [&](const AddressRange& range) { fits = table_->add_range(range, port, from) && fits; },
        [&](std::string_view name) {
          if (const auto fault = expands ? check_name(name) : std::nullopt)
            fail(entry, name, 0, fault->remedy);
          fits = table_->add_name(name, "", port, from) && fits;
        });
    if (!fits) fail_full(entry);
  }

  /// Hosts share few sets of labels; each is looked at once.
  std::shared_ptr<const Labels> without_secret_labels(const std::shared_ptr<const Labels>& labels) {
    if (!labels) return nullptr;
    constexpr std::size_t kMostKept = 10'000;
    if (filtered_.size() > kMostKept) filtered_.clear();
    const auto [known, is_new] = filtered_.try_emplace(labels);
    if (is_new) known->second = label_filter_.filtered(labels);
    return known->second;
  }

  /// Entries in a row often have the same labels, or none.
  Origin origin(const Entry& entry) {
    const bool plain = entry.skip_reason.empty() && !entry.family;
    if (plain && last_annotation_ && entry.labels == last_labels_)
      return {*last_annotation_, entry.line, source_};
    const auto labels = without_secret_labels(entry.labels);
    const auto annotation = table_->annotations().add(
        {labels, std::string{entry.skip_reason}, entry.family, std::string{entry.jumps}});
    if (plain) {
      last_labels_ = entry.labels;
      last_annotation_ = annotation;
    }
    return {annotation, entry.line, source_};
  }

  void fail(const Entry& entry, std::string_view text, std::size_t offset, std::string remedy) {
    const auto column = entry.column == 0 ? 0 : entry.column + static_cast<std::uint32_t>(offset);
    InputError error{source_name_, entry.line, column, std::string{text}, std::move(remedy)};
    constexpr std::size_t kMostNames = 1000;
    if (text != entry.host && odd_names_.size() < kMostNames)
      odd_names_.emplace(error.to_string(), entry.host);
    found_->add(std::move(error));
  }

  void fail_full(const Entry& entry) {
    fail(entry, entry.host, 0, "the inventory has more than 4 GiB of names");
  }

  void finish() {
    if (auto note = label_filter_.note(); !note.empty())
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
  InputErrors* found_ = &errors_;  ///< where faults of the source that is being read go
  OddEntries odd_;
  bool of_directory_ = false;     ///< the source that is being read is a file of a directory
  InputErrors directory_faults_;  ///< of such files without any host
  std::unordered_map<std::string, std::string> odd_names_;  ///< of entries, by what is said of them
  std::vector<AnsibleText> ansible_;                        ///< to be read together
  std::uint64_t yielded_ = 0;  ///< entries that became targets, or are skipped on purpose
  std::unique_ptr<Inventory> inventory_{new Inventory};
  std::shared_ptr<TargetTable> table_ = std::make_shared<TargetTable>();
  AnsibleGroups groups_;
  LabelFilter label_filter_;
  std::unordered_map<std::shared_ptr<const Labels>, std::shared_ptr<const Labels>> filtered_;
  std::shared_ptr<const Labels> last_labels_;     ///< of the last entry that had nothing else
  std::optional<std::uint32_t> last_annotation_;  ///< its number
  Selection selection_;
  std::optional<Sample> sample_;
  std::optional<ShardChoice> shard_;
  std::vector<std::string> source_names_;
  std::string source_name_;
  std::uint16_t source_ = 0;
  std::uint64_t dropped_ = 0;
  SshConfigFiles ssh_configs_{inventory_->notes_};
};

LoadedInventory load_inventory(const InventoryOptions& options) {
  return InventoryLoader(options).load();
}

}  // namespace fleetscan::inventory
