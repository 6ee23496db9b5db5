#include "commands/option_help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "commands/subcommands.h"
#include "inventory/formats/format.h"
#include "reports/render/text_page.h"
#include "reports/summary/condition.h"

namespace fleetscan::commands {
namespace {

constexpr std::array<std::string_view, 6> kOnlyInLongHelp{"selection", "host keys", "vantages",
                                                          "proxy",     "gate",      "runs"};

std::string help_line(const CLI::Option& option) {
  std::string names = option.get_snames().empty() ? "   " : "-" + option.get_snames()[0];
  if (!option.get_lnames().empty())
    names += std::string(option.get_snames().empty() ? " " : ", ") + "--" + option.get_lnames()[0];
  if (option.get_type_size() > 0) names += " " + option.get_type_name();
  const auto fallback = option.get_default_str();
  std::string text = option.get_description();
  if (!fallback.empty()) text += (text.empty() ? "[" : " [") + fallback + "]";
  return fmt::format("  {:<36} {}\n", names, text);
}

std::string usage_lines(bool whole) {
  std::string text;
  for (const auto& subcommand : kSubcommands)
    if (whole || subcommand.scan_options)
      text += fmt::format("{:<7}{:<39}{}{}\n", text.empty() ? "usage: " : "",
                          fmt::format("fleetscan {}", subcommand.usage),
                          subcommand.help.empty() ? "" : " ", subcommand.help);
  return text;
}

/// The names, separated by commas, on lines of at most 80 columns.
std::string wrapped(const std::vector<std::string>& names) {
  render::TextPage page({.width = 80});
  page.paragraph(fmt::format("{}", fmt::join(names, ", ")), 0, 0);
  return page.take();
}

}  // namespace

std::string option_help(const CLI::App& app, bool whole) {
  std::string text =
      "Finds out why SSH connections to your hosts fail, and at which step, without logging "
      "in.\n\n" +
      usage_lines(whole);
  text +=
      "\n"
      "TARGETS: a file of hosts, - for standard input, or host, host:port, [v6]:port,\n"
      "10.0.0.0/24, 10.0.0-3.1-254, web[01-20].example.com\n";
  for (const auto& group : app.get_groups()) {
    const bool special = std::ranges::find(kOnlyInLongHelp, group) != kOnlyInLongHelp.end();
    if (group.empty() || (!whole && special)) continue;
    text += "\n" + group + ":\n";
    for (const auto* option :
         app.get_options([&](const auto* o) { return o->get_group() == group; }))
      text += help_line(*option);
  }
  if (!whole)
    return text +
           "\nother commands, selection, host keys, vantages, proxies, conditions, history, cron: "
           "--help\n";
  return text + "\nNAME of a format: " + inventory::format_names() +
         "\n\nEXPR: MEASURE > NUMBER or NUMBER%, also with >= < <= == !=, where MEASURE is one "
         "of\n" +
         wrapped(summary::measure_names()) +
         "\nexit status: 0 all reached, 1 some failed, 2 bad usage or inventory, 3 incomplete or "
         "undecidable,\n"
         "4 an output could not be written, 130 interrupted, 143 terminated\n";
}

}  // namespace fleetscan::commands
