// What a proxy sends before it relays. The first byte says into pieces of which size it is cut.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>

#include "base/address.h"
#include "scanner/proxy/http_connect.h"
#include "scanner/proxy/negotiation.h"
#include "scanner/proxy/socks5.h"
#include "scanner/proxy/ssh_channels.h"
#include "tests/fuzz/targets.h"

namespace fleetscan::fuzz {
namespace {

const proxy::Credentials kLogin{"ann", "hush"};

template <typename Client>
Client talk(std::string_view stream, std::size_t piece) {
  const proxy::Destination there{.address = Address::parse("192.0.2.7")};
  Client client(there, kLogin);
  std::size_t taken = 0;
  while (!stream.empty() && !client.talk().is_over()) {
    client.receive(stream.substr(0, piece));
    taken += std::min(piece, stream.size());
    stream.remove_prefix(std::min(piece, stream.size()));
    require(client.talk().is_over() || taken <= proxy::Negotiation::kMaxBytes,
            "what a proxy may say is bounded");
  }
  if (!client.talk().is_over()) client.end();
  if (client.talk().step == proxy::Step::granted) client.talk().rest += stream;
  return client;
}

template <typename Client>
void converse(std::string_view stream) {
  if (stream.empty()) return;
  const auto piece = 1 + static_cast<std::size_t>(static_cast<unsigned char>(stream.front()));
  stream.remove_prefix(1);
  const auto at_once = talk<Client>(stream, std::max<std::size_t>(stream.size(), 1));
  const auto cut = talk<Client>(stream, piece);
  const auto outcome = [](const Client& client) {
    const auto& said = client.talk();
    return std::tuple(said.step, said.answer, said.rest, said.output);
  };
  require(outcome(at_once) == outcome(cut), "a cut changes nothing");
  require(cut.talk().words.size() <= proxy::Negotiation::kMaxWords, "its words are bounded");
  require(cut.talk().words.find(kLogin.password) == std::string::npos,
          "no password comes back in its words");
}

/// Two streams, one of which is let go of at once; what is known of them at the end.
auto hear(std::string_view stream, std::size_t piece) {
  proxy::SshChannels channels;
  const auto kept = channels.open({.name = "web01"}), left = channels.open({.name = "web02"});
  channels.close(left);
  while (!stream.empty()) {
    channels.receive(stream.substr(0, piece));
    stream.remove_prefix(std::min(piece, stream.size()));
    for (const auto id : channels.take_news()) require(id == kept, "no news of what nobody holds");
    require(channels[kept].received.size() <= proxy::SshChannels::kWindow, "a stream is bounded");
    require(channels[kept].words.size() <= proxy::Negotiation::kMaxWords, "its words are bounded");
  }
  const auto& known = channels[kept];
  return std::tuple(known.answer, known.words, known.received, known.ended, known.closed,
                    channels.fault(), channels.output(), channels.abandoned(), channels.refused());
}

}  // namespace

void http_connect(std::string_view stream) { converse<proxy::HttpConnect>(stream); }
void socks5(std::string_view stream) { converse<proxy::Socks5>(stream); }

void ssh_channels(std::string_view stream) {
  if (stream.empty()) return;
  const auto piece = 1 + static_cast<std::size_t>(static_cast<unsigned char>(stream.front()));
  stream.remove_prefix(1);
  require(hear(stream, std::max<std::size_t>(stream.size(), 1)) == hear(stream, piece),
          "a cut changes nothing");
}

}  // namespace fleetscan::fuzz
