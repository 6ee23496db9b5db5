// fleet_simulator: a fleet of SSH servers, good and bad, on the loopback interface.

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/simulator/fleet.h"
#include "tests/simulator/scenario.h"

namespace fleetscan::simulator {
namespace {

struct Settings {
  std::string scenario;
  std::vector<std::uint16_t> ports;
  double seconds = 600;
  bool with_parent = false;
  bool list_behaviors = false;
  std::string count_log;
};

void list_behaviors() {
  for (const auto& behavior : behaviors()) {
    std::cout << behavior.name << ": " << behavior.summary;
    if (!behavior.keys.empty()) std::cout << " [" << behavior.keys << "]";
    std::cout << '\n';
  }
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// Readable when one of the signals that we care for has come.
Descriptor signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return Descriptor(signalfd(-1, &set, SFD_CLOEXEC));
}

void print(const Statistics& statistics) { std::cout << statistics.json() << std::endl; }

void serve(const Settings& settings, const Scenario& scenario) {
  raise_descriptor_limit();
  const auto signal_descriptor = signals();
  if (settings.with_parent) {
    const auto parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) return;  // it has died meanwhile
  }
  Fleet fleet(scenario, settings.ports);
  std::cout << "ready";
  for (const auto port : fleet.ports()) std::cout << ' ' << port;
  std::cout << std::endl;
  const auto end =
      std::chrono::steady_clock::now() +
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(settings.seconds));
  fleet.serve(end, signal_descriptor.get(), [&] {
    signalfd_siginfo info{};
    if (read(signal_descriptor.get(), &info, sizeof info) != sizeof info) return false;
    if (info.ssi_signo != SIGUSR1) return true;
    print(fleet.statistics());
    return false;
  });
  print(fleet.statistics());
  if (settings.count_log.empty()) return;
  std::ofstream file(settings.count_log);
  file << fleet.statistics().count_log() << std::flush;
  if (!file) throw std::runtime_error("cannot write " + settings.count_log);
}

int run(const Settings& settings) {
  if (settings.list_behaviors) {
    list_behaviors();
    return 0;
  }
  std::string text;
  if (!settings.scenario.empty()) {
    std::ifstream file(settings.scenario);
    if (!file) {
      std::cerr << settings.scenario << ": cannot be read; check the path\n";
      return 2;
    }
    std::ostringstream whole;
    whole << file.rdbuf();
    text = whole.str();
  }
  const auto scenario = Scenario::parse(text, settings.scenario);
  for (const auto& error : scenario.errors()) std::cerr << error << '\n';
  if (!scenario.errors().empty()) return 2;
  serve(settings, scenario);
  return 0;
}

}  // namespace
}  // namespace fleetscan::simulator

int main(int argc, char** argv) {
  using namespace fleetscan::simulator;
  CLI::App app{"A fleet of simulated SSH servers: every address of 127.0.0.0/8 is a host."};
  Settings settings;
  app.add_option("--scenario,scenario", settings.scenario, "which host behaves how [all healthy]");
  app.add_option("-p,--port", settings.ports,
                 "port of 127.0.0.0/8, repeatable; 0 = any free one [2222]");
  app.add_option("--for", settings.seconds, "seconds until it ends by itself")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 86400.0));
  app.add_flag("--with-parent", settings.with_parent, "end when the parent process does");
  app.add_option("--count-log", settings.count_log,
                 "at the end write one line per host: address, connections, most at once");
  app.add_flag("--list-behaviors", settings.list_behaviors, "list what a scenario can name");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (settings.ports.empty()) settings.ports = {2222};
  try {
    return run(settings);
  } catch (const std::exception& error) {
    std::cerr << "fleet_simulator: " << error.what() << '\n';
    return 1;
  }
}
