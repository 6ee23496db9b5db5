#pragma once
// DoctorVisits: the check of `fleetscan doctor`, run on the hosts that fail, by a way that the user
// names (`--doctor-from`, `--doctor-command`).

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <vector>

#include "base/clock.h"
#include "commands/options.h"
#include "reports/records/doctor_record.h"
#include "reports/summary/host_table.h"
#include "scanner/diagnosis/doctor_script.h"
#include "vantages/child.h"
#include "vantages/vantage.h"

namespace fleetscan::commands {

/// A shell at the vantage runs the user's command once for each host, with its script on standard
/// input and HOST, PORT and ADDRESS in its environment, and what it prints is that host's record.
/// Nothing of a host's decides what is run but those three, which are quoted.
class DoctorVisits {
 public:
  static constexpr std::size_t kMostVisits = 100, kAtOnce = 4;
  static constexpr std::chrono::seconds kLongest{60};  ///< of one visit

  /// Prepares what will be started, before the process gives up the right to.
  /// @param options  must outlive this; they name a vantage and a command
  explicit DoctorVisits(const Options& options);

  /// What is known of the failing hosts, at most kMostVisits.
  /// @param own_address  whether this machine's address is what they see of us
  void plan(const std::vector<summary::HostRow>& rows, bool own_address);

  struct Found {
    std::vector<records::DoctorRecord> records;
    std::vector<std::string> notes;  ///< who was not visited, or said nothing, and why
  };
  /// Visits them, one visitor a host. The first SIGINT or SIGTERM ends it.
  [[nodiscard]] Found run();

 private:
  struct Patient {
    std::string target;
    diagnosis::DoctorCase known;
  };
  struct Visitor {
    explicit Visitor(const std::vector<std::string>& words) : child(words) {}

    vantages::Child child;
    const Patient* with = nullptr;
    std::string sending = {}, heard = {}, errors = {};
    std::size_t sent = 0;
    TimePoint since = {};
    bool lost = false;
  };

  [[nodiscard]] std::string command_for(const diagnosis::DoctorCase& known) const;
  [[nodiscard]] bool any_busy() const;
  void send_on(Visitor& visitor);
  void turn(Visitor& visitor);
  void end_visit(Visitor& visitor, bool answered);

  const Options& options_;
  vantages::Vantage vantage_;
  std::list<Visitor> visitors_;
  std::vector<Patient> patients_;
  std::size_t left_out_ = 0;  ///< fail as well, and are too many
  std::size_t next_ = 0;      ///< of the patients
  Found found_;
};

/// Reads the options about it.
/// @return what is wrong with them; empty if all is well
[[nodiscard]] std::string settle_doctor(const Options& options);

}  // namespace fleetscan::commands
