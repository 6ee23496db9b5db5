#include "commands/option_table.h"

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <map>

#include "base/shell_words.h"
#include "commands/option_declarer.h"
#include "commands/option_values.h"
#include "commands/options.h"
#include "commands/outputs.h"
#include "inventory/formats/format.h"
#include "inventory/formats/results.h"
#include "reports/summary/host_table.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/key_exchange.h"

namespace fleetscan::commands {
namespace {

using std::chrono_literals::operator""ms;

constexpr std::uint64_t kMostTargets = std::uint64_t{1} << 40;

void declare_targets(OptionDeclarer& declare, Options& options, Requests& asked) {
  auto& inventory = options.inventory;
  auto& resolver = options.resolver;
  declare.group("targets");
  declare.number("-p,--port", inventory.default_port, 1, 65535,
                 "port to probe where the inventory names none");
  declare.list("-x,--exclude", inventory.excludes, "FILE|EXPR",
               "never probe these; may be repeated");
  declare.text("-l,--limit", inventory.limit, "PATTERN",
               "only these, as an Ansible pattern: web:&fra:!canary, or @FILE");
  declare.flag("-4", asked.v4, "IPv4 only");
  declare.flag("-6", asked.v6, "IPv6 only");
  declare.choice("--resolver", {"dns", "system"}, resolver.system ? 1 : 0, "how to resolve names",
                 [&](std::size_t index) { resolver.system = index == 1; });
  declare.value(
      "--dns-server", "ADDR[:PORT]", "", "query this name server, without search domains",
      [&](const std::string& text) { resolver.server = parse_server("--dns-server", text); });
  declare.flag("--allow-empty", options.allow_empty, "accept an inventory without targets");
  declare.flag("--strict", inventory.strict, "refuse a file with an entry that cannot be read");
}

void declare_selection(OptionDeclarer& declare, Options& options) {
  auto& inventory = options.inventory;
  declare.group("selection");
  declare.value("--format", "NAME", "auto", "format of the inventories; see below",
                [&](const std::string& name) {
                  const auto format = inventory::parse_format(name);
                  if (!format)
                    refuse_value("--format", name, "must be one of " + inventory::format_names());
                  inventory.format = *format;
                });
  declare.choice("--only", {"all", "failing", "reachable", "unknown"}, 0,
                 "of the hosts in results.jsonl, as an inventory",
                 [&](std::size_t index) { inventory.only = static_cast<inventory::Only>(index); });
  declare.flag("--run-inventory", inventory.run_inventory,
               "run inventory programs with --list, as Ansible does");
  declare.text("--web-headers", inventory.web_headers, "FILE",
               "header lines to send where an inventory is a URL");
  declare.text("--json-host", inventory.json_host, "POINTER",
               "where each machine of a JSON document has its host: /primary_ip/address");
  declare.text("--json-port", inventory.json_port, "POINTER", "likewise its port");
  declare.list("--where", inventory.where, "KEY=VALUE",
               "only targets with this label, or KEY!=VALUE; may be repeated");
  declare.text("--sample", inventory.sample, "N|P%", "only this many, chosen by the seed");
  declare.number("--seed", inventory.seed, 0, ~std::uint64_t{0},
                 "seed of the order in which targets are visited");
  declare.text("--shard", inventory.shard, "I/N|auto",
               "one of N parts; auto: the one assigned to this job");
  declare.number("--max-targets", inventory.max_targets, 1, kMostTargets,
                 "refuse a larger inventory");
  declare.text("--subnet-map", inventory.subnet_map, "FILE",
               "CSV of prefix, site, owner...: labels for the targets in each");
  declare.list("--label-from", inventory.label_from, "VARIABLE",
               "an Ansible variable or ssh_config keyword that becomes a label; repeatable");
  declare.flag("--all-addresses", options.resolver.all_addresses,
               "probe every address of a name separately");
  declare.flag("--plan", options.plan, "with `targets`: estimate what a scan would cost");
}

void declare_probe(OptionDeclarer& declare, Options& options, Requests& asked) {
  auto& probe = options.probe;
  auto& limits = options.limits;
  declare.group("probe");
  declare.choice("--depth", {"tcp", "banner", "kexinit", "kex"},
                 static_cast<std::size_t>(probe.depth), "how far to go",
                 [&](std::size_t index) { probe.depth = static_cast<probe::Depth>(index); });
  // Read in this order: one phase's own timeout wins over that for all.
  declare.value("-t,--timeout", "SEC", "", "timeout for each of the three phases",
                [&](const std::string& text) {
                  probe.connect_timeout = probe.banner_timeout = probe.kex_timeout =
                      parse_seconds("--timeout", text, 1ms);
                });
  declare.seconds("--connect-timeout", probe.connect_timeout, "timeout for the TCP connection");
  declare.seconds("--banner-timeout", probe.banner_timeout,
                  "timeout for the server's identification");
  declare.seconds("--kex-timeout", probe.kex_timeout, "timeout for KEXINIT and the key exchange");
  declare.number("--retries", limits.retry.retries, 0, 10, "further attempts, where one can help");
  declare.seconds("--patience", limits.patience, "for retries, once every host was asked", 0ms);
  declare.number("--max-connections-per-host", limits.retry.connections, 1, 1000,
                 "connections to one target, retries included");
  declare.flag("--no-diagnose", asked.no_diagnose, "no extra questions to failing hosts");
  declare.list("--canary", options.canaries, "TARGET",
               "a target that must be reachable; may be repeated");
  declare.value("--client", "NAME", "", "connect as this client would: openssh-7.4, rhel-9-fips",
                [&](const std::string& text) {
                  options.client = text;
                  probe.client = &parse_client("--client", text);
                  options.client_exchanges = ssh::key_exchanges_of(*probe.client);
                  probe.key_exchanges = options.client_exchanges.get();
                });
  declare.value("--ident", "TEXT", probe.ident, "our name in servers' logs",
                [&](const std::string& text) { probe.ident = parse_ident("--ident", text); });
}

void declare_speed(OptionDeclarer& declare, Options& options) {
  auto& limits = options.limits;
  declare.group("speed");
  declare.number("-c,--concurrency", limits.concurrency, 1, 1000000, "connections at a time");
  declare.number("--per-subnet", limits.per_subnet, 1, 1000000,
                 "at most so many of them in one /24 or /64");
  declare.value("-r,--rate", "N|auto", "0",
                "connections per second; auto = fewer where they do harm",
                [&](const std::string& text) {
                  limits.adaptive = text == "auto";
                  if (!limits.adaptive)
                    limits.rate = parse_number("--rate", text, 0.0, 1e6, "auto or ");
                });
  declare.value("--threads", "N|auto", "auto", "probing threads; auto = one per core",
                [&](const std::string& text) {
                  options.threads =
                      text == "auto" ? 0 : parse_number("--threads", text, 1U, 256U, "auto or ");
                });
  declare.value("--deadline", "DURATION", "", "stop after this time: 90, 15m, 2h",
                [&](const std::string& text) {
                  options.deadline = parse_duration(text);
                  if (!options.deadline)
                    refuse_value("--deadline", text, "must be like 90, 90s, 15m or 1h30m");
                });
}

void declare_proxy(OptionDeclarer& declare, Options& options, Requests& asked) {
  declare.group("proxy");
  declare.value("--proxy", "URL", "",
                "connect through it: socks5://HOST:PORT, http://HOST:PORT or ssh://HOST",
                [&](const std::string& url) { options.proxy = parse_proxy_url("--proxy", url); });
  declare.flag("--proxy-dns", asked.proxy_dns, "the proxy resolves names, as with socks5h://");
  declare.number("--proxy-connections", options.proxy_connections, 1, 1000000,
                 "connections to or through the proxy at a time");
  declare.text("--proxy-credentials", options.proxy_credentials, "FILE",
               "USER:PASSWORD for the proxy; nobody else may read it");
}

void declare_output(OptionDeclarer& declare, Options& options) {
  declare.group("output");
  declare.text("-o,--output", options.output_dir, "DIR",
               "results.jsonl, report.json and report.html");
  declare_outputs(declare, options.outputs, false);
  declare.flag("--github", options.github,
               "step summary and annotations; the default in an Action");
  declare.choice("--report-rows", {"auto", "all", "failed"}, 0, "which hosts a report lists",
                 [&](std::size_t index) { options.rows = static_cast<summary::Rows>(index); });
  declare.choice("--color", {"auto", "always", "never"}, 0, "color of the summary",
                 [&](std::size_t index) { options.color = static_cast<Color>(index); });
  declare.choice("--progress", {"auto", "bar", "plain", "none"}, 0, "progress on standard error",
                 [&](std::size_t index) { options.progress = static_cast<ProgressStyle>(index); });
  declare.flag("-q,--quiet", options.quiet, "one line per failing host, nothing else");
  declare.count("-v,--verbose", options.verbose,
                "failing hosts with their reasons; -vv: all hosts");
}

void declare_gate(OptionDeclarer& declare, Options& options) {
  declare.group("gate");
  declare.list("--fail-if", options.fail_if, "EXPR", "may be repeated; see below [failing > 0]");
  declare.text("--baseline", options.baseline, "FILE", "failures to accept");
  declare.flag("--update-baseline", options.update_baseline,
               "accept everything that fails now: write FILE");
  declare.flag("--no-confirm", options.no_confirm, "do not probe new failures again at the end");
  declare.flag("--exit-zero", options.exit_zero, "failing hosts do not make the exit status 1");
}

void declare_runs(OptionDeclarer& declare, Options& options, Requests& asked) {
  declare.group("runs");
  declare.text("--history", options.history, "DB",
               "compare with earlier runs, and record this one");
  declare.text("--vantage", options.vantage, "NAME", "name of the place this scan looks from");
  declare.text("--resume", options.resume, "RESULTS", "finish an interrupted scan");
  declare.text("--lock", options.lock, "FILE",
               "one scan at a time, otherwise exit 3 [DB.lock with --history]");
  declare.seconds("--lock-wait", options.lock_wait, "how long to wait for the other scan", 0ms);
  declare.number("--keep", options.keep, 1, 100000,
                 "how many runs to keep in DIR, with a link latest");
  declare.flag("--cron", options.cron, "print nothing unless something is wrong; then as a mail");
  declare.text("--user", options.user, "NAME", "become this account first; takes root");
  declare.choice("--sandbox", {"auto", "strict", "off"}, 0, "strict: exit 3 if not all of it works",
                 [&](std::size_t index) { options.sandbox = static_cast<Sandbox>(index); });
  declare.flag("--no-sandbox", asked.no_sandbox, "keep all rights to files and system calls");
  declare.text("--config", options.config, "FILE",
               "read options from this file instead of the usual ones");
  declare.flag("--no-config", options.no_config, "read no configuration file");
  declare.flag("--show-config", asked.show_config, "print each option, its value and its origin");
}

void declare_host_keys(OptionDeclarer& declare, Options& options, Requests& asked) {
  declare.group("host keys");
  declare.text("--ca", options.ca, "FILE", "keys of the authorities that sign host certificates");
  declare.text("--known-hosts", options.known_hosts, "FILE", "the host keys to expect");
  declare.flag("--sshfp", options.sshfp, "compare host keys with SSHFP records in the DNS");
  declare.choice("--host-keys", {"default", "all"}, 0, "all: of each type that a server offers",
                 [&](std::size_t index) { asked.all_keys = index == 1; });
  declare.number("--max-keys-per-host", asked.keys, 1, probe::kMaxFurtherKeys,
                 "of one target, with --host-keys all");
}

void declare_vantages(OptionDeclarer& declare, Options& options, Requests& asked) {
  declare.group("vantages");
  declare.list("--from", options.from, "local|HOST", "scan from there, over ssh; may be repeated");
  declare.flag("--follow-jumps", options.follow_jumps,
               "log in at jump hosts and scan from there what is behind them");
  declare.flag("--split", options.split, "each target from one of them only: to be faster");
  declare.value("--ssh", "COMMAND", "ssh", "how to reach them, or a bastion: 'ssh -F other_config'",
                [&](const std::string& text) {
                  const auto words = shell_words(text);
                  if (!words || words->empty())
                    refuse_value("--ssh", text, "must be a command, quoted as in a shell");
                  options.ssh = *words;
                });
  declare.flag("--push", asked.push, "send this program there first; it is removed at the end");
  declare.list("--doctor", options.doctors, "FILES",
               "records of fleetscan doctor --json to be joined, such as 'doctor/*.json'");
  declare.text("--doctor-from", options.doctor_from, "local|HOST",
               "run fleetscan doctor on the hosts that fail, by a command there");
  declare.text("--doctor-command", options.doctor_command, "COMMAND",
               "which gets the script: 'ssh \"root@$HOST\" sh'; also $PORT and $ADDRESS");
  declare.text("--push-file", options.push, "FILE", "send this one: a build for their system");
}

void declare_others(OptionDeclarer& declare, Requests& asked) {
  declare.group("others");
  declare.flag("-h", asked.brief_help, "the most used options");
  declare.flag("--help", asked.whole_help, "all options");
  declare.flag("-V,--version", asked.version, "versions of fleetscan and its libraries");
}

}  // namespace

void declare_options(CLI::App& app, Options& options, Requests& asked) {
  app.set_help_flag("");
  app.add_option("TARGETS", options.inventory.targets)->group("");
  OptionDeclarer declare(app);
  declare_targets(declare, options, asked);
  declare_selection(declare, options);
  declare_probe(declare, options, asked);
  declare_speed(declare, options);
  declare_proxy(declare, options, asked);
  declare_output(declare, options);
  declare_gate(declare, options);
  declare_runs(declare, options, asked);
  declare_host_keys(declare, options, asked);
  declare_vantages(declare, options, asked);
  declare_others(declare, asked);
}

std::map<std::string, std::string> effective_options(const Options& options) {
  const auto& limits = options.limits;
  std::map<std::string, std::string> values{
      {"depth", std::string{probe::to_string(options.probe.depth)}},
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
  if (limits.keys > 1) {
    values["host-keys"] = "all";
    values["max-keys-per-host"] = fmt::format("{}", limits.keys);
  }
  if (options.proxy) {
    values["proxy"] = options.proxy->to_string();
    values["proxy-connections"] = fmt::format("{}", options.proxy_connections);
  }
  if (!options.client.empty()) values["client"] = options.client;
  if (options.sshfp) values["sshfp"] = "true";
  if (!limits.retry.diagnose) values["no-diagnose"] = "true";
  if (!options.inventory.shard.empty()) values["shard"] = options.inventory.shard;
  if (options.deadline) values["deadline"] = seconds_text(*options.deadline);
  if (!options.ca.empty()) values["ca"] = options.ca;
  if (!options.known_hosts.empty()) values["known-hosts"] = options.known_hosts;
  return values;
}

}  // namespace fleetscan::commands
