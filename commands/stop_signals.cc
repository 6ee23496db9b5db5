#include "commands/stop_signals.h"

#include <csignal>
#include <cstddef>

namespace fleetscan::commands {
namespace {

volatile std::sig_atomic_t last = 0;  // a handler has nothing else to write to

void receive(int number) { last = number; }

}  // namespace

StopSignals::StopSignals() {
  last = 0;
  struct sigaction action {};
  action.sa_handler = receive;
  for (std::size_t i = 0; i < kNumbers.size(); ++i) ::sigaction(kNumbers[i], &action, &before_[i]);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGCHLD, &action, &child_before_);
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < kNumbers.size(); ++i) ::sigaction(kNumbers[i], &before_[i], nullptr);
  ::sigaction(SIGCHLD, &child_before_, nullptr);
}

int StopSignals::received() { return last; }

}  // namespace fleetscan::commands
