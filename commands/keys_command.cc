#include "commands/keys_command.h"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/escape.h"
#include "base/exit_status.h"
#include "base/output_file.h"
#include "commands/console.h"
#include "commands/results_input.h"
#include "commands/subcommand_lines.h"
#include "inventory/known_hosts.h"
#include "reports/records/result_file.h"
#include "reports/render/key_lists.h"
#include "reports/summary/key_ring.h"

namespace fleetscan::commands {
namespace {

std::string random_salt() {
  static std::random_device device;
  std::string salt;
  for (std::size_t i = 0; i < inventory::kSaltBytes; ++i) salt += static_cast<char>(device());
  return salt;
}

std::uint64_t seconds_since_1970() {
  const auto since = wall_now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(since).count());
}

std::string rendered(const KeysLine& line, const std::vector<summary::HostKeys>& hosts) {
  if (line.as_json) return render::keys_json(hosts);
  if (line.sshfp) return render::sshfp_records(hosts, line.sha1);
  if (line.ansible) return render::ansible_task(hosts, line.hash);
  return render::known_hosts(hosts, line.hash ? render::Salt(random_salt) : render::Salt(),
                             seconds_since_1970());
}

void tell_missing(const std::vector<summary::HostKeys>& hosts) {
  for (const auto& host : hosts)
    for (const auto& [type, why] : host.missing)
      say(fmt::format("{}: no {}host key: {}", printable(host.target),
                      type.empty() ? "" : printable(type) + ' ', printable(why)));
}

}  // namespace

int run_keys(std::vector<std::string> arguments) {
  KeysLine line;
  if (const auto instead = parse(line.app, std::move(arguments))) return answer(*instead);
  summary::KeyRing ring;
  const auto unread = read_results(line.inputs, records::feed(ring));
  if (!unread) return kExitUsage;
  tell_missing(ring.hosts());
  write_report(line.output, rendered(line, ring.hosts()));
  if (ring.incomplete()) {
    say("INCOMPLETE: the run ended before every target had its result");
    return kExitUndecided;
  }
  return ring.missing() + *unread > 0 ? kExitFailed : kExitPassed;
}

}  // namespace fleetscan::commands
