// Load balancers and forwarders: the one that answers is not the one that serves.

#include "scanner/diagnosis/causes.h"

#define CAUSE(cause) CauseId::cause, #cause

namespace fleetscan::diagnosis {

using enum Seat;
using enum Where;

// Long because it is one table, a row for each cause.
std::vector<CauseRow> balancers_causes() {
  // clang-format off
  return {
    {CAUSE(no_live_backend), host,
     "A balancer, proxy or forwarder accepts for a backend that it cannot reach.",
     {"closed without a byte at once, or after about 3 s: HAProxy tries three times, one second apart",
      "reset right after the handshake",
      "other ports of the same address are well"},
     {"a server's identification came", "the host has no proxy before it"},
     {{"all backends are down or fail their health check",
       between, "echo 'show stat' | socat stdio /run/haproxy/admin.sock | cut -d, -f1,2,18",
       "start the backends, or correct the check"},
      {"a published container port: the proxy accepts, the container does not listen",
       server, "docker ps; docker exec NAME ss -ltn", "start the service, correct the port mapping"},
      {"an SSH or socket forwarding (ssh -L, -R, socat, kubectl port-forward) whose far end is gone",
       server, "ss -ltnp, who holds the port", "restart the forwarding"},
      {"the balancer rejects our address by an access list",
       between, "its rules: tcp-request connection reject, allow lists", "allow the scanner"},
      {"a cloud balancer without a healthy target, or DNAT to an address that is gone",
       between, "target health in its console; nft list table ip nat", "register a live target"}},
     "bring a backend up, or correct the balancer's health check"},

    {CAUSE(http_load_balancer), policy,
     "A balancer or proxy in HTTP mode stands on the SSH port.",
     {"silent until spoken to, then 400 Bad request or 408 Request Time-out",
      "no Server header, as proxies answer"},
     {"a web server's own header: then it is a web server, see wrong_service"},
     {{"HAProxy: `mode http` in the front end or in its defaults",
       between, "grep -nE 'mode|bind' /etc/haproxy/haproxy.cfg", "mode tcp in that front end and its backend"},
      {"nginx: a server block of http{} instead of stream{}",
       between, "nginx -T | grep -nE 'stream|listen'", "move it to stream{}"},
      {"a cloud balancer of the application kind",
       between, "the kind of the listener", "use a network (TCP) balancer"}},
     "switch the balancer's front end to TCP mode"},

    {CAUSE(proxy_protocol), policy,
     "A balancer sends a PROXY protocol header to an sshd that takes it for our identification.",
     {"after its own identification the server calls an identification invalid that we never sent"},
     {"we had spoken before it complained"},
     {{"HAProxy: send-proxy or send-proxy-v2 on the server lines",
       between, "grep -n send-proxy /etc/haproxy/haproxy.cfg", "remove it: sshd does not read that header"},
      {"nginx stream: proxy_protocol on",
       between, "nginx -T | grep -n proxy_protocol", "proxy_protocol off"},
      {"a cloud network balancer with PROXY protocol switched on for the target group",
       between, "the target group's attributes", "switch it off"},
      {"a probe or inspection system before the host that speaks first",
       between, "tcpdump -A port 22 on the server, what arrives first", "exempt SSH"}},
     "switch PROXY protocol off towards sshd"},

    {CAUSE(mixed_backends), path,
     "Several servers stand behind one address, and they differ or some of them fail.",
     {"identification or host key differs from attempt to attempt",
      "a steady share of attempts fails"},
     {"the same key and identification every time"},
     {{"backends with host keys of their own",
       client, "for i in 1 2 3 4; do ssh-keyscan -t ed25519 HOST; done, compare",
       "give all of them the same host keys"},
      {"one backend of several is dead and no health check removes it",
       between, "the balancer's statistics for each backend", "repair it, switch health checks on"},
      {"two machines claim one address",
       client, "arping -D -c 5 -I DEVICE ADDRESS, two MAC addresses", "give one of them another address"},
      {"a name with several addresses",
       client, "getent ahosts NAME", "list each machine by a name of its own; scan with --all-addresses"}},
     "repair or remove the failing backend; give all of them one set of host keys"},
  };
  // clang-format on
}

}  // namespace fleetscan::diagnosis
