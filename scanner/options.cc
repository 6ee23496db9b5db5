#include "scanner/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

namespace fleetscan {
namespace {

using Millis = std::chrono::milliseconds;

constexpr int kUsage = 2;

std::string seconds_text(Millis value) {
  return fmt::format("{}", static_cast<double>(value.count()) / 1000);
}

[[noreturn]] void refuse(const std::string& option, const std::string& text,
                         const std::string& remedy) {
  throw CLI::ValidationError(option, "\"" + excerpt(text) + "\": " + remedy);
}

/// One command line being read.
class Reader {
 public:
  Reader() {
    app_.set_help_flag("");
    add_targets();
    add_probe();
    add_speed();
    add_output();
    add_gate();
    add_runs();
    add_others();
  }

  std::variant<Options, Instead, ShowVersion> read(std::vector<std::string> arguments,
                                                   const std::vector<ConfigLayer>& layers) {
    if (!arguments.empty() && arguments[0] == "explain") return read_explain(arguments);
    if (!arguments.empty() && (arguments[0] == "scan" || arguments[0] == "targets")) {
      if (arguments[0] == "targets") options_.command = Command::targets;
      arguments.erase(arguments.begin());
    }
    Reader command_line;
    if (const auto fault = command_line.parse(arguments); !fault.empty()) return usage_error(fault);
    for (auto& name : command_line.given()) origins_.emplace(std::move(name), "command line");
    for (const auto& layer : layers) {
      for (const auto& setting : layer.settings)
        if (is_for_command_line(setting.name))
          return usage_error(excerpt(layer.origin) + ": only a command line can say --" +
                             setting.name);
      const auto words = weaker(layer);
      if (const auto fault = Reader().parse(words); !fault.empty())
        return usage_error(excerpt(layer.origin) + ": " + fault);
      arguments.insert(arguments.begin(), words.begin(), words.end());
    }
    (void)parse(std::move(arguments));  // each of its parts is good
    if (show_config_) return Instead{0, config()};
    if (help_ || brief_) return Instead{0, help(help_)};
    if (version_) return ShowVersion{};
    if (const auto fault = contradiction(); !fault.empty()) return usage_error(fault);
    if (v4_ && v6_) return usage_error("-4 and -6 exclude each other");
    if (std::ranges::count(options_.places(), "-") > 1)
      return usage_error("only one output can be standard output");
    options_.resolver.families = v4_ ? Families::v4 : v6_ ? Families::v6 : Families::both;
    if (options_.inventory.targets.empty())
      return usage_error("no TARGETS: name a file of hosts, a host, or - for standard input");
    return options_;
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
  /// @return what is wrong; empty if nothing
  std::string parse(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);  // as CLI11 wants them
    try {
      app_.parse(arguments);
    } catch (const CLI::ExtrasError&) {
      return unknown_options();
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
      const bool list = name == "targets" || name == "exclude" || name == "fail-if";
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
    for (const auto& value : values) texts.push_back('"' + excerpt(value) + '"');
    return texts;
  }

  std::variant<Options, Instead, ShowVersion> read_explain(
      const std::vector<std::string>& arguments) {
    if (arguments.size() > 2) return usage_error("explain takes one name at most");
    options_.command = Command::explain;
    if (arguments.size() == 2) options_.explain = arguments[1];
    return options_;
  }

  void add_targets() {
    auto& inventory = options_.inventory;
    auto& resolver = options_.resolver;
    group_ = "targets";
    app_.add_option("TARGETS", inventory.targets)->group("");
    number("-p,--port", inventory.default_port, 1, 65535, "port where the inventory names none");
    app_.add_option("-x,--exclude", inventory.excludes, "never probe these; may be repeated")
        ->type_name("FILE|EXPR")
        ->allow_extra_args(false)
        ->group(group_);
    value("--shard", "I/N|auto", "", "one of N parts; auto: as the engine numbers this job",
          [&](const std::string& text) { inventory.shard = text; });
    number("--max-targets", inventory.max_targets, 1, std::uint64_t{1} << 40,
           "refuse a larger inventory");
    number("--seed", inventory.seed, 0, ~std::uint64_t{0},
           "of the order in which targets are visited");
    flag("-4", v4_, "IPv4 only");
    flag("-6", v6_, "IPv6 only");
    choice("--resolver", {"dns", "system"}, resolver.system ? 1 : 0, "who answers for names",
           [&](std::size_t index) { resolver.system = index == 1; });
    value("--dns-server", "ADDR[:PORT]", "", "ask this name server, without search domains",
          [&](const std::string& text) { resolver.server = parse_server(text); });
    flag("--allow-empty", options_.allow_empty, "an inventory without targets is no error");
  }

  void add_probe() {
    auto& probe = options_.probe;
    auto& limits = options_.limits;
    group_ = "probe";
    choice("--depth", {"tcp", "banner", "kexinit", "kex"}, static_cast<std::size_t>(probe.depth),
           "how far to go", [&](std::size_t index) { probe.depth = static_cast<Depth>(index); });
    // Read in this order: one phase's own time-out wins over that for all.
    value("-t,--timeout", "SEC", "", "for each of the three phases", [&](const std::string& text) {
      probe.connect_timeout = probe.banner_timeout = probe.kex_timeout =
          parse_seconds("--timeout", text, Millis{1});
    });
    seconds("--connect-timeout", probe.connect_timeout, "for the TCP connection");
    seconds("--banner-timeout", probe.banner_timeout, "for the server's identification");
    seconds("--kex-timeout", probe.kex_timeout, "for the key exchange");
    number("--retries", limits.retry.retries, 0, 10, "further attempts where one can help");
    seconds("--patience", limits.patience, "how much longer a scan may take for retries",
            Millis{0});
    number("--max-connections-per-host", limits.retry.connections, 1, 1000,
           "to one address, everything included");
    value("--known-hosts", "FILE", "", "the host keys to expect",
          [&](const std::string& text) { options_.known_hosts = text; });
    value("--ident", "TEXT", "SSH-2.0-" + probe_software(),
          "what we call ourselves in servers' logs",
          [&](const std::string& text) { probe.ident = parse_ident(text); });
  }

  void add_speed() {
    auto& limits = options_.limits;
    group_ = "speed";
    number("-c,--concurrency", limits.concurrency, std::size_t{1}, std::size_t{1000000},
           "connections at a time");
    number("--per-subnet", limits.per_subnet, std::size_t{1}, std::size_t{1000000},
           "... of which in one /24 or /64");
    value("-r,--rate", "N|auto", "0", "new connections a second; auto = fewer where they harm",
          [&](const std::string& text) {
            limits.adaptive = text == "auto";
            if (!limits.adaptive) limits.rate = parse_number("--rate", text, 0.0, 1e6, "auto or ");
          });
    value("--threads", "N|auto", "auto", "that probe; auto = one for each core",
          [&](const std::string& text) {
            options_.threads =
                text == "auto" ? 0 : parse_number("--threads", text, 1U, 256U, "auto or ");
          });
    value("--deadline", "DURATION", "", "stop by then: 90, 15m, 2h", [&](const std::string& text) {
      options_.deadline = parse_duration(text);
      if (!options_.deadline) refuse("--deadline", text, "must be like 90, 90s, 15m or 1h30m");
    });
  }

  void add_output() {
    group_ = "output";
    path("-o,--output", options_.output_dir, "DIR", "results.jsonl, report.json and report.html");
    path("--jsonl", options_.jsonl, "FILE", "one JSON object a host; - is standard output");
    path("--json", options_.json, "FILE", "the report as one JSON document");
    path("--html", options_.html, "FILE", "the report as one page");
    path("--csv", options_.csv, "FILE", "one row a host, safe to open in a spreadsheet");
    path("--junit", options_.junit, "FILE", "one test suite a subnet, for CI servers");
    path("--prometheus", options_.prometheus, "FILE", "for node_exporter's textfile collector");
    flag("--github", options_.github, "step summary and annotations; by itself in an Action");
    choice("--report-rows", {"auto", "all", "failed"}, 0, "the hosts that a report lists",
           [&](std::size_t index) { options_.rows = static_cast<ReportRows>(index); });
    choice("--color", {"auto", "always", "never"}, 0, "of the summary",
           [&](std::size_t index) { options_.color = static_cast<Color>(index); });
    choice("--progress", {"auto", "bar", "plain", "none"}, 0, "on standard error",
           [&](std::size_t index) { options_.progress = static_cast<ProgressStyle>(index); });
    flag("-q,--quiet", options_.quiet, "only what is wrong");
    app_.add_flag("-v,--verbose", options_.verbose, "one line for each host that ends")
        ->group(group_);
  }

  void path(const std::string& names, std::string& into, const std::string& type,
            const std::string& text) {
    value(names, type, "", text, [&into](const std::string& given) { into = given; });
  }

  void add_gate() {
    group_ = "gate";
    app_.add_option("--fail-if", options_.fail_if, "may be repeated; see below [failing > 0]")
        ->type_name("EXPR")
        ->allow_extra_args(false)
        ->group(group_);
    path("--baseline", options_.baseline, "FILE", "failures that are accepted");
    flag("--update-baseline", options_.update_baseline, "accept all that fails now: write FILE");
    flag("--no-confirm", options_.no_confirm, "do not ask new failures a second time at the end");
    flag("--exit-zero", options_.exit_zero, "failing hosts do not make the exit status 1");
  }

  void add_runs() {
    group_ = "runs";
    path("--history", options_.history, "DB", "compare with earlier runs, and add this one");
    path("--vantage", options_.vantage, "NAME", "where this scan looks from");
    path("--resume", options_.resume, "RESULTS", "finish an interrupted scan");
    path("--lock", options_.lock, "FILE", "one scan at a time: exit 3 if another one has it");
    number("--keep", options_.keep, 1, 100000, "runs in DIR, each in a folder, with a link latest");
    flag("--cron", options_.cron, "say nothing unless something is wrong; then say it as a mail");
    path("--config", options_.config, "FILE", "read options from it, not from the usual places");
    flag("--no-config", options_.no_config, "read no file of options");
    flag("--show-config", show_config_, "print each option, its value and its origin");
  }

  void add_others() {
    group_ = "others";
    flag("-h", brief_, "the most used options");
    flag("--help", help_, "all options");
    flag("-V,--version", version_, "versions of fleetscan and its libraries");
  }

  void flag(const std::string& names, bool& into, const std::string& text) {
    app_.add_flag(names, into, text)->group(group_);
  }

  void value(const std::string& names, const std::string& type, const std::string& fallback,
             const std::string& text, std::function<void(const std::string&)> take) {
    app_.add_option_function<std::string>(names, std::move(take), text)
        ->type_name(type)
        ->default_str(fallback)
        ->take_last()
        ->group(group_);
  }

  template <typename Number>
  void number(const std::string& names, Number& into, Number least, Number most,
              const std::string& text) {
    const auto name = names.substr(names.find("--"));
    value(names, "N", fmt::format("{}", into), text,
          [=, &into](const std::string& given) { into = parse_number(name, given, least, most); });
  }
  template <typename Number>
  static Number parse_number(const std::string& name, const std::string& text, Number least,
                             Number most, const std::string& or_else = "") {
    Number read{};
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), read);
    if (fault != std::errc{} || end != text.data() + text.size() || read < least || read > most)
      refuse(name, text, fmt::format("must be {}a number from {} to {}", or_else, least, most));
    return read;
  }
  template <typename Number>
  void number(const std::string& names, Number& into, int least, int most,
              const std::string& text) {
    number<Number>(names, into, static_cast<Number>(least), static_cast<Number>(most), text);
  }
  void number(const std::string& names, std::uint64_t& into, int least, std::uint64_t most,
              const std::string& text) {
    number<std::uint64_t>(names, into, static_cast<std::uint64_t>(least), most, text);
  }

  void seconds(const std::string& name, Millis& into, const std::string& text,
               Millis least = Millis{1}) {
    value(name, "SEC", seconds_text(into), text,
          [=, &into](const std::string& given) { into = parse_seconds(name, given, least); });
  }

  void choice(const std::string& name, const std::vector<std::string>& words, std::size_t fallback,
              const std::string& text, std::function<void(std::size_t)> take) {
    value(name, fmt::format("{}", fmt::join(words, "|")), words[fallback], text,
          [=, take = std::move(take)](const std::string& given) {
            const auto found = std::ranges::find(words, given);
            if (found == words.end())
              refuse(name, given, fmt::format("must be one of {}", fmt::join(words, ", ")));
            take(static_cast<std::size_t>(found - words.begin()));
          });
  }

  static Millis parse_seconds(const std::string& name, const std::string& text, Millis least) {
    double read = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), read);
    const Millis value{static_cast<Millis::rep>(read * 1000 + 0.5)};
    if (fault != std::errc{} || end != text.data() + text.size() || !(read >= 0 && read <= 86400) ||
        value < least)
      refuse(name, text, fmt::format("must be seconds from {} to 86400", seconds_text(least)));
    return value;
  }

  static DnsServer parse_server(const std::string& text) {
    if (const auto address = Address::parse(text)) return {*address};
    const auto colon = text.rfind(':');
    if (colon != std::string::npos) {
      auto host = std::string_view(text).substr(0, colon);
      if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
      const auto address = Address::parse(host);
      const auto port = parse_port_number(std::string_view(text).substr(colon + 1));
      if (address && port) return {*address, *port};
    }
    refuse("--dns-server", text,
           "must be an address, with a port as in 192.0.2.1:5353 or [2001:db8::1]:5353");
  }

  // RFC 4253 section 4.2: printable US-ASCII; the whole line, its end included, is 255 bytes long.
  static std::string parse_ident(const std::string& text) {
    const auto prefix = std::string{"SSH-2.0-"};
    const auto line = text.starts_with(prefix) ? text : prefix + text;
    const bool good =
        line.size() > prefix.size() && line.size() <= 253 && line[prefix.size()] != ' ' &&
        std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; }) &&
        line.substr(prefix.size(), line.find(' ') - prefix.size()).find('-') == std::string::npos;
    if (!good)
      refuse("--ident", text,
             "must be at most 245 printable characters, no '-' or space in the first word");
    return line;
  }

  std::string probe_software() const { return options_.probe.ident.substr(8); }

  /// Options that make no sense together; empty if all do.
  std::string contradiction() const {
    if (options_.update_baseline && options_.baseline.empty())
      return "--update-baseline needs --baseline FILE: where to write";
    if (options_.keep > 0 && options_.output_dir.empty())
      return "--keep needs --output DIR: where the runs are";
    if (options_.keep > 0 && !options_.resume.empty())
      return "--resume goes with --output DIR/RUN instead of --keep";
    return {};
  }

  Instead usage_error(const std::string& message) const {
    return {kUsage, "fleetscan: " + message + "\nTry: fleetscan --help\n"};
  }

  std::string unknown_options() const {
    std::vector<std::string> names;
    for (const auto* option : app_.get_options()) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
      for (const auto& name : option->get_snames()) names.push_back("-" + name);
    }
    std::string text;
    for (const auto& word : app_.remaining()) {
      if (!word.starts_with('-') || word == "--") continue;
      const auto given = word.substr(0, word.find('='));
      text += fmt::format("{}unknown option {}", text.empty() ? "" : "; ", excerpt(given));
      if (const auto meant = closest(given, names))
        text += fmt::format(" (did you mean {}?)", *meant);
    }
    return text.empty() ? "unexpected argument " + excerpt(app_.remaining().at(0)) : text;
  }

  /// One screen, or all there is.
  std::string help(bool whole) const {
    std::string text =
        "Says for every host of a fleet in which phase and why SSH fails before authentication.\n\n"
        "usage: fleetscan [OPTIONS] TARGETS...          scan them\n"
        "       fleetscan targets [OPTIONS] TARGETS...  print what would be probed; sends no "
        "packet\n"
        "       fleetscan explain [CLASS|CAUSE]         what it means, how to check it, how to fix "
        "it\n";
    if (whole)
      text +=
          "       fleetscan report RESULTS.jsonl...       render reports again; sends no packet\n"
          "       fleetscan merge RESULTS.jsonl... -o F   one results file out of shards\n"
          "       fleetscan compare OLD NEW [MORE...]     what differs between runs or vantages\n"
          "       fleetscan history list|show|host|trend|import|prune --db DB\n"
          "       fleetscan schema                        JSON Schema of records and report\n";
    text +=
        "\n"
        "TARGETS: a file of hosts, - for standard input, or host, host:port, [v6]:port, "
        "10.0.0.0/24,\n"
        "10.0.0-3.1-254, web[01-20].example.com\n";
    for (const auto& group : app_.get_groups()) {
      if (group.empty() || (!whole && (group == "gate" || group == "runs"))) continue;
      text += "\n" + group + ":\n";
      for (const auto* option :
           app_.get_options([&](const auto* o) { return o->get_group() == group; }))
        text += help_line(*option);
    }
    if (!whole)
      return text + "\nother commands, conditions, history, cron, configuration: --help\n";
    return text +
           "\nEXPR: MEASURE > NUMBER or NUMBER%, also with >= < <= == !=, where MEASURE is "
           "failing, "
           "unreachable,\nreachable, degraded, unknown, new, recovered, class.NAME, "
           "subnet.max_failing or\nlabel.KEY=VALUE.failing\n"
           "\nexit status: 0 all reached, 1 some failed, 2 bad usage or inventory, 3 incomplete or "
           "undecidable,\n"
           "4 an output could not be written, 130 interrupted, 143 terminated\n";
  }

  static std::string help_line(const CLI::Option& option) {
    std::string names = option.get_snames().empty() ? "   " : "-" + option.get_snames()[0];
    if (!option.get_lnames().empty())
      names +=
          std::string(option.get_snames().empty() ? " " : ", ") + "--" + option.get_lnames()[0];
    if (option.get_type_size() > 0) names += " " + option.get_type_name();
    const auto fallback = option.get_default_str();
    std::string text = option.get_description();
    if (!fallback.empty()) text += (text.empty() ? "[" : " [") + fallback + "]";
    return fmt::format("  {:<36} {}\n", names, text);
  }

  Options options_;
  CLI::App app_;
  std::string group_;
  bool v4_ = false, v6_ = false, brief_ = false, help_ = false, version_ = false;
  bool show_config_ = false;
  std::map<std::string, std::string> origins_;  ///< of what is set, by long name
};

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[b.size()];
}

}  // namespace

std::variant<Options, Instead, ShowVersion> parse_options(const std::vector<std::string>& arguments,
                                                          const std::vector<ConfigLayer>& layers) {
  return Reader().read(arguments, layers);
}

std::vector<std::string> option_names() { return Reader().configurable(); }

std::map<std::string, std::string> effective_options(const Options& options) {
  const auto& limits = options.limits;
  std::map<std::string, std::string> values{
      {"depth", std::string{to_string(options.probe.depth)}},
      {"connect-timeout", seconds_text(options.probe.connect_timeout)},
      {"banner-timeout", seconds_text(options.probe.banner_timeout)},
      {"kex-timeout", seconds_text(options.probe.kex_timeout)},
      {"retries", fmt::format("{}", limits.retry.retries)},
      {"patience", seconds_text(limits.patience)},
      {"max-connections-per-host", fmt::format("{}", limits.retry.connections)},
      {"concurrency", fmt::format("{}", limits.concurrency)},
      {"per-subnet", fmt::format("{}", limits.per_subnet)},
      {"rate", limits.adaptive ? "auto" : fmt::format("{}", limits.rate)},
      {"port", fmt::format("{}", options.inventory.default_port)},
      {"seed", fmt::format("{}", options.inventory.seed)},
      {"resolver", options.resolver.system ? "system" : "dns"},
  };
  if (!options.inventory.shard.empty()) values["shard"] = options.inventory.shard;
  if (options.deadline) values["deadline"] = seconds_text(*options.deadline);
  if (!options.known_hosts.empty()) values["known-hosts"] = options.known_hosts;
  return values;
}

std::optional<Millis> parse_duration(std::string_view text) {
  constexpr std::int64_t kYear = 366LL * 86400;
  std::int64_t total = 0;
  if (text.empty()) return std::nullopt;
  for (std::int64_t unit_before = kYear; !text.empty();) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || number < 0 || number > kYear) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const char letter = text.empty() ? 's' : text.front();
    if (!text.empty()) text.remove_prefix(1);
    const std::int64_t unit = letter == 'h' ? 3600 : letter == 'm' ? 60 : letter == 's' ? 1 : 0;
    if (unit == 0 || unit >= unit_before) return std::nullopt;
    unit_before = unit;
    total += number * unit;
    if (total > kYear) return std::nullopt;
  }
  return std::chrono::seconds{total};
}

std::optional<std::string> closest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  std::size_t distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const auto d = edit_distance(word, candidate);
    if (d >= distance || d >= candidate.size() - 1) continue;
    distance = d;
    best = candidate;
  }
  return best;
}

}  // namespace fleetscan
