#include "commands/vantage_options.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "commands/option_table.h"
#include "commands/options.h"
#include "inventory/inventory.h"
#include "scanner/net/resolver_settings.h"
#include "vantages/vantage.h"

namespace fleetscan::commands {
namespace {

/// A command line as a whole has 128 KiB, with what else stands on it (MAX_ARG_STRLEN of Linux).
constexpr std::size_t kMostBytes = 96 * 1024;

std::string written(const net::DnsServer& server) {
  return host_and_port(server.address.to_string(), server.port);
}

}  // namespace

bool has_vantages(const Options& options) {
  return !options.vantages.empty() || options.follow_jumps;
}

std::string settle_vantages(Options& options, bool push) {
  auto parsed = vantages::parse_vantages(options.from);
  if (const auto* fault = std::get_if<std::string>(&parsed)) return *fault;
  options.vantages = std::get<0>(std::move(parsed));
  if (push && options.push.empty()) options.push = "/proc/self/exe";
  if (options.split && options.vantages.empty()) return "--split needs --from, twice or more";
  if (!has_vantages(options) && !options.push.empty()) return "--push needs --from HOST";
  if (options.split && options.resolver.all_addresses)
    return "--split does not work with --all-addresses: of a vantage that is lost, nobody can tell "
           "which addresses of a name are done";
  return {};
}

std::variant<std::vector<std::string>, std::string> options_for_vantages(
    const Options& options, const inventory::Inventory& inventory) {
  // Those of this process and its files, or shared out among them already.
  static const std::set<std::string> kNotTheirs{"shard", "known-hosts", "ca", "no-diagnose",
                                                "sshfp"};
  std::vector<std::string> words{"--no-config",   "--quiet",       "--progress=none", "--exit-zero",
                                 "--allow-empty", "--format=auto", "--jsonl=-"};
  const auto add = [&](const std::string& name, const std::string& value) {
    words.push_back("--" + name + "=" + value);
  };
  for (const auto& [name, value] : effective_options(options))
    if (!kNotTheirs.contains(name)) add(name, value);
  if (!options.limits.retry.diagnose) words.emplace_back("--no-diagnose");
  if (options.sshfp) words.emplace_back("--sshfp");
  if (options.resolver.all_addresses) words.emplace_back("--all-addresses");
  if (options.resolver.families == net::Families::v4) words.emplace_back("-4");
  if (options.resolver.families == net::Families::v6) words.emplace_back("-6");
  if (options.resolver.server) add("dns-server", written(*options.resolver.server));
  add("max-targets", std::to_string(std::max(options.inventory.max_targets, inventory.size())));
  add("ident", options.probe.ident);
  for (const auto& canary : options.canaries) add("canary", canary);
  for (const auto& excluded : inventory.exclusion_words()) add("exclude", excluded);
  std::size_t bytes = 0;
  for (const auto& word : words) bytes += word.size() + 3;
  if (bytes > kMostBytes)
    return "--from: what is excluded is too long to be told to a vantage; write it as prefixes";
  return words;
}

}  // namespace fleetscan::commands
