#include "commands/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/input_error.h"
#include "base/secrets.h"
#include "commands/command_words.h"
#include "commands/configuration.h"
#include "commands/doctor_visits.h"
#include "commands/option_help.h"
#include "commands/option_table.h"
#include "commands/options.h"
#include "commands/outputs.h"
#include "commands/target_words.h"
#include "commands/usage.h"
#include "commands/vantage_options.h"
#include "scanner/net/resolver_settings.h"
#include "scanner/probe/outcome.h"
#include "scanner/proxy/proxy.h"

namespace fleetscan::commands {
namespace {

/// One command line being read.
class Reader {
 public:
  Reader() { declare_options(app_, options_, asked_); }

  std::variant<Options, Instead, ShowVersion> read(std::vector<std::string> arguments,
                                                   const std::vector<ConfigLayer>& layers) {
    const auto [command, rest] = find_command(arguments);
    options_.words = arguments;
    if (command == "explain") return read_explain(rest);
    if (command == "targets") options_.command = Command::targets;
    arguments = rest;
    if (const auto fault = parse(arguments); !fault.empty()) return usage_error(fault);
    for (auto& name : given()) origins_.emplace(std::move(name), "command line");
    if (layers.empty()) return outcome();
    for (const auto& layer : layers) {
      for (const auto& setting : layer.settings)
        if (is_for_command_line(setting.name))
          return usage_error(excerpt(layer.origin) + ": only the command line can set --" +
                             setting.name);
      const auto words = weaker(layer);
      if (const auto fault = Reader().parse(words); !fault.empty())
        return usage_error(excerpt(layer.origin) + ": " + fault);
      arguments.insert(arguments.begin(), words.begin(), words.end());
    }
    Reader all;
    all.options_.command = options_.command;
    all.options_.words = options_.words;
    all.origins_ = origins_;
    (void)all.parse(std::move(arguments));  // each of its parts is good
    return all.outcome();
  }

  /// The options that configuration files may name.
  [[nodiscard]] std::vector<std::string> configurable() const {
    std::vector<std::string> names{"targets"};
    for (const auto* option : app_.get_options())
      for (const auto& name : option->get_lnames())
        if (!is_for_command_line(name)) names.push_back(name);
    return names;
  }

 private:
  /// What all that was parsed comes to.
  std::variant<Options, Instead, ShowVersion> outcome() {
    if (asked_.show_config) return Instead{0, config()};
    if (asked_.whole_help || asked_.brief_help)
      return Instead{0, option_help(app_, asked_.whole_help)};
    if (asked_.version) return ShowVersion{};
    if (const auto fault = contradiction(); !fault.empty()) return usage_error(fault);
    if (const auto fault = settle_vantages(options_, asked_.push); !fault.empty())
      return usage_error(fault);
    if (const auto fault = settle_doctor(options_); !fault.empty()) return usage_error(fault);
    options_.limits.retry.diagnose = !asked_.no_diagnose;
    options_.limits.keys = asked_.all_keys ? asked_.keys : 1;
    if (asked_.no_sandbox) options_.sandbox = Sandbox::off;
    if (options_.proxy) {
      options_.proxy->resolves = proxy_resolves();
      options_.limits.concurrency =
          std::min(options_.limits.concurrency, options_.proxy_connections);
    }
    options_.resolver.families = asked_.v4   ? net::Families::v4
                                 : asked_.v6 ? net::Families::v6
                                             : net::Families::both;
    options_.inventory.allow_barren = options_.allow_empty;
    options_.inventory.keep_dropped = options_.command == Command::targets && options_.verbose > 0;
    for (const auto& target : options_.inventory.targets)
      if (is_command(target))
        return usage_error(fmt::format(
            "{0} is a command, and only the first one counts; write ./{0} for a file, {0}. for a "
            "host",
            target));
    if (const auto fault = mistaken_target(options_.inventory.targets); !fault.empty())
      return usage_error(fault);
    if (options_.inventory.targets.empty())
      return usage_error("no TARGETS: give a file of hosts, a host, or - for standard input");
    return options_;
  }

  /// @return what is wrong; empty if nothing
  std::string parse(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);  // as CLI11 wants them
    try {
      app_.parse(arguments);
    } catch (const CLI::ExtrasError&) {
      return unknown_words(app_);
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    return {};
  }

  static bool is_for_command_line(const std::string& name) {
    constexpr std::string_view kNames[] = {"help", "version", "no-config", "show-config", "resume"};
    return std::ranges::find(kNames, name) != std::end(kNames);
  }

  static std::string name_of(const CLI::Option& option) {
    if (option.get_positional()) return "targets";
    return option.get_lnames().empty() ? option.get_snames().at(0) : option.get_lnames()[0];
  }

  [[nodiscard]] std::vector<std::string> given() const {
    std::vector<std::string> names;
    for (const auto* option : app_.get_options())
      if (option->count() > 0) names.push_back(name_of(*option));
    return names;
  }

  /// The settings that nothing stronger has made, as words of a command line.
  std::vector<std::string> weaker(const ConfigLayer& layer) {
    std::vector<std::string> words, targets, fresh;
    for (const auto& [name, values] : layer.settings) {
      const bool phase = name.ends_with("-timeout");  // which --timeout sets, too
      if (name != "exclude" && (origins_.contains(name) || (phase && origins_.contains("timeout"))))
        continue;
      fresh.push_back(name);
      for (const auto& value : values) {
        if (name == "targets")
          targets.push_back(value);
        else
          words.push_back("--" + name + '=' + value);
      }
    }
    for (auto& name : fresh) origins_.emplace(std::move(name), layer.origin);
    words.insert(words.end(), targets.begin(), targets.end());
    return words;
  }

  /// Every option with its value, as a configuration file has it, and where it comes from.
  std::string config() const {
    const auto names = configurable();
    std::string text;
    for (const auto* option : app_.get_options()) {
      const auto name = name_of(*option);
      if (std::ranges::find(names, name) == names.end()) continue;
      const auto origin = origins_.find(name);
      const bool list = option->get_items_expected_max() > 1;
      const auto values = option->results();
      auto value = values.empty() ? option->get_default_str() : values.back();
      if (option->get_type_size() == 0 && value.empty()) value = "false";
      text += name + " = ";
      text += list ? fmt::format("[{}]", fmt::join(quoted(values), ", ")) : quoted({value})[0];
      text += "  # " + (origin == origins_.end() ? "default" : excerpt(origin->second)) + '\n';
    }
    return text;
  }

  static std::vector<std::string> quoted(const std::vector<std::string>& values) {
    std::vector<std::string> texts;
    texts.reserve(values.size());
    for (const auto& value : values) texts.push_back('"' + excerpt(without_secrets(value)) + '"');
    return texts;
  }

  std::variant<Options, Instead, ShowVersion> read_explain(
      const std::vector<std::string>& arguments) {
    if (arguments.size() == 1 && (arguments[0] == "-h" || arguments[0] == "--help"))
      return Instead{0, option_help(app_, arguments[0] == "--help")};
    options_.command = Command::explain;
    for (const auto& word : arguments) {
      const bool option = word.size() > 1 && word.starts_with('-') && word.find(' ') == word.npos;
      if (option) return usage_error("explain has no option " + excerpt(word));
      options_.explain += (options_.explain.empty() ? "" : " ") + word;
    }
    return options_;
  }

  /// Options that make no sense together; empty if all do.
  std::string contradiction() const {
    if (options_.update_baseline && options_.baseline.empty())
      return "--update-baseline needs --baseline FILE to know where to write";
    if (options_.keep > 0 && options_.output_dir.empty())
      return "--keep needs --output DIR to know where the runs are";
    if (options_.keep > 0 && !options_.resume.empty())
      return "--resume works with --output DIR/RUN, not with --keep";
    if (options_.resolver.all_addresses && !options_.resume.empty())
      return "--resume does not work with --all-addresses: it cannot tell which addresses of a "
             "name are done";
    if (options_.plan && options_.command != Command::targets)
      return "--plan works only with `fleetscan targets`";
    if (asked_.no_sandbox && options_.sandbox == Sandbox::strict)
      return "--sandbox strict and --no-sandbox exclude each other";
    if (!options_.proxy && (asked_.proxy_dns || !options_.proxy_credentials.empty()))
      return "--proxy-dns and --proxy-credentials need --proxy URL";
    if (goes_through_bastion() && !options_.proxy_credentials.empty())
      return "--proxy-credentials is for socks5:// and http://: to ssh://, your ssh logs in";
    if (goes_through_bastion() && (!options_.from.empty() || options_.follow_jumps))
      return "--proxy ssh:// does not work with --from and --follow-jumps: give a bastion either "
             "as the way or as a vantage";
    const std::string resolved_here =
        goes_through_bastion() ? "ssh:// has them resolved by the bastion"
                               : "drop --proxy-dns, or write socks5:// instead of socks5h://";
    if (proxy_resolves() && (asked_.v4 || asked_.v6 || options_.resolver.all_addresses))
      return "-4, -6 and --all-addresses need names resolved here, and the proxy resolves them: " +
             resolved_here;
    if (options_.sshfp && proxy_resolves())
      return "--sshfp asks the DNS from here, and the proxy resolves names: " + resolved_here;
    if (options_.sshfp && options_.probe.depth != probe::Depth::kex)
      return "--sshfp needs --depth kex: only then a host proves its key";
    if (asked_.v4 && asked_.v6) return "-4 and -6 exclude each other";
    if (on_standard_output(options_.outputs) > 1)
      return "only one output can go to standard output";
    return {};
  }

  bool goes_through_bastion() const {
    return options_.proxy && options_.proxy->kind == proxy::Kind::ssh;
  }

  bool proxy_resolves() const {
    return options_.proxy && (options_.proxy->resolves || asked_.proxy_dns);
  }

  static Instead usage_error(const std::string& fault) {
    return commands::usage_error("fleetscan", fault);
  }

  Options options_;
  Requests asked_;
  CLI::App app_;
  std::map<std::string, std::string> origins_;  ///< of what is set, by long name
};

}  // namespace

std::variant<Options, Instead, ShowVersion> parse_options(const std::vector<std::string>& arguments,
                                                          const std::vector<ConfigLayer>& layers) {
  return Reader().read(arguments, layers);
}

std::vector<std::string> option_names() { return Reader().configurable(); }

}  // namespace fleetscan::commands
