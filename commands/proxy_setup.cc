#include "commands/proxy_setup.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/escape.h"
#include "base/file_descriptor.h"
#include "base/input_error.h"
#include "base/text_file.h"
#include "commands/console.h"
#include "commands/options.h"
#include "scanner/net/system_service.h"
#include "scanner/proxy/negotiation.h"
#include "scanner/proxy/proxy.h"
#include "vantages/bastion.h"

namespace fleetscan::commands {
namespace {

bool others_may_read(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

using Text = std::variant<std::string, InputError>;

Text text_of_file(const std::string& path) {
  if (others_may_read(path))
    return InputError{
        path, 0, 0, "",
        "others may read it, and it holds a password: chmod 600 makes it yours alone"};
  return read_text(path, "a file of credentials");
}

/// What a child of ours could read there is taken out.
std::optional<std::string> text_of_environment() {
  const char* text = std::getenv(kProxyLogin);
  if (!text) return std::nullopt;
  std::string taken = text;
  unsetenv(kProxyLogin);
  return taken;
}

/// @param source  for errors
std::variant<proxy::Credentials, InputError> parse(Text text, const std::string& source) {
  if (auto* error = std::get_if<InputError>(&text)) return std::move(*error);
  auto parsed = proxy::parse_credentials(std::get<std::string>(text));
  if (const auto* remedy = std::get_if<std::string>(&parsed))
    return InputError{source, 0, 0, "", *remedy};
  return std::get<proxy::Credentials>(std::move(parsed));
}

}  // namespace

bool settle_proxy(Options& options) {
  auto login = text_of_environment();
  if (!options.proxy) return true;
  auto& proxy = *options.proxy;
  if (proxy.kind == proxy::Kind::ssh) return true;
  const auto& file = options.proxy_credentials;
  if (!file.empty() || login) {
    auto read =
        file.empty() ? parse(std::move(*login), kProxyLogin) : parse(text_of_file(file), file);
    if (const auto* error = std::get_if<InputError>(&read)) {
      say(error->to_string());
      return false;
    }
    proxy.credentials = std::get<proxy::Credentials>(std::move(read));
  }
  if (proxy.addresses.empty()) proxy.addresses = net::addresses_of(proxy.host);
  if (proxy.addresses.empty()) say("the name of the proxy has no address: " + proxy.host);
  options.probe.proxy = std::make_shared<const proxy::Proxy>(proxy);
  return true;
}

std::unique_ptr<vantages::Bastion> prepare_bastion(const Options& options) {
  if (!options.proxy || options.proxy->kind != proxy::Kind::ssh) return nullptr;
  const auto& proxy = *options.proxy;
  return std::make_unique<vantages::Bastion>(
      vantages::BastionLogin{options.ssh, proxy.user, proxy.host, proxy.port});
}

void reach_bastion(vantages::Bastion& bastion, Options& options) {
  auto proxy = *options.proxy;
  proxy.channels = options.limits.concurrency;
  auto reached = bastion.connect();
  if (auto* connection = std::get_if<FileDescriptor>(&reached)) {
    proxy.connection = connection->release();
    proxy.keeper = bastion.keeper();
  } else {
    proxy.trouble = std::get<std::string>(std::move(reached));
    say(proxy.to_string() + ": " + printable(proxy.trouble));
  }
  options.probe.proxy = std::make_shared<const proxy::Proxy>(std::move(proxy));
}

}  // namespace fleetscan::commands
