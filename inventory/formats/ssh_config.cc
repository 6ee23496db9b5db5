#include "inventory/formats/ssh_config.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/ascii.h"
#include "base/input_error.h"
#include "base/numbers.h"
#include "inventory/entry.h"
#include "inventory/expression.h"
#include "inventory/formats/ssh_blocks.h"
#include "inventory/formats/ssh_settings.h"
#include "inventory/jump_route.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

/// Hands over hosts; equal labels are the same ones.
class Emitter {
 public:
  Emitter(const EntrySink& sink, InputErrors& errors) : sink_(sink), errors_(errors) {}

  void emit(const SshBlocks::Named& named, const SshSettings& settings) {
    Entry entry{.host = named.host, .kind = Entry::Kind::plain};
    entry.line = named.line;
    entry.column = named.column;
    const auto connect =
        lower(expanded_host_name(settings.host_name.value_or(named.host), named.host));
    if (connect != lower(named.host)) {
      entry.kind = Entry::Kind::alias;
      entry.connect = connect;
    }
    if (settings.port) {
      const auto port = parse_port_number(*settings.port);
      if (!port) {
        errors_.add(
            {named.source, named.line, 0, *settings.port, "a port is a number from 1 to 65535"});
        return;
      }
      entry.port = *port;
    }
    if (settings.family == "inet") entry.family = Family::v4;
    if (settings.family == "inet6") entry.family = Family::v6;
    std::string reason;
    if (const auto proxy = settings.proxy(); !proxy.empty())
      reason = "reached only through another host: " + proxy;
    entry.skip_reason = reason;
    const auto jumps = jump_route(settings);
    entry.jumps = jumps;
    entry.labels = shared(settings.labels);
    sink_(entry);
  }

 private:
  std::shared_ptr<const Labels> shared(const Labels& labels) {
    if (labels.empty()) return nullptr;
    auto& share = shared_[labels];
    if (!share) share = std::make_shared<const Labels>(labels);
    return share;
  }

  const EntrySink& sink_;
  InputErrors& errors_;
  std::map<Labels, std::shared_ptr<const Labels>> shared_;
};

}  // namespace

void parse_ssh_config(const SshConfigFile& file, const SshInclude& include,
                      const std::vector<std::string>& label_from, const EntrySink& sink,
                      InputErrors& errors, std::vector<std::string>& notes) {
  const SshBlocks blocks(file, include, label_from, errors, notes);
  Emitter emitter(sink, errors);
  for (const auto& named : blocks.named()) emitter.emit(named, blocks.settings_for(named.host));
  if (const auto ignored = blocks.ignored_matches(); ignored > 0)
    notes.push_back(counted(ignored, "Match block",
                            "of ssh_config with criteria that are not evaluated here, and are "
                            "assumed not to apply"));
}

}  // namespace fleetscan::inventory
