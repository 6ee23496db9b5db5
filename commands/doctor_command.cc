#include "commands/doctor_command.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/exit_status.h"
#include "base/input_error.h"
#include "base/output_file.h"
#include "commands/console.h"
#include "commands/subcommand_lines.h"
#include "reports/records/result_file.h"
#include "reports/records/result_reader.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/doctor_script.h"
#include "scanner/diagnosis/suspects.h"
#include "scanner/net/own_address.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::commands {
namespace {

using diagnosis::DoctorCase;

/// Whether `result` is what a user means by `host`: its name, with its port or without.
bool is_meant(const probe::HostResult& result, const std::string& host, unsigned port) {
  if (port != 0 && result.target.port != port) return false;
  return result.target.host == host || result.target.name() == host;
}

/// The last record of the host; of one with several ports, the last that needs attention.
std::optional<probe::HostResult> find_result(const DoctorLine& line) {
  std::optional<probe::HostResult> found;
  const auto complaints = records::read_result_file(line.results, [&](records::Record&& record) {
    auto* result = std::get_if<probe::HostResult>(&record);
    if (!result || !is_meant(*result, line.host, line.port)) return;
    if (!found || probe::needs_attention(result->state()) ||
        !probe::needs_attention(found->state()))
      found = std::move(*result);
  });
  for (const auto& complaint : complaints) say(complaint);
  return found;
}

/// The causes that the scan ranked, then what else its class brings to mind.
std::vector<diagnosis::CauseId> suspects_of(const probe::HostResult& result) {
  std::vector<diagnosis::CauseId> all;
  const auto add = [&](diagnosis::CauseId cause) {
    if (std::ranges::find(all, cause) == all.end()) all.push_back(cause);
  };
  for (const auto& cause : result.causes)
    if (const auto id = diagnosis::parse_cause(cause.name)) add(*id);
  for (const auto& suspect : diagnosis::suspects(result.outcome)) add(suspect.cause);
  return all;
}

DoctorCase case_of(const probe::HostResult& result) {
  DoctorCase known{.host = result.target.host,
                   .port = result.target.port,
                   .outcome = std::string(probe::to_string(result.outcome)),
                   .suspects = suspects_of(result)};
  const auto* attempt = result.decisive();
  const auto address =
      attempt && attempt->evidence.address ? attempt->evidence.address : result.target.address;
  if (!address) return known;
  known.address = address->to_string();
  if (const auto own = net::own_address(*address)) known.client = own->to_string();
  return known;
}

/// An address that a user gave, in its usual form.
void read_address(const std::string& option, const std::string& text, std::string& into,
                  InputErrors& errors) {
  if (text.empty()) return;
  if (const auto address = Address::parse(text))
    into = address->to_string();
  else
    errors.add({.source = option, .text = text, .remedy = "write an IPv4 or IPv6 address"});
}

std::optional<DoctorCase> read_case(const DoctorLine& line, InputErrors& errors) {
  DoctorCase known;
  if (line.results.empty() != line.host.empty())
    errors.add({.source = "fleetscan doctor",
                .remedy = "--for RESULTS and HOST go together: fleetscan doctor --for "
                          "results.jsonl web01"});
  else if (!line.results.empty()) {
    const auto result = find_result(line);
    if (result)
      known = case_of(*result);
    else
      errors.add(
          {.source = line.results, .text = line.host, .remedy = "has no record of that host"});
  }
  if (line.port != 0) known.port = static_cast<std::uint16_t>(line.port);
  known.json = line.json;
  read_address("--address", line.address, known.address, errors);
  read_address("--from", line.client, known.client, errors);
  if (!errors.empty()) return std::nullopt;
  return known;
}

/// Becomes a shell that runs the script.
int run_here(const std::string& script) {
  const char* const words[] = {"sh", "-c", script.c_str(), "fleetscan-doctor", nullptr};
  ::execv("/bin/sh", const_cast<char* const*>(words));
  throw std::system_error(errno, std::generic_category(), "cannot run /bin/sh");
}

}  // namespace

int run_doctor(std::vector<std::string> arguments) {
  DoctorLine line;
  if (const auto instead = parse(line.app, std::move(arguments))) return answer(*instead);
  InputErrors errors;
  std::optional<DoctorCase> known;
  try {
    known = read_case(line, errors);
  } catch (const std::system_error& error) {
    say(error.what());
    return kExitUsage;
  }
  if (!known) {
    say(errors);
    return kExitUsage;
  }
  const auto script = diagnosis::doctor_script(*known);
  if (line.run) return run_here(script);
  write_report("-", script);
  return kExitPassed;
}

}  // namespace fleetscan::commands
