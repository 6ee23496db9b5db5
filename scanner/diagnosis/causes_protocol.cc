// The protocol: versions, algorithms, keys.

#include "scanner/diagnosis/causes.h"

#define CAUSE(cause) CauseId::cause, #cause

namespace fleetscan::diagnosis {

using enum Seat;
using enum Where;

// Long because it is one table, a row for each cause.
std::vector<CauseRow> protocol_causes() {
  // clang-format off
  return {
    {CAUSE(ssh1_only), policy,
     "The server speaks only version 1 of the protocol, which no supported client speaks.",
     {"its identification says SSH-1 and not SSH-1.99"},
     {"SSH-1.99: that server speaks both"},
     {{"network gear or an appliance with old firmware",
       client, "nc HOST PORT, the first line", "update the firmware; enable version 2 and generate keys of at least 2048 bits"},
      {"`Protocol 1` in an old sshd_config",
       server, "grep -i ^Protocol /etc/ssh/sshd_config", "Protocol 2, then upgrade"}},
     "enable SSH version 2 or update the firmware",
     {"`ssh -1` as a way in: OpenSSH removed it in 7.6"}},

    {CAUSE(legacy_algorithms), policy,
     "Only old clients share an algorithm with the server; today's refuse it by default.",
     {"in one slot it offers only what current clients dropped: SHA-1 key exchange, ssh-rsa or ssh-dss keys, CBC, MD5"},
     {"a current client agrees in every slot"},
     {{"old server software",
       server, "ssh -V; sshd -T | grep -iE 'kex|ciphers|macs|hostkeyalg'", "upgrade it"},
      {"an old hardening guide fixed its lists",
       server, "grep -iE '^(kex|ciphers|macs|hostkey)' /etc/ssh/sshd_config", "remove the lists, or add the modern names"},
      {"network gear with a single RSA key and SHA-1",
       client, "ssh -vv HOST 2>&1 | grep -A8 'peer server KEXINIT'", "update it; until then allow the one algorithm for this host only in ssh_config"}},
     "upgrade the server or widen its list in the named slot"},

    {CAUSE(no_common_algorithms), policy,
     "No client that we know, old or new, shares an algorithm with the server in the named slot.",
     {"its KEXINIT came whole, and one list meets none of ours",
      "OpenSSH closes then without a message"},
     {"another slot is named after a change: look again"},
     {{"a list with a typing error or with names of one vendor only",
       server, "sshd -T | grep -iE 'kex|ciphers|macs|hostkeyalg'; sshd -t", "correct the list"},
      {"host keys of only one rare type (FIDO, X.509, GSSAPI)",
       server, "ls /etc/ssh/ssh_host_*_key; sshd -T | grep -i ^hostkey", "ssh-keygen -A, restart"},
      {"a crypto policy stricter than every client (FIPS, FUTURE)",
       server, "update-crypto-policies --show", "choose a policy that clients can meet"}},
     "widen the server's list in the named slot",
     {"the scanner's own library: what only that cannot do is reported as ok_kex_unverified"}},

    {CAUSE(key_exchange_failure), host,
     "The server fails, crashes or talks nonsense during the key exchange.",
     {"it fails in one method and answers in another",
      "every host of the same software fails alike",
      "its own message names a key exchange error"},
     {"neighbours with other software fail alike: then something on the path does it"},
     {{"the child crashes or its sandbox kills it (OpenSSH 9.8 and newer then penalise our address for 90 s)",
       server, "journalctl -u ssh -n 50; coredumpctl list sshd sshd-session; journalctl -k | grep -i signal",
       "update OpenSSH and its libraries together, restart"},
      {"one method is broken, often a post-quantum one through an old library or proxy",
       client, "ssh -o KexAlgorithms=curve25519-sha256 HOST, then the others one by one", "update the server; until then disable that method there"},
      {"host key file damaged, or its token (HSM, agent) gone",
       server, "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key; sshd -T | grep -i hostkeyagent", "restore the key"},
      {"no entropy or no processor time",
       server, "uptime; cat /proc/sys/kernel/random/entropy_avail", "lower the load; virtio-rng for virtual machines"},
      {"moduli file missing or wrong for group exchange",
       server, "ls -l /etc/ssh/moduli", "restore the file"}},
     "read sshd's journal for the crash or refusal; update OpenSSH and restart it",
     {"UseDNS: it acts after the key exchange"}},

    {CAUSE(host_key_replaced), host,
     "The host proves another key than the known one: most often it was reinstalled.",
     {"the proof is sound", "the identification changed, too", "one host only"},
     {"many hosts show one and the same new key",
      "the key changes from attempt to attempt: several backends"},
     {{"reinstalled, or restored from another image",
       server, "ls -lt /etc/ssh/ssh_host_*; ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
       "compare the fingerprint on the console, then ssh-keygen -R HOST and learn the new key"},
      {"the address went to another machine",
       client, "dig -x ADDRESS; the identification line", "correct DNS or the inventory"},
      {"keys were rotated and known_hosts was not",
       client, "grep -rn HOST known_hosts files", "distribute the new key; better: host certificates"},
      {"several machines behind one address",
       client, "ssh-keyscan HOST several times", "see mixed_backends"}},
     "verify the new fingerprint on the console before you accept it"},

    {CAUSE(interception), path,
     "Something between us and the host answers with a key or a proof of its own.",
     {"the signature over the exchange is wrong",
      "many hosts behind one path show one and the same key",
      "another vantage sees the known key"},
     {"every vantage sees the same new key and one host only: rather reinstalled"},
     {{"a firewall that decrypts SSH with its own key",
       between, "its SSH proxy or decryption policy", "exempt these hosts, or distribute its key on purpose"},
      {"an attack by someone on the path",
       client, "compare fingerprints from two networks; arp -n; traceroute", "do not log in; treat passwords used since as lost"},
      {"damaged memory, a broken library or key file on the server",
       server, "echo x | ssh-keygen -Y sign -n test -f /etc/ssh/ssh_host_ed25519_key; journalctl -k | grep -i mce", "replace what is broken"}},
     "do not log in; compare fingerprints over another path first"},
  };
  // clang-format on
}

}  // namespace fleetscan::diagnosis
