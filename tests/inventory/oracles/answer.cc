// Answers the oracle drivers: each line of standard input is a question, each answer one line of
// JSON. Fields are parted by TAB:
//   expand EXPRESSION            -> hosts and ranges, or {"error"}
//   load FORMAT PATH LABELS      -> targets, or {"errors"}; LABELS is a comma list
//   limit FORMAT PATH PATTERN    -> names of the hosts selected, or {"errors"}

#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "inventory/expression.h"
#include "inventory/inventory.h"

namespace {

using namespace fleetscan;
using namespace fleetscan::inventory;
using nlohmann::json;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

json expand(const std::string& text) {
  const auto parsed = Expression::parse(text);
  if (const auto* fault = std::get_if<ExpressionFault>(&parsed)) return {{"error", fault->remedy}};
  auto hosts = json::array();
  std::get<Expression>(parsed).for_each(
      [&](const AddressRange& range) {
        hosts.push_back({range.first.to_string(), range.last.to_string()});
      },
      [&](std::string_view name) { hosts.push_back(name); });
  return hosts;
}

json errors_of(const InputErrors& errors) {
  auto lines = json::array();
  for (const auto& error : errors.kept()) lines.push_back(error.to_string());
  return {{"errors", lines}};
}

json describe(const Target& target) {
  json result{{"host", target.host},
              {"port", target.port},
              {"connect", target.address ? target.address->to_string() : target.lookup_name()},
              {"labels", target.labels ? json(*target.labels) : json::object()},
              {"skip", target.skip_reason}};
  if (target.family) result["family"] = *target.family == Family::v4 ? 4 : 6;
  return result;
}

json load(const std::vector<std::string>& question) {
  InventoryOptions options{.targets = {question.at(2)}, .strict = true};
  options.format = parse_format(question.at(1)).value();
  if (question[0] == "load" && question.size() > 3) options.label_from = split(question[3], ',');
  if (question[0] == "limit") options.limit = question.at(3);
  const auto [inventory, errors, notes] = load_inventory(options);
  if (!inventory) return errors_of(errors);
  auto targets = json::array();
  const auto list = inventory->list();
  while (const auto target = list->next())
    targets.push_back(question[0] == "load" ? describe(*target) : json(target->host));
  return targets;
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto question = split(line, '\t');
    const auto answer = question.at(0) == "expand" ? expand(question.at(1)) : load(question);
    std::cout << answer.dump() << '\n';
  }
}
