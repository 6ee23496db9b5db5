#pragma once
// What a user asks for, as a value.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inventory/inventory.h"
#include "reports/render/formats.h"
#include "reports/summary/host_table.h"
#include "scanner/net/resolver_settings.h"
#include "scanner/plan/scan_plan.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/proxy/proxy.h"
#include "scanner/ssh/key_exchange.h"
#include "vantages/vantage.h"

namespace fleetscan::commands {

enum class Command : std::uint8_t {
  scan,     ///< the default
  targets,  ///< print what would be probed
  explain,  ///< say what a class or a cause means
};

/// Where and how things are shown; `automatic` depends on what a stream is connected to.
enum class Color : std::uint8_t { automatic, always, never };
/// automatic: as far as this kernel goes; strict: no scan if it does not go all the way.
enum class Sandbox : std::uint8_t { automatic, strict, off };
enum class ProgressStyle : std::uint8_t { automatic, bar, plain, none };

struct Options {
  Command command = Command::scan;
  std::vector<std::string> words = {};  ///< the command line, as it was typed
  std::string explain =
      {};  ///< a name, a message or words; "" for the list of names, "-" for stdin
  inventory::InventoryOptions inventory = {};
  net::ResolverSettings resolver = {};
  probe::ProbeSettings probe = {};
  plan::ScanLimits limits = {};  ///< but for its deadline: a command line knows no moments
  unsigned threads = 0;          ///< that probe; 0 = as many as pay
  std::optional<std::chrono::milliseconds> deadline = {};
  std::optional<proxy::Proxy> proxy =
      {};  ///< as the command line has it: settle_proxy() completes it
  std::size_t proxy_connections = proxy::kConnections;
  std::string proxy_credentials = {};  ///< file
  std::string known_hosts = {};
  std::string client = {};  ///< the one that servers are held against; empty: those of today
  std::shared_ptr<const ssh::KeyExchangeFactory> client_exchanges = {};  ///< as that one makes them
  bool sshfp = false;   ///< the DNS is asked which host keys it publishes
  std::string ca = {};  ///< a file of authorities whose host certificates are accepted
  std::vector<std::string> canaries = {};  ///< target expressions

  std::string output_dir = {};       ///< "" for none
  render::OutputPaths outputs = {};  ///< beside it
  bool github = false;               ///< a step summary and annotations for GitHub Actions
  summary::Rows rows = summary::Rows::automatic;

  Color color = Color::automatic;
  ProgressStyle progress = ProgressStyle::automatic;
  bool quiet = false;
  unsigned verbose = 0;
  bool plan = false;  ///< `targets` says what a scan would cost
  bool exit_zero = false;
  bool allow_empty = false;

  // Gate and runs. Paths are empty where something is not wanted.
  std::vector<std::string> fail_if = {};  ///< empty: "failing > 0"
  std::string baseline = {};
  bool update_baseline = false;
  std::string history = {};
  std::string vantage = {};
  std::vector<std::string> doctors = {};  ///< patterns of files: records of fleetscan doctor
  std::string doctor_from = {};           ///< as vantages::parse_vantage() reads it
  std::string doctor_command = {};        ///< what the shell there runs for each failing host
  std::string resume = {};
  std::string lock = {};
  std::chrono::milliseconds lock_wait{10'000};
  bool cron = false;
  std::string user = {};  ///< account to become
  Sandbox sandbox = Sandbox::automatic;
  bool no_confirm = false;
  std::uint64_t keep = 0;  ///< runs in output_dir; 0: there is but one, in place

  // Vantages (`--from`).
  std::vector<std::string> from = {};            ///< as given
  std::vector<vantages::Vantage> vantages = {};  ///< ... and understood; empty: this scan looks
  std::vector<std::string> ssh = {"ssh"};        ///< `--ssh`, as words
  bool follow_jumps = false;  ///< hosts behind a jump host are scanned from there
  bool split = false;         ///< each target from one of them only
  std::string push = {};      ///< path of the program to be sent there; empty: none

  // Where settings came from, beside the command line.
  std::string config = {};
  bool no_config = false;
};

}  // namespace fleetscan::commands
