#include "tests/perf/figures.h"

#include <arpa/inet.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

namespace fleetscan::perf {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

rusage usage() {
  rusage now{};
  getrusage(RUSAGE_SELF, &now);
  return now;
}

/// 0 unless the text is a whole number from 1 to the limit.
std::uint32_t number(const char* text, unsigned long limit) {
  char* end = nullptr;
  const auto value = std::strtoul(text, &end, 10);
  return *end == '\0' && value <= limit ? static_cast<std::uint32_t>(value) : 0;
}

}  // namespace

Arguments parse_arguments(int argc, char** argv) {
  Arguments arguments;
  in_addr first{};
  if (argc == 5 && inet_aton(argv[1], &first) == 1) {
    arguments.first_address = ntohl(first.s_addr);
    arguments.count = number(argv[2], 1UL << 24);
    arguments.port = static_cast<std::uint16_t>(number(argv[3], 65535));
    arguments.concurrency = number(argv[4], 19000);
  }
  const bool loopback = arguments.first_address >> 24 == 127 &&
                        (arguments.first_address + arguments.count - 1) >> 24 == 127;
  if (!loopback || arguments.count == 0 || arguments.port == 0 || arguments.concurrency == 0) {
    std::fprintf(stderr,
                 "usage: %s FIRST-ADDRESS COUNT PORT CONCURRENCY\n"
                 "addresses must lie in 127.0.0.0/8, concurrency below 19000\n",
                 argv[0]);
    std::exit(2);
  }
  return arguments;
}

sockaddr_in target(const Arguments& arguments, std::uint32_t index) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(arguments.port);
  name.sin_addr.s_addr = htonl(arguments.first_address + index);
  return name;
}

Stopwatch::Stopwatch() : began_(std::chrono::steady_clock::now()) {
  const auto now = usage();
  user_began_ = seconds(now.ru_utime);
  system_began_ = seconds(now.ru_stime);
}

std::string Stopwatch::figures(const std::string& name, std::uint32_t reached,
                               std::uint32_t hosts) const {
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - began_;
  const auto now = usage();
  const double user = (seconds(now.ru_utime) - user_began_) * 1e6 / hosts;
  const double system = (seconds(now.ru_stime) - system_began_) * 1e6 / hosts;
  char line[256];
  std::snprintf(line, sizeof line,
                "%s: %u of %u hosts, %.0f hosts/s, %.1f us CPU per host (user %.1f, system %.1f)",
                name.c_str(), reached, hosts, hosts / elapsed.count(), user + system, user, system);
  return line;
}

}  // namespace fleetscan::perf
