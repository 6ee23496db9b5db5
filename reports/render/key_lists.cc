#include "reports/render/key_lists.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/escape.h"
#include "base/json_writer.h"
#include "inventory/known_hosts.h"
#include "reports/summary/key_ring.h"
#include "reports/summary/proved_key.h"
#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/libcrypto.h"
#include "scanner/ssh/sshfp.h"

namespace fleetscan::render {
namespace {

constexpr std::uint16_t kUsualPort = 22;

/// As ssh looks it up.
std::string with_port(const std::string& name, std::uint16_t port) {
  return port == kUsualPort ? name : fmt::format("[{}]:{}", name, port);
}

std::vector<std::string> all_names(const summary::HostKeys& host) {
  auto names = host.names;
  names.insert(names.end(), host.addresses.begin(), host.addresses.end());
  return names;
}

struct Line {
  std::string_view marker;
  std::string_view type, blob;
};

void append_line(std::string& out, const Line& line, const std::string& names) {
  out += fmt::format("{}{} {} {}\n", line.marker, names, line.type, encode_base64(line.blob));
}

/// @param names  without the port
void append_lines(std::string& out, const Line& line, std::vector<std::string> names,
                  std::uint16_t port, const Salt& salt) {
  for (auto& name : names) name = with_port(name, port);
  if (!salt) return append_line(out, line, fmt::format("{}", fmt::join(names, ",")));
  for (const auto& name : names) append_line(out, line, inventory::hashed_name(name, salt()));
}

std::vector<std::string> certified_names(const summary::HostKeys& host,
                                         const summary::ProvedCertificate& certificate,
                                         std::uint64_t now) {
  auto names = all_names(host);
  std::erase_if(names, [&](const auto& name) { return !certificate.is_good_for(name, now); });
  return names;
}

std::string sshfp_digest(ssh::Hash hash, std::string_view blob) {
  std::string hex;
  append_hex(hex, ssh::hash_of(hash, blob));
  return hex;
}

/// A name with dots is complete; one without belongs to the zone's own.
std::string zone_name(const std::string& name) {
  return name.find('.') == name.npos ? name : name + '.';
}

void write_certificate(JsonWriter& json, const summary::ProvedCertificate& certificate) {
  json.begin_object().key("blob").word(encode_base64(certificate.blob));
  json.key("authority_type").string(certificate.authority_type);
  json.key("authority_blob").word(encode_base64(certificate.authority));
  json.key("principals").strings(certificate.principals);
  json.key("valid_after").number(certificate.valid_after);
  json.key("valid_before").optional(certificate.valid_before, [&](auto t) { json.number(t); });
  json.end_object();
}

void write_key(JsonWriter& json, const summary::ProvedKey& key) {
  json.begin_object().key("type").string(key.type).key("sha256").string(key.sha256).key("bits");
  key.bits > 0 ? json.number(key.bits) : json.null();
  json.key("blob").word(encode_base64(key.blob));
  json.key("certificate");
  json.optional(key.certificate, [&](const auto& c) { write_certificate(json, c); });
  json.end_object();
}

void write_host(JsonWriter& json, const summary::HostKeys& host) {
  json.begin_object().key("target").string(host.target);
  json.key("names").strings(host.names).key("addresses").strings(host.addresses);
  json.key("port").number(host.port).key("keys").begin_array();
  for (const auto& key : host.keys) write_key(json, key);
  json.end_array().key("missing").begin_array();
  for (const auto& missing : host.missing) {
    json.begin_object().key("type");
    missing.type.empty() ? json.null() : json.string(missing.type);
    json.key("why").string(missing.why).end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string known_hosts(const std::vector<summary::HostKeys>& hosts, const Salt& salt,
                        std::uint64_t now) {
  std::string out;
  for (const auto& host : hosts)
    for (const auto& key : host.keys) {
      append_lines(out, {"", key.type, key.blob}, all_names(host), host.port, salt);
      if (!key.certificate) continue;
      const auto& certificate = *key.certificate;
      if (auto names = certified_names(host, certificate, now); !names.empty())
        append_lines(out, {"@cert-authority ", certificate.authority_type, certificate.authority},
                     std::move(names), host.port, salt);
    }
  return out;
}

std::string sshfp_records(const std::vector<summary::HostKeys>& hosts, bool sha1) {
  std::string out;
  std::set<std::string> seen;  // two ports of one name may have one key
  const auto add = [&](std::string line) {
    if (seen.insert(line).second) out += line;
  };
  for (const auto& host : hosts)
    for (const auto& name : host.names)
      for (const auto& key : host.keys) {
        const auto number = ssh::sshfp_algorithm(key.type);
        if (number == 0) continue;
        const auto record = [&](ssh::SshfpDigest digest, ssh::Hash hash) {
          add(fmt::format("{} IN SSHFP {} {} {}\n", zone_name(name), number,
                          static_cast<unsigned>(digest), sshfp_digest(hash, key.blob)));
        };
        if (sha1) record(ssh::SshfpDigest::sha1, ssh::Hash::sha1);
        record(ssh::SshfpDigest::sha256, ssh::Hash::sha256);
      }
  return out;
}

std::string ansible_task(const std::vector<summary::HostKeys>& hosts, bool hash) {
  std::string items;
  for (const auto& host : hosts)
    for (const auto& key : host.keys)
      for (const auto& name : all_names(host)) {
        const auto looked_up = with_port(name, host.port);
        items += fmt::format("    - {{name: \"{}\", key: \"{} {} {}\"}}\n", looked_up, looked_up,
                             key.type, encode_base64(key.blob));
      }
  return fmt::format(
      "- name: Host keys that fleetscan proved\n"
      "  ansible.builtin.known_hosts:\n"
      "    name: \"{{{{ item.name }}}}\"\n"
      "    key: \"{{{{ item.key }}}}\"\n"
      "    hash_host: {}\n"
      "  loop:{}\n{}",
      hash, items.empty() ? " []" : "", items);
}

std::string keys_json(const std::vector<summary::HostKeys>& hosts) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("schema").word("fleetscan.keys/1").key("hosts").begin_array();
  for (const auto& host : hosts) write_host(json, host);
  json.end_array().end_object();
  return out += '\n';
}

}  // namespace fleetscan::render
