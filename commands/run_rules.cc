#include "commands/run_rules.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <variant>

#include "base/input_error.h"
#include "base/text_file.h"
#include "commands/options.h"
#include "inventory/authorities.h"
#include "reports/history/history.h"
#include "reports/history/sqlite.h"
#include "reports/summary/baseline.h"
#include "reports/summary/condition.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::commands {
namespace {

void read_conditions(const Options& options, RunRules& rules) {
  if (!options.fail_if.empty()) rules.settings.fail_if.clear();
  for (const auto& text : options.fail_if) {
    auto parsed = summary::parse_condition(text);
    if (const auto* error = std::get_if<InputError>(&parsed)) {
      rules.faults.push_back(error->to_string());
      continue;
    }
    auto& condition = std::get<summary::Condition>(parsed);
    if (summary::needs_history(condition.measure) && options.history.empty())
      rules.faults.push_back("--fail-if \"" + condition.text + "\" needs --history DB");
    if (condition.measure == summary::Measure::fresh && options.history.empty() &&
        options.baseline.empty())
      rules.faults.push_back("--fail-if \"" + condition.text +
                             "\" needs --history DB or --baseline FILE");
    rules.settings.fail_if.push_back(std::move(condition));
  }
}

void read_authorities(const std::string& path, RunRules& rules) {
  InputErrors errors;
  const auto text = read_text(path, "a file of authorities");
  if (const auto* error = std::get_if<InputError>(&text))
    errors.add(*error);
  else
    rules.settings.authorities = inventory::read_authorities(std::get<0>(text), path, errors);
  for (const auto& error : errors.kept()) rules.faults.push_back(error.to_string());
}

void read_baseline(const Options& options, RunRules& rules) {
  rules.settings.baseline_path = options.baseline;
  rules.settings.update_baseline = options.update_baseline;
  std::error_code unknown;
  const bool exists = std::filesystem::exists(options.baseline, unknown);
  if (options.update_baseline && !exists && !unknown) {
    rules.settings.baseline.emplace();
    return;
  }
  InputErrors errors;
  const auto text = read_text(options.baseline, "a baseline");
  if (const auto* error = std::get_if<InputError>(&text))
    errors.add(*error);
  else
    rules.settings.baseline = summary::Baseline::parse(std::get<0>(text), options.baseline, errors);
  for (const auto& error : errors.kept()) rules.faults.push_back(error.to_string());
}

}  // namespace

RunRules load_rules(const Options& options, history::History::Access access) {
  RunRules rules;
  read_conditions(options, rules);
  if (!options.ca.empty()) read_authorities(options.ca, rules);
  if (!options.baseline.empty()) read_baseline(options, rules);
  if (!options.history.empty() && rules.faults.empty()) try {
      rules.history = std::make_unique<history::History>(options.history, access);
    } catch (const history::SqliteError& error) {
      if (error.unwritable())
        rules.unwritable = error.what();
      else
        rules.faults.emplace_back(error.what());
    }
  return rules;
}

std::string resume_fault(const probe::RunInfo& earlier, const probe::RunInfo& now) {
  const auto same_shard = [&] {
    if (!earlier.shard || !now.shard) return earlier.shard.has_value() == now.shard.has_value();
    return earlier.shard->index == now.shard->index && earlier.shard->count == now.shard->count;
  };
  if (earlier.inventory_sha256 != now.inventory_sha256 || !same_shard())
    return "it was a scan of a different inventory; give the same targets and selection";
  if (earlier.depth != now.depth)
    return "it was a scan with --depth " + std::string(probe::to_string(earlier.depth));
  const auto client = [](const probe::RunInfo& run) {
    const auto found = run.options.find("client");
    return found == run.options.end() ? std::string() : found->second;
  };
  if (client(earlier) != client(now))
    return client(earlier).empty() ? "it was a scan without --client"
                                   : "it was a scan with --client " + client(earlier);
  if (earlier.vantage != now.vantage) return "it was a scan from another --vantage";
  return {};
}

}  // namespace fleetscan::commands
