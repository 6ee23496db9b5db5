#include "tests/simulator/packet_filter.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace fleetscan::simulator {
namespace {

constexpr std::uint32_t kPass = 0xffffffff;  // bytes of the packet to keep
constexpr std::uint32_t kDrop = 0;
constexpr std::uint32_t kDestination = static_cast<std::uint32_t>(SKF_NET_OFF) + 16;

sock_filter statement(unsigned code, std::uint32_t operand) {
  return {static_cast<std::uint16_t>(code), 0, 0, operand};
}

sock_filter jump(unsigned code, std::uint32_t operand, std::uint8_t when_true,
                 std::uint8_t when_false) {
  return {static_cast<std::uint16_t>(code), when_true, when_false, operand};
}

bool drops(const Rule& rule) { return rule.behavior->by == Behavior::By::syn_filter; }

}  // namespace

FilterProgram syn_filter(const Scenario& scenario) {
  std::vector<const Rule*> rules;
  for (const auto& rule : scenario.rules()) {
    if (rule->prefix.base().is_v4()) rules.push_back(rule.get());
  }
  if (std::ranges::none_of(rules, [](const Rule* rule) { return drops(*rule); })) return {};
  FilterProgram program = {statement(BPF_LD | BPF_W | BPF_ABS, kDestination),
                           statement(BPF_MISC | BPF_TAX, 0)};
  for (const auto* rule : rules) {  // longest prefix first
    const bool matters = std::ranges::any_of(rules, [&](const Rule* other) {
      return drops(*other) && other->prefix.contains(rule->prefix.base());
    });
    if (!matters) continue;
    const int length = rule->prefix.length();
    program.push_back(statement(BPF_MISC | BPF_TXA, 0));
    program.push_back(statement(BPF_ALU | BPF_AND | BPF_K, length == 0 ? 0 : ~0U << (32 - length)));
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, rule->prefix.base().v4_value(), 0, 1));
    program.push_back(statement(BPF_RET | BPF_K, drops(*rule) ? kDrop : kPass));
  }
  program.push_back(statement(BPF_RET | BPF_K, kPass));
  if (program.size() > BPF_MAXINSNS) {
    throw std::runtime_error("too many rules near connect_timeout; merge some prefixes");
  }
  return program;
}

FilterProgram size_filter(std::uint32_t bytes) {
  return {statement(BPF_LD | BPF_W | BPF_LEN, 0), jump(BPF_JMP | BPF_JGT | BPF_K, bytes, 0, 1),
          statement(BPF_RET | BPF_K, kDrop), statement(BPF_RET | BPF_K, kPass)};
}

void attach(int socket, const FilterProgram& program) {
  const sock_fprog filter = {static_cast<unsigned short>(program.size()),
                             const_cast<sock_filter*>(program.data())};
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
    throw std::system_error(errno, std::generic_category(), "attach a packet filter");
  }
}

}  // namespace fleetscan::simulator
