#include "commands/forecast_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/exit_status.h"
#include "base/input_error.h"
#include "base/output_file.h"
#include "base/spelling.h"
#include "base/text_file.h"
#include "commands/console.h"
#include "commands/joint_results.h"
#include "commands/results_input.h"
#include "commands/subcommand_lines.h"
#include "reports/records/result_file.h"
#include "reports/render/forecast_report.h"
#include "reports/summary/condition.h"
#include "reports/summary/forecast.h"
#include "scanner/ssh/client_log.h"
#include "scanner/ssh/client_profiles.h"

namespace fleetscan::commands {
namespace {

using Clients = std::vector<const ssh::ClientProfile*>;

InputError unknown_client(const std::string& option, std::string_view id) {
  std::vector<std::string> ids;
  for (const auto& client : ssh::client_profiles()) ids.emplace_back(client.id);
  const auto near = closest(id, ids);
  return {.source = option,
          .text = std::string(id),
          .remedy = near ? "no such client; did you mean " + *near + "?"
                         : fmt::format("no such client; there are {}", fmt::join(ids, ", "))};
}

void add_clients(const std::string& list, Clients& clients, InputErrors& errors) {
  for (std::string_view left = list; !left.empty();) {
    const auto comma = std::min(left.find(','), left.size());
    const auto id = left.substr(0, comma);
    const auto* client = ssh::find_client(id);
    if (!client)
      errors.add(unknown_client("--client", id));
    else if (std::ranges::find(clients, client) == clients.end())
      clients.push_back(client);
    left.remove_prefix(std::min(comma + 1, left.size()));
  }
}

std::optional<ssh::ClientProfile> read_own(const std::string& path, InputErrors& errors) {
  const auto text = read_text(path, "a client's log");
  if (const auto* error = std::get_if<InputError>(&text)) {
    errors.add(*error);
    return std::nullopt;
  }
  auto client = ssh::read_client_log(std::get<std::string>(text));
  if (!client) {
    errors.add(
        {.source = path, .remedy = "holds no offer of a client; make it with ssh -vv HOST 2>FILE"});
    return std::nullopt;
  }
  client->id = "own";
  client->name = path;
  client->source = path;
  return client;
}

/// "forecast.openssh-10.6.breaks > 0"
struct Rule {
  const summary::ClientForecast* row;
  bool warns;  ///< counts doubts instead of failures
  summary::Condition condition;

  [[nodiscard]] std::uint64_t count() const { return warns ? row->warns : row->breaks; }
};

constexpr std::string_view kBegin = "forecast.", kBreaks = ".breaks", kWarns = ".warns";

/// What stands behind the measure is as in any other condition.
std::variant<Rule, InputError> parse_rule(const std::string& text,
                                          const std::vector<summary::ClientForecast>& rows) {
  const auto end = std::min(text.find_first_of(" \t<>=!"), text.size());
  auto id = std::string_view(text).substr(0, end);
  const bool warns = id.ends_with(kWarns);
  if (!id.starts_with(kBegin) || !(warns || id.ends_with(kBreaks)))
    return InputError{.source = "--fail-if",
                      .text = text,
                      .remedy = "must be forecast.CLIENT.breaks or .warns, and a comparison"};
  id.remove_prefix(kBegin.size());
  id.remove_suffix((warns ? kWarns : kBreaks).size());
  const auto row =
      std::ranges::find(rows, id, [](const auto& forecast) { return forecast.client->id; });
  if (row == rows.end())
    return InputError{
        .source = "--fail-if", .text = std::string(id), .remedy = "is not among the clients"};
  auto condition = summary::parse_condition("failing" + text.substr(end));
  if (const auto* error = std::get_if<InputError>(&condition)) return *error;
  return Rule{&*row, warns, std::get<summary::Condition>(condition)};
}

/// Says which conditions do not hold.
bool all_hold(const std::vector<Rule>& rules, std::uint64_t hosts) {
  bool hold = true;
  for (const auto& rule : rules) {
    const auto count = static_cast<double>(rule.count());
    const bool of_all = rule.condition.percent && hosts > 0;
    if (!rule.condition.holds(of_all ? 100 * count / static_cast<double>(hosts) : count)) continue;
    say(fmt::format("{}{}{} is {}", kBegin, rule.row->client->id, rule.warns ? kWarns : kBreaks,
                    rule.count()));
    hold = false;
  }
  return hold;
}

std::vector<Rule> parse_rules(const std::vector<std::string>& texts,
                              const std::vector<summary::ClientForecast>& rows,
                              InputErrors& errors) {
  std::vector<Rule> rules;
  for (const auto& text : texts) {
    auto rule = parse_rule(text, rows);
    if (auto* error = std::get_if<InputError>(&rule))
      errors.add(*error);
    else
      rules.push_back(std::get<Rule>(rule));
  }
  return rules;
}

bool read_all(const std::vector<std::string>& inputs, summary::Forecast& forecast) {
  Joined joined(forecast);
  if (!read_results(inputs, records::feed(joined))) return false;
  joined.finish();
  return true;
}

}  // namespace

int run_forecast(std::vector<std::string> arguments) {
  ForecastLine line;
  if (const auto instead = parse(line.app, std::move(arguments))) return answer(*instead);
  InputErrors errors;
  Clients clients;
  for (const auto& list : line.clients) add_clients(list, clients, errors);
  std::optional<ssh::ClientProfile> own;
  if (!line.client_kexinit.empty()) own = read_own(line.client_kexinit, errors);
  if (own) clients.push_back(&*own);
  if (clients.empty())
    for (const auto& client : ssh::client_profiles()) clients.push_back(&client);

  summary::Forecast forecast(std::move(clients));
  if (errors.empty() && !read_all(line.inputs, forecast)) return kExitUsage;
  const auto report = std::move(forecast).finish();
  const auto rules = parse_rules(line.fail_if, report.clients, errors);
  if (!errors.empty()) {
    say(errors);
    return kExitUsage;
  }
  if (!line.csv.empty()) write_report(line.csv, render::forecast_csv(report));
  if (!line.json.empty()) write_report(line.json, render::forecast_json(report));
  if (!line.quiet && line.json != "-" && line.csv != "-") print_page(render::forecast_text(report));
  return all_hold(rules, report.census.hosts) ? kExitPassed : kExitFailed;
}

}  // namespace fleetscan::commands
