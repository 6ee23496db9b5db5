#!/bin/sh
# fleetscan doctor: why this host does not serve SSH, found on the host itself.
#
#   sh doctor.sh [--port N] [--address HERE] [--from CLIENT] [--class CLASS] [--resolve] [--json]
#
# Reads and changes nothing: it writes to one unlinked file of its own, sends no packet (with
# --resolve it asks the resolver for CLIENT's name), opens no host key, ends within ten seconds.
# Exit status: 0 nothing here explains it, 1 a cause is named, 2 wrong words.

# Programs of awk stand in single quotes; ls is asked for what find of POSIX cannot tell; a list
# that is shown to nobody else may be split at its spaces.
# shellcheck disable=SC2016,SC2012

program=fleetscan-doctor
#@settings@

LC_ALL=C
export LC_ALL
given_path=$PATH
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin:/run/current-system/sw/bin
export PATH
umask 077
tab=$(printf '\t') cr=$(printf '\r')
nl='
'

usage() {
  echo "$program: $1; usage: [--port N] [--address HERE] [--from CLIENT] [--class CLASS] [--resolve] [--json]" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
  --json) json=yes ;;
  --resolve) resolve=yes ;;
  --port | --address | --from | --class)
    [ $# -ge 2 ] || usage "$1 needs a value"
    case $1 in
    --port) port=$2 ;;
    --address) address=$2 ;;
    --from) from=$2 ;;
    --class) class=$2 ;;
    esac
    shift
    ;;
  *) usage "unknown word" ;;
  esac
  shift
done
case $port in '' | *[!0-9]* | ??????*) usage "--port is 1 to 65535" ;; esac
if [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then usage "--port is 1 to 65535"; fi
for value in "$address" "$from"; do
  case $value in *[!0-9A-Fa-f.:]*) usage "an address is IPv4 or IPv6, in digits" ;; esac
done
case $class in *[!a-z0-9_]*) usage "a class is one word" ;; esac
case $address$from in *:*) family=6 ;; *.*) family=4 ;; *) family=0 ;; esac

# What is said about each check: the name of its cause, what it is, how to mend it.
about() {
  what='' remedy=''
  case $1 in
#@texts@
  esac
}

#----------------------------------------------------------------------------------------------
# What was found. A list is a text of lines, its fields separated by tabs.

findings='' cleared='' unseen='' notes=''

# Most texts are a line already: processes are dear on small machines.
one_line() {
  case $1 in
  *["$tab$nl$cr"]*) ;;
  *) [ ${#1} -gt 400 ] || { printf '%s' "$1"; return; } ;;
  esac
  printf '%s' "$1" | tr '\t\n\r' '   ' | cut -c1-400
}

# found certain|possible STAGE CAUSE.CHECK EVIDENCE [FIX]: the earlier the stage of a connection, the
# lower; without FIX the table's remedy is given.
found() {
  about "$3"
  findings="$findings$1$tab$2$tab$3$tab$(one_line "$4")$tab$what$tab${5:-$remedy}$nl"
}
# cleared CAUSE WHY
clear() { cleared="$cleared$1$tab$(one_line "$2")$nl"; }
note() { notes="$notes$(one_line "$1")$nl"; }
unseen() { unseen="$unseen$(one_line "$1")$nl"; }

has() { command -v "$1" >/dev/null 2>&1; }

#----------------------------------------------------------------------------------------------
# Programs are run with a limit of time and of output.

root=no
[ "$(id -u 2>/dev/null)" = 0 ] && root=yes
began=$(date +%s)
seconds=10 output=600000
scratch=''
limiter=''
timeout 2 true >/dev/null 2>&1 && limiter=timeout

unguessable=$(mktemp -u fleetscan-doctor.XXXXXX 2>/dev/null)
number=0

open_scratch() {
  scratch=''
  [ -n "$unguessable" ] || return
  number=$((number + 1))
  for home in /tmp /run /dev/shm /var/tmp; do
    scratch=$home/${unguessable##*/}.$number
    # Removes it where we are killed before we can.
    { sleep 1; rm -f "$scratch"; } </dev/null >/dev/null 2>&1 &
    set -C
    { true >"$scratch"; } 2>/dev/null || { set +C; continue; }
    set +C
    # One end is written to, the other read from; a file without a name leaves nothing behind.
    # shellcheck disable=SC2094
    exec 8>"$scratch" 7<"$scratch"
    rm -f "$scratch"
    return
  done
  scratch=''
}

# Leaves in `rest` how many of our seconds are left, without a process where the kernel's file has them.
look_at_clock() {
  # shellcheck disable=SC2034
  { read -r clock idle </proc/uptime; } 2>/dev/null || clock=$(date +%s)
  clock=${clock%%.*}
  due=${due:-$((clock + seconds))}
  rest=$((due - clock))
}
due=''
look_at_clock

# limited SECONDS COMMAND...: as timeout does, also where there is none.
limited() {
  limit=$1
  shift
  if [ -n "$limiter" ]; then
    timeout -s KILL "$limit" "$@"
    return
  fi
  "$@" &
  worker=$!
  { sleep "$limit"; kill -9 "$worker"; } >/dev/null 2>&1 7<&- 8>&- &
  watcher=$!
  wait "$worker" 2>/dev/null
  outcome=$?
  kill "$watcher" 2>/dev/null
  return "$outcome"
}

# ask SECONDS COMMAND...: leaves what it printed in `answer` and returns its status, 137 when the time
# was over. Whatever it started cannot hold us: nobody waits for an end of its output.
ask() {
  answer=''
  allowed=$1
  shift
  has "$1" || return 127
  look_at_clock
  if [ "$rest" -le 1 ]; then
    unseen "out of time: $1 was not asked"
    return 137
  fi
  [ "$allowed" -le "$rest" ] || allowed=$rest
  # A file of its own: what an earlier program left running may still write to that one's.
  open_scratch
  if [ -n "$scratch" ]; then
    (
      ulimit -f 8192
      limited "$allowed" "$@" >&8 2>&8
      exit $?
    ) </dev/null >/dev/null 2>&1 7<&-
    status=$?
    answer=$(head -c "$output" <&7 | tr -d '\000')
    exec 7<&- 8>&-
  else
    answer=$(limited "$allowed" "$@" </dev/null 2>&1 | head -c "$output" | tr -d '\000')
    status=0
  fi
  case $status in
  137) unseen "$1 did not answer within $allowed s" ;;
  153) unseen "$1 printed without end" ;;
  esac
  return "$status"
}

# content FILE [BYTES]: a file's text, if it is a plain one and we may read it. Never of keys.
content() {
  [ -f "$1" ] && [ -r "$1" ] || return 1
  head -c "${2:-200000}" "$1" 2>/dev/null | tr -d '\000'
}

value_of() { printf '%s\n' "$1" | awk -v key="$2" 'tolower($1) == key { print $2; exit }'; }
words_of() { printf '%s\n' "$1" | awk -v key="$2" 'tolower($1) == key { sub(/^[^ ]+ /, ""); print; exit }'; }

# Addresses for awk: numbers of one form, so that they compare as texts.
addresses='
function hexes(n, width,  text) { text = sprintf("%x", n); while (length(text) < width) text = "0" text; return text }
function four(a,  part) { if (split(a, part, ".") != 4) return ""; return hexes(part[1], 2) hexes(part[2], 2) hexes(part[3], 2) hexes(part[4], 2) }
function six(a,  n, m, head, tail, i, text, gap) {
  a = tolower(a); sub(/%.*/, "", a)
  if (match(a, /[0-9.]+$/) && index(substr(a, RSTART), ".")) {
    text = four(substr(a, RSTART)); a = substr(a, 1, RSTART - 1) substr(text, 1, 4) ":" substr(text, 5)
  }
  gap = index(a, "::"); text = ""
  n = split(gap ? substr(a, 1, gap - 1) : a, head, ":"); m = gap ? split(substr(a, gap + 2), tail, ":") : 0
  for (i = 1; i <= n; i++) text = text zeros(head[i])
  if (gap) { for (i = n + m; i < 8; i++) text = text "0000"; for (i = 1; i <= m; i++) text = text zeros(tail[i]) }
  return text
}
function zeros(group) { while (length(group) < 4) group = "0" group; return group }
function plain(a,  text) {
  if (a !~ /:/) return four(a)
  text = six(a)
  return substr(text, 1, 24) == "00000000000000000000ffff" ? substr(text, 25) : text
}
function digit(c) { return index("0123456789abcdef", c) - 1 }
# Whether the first `bits` of two such texts are the same.
function alike(a, b, bits,  whole, rest, shift) {
  if (length(a) != length(b)) return 0
  whole = int(bits / 4); rest = bits % 4
  if (substr(a, 1, whole) != substr(b, 1, whole)) return 0
  if (!rest) return 1
  shift = 2 ^ (4 - rest)
  return int(digit(substr(a, whole + 1, 1)) / shift) == int(digit(substr(b, whole + 1, 1)) / shift)
}
# Whether an address is in A, A/BITS, A/MASK or A-B; its own form is as plain() makes it.
function within(text, address,  part, bits, low, i, d) {
  if (address == "") return 0
  if (split(text, part, "-") == 2) {
    low = plain(part[1])
    return length(low) == length(address) && low <= address && address <= plain(part[2])
  }
  if (split(text, part, "/") != 2) return plain(text) == address
  bits = part[2]
  if (bits ~ /\./) {
    d = four(bits); bits = 0
    for (i = 1; i <= 8; i++) bits += index("08ce", substr(d, i, 1)) > 0 ? index("08ce", substr(d, i, 1)) - 1 : 4
  }
  return alike(plain(part[1]), address, bits + 0)
}
'

#----------------------------------------------------------------------------------------------
# The way back.

device=''
check_route() {
  [ -n "$from" ] || { unseen "the client's address (--from): no route, ban or rule for it was looked up"; return; }
  case $from in 127.* | ::1) return ;; esac
  has ip || { unseen "ip is missing: the route back was not looked up"; return; }
  ask 2 ip route get "$from" && {
    device=$(printf '%s\n' "$answer" | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
    clear no_route "$(printf '%s' "$answer" | head -n 1)"
    check_reverse_path
    check_mtu
    return
  }
  why=$answer
  routes=''
  flag=-4
  [ "$family" = 6 ] && flag=-6
  for kind in blackhole unreachable prohibit; do
    ask 2 ip "$flag" route show table all type "$kind" && routes="$routes$answer$nl"
  done
  line=$(printf '%s' "$routes" | awk -v from="$from" "$addresses"'
    $2 != "default" && within($2, plain(from)) { print; exit }')
  where_to=$(printf '%s' "$line" | awk '{ print $2 }')
  case $where_to in
  "$from" | "$from/32" | "$from/128")
    found certain 10 source_ban.route "ip route: $line" "ip route delete $line; where fail2ban set it: fail2ban-client unban $from" ;;
  *) found certain 10 no_route.return_route "ip route get $from: $why${line:+; route: $line}" ;;
  esac
}

# What fits into the interface and not into the path is told by ICMP, or vanishes.
check_mtu() {
  [ -n "$device" ] && [ "$device" != lo ] || return 0
  ask 2 ip -o link show dev "$device" || return 0
  size=$(printf '%s\n' "$answer" | sed -n 's/.* mtu \([0-9]*\) .*/\1/p' | head -n 1)
  case $size in '' | 1500) return 0 ;; esac
  if [ "$size" -gt 1500 ]; then
    found possible 59 mtu_black_hole.mtu "$device, by which answers to $from leave, has an MTU of $size" "ip link set dev $device mtu 1500, or the same MTU on all of the path"
  else
    note "$device, by which answers to $from leave, has an MTU of $size"
  fi
}

check_reverse_path() {
  [ -n "$address" ] && [ -n "$device" ] || return 0
  [ "$family" = 4 ] || return 0
  ask 2 ip -o -4 address show || return 0
  own=$(printf '%s\n' "$answer" | awk -v address="$address" '{ split($4, a, "/"); if (a[1] == address) { print $2; exit } }')
  [ -n "$own" ] && [ "$own" != "$device" ] && [ "$own" != lo ] || return 0
  strict=0
  for name in all "$own"; do
    [ "$(cat "/proc/sys/net/ipv4/conf/$name/rp_filter" 2>/dev/null)" = 1 ] && strict=1
    [ "$(cat "/proc/sys/net/ipv4/conf/$name/rp_filter" 2>/dev/null)" = 2 ] && { strict=0; break; }
  done
  [ "$strict" = 1 ] || return 0
  drops=$(awk '$1 == "TcpExt:" { if (!n) n = split($0, name); else for (i = 2; i <= n; i++) if (name[i] == "IPReversePathFilter") print $i }' /proc/net/netstat 2>/dev/null)
  sure=possible
  [ "${drops:-0}" -gt 0 ] && sure=certain
  found "$sure" 15 firewall_drop.reverse_path "$address is on $own, the route to $from leaves by $device, rp_filter is 1; packets dropped so: ${drops:-unknown}" "sysctl -w net.ipv4.conf.$own.rp_filter=2, or a route to $from by $own"
}

#----------------------------------------------------------------------------------------------
# Packet filters: all of them as nft lists its rules, then what becomes of four packets.

# iptables-save as nft would list it; ipset save before it, for the sets.
translate='
function word(text) { gsub(/,/, ", ", text); return "{ " text " }" }
/^add / { sets[$2] = sets[$2] (sets[$2] == "" ? "" : ", ") $3; next }
/^create / { sets[$2] = sets[$2]; next }
/^\*/ { table = substr($0, 2); delete text; delete head; count = 0; next }
/^:/ {
  chain = substr($1, 2); order[++count] = chain; hook = tolower(chain)
  if ($2 != "-") head[chain] = "type " (table == "nat" ? "nat" : "filter") " hook " hook " priority " (table == "raw" ? -300 : table == "mangle" ? -150 : table == "nat" ? -100 : 0) "; policy " tolower($2) ";"
  next
}
/-A / {
  sub(/^.*-A /, "-A "); line = ""; not = ""; target = ""; reject = "";
  for (i = 3; i <= NF; i++) {
    o = $i
    if (o == "!") { not = "!= "; continue }
    else if (o == "-s") line = line " " ip " saddr " not $(++i)
    else if (o == "-d") line = line " " ip " daddr " not $(++i)
    else if (o == "-p") line = line " meta l4proto " not $(++i)
    else if (o == "-i") line = line " iifname " not "\"" $(++i) "\""
    else if (o == "-o") line = line " oifname " not "\"" $(++i) "\""
    else if (o == "--dport" || o == "--dports") { v = $(++i); gsub(/:/, "-", v); line = line " tcp dport " not word(v) }
    else if (o == "--sport" || o == "--sports") { v = $(++i); gsub(/:/, "-", v); line = line " tcp sport " not word(v) }
    else if (o == "--ctstate" || o == "--state") line = line " ct state " not word(tolower($(++i)))
    else if (o == "--tcp-flags") { m = tolower($(++i)); line = line " tcp flags " not tolower($(++i)) " / " m }
    else if (o == "--match-set") { s = $(++i); d = $(++i); line = line " " ip " " (d ~ /^dst/ ? "d" : "s") "addr " not "@" s }
    else if (o == "--string") { line = line " xt match string"; ++i }
    else if (o == "-m") { m = $(++i); if (m ~ /^(recent|hashlimit|connlimit|limit|time|owner|mark|u32|length|geoip|statistic)$/) line = line " xt match " m }
    else if (o == "-j" || o == "-g") { target = $(++i); go = o }
    else if (o == "--reject-with") reject = $(++i)
    not = ""
  }
  if (target == "REJECT") t = "reject with " (reject ~ /reset/ ? "tcp reset" : reject)
  else if (target ~ /^(ACCEPT|DROP|RETURN)$/) t = tolower(target)
  else if (target ~ /^(TARPIT|DNAT|REDIRECT)$/) t = "xt target " target
  else if (target ~ /^(LOG|NFLOG|MARK|CONNMARK|CT|TCPMSS|AUDIT|SET|)$/) next
  else t = (go == "-g" ? "goto " : "jump ") target
  text[$2] = text[$2] "\n" line " " t
  next
}
/^COMMIT/ {
  print "table " ip " " table "-legacy {"
  for (s in sets) print "set " s " {\nelements = { " sets[s] " }\n}"
  for (i = 1; i <= count; i++) print "chain " order[i] " {\n" head[order[i]] text[order[i]] "\n}"
  print "}"
}'

# Prints verdict, certain or possible, what the deciding rule names (source, rate, payload or -), and
# the rule, of the first packet of each kind that does not pass.
evaluate='
function tri(yes) { return yes ? 1 : 0 }
# --- the listing
function keep(line) { rules[chain, ++size[chain]] = line }
$1 == "#" { next }
/^table / { table = $2 " " $3; tfamily = $2; next }
$1 == "chain" { chain = table " " $2; joined = ""; place = "chain"; next }
place != "chain" && $NF == "{" && $1 ~ /^(set|map|flowtable|ct|counter|limit|quota)$/ { set = table " " $2; place = "set"; next }
place == "set" {
  if ($0 ~ /^[ \t]*}[ \t]*$/ && !open) { place = ""; next }
  if ($1 == "elements") { open = 1; sub(/^[^{]*{/, "") }
  if (open) { if (sub(/}[ \t]*$/, "")) open = 0; elements[set] = elements[set] " " $0 }
  next
}
place == "chain" {
  if (joined == "" && $0 ~ /^[ \t]*}[ \t]*$/) { place = ""; next }
  if ($1 == "type" && $3 == "hook") {
    bases[++nbases] = chain; hook[chain] = $4; kind[chain] = $2; policy[chain] = $0 ~ /policy drop/ ? "drop" : "accept"
    bfamily[chain] = tfamily; p = $0; sub(/.*priority /, "", p); sub(/;.*/, "", p)
    n = split(p, part, " ")
    rank[chain] = part[1] in named_rank ? named_rank[part[1]] : part[1] + 0
    if (n == 3) rank[chain] += (part[2] == "-" ? -1 : 1) * part[3]
    next
  }
  sub(/^[ \t]+/, ""); joined = joined (joined == "" ? "" : " ") $0
  bare = joined; gsub(/"[^"]*"/, "", bare)
  if (gsub(/{/, "{", bare) > gsub(/}/, "}", bare) && length(joined) < 100000) next
  if (joined != "") keep(joined)
  joined = ""
}
# --- values
function flagged(text,  i, part, n, all) { n = split(text, part, /[,|()]+/); all = 0; for (i = 1; i <= n; i++) if (part[i] != "") all += index(flags, " " part[i] " ") ? 1 : 0; return all }
function is_exact(text) { return text !~ /[-\/*]/ || text ~ /\/(32|128)$/ }
function element(what, text,  part, q) {
  if (text ~ /^Q#/) text = quoted[substr(text, 3)]
  if (what == "saddr" || what == "daddr") {
    q = what == "saddr" ? source : destination
    if (text ~ /[^0-9A-Fa-f.:\/-]/) return 2
    if (q == "") return text ~ /\/0$/ ? 1 : 2
    return tri(within(text, q))
  }
  if (what == "dport" || what == "sport") {
    q = what == "dport" ? dport : sport
    if (text == "ssh") text = 22
    if (q == "") return 2
    if (split(text, part, "-") == 2) return tri(part[1] + 0 <= q && q <= part[2] + 0)
    return text ~ /^[0-9]+$/ ? tri(text + 0 == q + 0) : 0
  }
  if (what == "proto") return tri(text == "tcp" || text == 6)
  if (what == "nfproto") return tri(text == (family == 6 ? "ipv6" : "ipv4"))
  if (what == "state") return tri(text == state)
  if (what == "iif") { if (inbound && device == "" ) return text == "lo" && source != "" && !loop ? 0 : 2; return inbound ? tri(glob(text, device)) : 0 }
  if (what == "oif") { if (!inbound && device == "") return text == "lo" && !loop ? 0 : 2; return inbound ? 0 : tri(glob(text, device)) }
  return 2
}
function glob(pattern, text) { return pattern ~ /\*$/ ? index(text, substr(pattern, 1, length(pattern) - 1)) == 1 : pattern == text }
# Reads an operator and a value at t[at]; the result is 0, 1 or 2 (unknown). Sets `maps_to`.
function matches(t, n, what,  not, best, m, text, deep, i, set, list, count, e, lt) {
  not = 0; best = 0; maps_to = ""; exact = 0; lt = ""
  if (t[at] == "==") at++
  else if (t[at] == "!=") { not = 1; at++ }
  else if (t[at] ~ /^[<>]=?$/) { lt = t[at++]; text = t[at++]; if (what !~ /port/) return 2; m = (what == "dport" ? dport : sport) + 0; return lt == "<" ? tri(m < text) : lt == "<=" ? tri(m <= text) : lt == ">" ? tri(m > text) : tri(m >= text) }
  if (t[at] == "vmap") at++
  if (t[at] ~ /^@/) {
    set = current_table " " substr(t[at], 2); at++; count = split(elements[set], list, ",")
    for (i = 1; i <= count; i++) { split(list[i], e, " "); m = element(what, e[1]); if (m == 1) { best = 1; if (what == "saddr") exact = 1; pick(list[i]); break } if (m == 2) best = 2 }
    if (!count && set in elements == 0) best = 0
  } else if (t[at] == "{") {
    deep = 1; text = ""
    for (at++; at <= n && deep; at++) {
      if (t[at] == "{") deep++
      if (t[at] == "}" && !--deep) { best = better(best, what, text); continue }
      if (t[at] == "," && deep == 1) { best = better(best, what, text); text = "" } else text = text " " t[at]
    }
  } else {
    best = better(best, what, t[at++])
    while (t[at] == ",") { at++; best = better(best, what, t[at++]) }
  }
  if (best == 2) return 2
  if (not) exact = 0
  return not ? 1 - best : best
}
function pick(text,  e, i) { i = index(text, " : "); if (i) maps_to = substr(text, i + 3) }
function better(best, what, text,  e, m) {
  if (best == 1) return 1
  split(text, e, " "); m = element(what, e[1])
  if (m == 1) { pick(text); if (what == "saddr" && is_exact(e[1])) exact = 1; return 1 }
  return m == 2 ? 2 : best
}
function skip_braces(t, n,  deep, text) {
  text = ""; deep = 0
  for (; at <= n; at++) { text = text " " t[at]; if (t[at] == "{") deep++; if (t[at] == "}" && !--deep) { at++; break } }
  return text
}
function tcp_flags(t,  a, b, mask, want, got, not) {
  not = 0
  if (t[at] == "!=") { not = 1; at++ }
  if (t[at] == "!") { want = list_of(t, ++at); return tri(flagged(want) == 0) }
  if (t[at] == "&") {
    at++; mask = list_of(t, at)
    if (t[at] == "!=") not = 1
    at++; want = list_of(t, at)
  } else {
    want = list_of(t, at)
    if (t[at] != "/") return not ? tri(!flagged(want)) : tri(flagged(want) > 0)
    at++; mask = list_of(t, at)
  }
  got = flagged(mask) == (want ~ /^0(x0)?$/ ? 0 : flagged(want)) && (want ~ /^0(x0)?$/ || flagged(want) == count_of(want))
  return tri(not ? !got : got)
}
function list_of(t, from,  text) {
  text = ""
  while (t[at] ~ /^[(]?(fin|syn|rst|psh|ack|urg|ecn|cwr|0x0|0|[|,])[a-z|,]*[)]?$/) { text = text t[at]; at++ }
  return text
}
function count_of(text,  part, n, i, c) { n = split(text, part, /[,|()]+/); for (i = 1; i <= n; i++) c += part[i] != ""; return c + 0 }
# --- rules
# What a rule does with the packet: "" when it goes on.
function apply(line, depth, soft,  t, n, m, w, text, v, rate, payload, names, k, raw, sub_verdict, hits) {
  raw = line; k = 0
  while (match(line, /"[^"]*"/)) { quoted[++k] = substr(line, RSTART + 1, RLENGTH - 2); line = substr(line, 1, RSTART - 1) "Q#" k substr(line, RSTART + RLENGTH) }
  gsub(/[{},]/, " & ", line)
  n = split(line, t, " "); m = soft ? 2 : 1; rate = payload = names = hits = 0; at = 1
  while (at <= n) {
    w = t[at++]; v = 1
    if (w == "ip" || w == "ip6") {
      if ((w == "ip") != (family != 6)) return ""
      text = t[at++]
      if (text == "saddr" || text == "daddr") { if (t[at] == ".") return unknown(m, raw); v = matches(t, n, text); if (text == "saddr" && v == 1 && exact) names = 1 }
      else if (text == "protocol" || text == "nexthdr") v = matches(t, n, "proto")
      else { matches(t, n, "other"); v = 2 }
    } else if (w == "meta") {
      text = t[at++]
      if (text == "l4proto") v = matches(t, n, "proto")
      else if (text == "nfproto") v = matches(t, n, "nfproto")
      else if (text == "iif" || text == "iifname") v = matches(t, n, "iif")
      else if (text == "oif" || text == "oifname") v = matches(t, n, "oif")
      else if (t[at] == "set") at += 2
      else { matches(t, n, "other"); v = 2 }
    } else if (w == "tcp" || w == "th") {
      text = t[at++]
      if (text == "dport" || text == "sport") { if (t[at] == ".") return unknown(m, raw); v = matches(t, n, text) }
      else if (text == "flags") v = tcp_flags(t)
      else { matches(t, n, "other"); v = 2 }
    } else if (w ~ /^(udp|icmp|icmpv6|sctp|dccp|udplite|esp|ah|igmp|arp|vlan)$/) return ""
    else if (w == "iif" || w == "iifname") { if (t[at] == ".") return unknown(m, raw); v = matches(t, n, "iif") }
    else if (w == "oif" || w == "oifname") v = matches(t, n, "oif")
    else if (w == "ct") {
      text = t[at++]
      if (text == "state") v = matches(t, n, "state")
      else if (text == "count") { rate = 1; v = 2; if (t[at] == "over") at++; at++ }
      else if (text == "status" && t[at] == "dnat") { at++; v = moved == "" ? 0 : 2 }
      else if (t[at] == "set") at += 2
      else { matches(t, n, "other"); v = 2 }
    } else if (w == "limit") { rate = 1; v = 2; while (at <= n && t[at] !~ /^(counter|log|accept|drop|reject|jump|goto|return|comment|add|update|queue|continue)$/) at++ }
    else if (w == "meter" || w == "add" || w == "update" || w == "delete") { text = skip_braces(t, n); if (text ~ / limit rate | ct count /) { rate = 1; v = 2 } }
    else if (w == "counter") { if (t[at] == "packets") { hits = t[at + 1] + 0; at += 4 } else if (t[at] == "name") at += 2 }
    else if (w == "log") { while (t[at] ~ /^(prefix|level|flags|group|snaplen|queue-threshold)$/) at += 2 }
    else if (w == "comment") at++
    else if (w == "@th" || w == "@nh" || w == "@ih" || w == "@ll") { text = t[at + 5]; if (t[at] == ",") at += 4; if (t[at] == "==") at++; text = t[at++]; if (text ~ /^0x5353482d/) { payload = 1; v = tri(spoken) } else v = 2 }
    else if (w == "xt") {
      if (t[at] == "match") { text = t[at + 1]; if (text ~ /^(recent|hashlimit|connlimit|limit)$/) rate = 1; if (text == "string") { if (!spoken) return ""; payload = 1 } if (text !~ /^(tcp|comment)$/ && !(text == "string" && strings)) v = 2; at += 2 }
      else { text = t[at + 1]; at += 2; if (text == "TARPIT") return decide("tarpit", m, names, rate, payload, raw, hits); if (text ~ /^(DNAT|REDIRECT)$/) return m == 1 ? "moved" : "" }
    }
    else if (w == "accept") { if (m == 1) return "accept"; softened = 1; if (rate) soft_rate = 1; return "" }
    else if (w == "drop") return decide("drop", m, names, rate, payload, raw, hits)
    else if (w == "reject") return decide(t[at + 1] == "tcp" ? "reset" : "reject", m, names, rate, payload, raw, hits)
    else if (w == "return") return m == 1 ? "return" : ""
    else if (w == "continue") return ""
    else if (w == "jump" || w == "goto") {
      text = current_table " " t[at]; if (names) named_jump = 1
      sub_verdict = walk(text, depth + 1, m == 2); named_jump = 0
      if (sub_verdict != "") return sub_verdict
      return w == "goto" && m == 1 ? "return" : ""
    } else if (w == "queue") { if (m == 1) queued = raw; return m == 1 ? "accept" : "" }
    else if (w == "dnat" || w == "redirect" || w == "tproxy") { if (m == 1) moved = raw; return m == 1 ? "moved" : "" }
    else if (w ~ /^(notrack|masquerade|snat|synproxy|dup|fwd|tcp_mss|flow|secmark)$/) { if (w != "notrack") return ""; }
    else v = 2
    if (v == 0) return ""
    if (v == 2) m = 2
    if (maps_to != "" && v == 1) {
      text = maps_to; maps_to = ""; sub(/^ +/, "", text)
      if (text ~ /^(drop|accept)/) return text ~ /^drop/ ? decide("drop", m, names, rate, payload, raw, hits) : (m == 1 ? "accept" : "")
      if (text ~ /^(jump|goto) /) { split(text, t, " "); return walk(current_table " " t[2], depth + 1, m == 2) }
    }
    maps_to = ""
  }
  return ""
}
function unknown(m, raw) { softened = softened || raw ~ /accept/; return "" }
function decide(verdict, m, names, rate, payload, raw, hits,  about) {
  about = names || named_jump ? "source" : rate || soft_rate ? "rate" : payload ? "payload" : "-"
  if (rate && hits > 0 && !softened) m = 1
  if (m == 1 && !softened) { decided = verdict "\tcertain\t" about "\t" current_chain ": " raw; return verdict }
  if (maybe == "") maybe = verdict "\tpossible\t" about "\t" current_chain ": " raw
  return m == 1 ? verdict : ""
}
function walk(name, depth, soft,  i, verdict, outer) {
  if (depth > 16 || steps > 200000) return ""
  outer = current_chain; current_chain = name
  for (i = 1; i <= size[name]; i++) { steps++; verdict = apply(rules[name, i], depth, soft); if (verdict != "") break }
  current_chain = outer
  return verdict == "return" ? "" : verdict
}
function pass(place,  i, j, best, used, verdict, part) {
  split("", used)
  for (i = 1; i <= nbases; i++) {
    best = ""
    for (j = 1; j <= nbases; j++)
      if (!(j in used) && hook[bases[j]] == place && (best == "" || rank[bases[j]] < rank[bases[best]])) best = j
    if (best == "") return ""
    used[best] = 1
    if (bfamily[bases[best]] != "inet" && bfamily[bases[best]] != (family == 6 ? "ip6" : "ip")) continue
    split(bases[best], part, " "); current_table = part[1] " " part[2]
    if (kind[bases[best]] == "nat" && state != "new") continue
    verdict = walk(bases[best], 0, 0)
    if (decided != "") return verdict
    if (verdict == "" && policy[bases[best]] == "drop") { current_chain = bases[best]; verdict = decide("drop", 1, 0, 0, 0, "policy drop, no rule accepts it", 0); if (decided != "") return verdict }
  }
  return ""
}
function packet(name, into, out, of, port1, port2, st, fl, says, a, b) {
  decided = maybe = ""; softened = soft_rate = named_jump = steps = 0
  source = a; destination = b; inbound = into; sport = port1; dport = port2; state = st; flags = fl; spoken = says
  pass(into ? "prerouting" : "output")
  if (decided == "") pass(into ? "input" : "postrouting")
  if (decided == "") decided = maybe
  if (decided != "") print name "\t" decided
}
BEGIN {
  named_rank["raw"] = -300; named_rank["mangle"] = -150; named_rank["dstnat"] = -100; named_rank["filter"] = 0; named_rank["security"] = 50; named_rank["srcnat"] = 100
}
END {
  us = from == "" ? "" : plain(from); here = address == "" ? "" : plain(address)
  loop = us ~ /^7f/ || device == "lo"
  packet("SYN", 1, 0, 0, "", port, "new", " syn ", 0, us, here)
  packet("data", 1, 0, 0, "", port, "established", " ack psh ", 1, us, here)
  packet("SYN-ACK", 0, 0, 0, port, "", "established", " syn ack ", 0, here, us)
  packet("answer", 0, 0, 0, port, "", "established", " ack psh ", 0, here, us)
  if (moved != "") print "moved\t-\tcertain\t-\t" moved
  if (queued != "") print "queue\t-\tcertain\t-\t" queued
}'

legacy_rules() {
  for pair in "iptables-legacy-save ip" "ip6tables-legacy-save ip6" "iptables-save ip" "ip6tables-save ip6"; do
    command=${pair% *}
    case $command in *legacy*) ;; *) has nft && continue ;; esac
    has "$command" || continue
    ask 2 "$command" || continue
    saved=$answer
    sets=''
    case $saved in *--match-set*) ask 2 ipset save && sets=$answer$nl ;; esac
    printf '%s%s\n' "$sets" "$saved" | awk -v ip="${pair#* }" "$translate"
  done
}

# 1 if a rule looks for SSH in packets, which nft does not tell of rules that iptables made.
strings_of_ssh() {
  case $listing in *'xt match string'*) ;; *) echo 0; return ;; esac
  ask 2 sh -c 'iptables-save; ip6tables-save; iptables-legacy-save; ip6tables-legacy-save'
  case $answer in *'--string "SSH'* | *'--string SSH'* | *'--hex-string "|535348'*) echo 1 ;; *) echo 0 ;; esac
}

check_filters() {
  listing=''
  if has nft; then
    if ask 3 nft list ruleset; then listing=$answer
    else unseen "nft list ruleset: $(printf '%s' "$answer" | head -n 1)"; fi
  elif ! has iptables-save; then
    unseen "no nft and no iptables here: packet filters were not read"
  fi
  listing="$listing$nl$(legacy_rules)"
  check_icmp
  if has pfctl || has ipfw; then unseen "pf and ipfw are not evaluated: pfctl -sr, ipfw list"; fi
  families=$family
  [ "$family" = 0 ] && families=4
  lines=$(printf '%s\n' "$listing" | awk -v from="$from" -v address="$address" -v port="$port" \
    -v device="$device" -v family="$families" -v strings="$(strings_of_ssh)" "$addresses$evaluate" 2>/dev/null) ||
    unseen "the packet filter's rules could not be evaluated"
  filter_clean=yes
  if [ "${#listing}" -ge "$output" ]; then
    unseen "the packet filter has more rules than were read ($output bytes)"
    filter_clean=partly
  fi
  while IFS=$tab read -r packet verdict sure about rule; do
    [ -n "$packet" ] && judge_filter "$packet" "$verdict" "$sure" "$about" "$rule"
  done <<END
$lines
END
  [ "$filter_clean" != yes ] || case $root in
  yes) for cause in firewall_reject firewall_drop firewall_reset drop_after_handshake rate_limit_rule ssh_inspection; do
    clear "$cause" "no rule on this host stops a packet between ${from:-a client} and port $port"
  done ;;
  esac
}

# A rule for every message that a packet is too big makes a black hole of a narrow path. Where what
# belongs to a connection is accepted first, these messages are.
check_icmp() {
  rule=$(printf '%s\n' "$listing" | awk '
    $1 == "chain" { elsewhere = related = 0 }
    / hook (output|forward|postrouting) / { elsewhere = 1 }
    /ct state .*related.* accept/ { related = 1 }
    elsewhere || related || / saddr |limit|echo-|ct state/ { next }
    !/destination-unreachable|frag-needed|packet-too-big|ip protocol icmp |l4proto (icmp|ipv6-icmp|1|58) / { next }
    / drop$| reject$| reject with / { sub(/^[ \t]+/, ""); print; exit }')
  [ -z "$rule" ] || found possible 58 mtu_black_hole.blocked_icmp "no message that a packet is too big arrives here: $rule" "before that rule: nft insert rule ... icmp type destination-unreachable accept, icmpv6 type packet-too-big accept"
}

judge_filter() {
  case $1 in
  moved) note "a rule sends the port elsewhere: $5"; return ;;
  queue) note "a rule hands packets to a program: $5"; return ;;
  esac
  filter_clean=no
  evidence="$1: $5"
  stage=20
  [ "$1" = SYN ] || stage=25
  case $4 in
  source)
    cause=source_ban.other
    case $5 in *f2b*) cause=source_ban.fail2ban ;; esac
    ;;
  payload) cause=ssh_inspection.rule ;;
  rate)
    cause=rate_limit_rule.rule
    case $5 in *'xt match'*) cause=rate_limit_rule.recent ;; esac
    ;;
  *)
    case $1:$2 in
    *:tarpit) cause=tarpit.program ;;
    *:reject) cause=firewall_reject.rule ;;
    *:reset) cause=firewall_reset.rule ;;
    SYN:drop) cause=firewall_drop.rule ;;
    *) cause=drop_after_handshake.rule ;;
    esac
    ;;
  esac
  # kube-proxy rejects a service without an endpoint at a port of its range.
  if [ "$cause" = firewall_reject.rule ] && [ "$port" -ge 30000 ] && [ "$port" -le 32767 ] && [ -z "$listeners" ]; then
    cause=no_live_backend.endpoint
  fi
  case $5 in *"has no endpoints"*) cause=no_live_backend.endpoint ;; esac
  case $cause in
  source_ban.*) found "$3" "$stage" "$cause" "$evidence" "$(unban)" ;;
  *) found "$3" "$stage" "$cause" "$evidence" ;;
  esac
}

unban() {
  case $evidence in
  *f2b*) echo "fail2ban-client set sshd unbanip $from; add it to ignoreip" ;;
  *crowdsec*) echo "cscli decisions delete --ip $from" ;;
  *) echo "remove $from from that rule or set" ;;
  esac
}

check_bans() {
  [ -n "$from" ] || return 0
  if has fail2ban-client && ask 2 fail2ban-client banned; then
    case $answer in
    *"'$from'"*) found possible 22 source_ban.fail2ban "fail2ban-client banned: $answer" "fail2ban-client unban $from; add it to ignoreip" ;;
    esac
  fi
  if has cscli && ask 2 cscli decisions list --ip "$from" -o raw; then
    case $answer in *"$from"*) found possible 22 source_ban.other "crowdsec: $answer" "cscli decisions delete --ip $from" ;; esac
  fi
  [ "$filter_clean" = yes ] && [ "$root" = yes ] && clear source_ban "no rule, set or route names $from"
}

check_conntrack() {
  count=$(cat /proc/sys/net/netfilter/nf_conntrack_count 2>/dev/null) || return 0
  most=$(cat /proc/sys/net/netfilter/nf_conntrack_max 2>/dev/null) || return 0
  if [ "${most:-0}" -gt 0 ] && [ "$count" -ge "$most" ]; then
    found certain 18 conntrack_full.table "$count of $most connections are tracked" "sysctl -w net.netfilter.nf_conntrack_max=$((most * 2))"
  else
    clear conntrack_full "$count of $most connections are tracked"
  fi
}

#----------------------------------------------------------------------------------------------
# Who listens. A line of `sockets` is: state, local address, local port, peer, queue, inode.

read_sockets='
function word4(text,  n, i) { n = ""; for (i = 7; i >= 1; i -= 2) n = n substr(text, i, 2); return tolower(n) }
function number(hex,  i, n) { hex = tolower(hex); for (i = 1; i <= length(hex); i++) n = n * 16 + digit(substr(hex, i, 1)); return n }
function form(text,  i, n) {
  if (length(text) == 8) return word4(text)
  n = ""; for (i = 1; i <= 25; i += 8) n = n word4(substr(text, i, 8))
  return substr(n, 1, 24) == "00000000000000000000ffff" ? substr(n, 25) : n
}
$4 == "0A" || $4 == "01" {
  split($2, l, ":"); split($3, r, ":"); split($5, q, ":")
  print ($4 == "0A" ? "listen" : "open") "\t" form(l[1]) "\t" number(l[2]) "\t" form(r[1]) "\t" number(q[2]) "\t" $10
}'

# listening ADDRESS PORT [WILD]: the sockets that serve it, and no other; an empty address is any.
# sshd never serves IPv4 by an IPv6 socket, others do unless bindv6only is set.
listening() {
  printf '%s\n' "$sockets" | awk -F"$tab" -v address="$1" -v port="$2" -v both="${3:-1}" "$addresses"'
    BEGIN { here = address == "" ? "" : plain(address) }
    $1 == "listen" && $3 == port && (here == "" || $2 == here || $2 == substr("00000000000000000000000000000000", 1, length(here)) || both && $2 == "00000000000000000000000000000000")'
}

find_sockets() {
  sockets=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | head -c 20000000 | awk "$addresses$read_sockets")
  if [ -z "$sockets" ] && ! [ -r /proc/net/tcp ]; then
    if ask 2 sockstat -l -P tcp -p "$port"; then
      note "sockstat: $answer"
    else
      unseen "neither /proc/net/tcp nor sockstat: who listens is unknown"
    fi
    return 1
  fi
  both=1
  [ "$(cat /proc/sys/net/ipv6/bindv6only 2>/dev/null)" = 1 ] && both=0
  listeners=$(listening "$address" "$port" "$both")
}

# owner INODE: the process that holds that socket; the listener itself rather than what it started.
owner() {
  printf '%s\n' "$descriptors" | awk -v inode="socket:[$1]" '
    /^\/proc\// { split($1, part, "/"); pid = part[3] }
    $NF == inode && !(pid in seen) { seen[pid] = 1; if (best == "" || pid + 0 < best + 0) best = pid }
    END { print best }'
}

words_of_process() { tr '\000' ' ' <"/proc/$1/cmdline" 2>/dev/null | head -c 4000; }

find_owner() {
  pid='' name='' exe='' command=''
  inode=$(printf '%s\n' "$listeners" | head -n 1 | cut -f 6)
  [ -n "$inode" ] || return 0
  ask 3 sh -c 'ls -l /proc/[0-9]*/fd 2>/dev/null | grep -E "^/proc/|socket:|pipe:"'
  descriptors=$answer
  pid=$(owner "$inode")
  [ -n "$pid" ] || { unseen "which process owns port $port (root can)"; return 0; }
  name=$(cat "/proc/$pid/comm" 2>/dev/null)
  exe=$(readlink "/proc/$pid/exe" 2>/dev/null)
  command=$(words_of_process "$pid")
  file=${exe% (deleted)}
  # sshd's own IPv6 sockets do not serve IPv4.
  case $name in sshd*) listeners=$(listening "$address" "$port" 0) ;; esac
  [ -n "$listeners" ] || pid=''
}

# What the owner is: openssh, dropbear, another SSH server, a forwarder, something else, or unknown.
sort_of() {
  case $1 in
  sshd | sshd-session | sshd-auth) echo openssh ;;
  dropbear*) echo dropbear ;;
  tinysshd* | lsh* | sftpgo | teleport | charon-ssh | proftpd | gitea | forgejo | rclone | sshesame | cowrie) echo ssh ;;
  systemd | init) echo systemd ;;
  xinetd | inetd | inetutils-inetd) echo inetd ;;
  haproxy) echo haproxy ;;
  nginx) echo nginx ;;
  socat | ncat | nc | netcat | redir | rinetd | ssh | sslh* | docker-proxy | rootlessport | kubectl | envoy | traefik) echo forwarder ;;
  endlessh* | tarpit* | fakessh*) echo tarpit ;;
  *) echo unknown ;;
  esac
}

# Whether anything about a process speaks of SSH: its words, its files, its program, its script.
speaks_ssh() {
  words_of_process "$1" | grep -qi ssh && return 0
  grep -qi ssh "/proc/$1/maps" 2>/dev/null && return 0
  case $(readlink "/proc/$1/exe" 2>/dev/null) in
  */python* | */perl* | */node* | */ruby* | */java* | *sh | */busybox | */beam*)
    for word in $(words_of_process "$1"); do
      case $word in
      -*) ;;
      /*) content "$word" 300000 | grep -qi ssh && return 0 ;;
      *) content "/proc/$1/cwd/$word" 300000 | grep -qi ssh && return 0 ;;
      esac
    done
    return 1
    ;;
  esac
  head -c 80000000 "/proc/$1/exe" 2>/dev/null | grep -qa 'SSH-2\.0'
}

check_listener() {
  if [ -z "$listeners" ]; then
    check_nobody
    return
  fi
  clear service_down "$(printf '%s\n' "$listeners" | wc -l | tr -d ' ') socket(s) listen on port $port${name:+, of $name ($pid)}"
  check_queue
  [ -n "$pid" ] || return 0
  check_process
  kind=$(sort_of "$name")
  case $kind in
  openssh | dropbear | ssh) clear wrong_service "$name owns the port"; clear tarpit "$name owns the port" ;;
  esac
  case $kind in
  openssh) check_openssh ;;
  dropbear) check_dropbear ;;
  inetd) check_inetd ;;
  systemd) check_socket_unit ;;
  haproxy) check_haproxy ;;
  nginx) check_nginx ;;
  forwarder) check_forwarder ;;
  tarpit) found certain 35 tarpit.program "process $pid: $command" ;;
  unknown) check_unknown ;;
  esac
}

check_unknown() {
  if [ "$root" = no ]; then
    note "$name ($pid) owns port $port"
  elif speaks_ssh "$pid"; then
    found possible 35 wrong_service.program "process $pid owns port $port and may speak SSH: $command"
  else
    found certain 35 wrong_service.program "process $pid owns port $port: $command"
  fi
}

# Nobody serves the address and the port.
check_nobody() {
  others=$(listening '' "$port" 1)
  mine=$(printf '%s' "$others" | cut -f 2 | awk "$addresses"'
    { text = $1; if (length(text) == 8) { print "IPv4" } else print "IPv6" }' | sort -u | tr '\n' ' ')
  if [ -n "$others" ] && [ -n "$address" ] && { case "$family:$mine" in "4:IPv6 " | "6:IPv4 ") true ;; *) false ;; esac; }; then
    found certain 30 family_mismatch.listener "port $port is served on ${mine% } only, $address is IPv$family"
    return
  fi
  if [ -n "$others" ]; then
    found certain 30 service_down.elsewhere "port $port is served on other addresses, not on $address" "add ListenAddress $address (or none at all) to sshd_config, then restart sshd"
    return
  fi
  words='' running=''
  for folder in /proc/[0-9]*; do
    { read -r one <"$folder/comm"; } 2>/dev/null || continue
    case $one in sshd | dropbear) words="$words $folder/cmdline" ;; esac
  done
  # shellcheck disable=SC2086
  [ -z "$words" ] || running=$(grep -la 'listener\|dropbear' $words 2>/dev/null | cut -d / -f 3 | head -n 20 | tr '\n' ' ')
  held=''
  if [ -n "$running" ]; then
    ask 2 sh -c 'ls -l /proc/[0-9]*/fd 2>/dev/null | grep -E "^/proc/|socket:|pipe:"'
    descriptors=$answer
    held=$(printf '%s\n%s\n' "$descriptors" "$sockets" | awk -v running="$running" -F"$tab" '
      BEGIN { n = split(running, part, " "); for (i = 1; i <= n; i++) runs[part[i]] = 1 }
      /^\/proc\// { split($0, part, "/"); now = part[3]; next }
      /socket:/ { if (now in runs) { i = $0; sub(/.*socket:\[/, "", i); sub(/\].*/, "", i); own[i] = 1 } next }
      $1 == "listen" && $6 in own { print $3 }' | sort -un | tr '\n' ' ')
  fi
  if [ -n "$held" ]; then
    found certain 30 service_down.elsewhere "nothing listens on port $port; an SSH server listens on port ${held% }" "correct the inventory (port ${held% }), or set Port $port"
    return
  fi
  check_units
  program_of_sshd
  if [ -n "$sshd" ] && ask 3 "$sshd" -t ${config:+-f "$config"}; then
    found certain 30 service_down.not_running "nothing listens on port $port; the configuration is sound${unit_says:+; $unit_says}" "systemctl start ssh (or sshd)"
  elif [ -n "$sshd" ] && [ -n "$answer" ]; then
    found certain 30 service_down.not_running "nothing listens on port $port; sshd -t: $answer${unit_says:+; $unit_says}" "correct what sshd -t reports, then systemctl start ssh (or sshd)"
  else
    found certain 30 service_down.not_running "nothing listens on port $port${unit_says:+; $unit_says}"
  fi
}

check_units() {
  unit_says=''
  has systemctl || return 0
  for unit in ssh.socket sshd.socket ssh.service sshd.service; do
    ask 2 systemctl show -p LoadState,ActiveState,Result "$unit" || continue
    case $answer in *LoadState=loaded*) ;; *) continue ;; esac
    case $answer in
    *Result=trigger-limit-hit*) found certain 29 service_down.trigger_limit "$unit: Result=trigger-limit-hit" "systemctl reset-failed $unit && systemctl restart $unit" ;;
    *ActiveState=failed*) unit_says="$unit is failed ($(printf '%s' "$answer" | sed -n 's/^Result=//p'))" ;;
    *ActiveState=inactive*) unit_says=${unit_says:-"$unit is inactive"} ;;
    esac
  done
}

check_queue() {
  queue=$(printf '%s\n' "$listeners" | head -n 1 | cut -f 5)
  ask 2 ss -ltnH "sport = :$port" || { [ "${queue:-0}" = 0 ] || note "$queue connections wait to be accepted"; return 0; }
  line=$(printf '%s\n' "$answer" | awk '$1 == "LISTEN" && $2 > $3 { print; exit }')
  if [ -n "$line" ]; then
    found certain 33 server_hung.accept_queue "ss: $line (waiting, and the most that may wait)" "restart ${name:-the listener} ($pid) once you know why it stopped accepting"
  fi
}

# The owner's process: stopped, in a dead system call, out of descriptors or of processes.
check_process() {
  state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null)
  case $state in
  T | t) found certain 34 server_hung.stopped "process $pid ($name) is in state $state: stopped" "kill -CONT $pid" ;;
  D) found possible 34 server_hung.stopped "process $pid ($name) is in state D, waiting in $(cat "/proc/$pid/wchan" 2>/dev/null)" ;;
  esac
  most=$(awk '/^Max open files/ { print $4 }' "/proc/$pid/limits" 2>/dev/null)
  # Not our own pipes: ls lists one name a line.
  used=$(ls "/proc/$pid/fd" 2>/dev/null | wc -l | tr -d ' ')
  case $most in '' | *[!0-9]*) ;; *)
    if [ "$used" -ge "$most" ]; then
      found certain 34 server_hung.descriptors "process $pid ($name) has $used of $most descriptors open" "raise LimitNOFILE= of its unit, then restart it"
    fi ;;
  esac
  check_processes
}

check_processes() {
  while IFS=: read -r _ controllers path; do
    case ",$controllers," in
    *,pids,*) folder=/sys/fs/cgroup/pids$path ;;
    ,,) folder=/sys/fs/cgroup$path ;;
    *) continue ;;
    esac
    while [ -n "$folder" ] && [ "$folder" != /sys/fs/cgroup ]; do
      most=$(cat "$folder/pids.max" 2>/dev/null) now=$(cat "$folder/pids.current" 2>/dev/null)
      case $most in '' | max) ;; *)
        if [ "${now:-0}" -ge "$most" ]; then
          found certain 55 connection_limit.processes "$folder: pids.current $now of pids.max $most, so that $name cannot start a process" "raise TasksMax= of its unit (pids.max), or end the processes that fill it"
          return
        fi ;;
      esac
      folder=${folder%/*}
    done
  done <<END
$(cat "/proc/$pid/cgroup" 2>/dev/null)
END
  # Those that start a process for each connection; others take the right from themselves.
  case $(sort_of "$name") in openssh | dropbear | inetd) ;; *) return 0 ;; esac
  most=$(awk '/^Max processes/ { print $3 }' "/proc/$pid/limits" 2>/dev/null)
  case $most in 0 | 1) found certain 55 connection_limit.processes "process $pid may start $most processes (RLIMIT_NPROC)" "raise LimitNPROC= of its unit" ;; esac
}

#----------------------------------------------------------------------------------------------
# OpenSSH.

# trusted FILE: a program that only root can have put there; no other is run.
trusted() {
  [ -x "$1" ] || return 1
  # A mode, the links, the owner's number. No name of a file is read from it.
  # shellcheck disable=SC2012
  ls -lnL "$1" 2>/dev/null | awk '{ exit !($3 == 0 && substr($1, 6, 1) != "w" && substr($1, 9, 1) != "w") }'
}

# The running server's program and configuration, or else the system's.
program_of_sshd() {
  sshd=''
  for one in "${file:-}" /usr/sbin/sshd /usr/local/sbin/sshd /usr/libexec/sshd /usr/bin/sshd; do
    case $one in */sshd) trusted "$one" && { sshd=$one; break; } ;; esac
  done
  other=$(PATH=$given_path && command -v sshd 2>/dev/null)
  if [ -n "$other" ] && ! trusted "$other"; then note "$other is in the PATH, and others than root may write it: it was not run"; fi
  case ${file:-} in */sshd) trusted "$file" || note "the running $file is not only root's to write: it was not run" ;; esac
  config=$(printf '%s\n' "${command:-}" | sed -n 's/.* -f *\([^ ]*\).*/\1/p')
}

version_in() { head -c 20000000 "$1" 2>/dev/null | grep -ao 'OpenSSH_[0-9]*\.[0-9]*' | head -n 1 | sed 's/OpenSSH_//'; }
# at_least VERSION MAJOR MINOR
at_least() { echo "$1" | awk -F. -v major="$2" -v minor="$3" '{ exit !($1 > major || $1 == major && $2 >= minor) }'; }

check_openssh() {
  program_of_sshd
  version=$(version_in "/proc/$pid/exe")
  same_root || return 0
  check_replaced
  check_config
  check_session_programs
  check_startups
  check_lists
  check_wrappers sshd
  check_log
}

same_root() {
  [ "$root" = yes ] || { unseen "sshd -t and -T need root"; return 1; }
  ours=$(ls -di /. | awk '{ print $1 }') theirs=$(ls -di "/proc/$pid/root/." 2>/dev/null | awk '{ print $1 }')
  [ "$ours" = "$theirs" ] && return 0
  unseen "$name ($pid) runs in a container or chroot: run this inside it"
  return 1
}

check_replaced() {
  case $exe in *' (deleted)') ;; *) return 0 ;; esac
  new=$(version_in "$file")
  if [ -n "$version" ] && [ -n "$new" ] && [ "$version" != "$new" ]; then
    found certain 60 service_child_broken.replaced "process $pid is OpenSSH $version, $file is now $new" "systemctl restart ssh (or sshd)"
  else
    found possible 60 service_child_broken.replaced "process $pid runs a program that was replaced: $exe" "systemctl restart ssh (or sshd)"
  fi
}

check_config() {
  settings=''
  [ -n "$sshd" ] || return 0
  file_of_config=${config:-/etc/ssh/sshd_config}
  size=$(wc -c <"$file_of_config" 2>/dev/null | tr -d ' ')
  [ "${size:-0}" -le 1000000 ] || note "$file_of_config has $size bytes"
  ask 3 "$sshd" -T ${config:+-f "$config"} && {
    settings=$answer
    clear service_child_broken "sshd -T accepts the configuration, the host keys and the separation directory"
    return
  }
  [ "$?" != 137 ] || return 0
  says=$(printf '%s' "$answer" | grep -v '^@' | head -n 6)
  old=possible
  [ -n "$version" ] && ! at_least "$version" 9 8 && old=certain
  case $answer in
  *'rivilege separation directory'* | */var/empty*)
    found certain 60 service_child_broken.separation "sshd -t: $says" "mkdir -m 0755 /run/sshd" ;;
  *'no hostkeys available'* | *'bad permissions'*)
    case $says in
    *ermissions*) mend="chmod 600 $(printf '%s' "$answer" | sed -n "s/^Permissions [0-9]* for '\(.*\)' are too open.*/\1/p" | tr '\n' ' ')" ;;
    *) mend='restore the host keys, or ssh-keygen -A; then systemctl restart ssh (or sshd)' ;;
    esac
    found "$old" 60 service_child_broken.host_keys "sshd -t: $says" "$mend" ;;
  *) found possible 61 service_child_broken.inetd_config "sshd -t: $says" ;;
  esac
}

# sshd-session from 9.8 on, sshd-auth from 10.0 on.
check_session_programs() {
  if [ -z "$version" ] || ! at_least "$version" 9 8; then return 0; fi
  for part in session auth; do
    [ "$part" = session ] || at_least "$version" 10 0 || continue
    path=$(value_of "$settings" "sshd${part}path")
    [ -n "$path" ] || path=$(head -c 20000000 "/proc/$pid/exe" | grep -ao "/[a-z0-9/._-]*/sshd-$part" | head -n 1)
    if [ -z "$path" ] || [ -x "$path" ]; then continue; fi
    found certain 60 service_child_broken.session_program "$path is missing or not executable" "reinstall the openssh-server package"
  done
}

# Connections before authentication, from everywhere and from the client: the titles of sshd's processes.
check_startups() {
  title=$(words_of_process "$pid" | sed -n 's/.*\[listener\] \([0-9]*\) of \([0-9]*\)-\([0-9]*\) startups.*/\1 \2 \3/p')
  if [ -n "$title" ]; then
    # Three numbers, split on purpose.
    # shellcheck disable=SC2086
    set -- $title
    if [ "$1" -ge "$2" ]; then
      found certain 55 max_startups.startups "process $pid counts $1 unauthenticated connections, MaxStartups begins to drop at $2 and drops all at $3" "MaxStartups 100:30:300 in sshd_config, then systemctl reload ssh (or sshd); ss -tn '( sport = :$port )' shows who holds them"
    else
      clear max_startups "$1 unauthenticated connections, fewer than $2"
    fi
  fi
  [ -n "$from" ] || return 0
  allowed_each=$(value_of "$settings" persourcemaxstartups)
  case $allowed_each in '' | none | 0 | *[!0-9]*) return 0 ;; esac
  if ask 2 ss -tnpH state established "sport = :$port"; then
    mine=$(printf '%s\n' "$answer" | awk -v from="$from" '{ peer = $4; sub(/:[0-9]+$/, "", peer); gsub(/[][]|::ffff:/, "", peer); if (peer == from) print }' |
      grep -o 'pid=[0-9]*' | sort -u | while IFS='=' read -r _ one; do
      words_of_process "$one" | grep -E '\[(accepted|net)\]' >/dev/null && echo "$one"
    done | wc -l | tr -d ' ')
    if [ "$mine" -ge "$allowed_each" ]; then
      found certain 55 max_startups.per_source "$mine unauthenticated connections from $from, PerSourceMaxStartups is $allowed_each" "raise PerSourceMaxStartups in sshd_config, then systemctl reload ssh (or sshd)"
    fi
  fi
}

# What today's clients share with the server, slot by slot.
check_lists() {
  [ -n "$settings" ] || return 0
  clean=yes
  for slot in \
    'kexalgorithms ^(curve25519|sntrup|mlkem|ecdh-sha2-nistp|diffie-hellman-group(14-sha256|1[5678]|-exchange-sha256))' \
    'ciphers (chacha20|-gcm|-ctr)' \
    'macs ^(hmac-sha2|umac)' \
    'hostkeyalgorithms (ed25519|ecdsa|rsa-sha2)'; do
    key=${slot%% *}
    list=$(value_of "$settings" "$key")
    [ -n "$list" ] || continue
    case $key:$(value_of "$settings" ciphers) in macs:*chacha20* | macs:*gcm*) continue ;; esac
    printf '%s\n' "$list" | tr ',' '\n' | grep -Eq "${slot#* }" && continue
    clean=no
    old=no
    printf '%s\n' "$list" | tr ',' '\n' | grep -Eq 'sha1|-cbc|^ssh-(rsa|dss)|hmac-md5|arcfour' && old=yes
    if from_policy "$list"; then
      cause=no_common_algorithms.policy
      [ "$old" = no ] || cause=legacy_algorithms.policy
      found certain 70 "$cause" "crypto policy ${policy:-unknown}: $key $list" "update-crypto-policies --set DEFAULT, then systemctl restart sshd"
    else
      cause=no_common_algorithms.lists
      [ "$old" = no ] || cause=legacy_algorithms.lists
      found certain 70 "$cause" "sshd -T: $key $list" "remove $key from $file_of_config, then systemctl reload ssh (or sshd)"
    fi
  done
  check_key_sizes
  [ "$clean" = no ] || { clear legacy_algorithms "each list of sshd -T has a name of today"; clear no_common_algorithms "each list of sshd -T has a name of today"; }
}

# Whether a list is the one that the system-wide policy gives to sshd.
from_policy() {
  policy=$(content /etc/crypto-policies/state/current 200 | head -n 1)
  content /etc/crypto-policies/back-ends/opensshserver.config |
    awk -F"[ =']+" -v list="$1" '{ for (i = 1; i <= NF; i++) if ($i == list) found = 1 } END { exit !found }'
}

# Public halves only: ssh-keygen reads FILE.pub where it is there.
check_key_sizes() {
  useful=no
  weak=''
  for one in $(printf '%s\n' "$settings" | awk '$1 == "hostkey" { print $2 }' | head -n 8); do
    [ -r "$one.pub" ] || { useful=yes; continue; }
    ask 2 ssh-keygen -l -f "$one.pub" || { useful=yes; continue; }
    case $answer in
    *'(DSA)'*) weak="$one: $answer" ;;
    *'(RSA)'*) if [ "${answer%% *}" -ge 1024 ] 2>/dev/null; then useful=yes; else weak="$one: $answer"; fi ;;
    *) useful=yes ;;
    esac
  done
  [ -n "$weak" ] && [ "$useful" = no ] || return 0
  clean=no
  found certain 70 legacy_algorithms.small_key "$weak" "ssh-keygen -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key, then systemctl restart ssh (or sshd)"
}

#----------------------------------------------------------------------------------------------
# TCP wrappers.

wrapped() {
  grep -q libwrap "/proc/$pid/maps" 2>/dev/null && return 0
  for one in /usr/lib/openssh/sshd-session /usr/libexec/openssh/sshd-session /usr/libexec/sshd-session; do
    [ "$1" = sshd ] && [ -n "${version:-}" ] && at_least "$version" 9 8 && [ -f "$one" ] && grep -qa libwrap "$one" && return 0
  done
  return 1
}

wrappers='
function strip(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return text }
# The fields of a rule: colons within brackets belong to addresses.
function fields(line, part,  i, c, n, deep) {
  n = 1; part[1] = ""; deep = 0
  for (i = 1; i <= length(line); i++) {
    c = substr(line, i, 1)
    if (c == "[") deep = 1
    if (c == "]") deep = 0
    if (c == "\\" && substr(line, i + 1, 1) == ":") { part[n] = part[n] ":"; i++; continue }
    if (c == ":" && !deep && n < 4) part[++n] = ""; else part[n] = part[n] c
  }
  return n
}
function daemon(word,  at, host) {
  at = index(word, "@")
  if (at) { host = substr(word, at + 1); gsub(/[][]/, "", host); word = substr(word, 1, at - 1); if (here == "") unsure = 1; else if (host != "ALL" && !client(host, here)) return 0 }
  return word == "ALL" || index(" " names " ", " " word " ") > 0
}
function client(word, us,  part) {
  if (word == "ALL") return 1
  if (word ~ /^(KNOWN|UNKNOWN|PARANOID)$/ || word ~ /^@/) { named = 1; unsure = 1; return 0 }
  if (word == "LOCAL") { named = 1; return 0 }
  if (word ~ /^\//) { unsure = 1; return 0 }
  gsub(/[][]/, "", word)
  if (word ~ /^[0-9.]+\.$/) { if (us == "") { unsure = 1; return 0 } return index(dotted(us), word) == 1 }
  if (word ~ /^[0-9.]+(\/[0-9.]+)?$/ || word ~ /^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(\/[0-9]+)?$/) { if (us == "") { unsure = 1; return 0 } return within(word, us) }
  named = 1; unsure = 1
  return 0
}
function dotted(us,  i, text) { if (length(us) != 8) return ""; text = ""; for (i = 1; i <= 7; i += 2) text = text (digit(substr(us, i, 1)) * 16 + digit(substr(us, i + 1, 1))) "."; return text }
function listed(text, which, us,  word, n, i, hit, except) {
  gsub(/,/, " ", text); n = split(text, word, " "); hit = except = 0
  for (i = 1; i <= n; i++) {
    if (word[i] == "EXCEPT") { if (hit) { return !listed_from(word, i + 1, n, which, us) } return 0 }
    if (!hit && (which == "daemon" ? daemon(word[i]) : client(word[i], us))) hit = 1
  }
  return hit
}
function listed_from(word, i, n, which, us,  text) { text = ""; for (; i <= n; i++) text = text " " word[i]; return listed(text, which, us) }
function judge(line,  part, n, option, denies, before) {
  n = fields(line, part)
  if (n < 2 || done) return
  before = unsure; unsure = 0
  if (!listed(strip(part[1]), "daemon", "") && !unsure) { unsure = before; return }
  unsure = 0; option = strip(part[3] (n > 3 ? ":" part[4] : ""))
  denies = FILENAME ~ /deny$/
  if (option ~ /^deny/ || option ~ /:[ ]*deny/) denies = 1
  if (option ~ /^allow/ || option ~ /:[ ]*allow/) denies = 0
  if (listed(strip(part[2]), "client", us)) {
    done = 1
    print (option ~ /twist/ ? "twist" : denies ? "deny" : "allow") "\t" (before ? "possible" : "certain") "\t" FILENAME " line " FNR ": " line
  } else if (unsure && denies) print "deny\tpossible\t" FILENAME " line " FNR ": " line
  if (unsure) before = 1
  unsure = before
}
BEGIN { us = from == "" ? "" : plain(from); here = address == "" ? "" : plain(address) }
FNR > 20000 { next }
{ sub(/\r$/, ""); if (length($0) > 4000) next }
/\\$/ { sub(/\\$/, ""); joined = joined $0; next }
{ line = joined $0; joined = "" }
line ~ /^[ \t]*(#|$)/ { next }
{ judge(line) }
END { if (named) print "names\tpossible\thosts.allow and hosts.deny name hosts" }'

# check_wrappers DAEMON: for a daemon that is linked with libwrap.
check_wrappers() {
  wrapped "$1" || { clear tcp_wrappers "$name is not linked with libwrap"; return 0; }
  files=''
  for one in /etc/hosts.allow /etc/hosts.deny; do
    [ -r "$one" ] && files="$files $one"
  done
  [ -n "$files" ] || { clear tcp_wrappers "there is no hosts.deny"; return 0; }
  # Two names, split on purpose.
  # shellcheck disable=SC2086
  ask 2 awk -v from="$from" -v address="$address" -v names="$1 $1-session" "$addresses$wrappers" $files
  refused=no
  while IFS=$tab read -r verdict sure rule; do
    case $verdict in
    deny)
      refused=yes
      found "$sure" 50 tcp_wrappers.rule "$rule" "add \"$1: ${from:-ADDRESS}\" to /etc/hosts.allow" ;;
    twist)
      refused=yes
      found "$sure" 50 tcp_wrappers.twist "$rule" ;;
    allow) [ "$refused" = yes ] || clear tcp_wrappers "$rule"; refused=yes ;;
    names) check_names ;;
    esac
  done <<END
$answer
END
  [ "$refused" = yes ] || clear tcp_wrappers "no rule refuses ${from:-a client}"
}

# A rule by name makes each connection wait for the resolver.
check_names() {
  if [ "$resolve" = yes ] && [ -n "$from" ]; then
    before=$(date +%s)
    ask 4 getent hosts "$from"
    waited=$(($(date +%s) - before))
    if [ "$waited" -ge 2 ]; then
      found certain 65 slow_before_banner.wrapper_names "hosts.allow or hosts.deny name hosts, and the name of $from takes $waited s or more" "use addresses in those files, or repair the resolver"
      return
    fi
  fi
  found possible 65 slow_before_banner.wrapper_names "hosts.allow or hosts.deny name hosts: each connection waits for the resolver"
}

#----------------------------------------------------------------------------------------------
# Other acceptors and forwarders.

# open_from CLIENT: established connections of the port; of everybody where it is empty.
open_from() {
  printf '%s\n' "$sockets" | awk -F"$tab" -v port="$port" -v from="$1" -v address="$address" "$addresses"'
    BEGIN { us = from == "" ? "" : plain(from); here = address == "" ? "" : plain(address) }
    $1 == "open" && $3 == port && (here == "" || $2 == here) && (us == "" || $4 == us) { n++ } END { print n + 0 }'
}

check_dropbear() {
  # It holds a pipe to each child that has not authenticated.
  pipes=$(printf '%s\n' "$descriptors" | awk -v pid="$pid" '/^\/proc\// { split($1, p, "/"); now = p[3] } now == pid && / [3-9][0-9]* -> pipe:| [1-9][0-9]+ -> pipe:/ { n++ } END { print n + 0 }')
  mine=$(open_from "$from")
  [ -n "$from" ] || mine=0
  if [ "$pipes" -ge 30 ]; then
    found certain 55 connection_limit.dropbear "dropbear ($pid) has $pipes unauthenticated connections, and takes 30"
  elif [ "$mine" -ge 5 ] && [ "$pipes" -ge 5 ]; then
    found certain 55 connection_limit.dropbear "$mine connections from $from, $pipes in all before authentication; dropbear takes 5 of an address" "ss -tn '( sport = :$port )' shows who holds them; end them or wait 300 s"
  else
    clear connection_limit "$pipes connections before authentication"
  fi
  check_wrappers dropbear
}

xinetd='
function say() { if (wanted && !off) for (k in set) print k "\t" set[k] "\t" where[k] }
FNR == 1 { block = "" }
{ sub(/#.*/, "") }
$1 == "defaults" { block = "defaults"; next }
$1 == "service" { block = "service"; split("", set); split("", where); for (k in base) { set[k] = base[k]; where[k] = base_where[k] } wanted = $2 == "ssh" && port == 22; off = 0; next }
$1 == "}" { if (block == "service") say(); block = ""; next }
block != "" && NF >= 2 {
  key = $1; value = $0; sub(/^[^=]*=[ \t]*/, "", value)
  if (block == "defaults") { base[key] = value; base_where[key] = FILENAME " line " FNR; next }
  set[key] = value; where[key] = FILENAME " line " FNR
  if (key == "port") wanted = value == port
  if (key == "disable" && value ~ /yes/) off = 1
}'

check_inetd() {
  case $name in xinetd) ;; *) check_inetd_conf; return ;; esac
  config=$(printf '%s\n' "$command" | sed -n 's/.* -f *\([^ ]*\).*/\1/p')
  files=${config:-/etc/xinetd.conf}
  for one in $(content "$files" | awk '$1 == "includedir" { print $2 }' | head -n 3); do
    for each in "$one"/*; do [ -f "$each" ] && files="$files $each"; done
  done
  # shellcheck disable=SC2086
  ask 2 awk -v port="$port" "$xinetd" $files
  attributes=$answer
  while IFS=$tab read -r key value place; do
    limit_of_xinetd "$key" "$value" "$place"
  done <<END
$attributes
END
  check_inner_sshd "$(printf '%s\n' "$attributes" | awk -F"$tab" '$1 == "server" { print $2 }')" "$(printf '%s\n' "$attributes" | awk -F"$tab" '$1 == "server_args" { print $2 }')"
}

limit_of_xinetd() {
  mend="correct it there, then systemctl reload xinetd"
  case $1 in
  instances | per_source)
    case $2 in '' | *[!0-9]*) return 0 ;; esac
    who=''
    [ "$1" = instances ] || who=$from
    [ "$1" = instances ] || [ -n "$from" ] || return 0
    open=$(open_from "$who")
    [ "$open" -lt "$2" ] || found certain 55 connection_limit.xinetd "$3: $1 = $2, and $open connections are open${who:+ from $who}" "$mend" ;;
  no_access | only_from)
    [ -n "$from" ] || return 0
    hit=$(printf '%s\n' "$2" | tr ' ' '\n' | awk -v from="$from" "$addresses"'
      /^[0-9A-Fa-f.:]+(\/[0-9]+)?$/ && within($0, plain(from)) { print; exit }
      /^[0-9.]+\.0$/ { bits = $0 ~ /\.0\.0\.0$/ ? 8 : $0 ~ /\.0\.0$/ ? 16 : 24; if (within($0 "/" bits, plain(from))) { print; exit } }')
    case $1:$hit in
    no_access:?*) found certain 55 connection_limit.xinetd "$3: no_access = $2, which has $from" "$mend" ;;
    only_from:) found certain 55 connection_limit.xinetd "$3: only_from = $2, which has not $from" "$mend" ;;
    esac ;;
  cps) note "$3: cps = $2: more connections a second close the port" ;;
  log_on_failure) case $2 in *USERID*) found possible 65 slow_before_banner.xinetd_user "$3: log_on_failure = $2" "remove USERID there" ;; esac ;;
  esac
}

check_inetd_conf() {
  line=$(content /etc/inetd.conf | awk '$1 == "ssh" { print; exit }')
  [ -z "$line" ] || check_inner_sshd "$(echo "$line" | awk '{ print $6 }')" "$line"
}

# check_inner_sshd PROGRAM WORDS: sshd -i behind an acceptor reads its configuration each time.
check_inner_sshd() {
  case $1 in */sshd) ;; *) return 0 ;; esac
  trusted "$1" || { [ -x "$1" ] || found certain 60 service_child_broken.inetd_config "$1 is missing or not executable"; return 0; }
  config=$(printf '%s\n' "$2" | sed -n 's/.* -f *\([^ ]*\).*/\1/p')
  ask 3 "$1" -t ${config:+-f "$config"} && { clear service_child_broken "sshd -t accepts the configuration"; return 0; }
  [ "$?" = 137 ] || found certain 60 service_child_broken.inetd_config "sshd -t: $(printf '%s' "$answer" | grep -v '^@' | head -n 4)"
}

check_socket_unit() {
  for unit in ssh.socket sshd.socket dropbear.socket; do
    ask 2 systemctl show -p LoadState,ActiveState,Accept,MaxConnections,NConnections "$unit" || continue
    case $answer in *ActiveState=active*) ;; *) continue ;; esac
    most=$(printf '%s\n' "$answer" | sed -n 's/^MaxConnections=//p') now=$(printf '%s\n' "$answer" | sed -n 's/^NConnections=//p')
    case $answer in *Accept=yes*)
      if [ "${now:-0}" -ge "${most:-64}" ]; then
        found certain 55 connection_limit.socket_unit "$unit: NConnections $now of MaxConnections $most" "systemctl edit $unit: MaxConnections=; systemctl reset-failed 'ssh@*'"
      fi ;;
    esac
  done
  check_units
  program_of_sshd
  [ -z "$sshd" ] || check_inner_sshd "$sshd" ''
}

# served HOST PORT: yes, no, or elsewhere when it is another machine's.
served() {
  case $1 in
  127.* | ::1 | localhost | \*) ;;
  *) ip -o address show 2>/dev/null | grep -qF " $1/" || { echo elsewhere; return; } ;;
  esac
  where=$1
  case $1 in localhost) where=127.0.0.1 ;; \*) where='' ;; esac
  if [ -n "$(listening "$where" "$2" 1)" ]; then echo yes; else echo no; fi
}

# The facts about a port in HAProxy's configuration, a line each.
haproxy='
function flush() { if (section == "frontend" || section == "listen") if (bound) { print "mode\t" mode "\t" mode_at; for (i = 1; i <= n; i++) print kept[i]; used[name] = 1 } }
FNR > 50000 { exit }
{ sub(/^[ \t]+/, ""); if ($1 ~ /^#/) next }
$1 ~ /^(global|defaults|frontend|listen|backend|peers|userlist|resolvers)$/ {
  flush(); section = $1; name = $2; bound = n = 0; mode = section == "defaults" ? "tcp" : default_mode; mode_at = default_at; next
}
$1 == "mode" { mode = $2; mode_at = FILENAME " line " FNR; if (section == "defaults") { default_mode = $2; default_at = mode_at } }
$1 == "bind" { m = split($2, b, ","); for (i = 1; i <= m; i++) if (b[i] ~ (":" port "$")) { host = b[i]; sub(/:[0-9]+$/, "", host); gsub(/[][]/, "", host); if (address == "" || host == "" || host == "*" || host == "0.0.0.0" || host == "::" || host == address) bound = 1 } if (bound && / accept-proxy/) kept[++n] = "expects\t-\t" FILENAME " line " FNR ": " $0 }
$1 == "tcp-request" && $2 == "connection" && $3 == "reject" { kept[++n] = "reject\t" (NF > 3 ? "possible" : "certain") "\t" FILENAME " line " FNR ": " $0 }
$1 == "default_backend" || $1 == "use_backend" { kept[++n] = "backend\t" $2 "\t-" }
$1 == "server" && section != "global" {
  line = "server\t" $3 "\t" (/ send-proxy/ ? "proxy" : "plain") (/ check/ ? " check" : "") "\t" FILENAME " line " FNR ": " $0
  if (section == "listen") kept[++n] = line
  print "of\t" name "\t" line
}
END { flush(); if (default_mode == "") print "" }'

check_haproxy() {
  files=$(printf '%s\n' "$command" | awk '{ for (i = 1; i < NF; i++) if ($i == "-f") print $(i + 1) }' | head -n 5 | tr '\n' ' ')
  [ -n "$files" ] || files=/etc/haproxy/haproxy.cfg
  # shellcheck disable=SC2086
  ask 2 awk -v port="$port" -v address="$address" "$haproxy" $files || return 0
  facts=$answer
  set_of=$(printf '%s\n' "$facts" | awk -F"$tab" '$1 == "backend" { print $2 }' | tr '\n' ' ')
  servers=$(printf '%s\n' "$facts" | awk -F"$tab" -v OFS="$tab" -v names="$set_of" '
    BEGIN { n = split(names, part, " "); for (i = 1; i <= n; i++) wanted[part[i]] = 1 }
    $1 == "server" { print $2, $3, $4 } $1 == "of" && $2 in wanted { print $4, $5, $6 }' | sort -u)
  while IFS=$tab read -r key value place; do
    case $key in
    mode) [ "$value" != http ] || found certain 45 http_load_balancer.haproxy "$place: mode http, where port $port is bound" "set mode tcp in that frontend and its backend, then systemctl reload haproxy" ;;
    reject) found "$value" 46 no_live_backend.access_list "$place" ;;
    expects) found certain 46 proxy_protocol.expects_header "$place" ;;
    esac
  done <<END
$facts
END
  judge_backends "$servers"
}

# judge_backends LINES: address, "proxy" or "plain" and "check", place.
judge_backends() {
  total=0 dead=0 deadly='' remote=0 headers=''
  while IFS=$tab read -r where how place; do
    [ -n "$where" ] || continue
    total=$((total + 1))
    case $(served "${where%:*}" "${where##*:}") in
    no) dead=$((dead + 1)) deadly=${deadly:-$place} ;;
    elsewhere) remote=$((remote + 1)) ;;
    yes) case $how in proxy*) headers=$where$tab$place ;; esac ;;
    esac
  done <<END
$1
END
  [ "$total" -gt 0 ] || return 0
  if [ "$dead" = "$total" ]; then
    found certain 46 no_live_backend.backends "$deadly: nothing listens there ($dead of $total)" "start the server that it names, or correct that line"
  elif [ "$dead" -gt 0 ]; then
    found certain 47 mixed_backends.dead_backend "$deadly: nothing listens there ($dead of $total)" "repair that server, and add check to its line"
  elif [ "$remote" = 0 ]; then
    clear no_live_backend "all $total backends listen"
  fi
  [ "$remote" = 0 ] || unseen "$remote backend(s) are other machines: scan them from here"
  [ -n "$headers" ] || return 0
  where=${headers%%"$tab"*}
  inner=$(owner "$(listening "${where%:*}" "${where##*:}" 1 | head -n 1 | cut -f 6)")
  inner_name=$(cat "/proc/$inner/comm" 2>/dev/null)
  case $inner_name in
  haproxy | nginx | envoy | traefik | sslh*) ;;
  *) found certain 48 "proxy_protocol.$name" "${headers#*"$tab"}; ${inner_name:-what listens there} does not read that header" "remove send-proxy (proxy_protocol on) from it, then reload" ;;
  esac
}

nginx='
function where() { return FILENAME " line " FNR }
FNR > 50000 { exit }
{ sub(/#.*/, ""); gsub(/[{};]/, " & "); for (i = 1; i <= NF; i++) {
  if ($i == "{") { stack[++depth] = words; if (words ~ /^server$/) { hit = 0; pass = sends = "-" } words = ""; continue }
  if ($i == "}") {
    if (stack[depth] ~ /^server$/ && hit) { print stack[1] "\t" pass "\t" sends "\t" hit }
    depth--; words = ""; continue
  }
  if ($i != ";") { words = words (words == "" ? "" : " ") $i; continue }
  split(words, w, " ")
  if (w[1] == "listen") { host = w[2]; if (host == port || host ~ (":" port "$")) { sub(/:?[0-9]+$/, "", host); gsub(/[][]/, "", host); if (host == "" || host == "*" || host == "0.0.0.0" || host == "::" || address == "" || host == address) hit = where() ": " words } }
  if (w[1] == "proxy_pass") pass = w[2]
  if (w[1] == "proxy_protocol" && w[2] == "on") sends = where() ": " words
  if (w[1] == "server" && stack[depth] ~ /^upstream/) { split(stack[depth], u, " "); print "upstream\t" u[2] "\t" w[2] "\t" where() ": " words }
  words = ""
} }'

check_nginx() {
  config=$(printf '%s\n' "$command" | sed -n 's/.* -c *\([^ ]*\).*/\1/p')
  config=${config:-/etc/nginx/nginx.conf}
  files=$config
  for one in $(content "$config" | awk '$1 == "include" { sub(/;$/, "", $2); print $2 }' | head -n 10); do
    # A pattern, to be expanded.
    # shellcheck disable=SC2086
    for each in $one; do [ -f "$each" ] && files="$files $each"; done
  done
  # shellcheck disable=SC2086
  ask 2 awk -v port="$port" -v address="$address" "$nginx" $files || return 0
  facts=$answer
  seen=no
  while IFS=$tab read -r block pass sends place; do
    case $block in
    http) seen=yes; found certain 45 wrong_service.program "$place: a web server of nginx ($pid)" ;;
    stream)
      seen=yes
      how=plain
      [ "$sends" = - ] || how=proxy
      case $place in *proxy_protocol*) found certain 46 proxy_protocol.expects_header "$place" ;; esac
      list=$(printf '%s\n' "$facts" | awk -F"$tab" -v OFS="$tab" -v name="$pass" -v how="$how" '$1 == "upstream" && $2 == name { print $3, how, $4 }')
      judge_backends "${list:-$pass$tab$how$tab$place, proxy_pass $pass}" ;;
    esac
  done <<END
$facts
END
  [ "$seen" = yes ] || found possible 45 wrong_service.program "nginx ($pid) owns the port"
}

check_forwarder() {
  target=$(printf '%s\n' "$command" | sed -n 's/.*[Tt][Cc][Pp][46]\{0,1\}:\([^ ,]*:[0-9]*\).*/\1/p')
  [ "$name" != sslh ] || target=$(printf '%s\n' "$command" | sed -n 's/.*--ssh[ =]\([^ ]*:[0-9]*\).*/\1/p')
  [ -n "$target" ] || { note "$name ($pid) forwards the port: $command"; return 0; }
  case $(served "${target%:*}" "${target##*:}") in
  no) found certain 46 no_live_backend.forwarding "process $pid: $command; nothing listens at $target" ;;
  yes) clear no_live_backend "$target listens" ;;
  *) unseen "$target is another machine: scan it from here" ;;
  esac
}

#----------------------------------------------------------------------------------------------
# What the logs say about the client, and the state of the machine.

read_logs() {
  logs=''
  out=$(readlink "/proc/$pid/fd/2" 2>/dev/null)
  case $out in /*) [ -f "$out" ] && logs=$(tail -c 100000 "$out" 2>/dev/null | tr -d '\000') ;; esac
  if has journalctl && [ -d /run/systemd/system ]; then
    ask 3 journalctl -q --no-pager -o short-iso -n 400 -t sshd -t sshd-session -t sshd-auth && logs="$logs$nl$answer"
  fi
  for one in /var/log/auth.log /var/log/secure /var/log/messages; do
    [ -r "$one" ] && [ -f "$one" ] && logs="$logs$nl$(tail -c 100000 "$one" 2>/dev/null | tr -d '\000' | grep -a 'sshd')" && break
  done
}

check_log() {
  read_logs
  [ -n "$logs" ] || { unseen "no log of sshd was found or may be read"; return 0; }
  if [ -n "$from" ]; then
    about_us=$(printf '%s\n' "$logs" | grep -aF "$from" | tail -n 40)
    last=$(printf '%s\n' "$about_us" | tail -n 1)
    case $last in
    *'drop connection'*penalt*) found certain 52 source_penalty.penalty "log: $last" "PerSourcePenaltyExemptList $from in sshd_config, then systemctl restart ssh (or sshd); or wait up to 600 s" ;;
    *'refused connect'*) found possible 52 tcp_wrappers.rule "log: $last" ;;
    esac
    dropped=$(printf '%s\n' "$about_us" | grep -aE 'past MaxStartups|past PerSourceMaxStartups' | tail -n 1)
    [ -z "$dropped" ] || found possible 56 max_startups.startups "log: $dropped"
    [ -n "$last" ] && note "last words of the log about $from: $last"
  fi
  failed=$(printf '%s\n' "$logs" | grep -aE 'fork: |error: .*(Cannot allocate memory|Resource temporarily unavailable|Too many open files)' | tail -n 1)
  [ -z "$failed" ] || found possible 56 connection_limit.processes "log: $failed"
  fatal=$(printf '%s\n' "$logs" | grep -aE 'fatal: .*(hostkey|host key|privsep|privilege|seccomp|prctl|sandbox|chroot)' | tail -n 1)
  [ -z "$fatal" ] || found possible 62 service_child_broken.killed "log: $fatal"
  return 0
}

check_machine() {
  cores=$(grep -c '^processor' /proc/cpuinfo 2>/dev/null)
  load=$(awk '{ print int($1) }' /proc/loadavg 2>/dev/null)
  if [ "${load:-0}" -gt $((${cores:-1} * 20)) ]; then
    found possible 80 server_hung.overloaded "load $load on ${cores:-1} processor(s)"
  fi
  free=$(awk '$1 == "MemAvailable:" { a = $2 } $1 == "MemTotal:" { t = $2 } END { if (t) print int(a * 100 / t) }' /proc/meminfo 2>/dev/null)
  [ "${free:-100}" -ge 2 ] || found possible 80 server_hung.overloaded "$free% of memory is available"
  full=$(ask 2 df -P / /var /run /tmp; printf '%s\n' "$answer" | awk '$5 == "100%" { print $6 }' | sort -u | tr '\n' ' ')
  [ -z "$full" ] || note "full: $full"
  awk '$2 == "/" && $4 ~ /^ro(,|$)/ { found = 1 } END { exit !found }' /proc/mounts 2>/dev/null && note "the root file system is read-only"
  for one in /etc/nologin /run/nologin; do [ -e "$one" ] && note "$one exists: logins other than root's are refused, later"; done
  [ "$began" -gt 1600000000 ] || note "the clock says $(date): certificates and the times of logs are wrong by it"
  if has timedatectl && ask 2 timedatectl show -p NTPSynchronized --value && [ "$answer" = no ]; then
    note "the clock is not synchronized (timedatectl)"
  fi
  if ask 2 sh -c 'dmesg | grep -a "apparmor=.DENIED" | grep -a sshd | tail -n 1'; then
    denied=$answer
    [ -z "$denied" ] || found possible 62 service_child_broken.killed "kernel: $denied" "aa-complain /usr/sbin/sshd until its profile is corrected"
  fi
  if has getenforce && ask 2 getenforce && [ "$answer" = Enforcing ] && ask 2 ausearch -m avc,seccomp -ts recent; then
    denied=$(printf '%s\n' "$answer" | grep -a sshd | tail -n 1)
    [ -z "$denied" ] || found possible 62 service_child_broken.killed "audit: $denied"
  fi
  return 0
}

#----------------------------------------------------------------------------------------------
# The answer. With a class, what it suspects comes first, and a possible cause that it suspects is named.

escape='
BEGIN { for (i = 1; i < 256; i++) code[sprintf("%c", i)] = i }
function safe(text,  i, c, n, out) {
  out = ""; n = length(text)
  for (i = 1; i <= n && i <= 2000; i++) { c = substr(text, i, 1); out = out ((code[c] < 32 || code[c] > 126) ? sprintf("\\x%02x", code[c]) : c) }
  return out
}
function json(text,  i, c, out) {
  text = safe(text); out = ""
  for (i = 1; i <= length(text); i++) { c = substr(text, i, 1); out = out (c == "\\" ? "\\\\" : c == "\"" ? "\\\"" : c) }
  return "\"" out "\""
}
function or_null(text) { return text == "" ? "null" : json(text) }
'

rank_findings() {
  printf '%s' "$findings" | awk -F"$tab" -v OFS="$tab" -v suspects="$suspects" '
    BEGIN { n = split(suspects, part, " "); for (i = 1; i <= n; i++) place[part[i]] = i }
    { cause = $3; sub(/\..*/, "", cause); suspected = cause in place
      class = $1 == "certain" ? (suspected || !n ? 0 : 1) : suspected ? 2 : 3
      printf "%d\t%03d\t%03d\t%s\n", class, class == 2 ? place[cause] : 0, $2, $0 }' |
    sort | awk -F"$tab" -v OFS="$tab" '!(($6) in seen) { seen[$6] = 1; print ($1 < 3 ? "named" : "noticed"), $4, $6, $7, $8, $9 }' | head -n 20
}

if [ "$json" = yes ]; then
  render='
  BEGIN { printf "{\"type\": \"doctor\", \"schema\": \"fleetscan.doctor/1\", \"host\": %s, \"port\": %d, \"address\": %s, \"from\": %s, \"class\": %s, \"time\": %d, \"up_since\": %s, \"root\": %s", json(host), port, or_null(address), or_null(from), or_null(class), now, booted == "" ? "null" : booted, root == "yes" ? "true" : "false" }
  $1 == "finding" { split($4, id, "."); list["findings"] = list["findings"] comma("findings") "{\"cause\": " json(id[1]) ", \"check\": " json(id[2]) ", \"named\": " ($2 == "named" ? "true" : "false") ", \"certain\": " ($3 == "certain" ? "true" : "false") ", \"what\": " json($6) ", \"evidence\": " json($5) ", \"fix\": " json($7) "}"; if ($2 == "named" && cause == "") cause = id[1] }
  $1 == "cleared" { list["excluded"] = list["excluded"] comma("excluded") "{\"cause\": " json($2) ", \"why\": " json($3) "}" }
  $1 == "unseen" || $1 == "notes" { list[$1] = list[$1] comma($1) json($2) }
  function comma(name) { return list[name] == "" ? "" : ", " }
  END { printf ", \"cause\": %s, \"findings\": [%s], \"excluded\": [%s], \"unseen\": [%s], \"notes\": [%s]}\n", or_null(cause), list["findings"], list["excluded"], list["unseen"], list["notes"] }'
else
  render='
  BEGIN { print "fleetscan doctor: " safe(host) ", port " port (address == "" ? "" : " of " address) (from == "" ? "" : ", for " from) }
  $1 == "finding" && $2 == "named" && !told { split($4, id, "."); told = 1
    print "\nCause: " id[1] ($3 == "certain" ? "" : " (likely)") "\n  " safe($6) ".\n  evidence: " safe($5) "\n  fix:      " safe($7) "\n  more:     fleetscan explain " id[1]; next }
  $1 == "finding" { split($4, id, "."); other = other "\n  " id[1] ": " safe($5) }
  $1 == "cleared" { excluded = excluded "\n  " safe($2) ": " safe($3) }
  $1 == "unseen" { missing = missing "\n  " safe($2) }
  $1 == "notes" { aside = aside "\n  " safe($2) }
  END {
    if (!told) print "\nNothing on this host explains it: look at the path (firewalls and cloud security groups\nin front of it are out of reach from here)."
    if (other != "") print "\nAlso noticed:" other
    if (excluded != "") print "\nExcluded:" excluded
    if (missing != "") print "\nNot seen:" missing
    if (aside != "") print "\nNotes:" aside
  }'
fi

print_answer() {
  ranked=$(rank_findings)
  {
    printf '%s\n' "$ranked" | sed "/./s/^/finding$tab/"
    printf '%s' "$cleared" | awk -F"$tab" '!($1 in seen) { seen[$1] = 1; print }' | sed "s/^/cleared$tab/"
    printf '%s' "$unseen" | sed "s/^/unseen$tab/"
    printf '%s' "$notes" | sed "s/^/notes$tab/"
  } | awk -F"$tab" -v host="$host" -v port="$port" -v address="$address" -v from="$from" -v class="$class" \
    -v now="$began" -v booted="$booted" -v root="$root" "$escape$render"
  case $ranked in named*) return 1 ;; esac
}

host=${host:-$(uname -n)}
booted=$(awk '$1 == "btime" { print $2 }' /proc/stat 2>/dev/null)
[ "$root" = yes ] || unseen "not root: owners of sockets, packet filters, sshd -T and most logs need it"
listeners=''
find_sockets
known=$?
check_route
check_conntrack
check_filters
check_bans
if [ "$known" = 0 ]; then
  find_owner
  check_listener
fi
check_machine
# What stands against a finding is not excluded.
for cause in $(printf '%s' "$findings" | awk -F"$tab" '{ sub(/\..*/, "", $3); print $3 }' | sort -u); do
  cleared=$(printf '%s' "$cleared" | awk -F"$tab" -v cause="$cause" '$1 != cause')
  [ -z "$cleared" ] || cleared=$cleared$nl
done
print_answer
