#include "scanner/net/sshfp_message.h"

#include <arpa/nameser.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "scanner/ssh/sshfp.h"

namespace fleetscan::net {
namespace {

constexpr int kSshfp = 44;         // the type of the records (RFC 4255 section 5)
constexpr std::size_t kFixed = 2;  // the bytes before the digest

std::optional<ssh::SshfpRecord> read(const ns_rr& record) {
  const std::span data(ns_rr_rdata(record), std::size_t{record.rdlength});
  if (ns_rr_type(record) != kSshfp || ns_rr_class(record) != ns_c_in || data.size() <= kFixed)
    return std::nullopt;
  return ssh::SshfpRecord{data[0], data[1], {data.begin() + kFixed, data.end()}};
}

}  // namespace

std::optional<SshfpMessage> read_sshfp(std::span<const unsigned char> message) {
  ns_msg parsed{};
  if (message.size() > std::numeric_limits<std::uint16_t>::max() ||
      ns_initparse(message.data(), static_cast<int>(message.size()), &parsed) != 0)
    return std::nullopt;
  const auto code = ns_msg_getflag(parsed, ns_f_rcode);
  if (ns_msg_getflag(parsed, ns_f_qr) == 0 || (code != ns_r_noerror && code != ns_r_nxdomain))
    return std::nullopt;
  SshfpMessage said{.authentic = ns_msg_getflag(parsed, ns_f_ad) != 0};
  for (int i = 0; i < ns_msg_count(parsed, ns_s_an); ++i) {
    ns_rr record{};
    if (ns_parserr(&parsed, ns_s_an, i, &record) != 0) return std::nullopt;
    if (auto found = read(record); found && said.records.size() < kMaxSshfpRecords)
      said.records.push_back(*std::move(found));
  }
  return said;
}

}  // namespace fleetscan::net
