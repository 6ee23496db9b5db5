"use strict";
// The host table, the drawer and large heat maps of report.html. Foreign text is only ever put into
// text nodes and attributes that hold text; nothing here makes markup out of data.
(() => {
const $ = (id) => document.getElementById(id);
const make = (tag, attributes, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};
const draw = (tag, attributes, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
};
// What cannot be seen, or changes the direction of what follows, is shown as its code point.
const HIDDEN = /(?! )[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\ufff0-\ufffc]/gu;
const show = (text, limit = 255) => {
  const safe = String(text).replace(HIDDEN, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");
  return safe.length > limit ? safe.slice(0, limit) + "\u2026" : safe;
};
const foreign = (text, limit) => make("bdi", {}, show(text, limit));
const number = (value) => value.toLocaleString("en");
const span = (micros) => micros < 0 ? "" : micros < 9950 ? (micros / 1e3).toFixed(1) + " ms"
  : micros < 999500 ? Math.round(micros / 1e3) + " ms" : (micros / 1e6).toFixed(1) + " s";

// ---- data ----
const unpack = async (id) => {
  const block = $(id);
  if (!block) return null;
  const packed = atob(block.textContent);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; ++i) bytes[i] = packed.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
};
const meta = JSON.parse($("fs-meta").textContent);
const TIMES = ["resolve", "connect", "banner", "kexinit", "kex"];
const INDICES = ["port", "class", "phase", "attempts", ...TIMES, "ident", "labels", "key", "cause", "because", "marks", "since", "course"];
const NEW = 1, RECOVERED = 2, FLAPPING = 4, REKEYED = 8, UPGRADED = 16;  // bits of marks
const rows = { count: 0, host: [], address: [] };
for (const name of INDICES) rows[name] = [];
let texts = { ident: [], labels: [], key: [], cause: [], because: [], since: [], course: [] };
let labelTexts = [], softwareTexts = [];
const addRows = (columns) => {
  for (let i = 0; i < columns.host.length; ++i) {
    rows.host.push(columns.host[i]);
    rows.address.push(columns.address[i] || columns.host[i]);
  }
  for (const name of INDICES) rows[name] = rows[name].length ? rows[name].concat(columns[name]) : columns[name];
  rows.count = rows.host.length;
};
const target = (i) => (rows.host[i].includes(":") ? "[" + rows.host[i] + "]" : rows.host[i]) + ":" + rows.port[i];
const classOf = (i) => meta.classes[rows.class[i]];
const text = (column, i) => rows[column][i] < 0 ? "" : texts[column][rows[column][i]];
const labels = (i) => rows.labels[i] < 0 ? "" : labelTexts[rows.labels[i]];
const since = (i) => text("since", i).slice(0, 16).replace("T", " ");

// ---- filter ----
const bits = (address) => {  // an address as a string of 0 and 1; "4" or "6" first
  if (!/^[0-9a-fA-F:.]+$/.test(address)) return null;
  if (!address.includes(":")) {
    const parts = address.split(".").map(Number);
    if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part < 256))) return null;
    return "4" + parts.map((part) => part.toString(2).padStart(8, "0")).join("");
  }
  const halves = address.split("::").map((half) => half ? half.split(":") : []);
  const missing = 8 - halves[0].length - (halves[1] || []).length;
  const groups = halves.length === 1 ? halves[0] : [...halves[0], ...Array(Math.max(missing, 0)).fill("0"), ...halves[1]];
  return groups.length !== 8 ? null : "6" + groups.map((group) => parseInt(group, 16).toString(2).padStart(16, "0")).join("");
};
let addressBits = null;
const inSubnet = (prefix) => {
  const [base, length] = prefix.split("/");
  const want = bits(base);
  if (!want) return () => false;
  const head = want.slice(0, 1 + (length === undefined ? want.length : Number(length)));
  addressBits = addressBits && addressBits.length === rows.count ? addressBits : rows.address.map(bits);
  return (i) => addressBits[i] !== null && addressBits[i].startsWith(head);
};
const among = (column, list, matches) => {  // decides once per shared text
  const good = list.map(matches), of = rows[column];
  return (i) => good[of[i]] === true;
};
const within = (needle) => (value) => value.toLowerCase().includes(needle);
const marked = (bit) => (i) => (rows.marks[i] & bit) !== 0;
const bad = (i) => { const state = classOf(i).state; return state === "unreachable" || state === "unknown"; };
let haystack = null;
const fields = {
  class: (value) => among("class", meta.classes.map((c) => c.name), (name) => name.startsWith(value)),
  state: (value) => among("class", meta.classes.map((c) => c.state), (state) => state === value),
  phase: (value) => among("phase", meta.phases, (phase) => phase === value),
  host: (value) => (i) => rows.host[i].toLowerCase().includes(value),
  address: (value) => (i) => rows.address[i].startsWith(value),
  subnet: inSubnet,
  port: (value) => (i) => String(rows.port[i]) === value,
  label: (value) => among("labels", texts.labels, (object) => Object.entries(object).some(([k, v]) =>
    value.includes("=") ? (k + "=" + v).toLowerCase() === value : v.toLowerCase() === value)),
  software: (value) => among("ident", softwareTexts, (name) => name.toLowerCase() === value),
  ident: (value) => among("ident", texts.ident, within(value)),
  key: (value) => among("key", texts.key, within(value)),
  cause: (value) => among("cause", texts.cause, (name) => name.startsWith(value)),
  is: (value) => ({ failing: bad, new: marked(NEW), old: (i) => classOf(i).state === "unreachable" && !(rows.marks[i] & NEW), recovered: marked(RECOVERED),
    flapping: marked(FLAPPING), rekeyed: marked(REKEYED), upgraded: marked(UPGRADED) }[value] || (() => false)),
};
const freeText = (needle) => {
  if (!haystack || haystack.length !== rows.count) {
    haystack = rows.host.map((host, i) => (host + " " + rows.address[i] + " " + classOf(i).name + " " + text("ident", i) + " " +
      labels(i) + " " + text("cause", i)).toLowerCase());
  }
  return (i) => haystack[i].includes(needle);
};
const select = (query) => {
  const tests = [];
  for (const [, minus, name, quoted, bare] of query.matchAll(/(-?)(?:([a-z]+):)?(?:"([^"]*)"|([^\s"]+))/gi)) {
    const value = (quoted ?? bare).toLowerCase();
    const known = name && Object.hasOwn(fields, name.toLowerCase());
    const test = known ? fields[name.toLowerCase()](value) : freeText(((name ? name + ":" : "") + value).toLowerCase());
    tests.push(minus ? (i) => !test(i) : test);
  }
  const found = [];
  const passes = tests.length === 1 ? tests[0] : (i) => tests.every((test) => test(i));
  for (let i = 0; i < rows.count; ++i) if (passes(i)) found.push(i);
  return found;
};

// ---- table ----
const COLUMNS = [
  { name: "Host", width: 2.4, value: (i) => target(i).replace(/:22$/, ""), on: true, narrow: true },
  { name: "Address", width: 1.3, value: (i) => rows.address[i] === rows.host[i] ? "" : rows.address[i], on: true },
  { name: "Class", width: 2.5, value: (i) => classOf(i).name, dot: (i) => classOf(i).state, on: true, narrow: true },
  { name: "Attempts", width: 0.8, number: true, value: (i) => rows.attempts[i], on: true },
  ...TIMES.map((time) => ({ name: time === "kex" ? "Key ex." : time[0].toUpperCase() + time.slice(1), width: 0.8, number: true,
    key: (i) => rows[time][i], value: (i) => span(rows[time][i]), on: time === "connect" || time === "banner" || time === "kex" })),
  { name: "Likely cause", width: 1.4, value: (i) => text("cause", i), on: true },
  { name: "Identification", width: 2.2, value: (i) => text("ident", i), on: true },
  { name: "Labels", width: 1.8, value: labels, on: false },
  { name: "Since", width: 1.3, value: since, on: meta.history },
];
const ROW = 28, SPARE = 6;
const grid = { found: [], sort: null, down: false, active: -1, pool: new Map() };
const narrow = matchMedia("(max-width: 40rem)");
const shown = () => COLUMNS.filter((column) => narrow.matches ? column.narrow : column.on);
let input, counter, head, spacer, box;

const buildTools = () => {
  input = make("input", { type: "search", "aria-label": "Filter the hosts", spellcheck: "false", autocomplete: "off",
    placeholder: "Filter: class:connect_timeout subnet:10.0.0.0/24 label:rack=b7 -host:test", oninput: () => changed() });
  counter = make("span", { class: "note", role: "status" });
  const chooser = make("details", {}, make("summary", {}, "Columns"), make("div", {}, ...COLUMNS.map((column) =>
    make("label", {}, make("input", { type: "checkbox", checked: column.on, onchange: (event) => { column.on = event.target.checked; rebuild(); } }), " " + column.name))));
  return make("div", { class: "tools" }, input, counter,
    make("button", { type: "button", onclick: () => { input.value = "is:failing"; changed(); } }, "Failing"),
    make("button", { type: "button", onclick: () => { input.value = ""; changed(); } }, "All hosts"),
    make("button", { type: "button", onclick: (event) => copy(grid.found.map(target).join("\n") + "\n", event.target) }, "Copy as hosts.txt"),
    make("button", { type: "button", onclick: () => save("hosts.csv", "text/csv", csv()) }, "Download CSV"), chooser);
};
const csvCell = (value) => {
  const text = show(value, 4096).replace(/(^|;)(?=[ "]*[=+\-@\uff1d\uff0b\uff0d\uff20])/g, "$1'");
  return /[",']|^ | $/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
};
const csv = () => [["target", "address", "state", "class", "attempts", ...TIMES.map((time) => time + "_ms"), "cause", "ident", "labels"].join(","),
  ...grid.found.map((i) => [target(i), rows.address[i], classOf(i).state, classOf(i).name, rows.attempts[i],
    ...TIMES.map((time) => rows[time][i] < 0 ? "" : rows[time][i] / 1e3), text("cause", i), text("ident", i), labels(i)].map(csvCell).join(","))].join("\n") + "\n";
const save = (name, type, content) => {
  const url = URL.createObjectURL(new Blob([content], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
};
const copy = async (content, button) => {
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(content);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed here";
  }
  setTimeout(() => { button.textContent = words; }, 1500);
};
const rebuild = () => {
  const columns = shown();
  box.style.setProperty("--columns", columns.map((column) => "minmax(0, " + column.width + "fr)").join(" "));
  box.style.setProperty("--least", narrow.matches ? "0" : columns.reduce((sum, column) => sum + column.width, 0) * 5.4 + "rem");
  head.replaceChildren(...columns.map((column) => make("div", { role: "columnheader", class: column.number ? "num" : "",
    "aria-sort": grid.sort !== column ? "none" : grid.down ? "descending" : "ascending" },
    make("button", { type: "button", onclick: () => sortBy(column) }, column.name + (grid.sort !== column ? "" : grid.down ? " \u2193" : " \u2191")))));
  box.setAttribute("aria-colcount", columns.length);
  grid.pool.forEach((row) => row.remove());
  grid.pool.clear();
  paint();
};
const sortBy = (column) => {
  grid.down = grid.sort === column && !grid.down;
  grid.sort = column;
  sort();
  rebuild();
};
const sort = () => {
  if (!grid.sort) return;
  const key = grid.sort.key || grid.sort.value;
  const keys = new Map(grid.found.map((i) => [i, key(i)]));
  const sign = grid.down ? -1 : 1;
  grid.found.sort((a, b) => { const x = keys.get(a), y = keys.get(b); return (x < y ? -1 : x > y ? 1 : 0) * sign || a - b; });
};
const paint = () => {
  const first = Math.max(Math.floor(box.scrollTop / ROW) - SPARE, 0);
  const last = Math.min(Math.ceil((box.scrollTop + box.clientHeight) / ROW) + SPARE, grid.found.length);
  for (const [place, row] of grid.pool)
    if (place < first || place >= last) { row.remove(); grid.pool.delete(place); }
  for (let place = first; place < last; ++place) {
    if (!grid.pool.has(place)) {
      const row = rowOf(place);
      grid.pool.set(place, row);
      spacer.append(row);
    }
    grid.pool.get(place).classList.toggle("active", place === grid.active);
    grid.pool.get(place).setAttribute("aria-selected", place === grid.active);
  }
  if (grid.active >= 0) box.setAttribute("aria-activedescendant", "row-" + grid.active);
  else box.removeAttribute("aria-activedescendant");
};
const rowOf = (place) => {
  const i = grid.found[place];
  const row = make("div", { class: "gridrow", role: "row", id: "row-" + place, "aria-rowindex": place + 2, onclick: () => { grid.active = place; open(i); } },
    ...shown().map((column) => make("div", { role: "gridcell", class: column.number ? "num" : "" },
      column.dot ? make("span", { class: "dot " + column.dot(i) }) : null, foreign(column.value(i)))));
  row.style.transform = "translateY(" + place * ROW + "px)";
  return row;
};
const refresh = () => {
  grid.found = select(input.value);
  sort();
  grid.active = -1;
  spacer.style.height = grid.found.length * ROW + "px";
  box.setAttribute("aria-rowcount", grid.found.length + 1);
  counter.textContent = number(grid.found.length) + " of " + number(meta.hosts) + " hosts";
  box.scrollTop = 0;
  grid.pool.forEach((row) => row.remove());
  grid.pool.clear();
  paint();
};
const changed = () => {
  history.replaceState(null, "", "#q=" + encodeURIComponent(input.value));
  refresh();
};
const onKey = (event) => {
  const room = box.clientHeight - head.offsetHeight;  // the heading stays in place above the rows
  const page = Math.max(Math.floor(room / ROW) - 1, 1);
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
  if (event.target !== box) return;
  if (event.key === "Enter" && grid.active >= 0) return open(grid.found[grid.active]);
  if (!(event.key in steps) || !grid.found.length) return;
  event.preventDefault();
  grid.active = Math.min(Math.max(grid.active + steps[event.key], 0), grid.found.length - 1);
  const top = grid.active * ROW;
  if (top < box.scrollTop) box.scrollTop = top;
  if (top + ROW > box.scrollTop + room) box.scrollTop = top + ROW - room;
  paint();
};
const buildGrid = () => {
  head = make("div", { class: "gridhead", role: "row", "aria-rowindex": 1 });
  spacer = make("div", { role: "rowgroup", class: "gridbody" });
  box = make("div", { class: "gridbox", role: "grid", tabindex: "0", "aria-label": "Hosts; arrow keys move, Enter opens", onkeydown: onKey,
    onscroll: () => requestAnimationFrame(paint) }, make("div", { role: "rowgroup", class: "gridtop" }, head), spacer);
  $("grid").append(buildTools(), box);
  $("grid").hidden = false;
  $("static-hosts").hidden = true;
  narrow.addEventListener("change", rebuild);
};

// ---- drawer ----
let records = null;
const recordOf = async (name) => {
  if (!records) {
    records = new Map();
    for (const line of (await unpack("fs-records")).split("\n")) if (line) { const record = JSON.parse(line); records.set(record.target, record); }
  }
  return records.get(name);
};
const fact = (name, value) => value === null || value === undefined || value === "" ? null
  : make("div", {}, make("dt", {}, name), make("dd", {}, value instanceof Node ? value : foreign(value)));
const quote = (word) => /^[A-Za-z0-9_.:%@\/+=-]+$/.test(word) ? word : "'" + word.replaceAll("'", "'\\''") + "'";
const reproducer = (host, port) => {
  const name = quote(host.startsWith("-") ? "./" + host : host);
  return ["ssh-keyscan -T 5 -p " + port + " " + name, "ssh -vvv -o BatchMode=yes -o ConnectTimeout=5 -p " + port + " " + name + " true",
    "nc -v -w 5 " + name + " " + port + " </dev/null", "fleetscan -v " + quote((host.includes(":") ? "[" + host + "]" : host) + ":" + port)].join("\n");
};
const hexDump = (hex) => {
  const lines = [];
  for (let at = 0; at < hex.length; at += 32) {
    const bytes = hex.slice(at, at + 32).match(/../g);
    const ascii = bytes.map((byte) => { const code = parseInt(byte, 16); return code >= 32 && code < 127 ? String.fromCharCode(code) : "."; });
    lines.push((at / 2).toString(16).padStart(4, "0") + "  " + bytes.join(" ").padEnd(48) + " " + ascii.join(""));
  }
  return make("pre", { tabindex: "0", "aria-label": "First bytes received" }, lines.join("\n"));
};
const PHASES = TIMES.slice(1);
const lane = (attempt, longest) => {
  const svg = draw("svg", { class: "lane", viewBox: "0 0 1000 14", preserveAspectRatio: "none", "aria-hidden": "true" }, draw("rect", { class: "track", width: 1000, height: 14 }));
  let x = 0;
  PHASES.forEach((phase, index) => {
    const width = (attempt.ms[phase] || 0) / longest * 1000;
    svg.append(draw("rect", { class: "p" + index, x, width, height: 14 }));
    x += width;
  });
  if (attempt.phase !== "done") svg.append(draw("rect", { class: "pend", x, width: Math.max((attempt.elapsed_ms || 0) / longest * 1000 - x, 3), height: 14 }));
  return svg;
};
const CLOSES = { none: "", fin: "closed by the peer (FIN)", rst: "reset by the peer (RST)", error: "an error", timeout: "nothing more before the deadline" };
const attemptOf = (attempt, index, longest) => {
  const info = attempt.tcp_info;
  return make("div", { class: "attempt" }, make("h3", {}, "Attempt " + (index + 1) + ": ", make("code", {}, attempt.class)), lane(attempt, longest),
    make("dl", { class: "facts" }, fact("Started", attempt.started), fact("To", attempt.address), fact("Ended in", attempt.phase),
      ...PHASES.map((phase) => fact(phase, attempt.ms[phase] === null ? "" : attempt.ms[phase] + " ms")),
      fact("In all", attempt.elapsed_ms === null ? "" : attempt.elapsed_ms + " ms"), fact("End", CLOSES[attempt.close]),
      fact("errno", attempt.errno), fact("Bytes in", attempt.bytes_in), fact("Text", attempt.text),
      attempt.disconnect ? fact("Disconnect", attempt.disconnect.reason + ": " + attempt.disconnect.text) : null,
      info ? fact("TCP", "segments in " + info.segs_in + ", unacked " + info.unacked + ", retransmits " + info.retrans + ", out of order " +
        info.rcv_ooopack + ", bytes acked " + info.bytes_acked + ", MSS " + info.snd_mss + ", path MTU " + info.pmtu) : null),
    attempt.bytes_hex ? hexDump(attempt.bytes_hex) : null);
};
const COURSE = { o: "reached", x: "failing", ".": "not known yet" };
const course = (i) => {
  const runs = [...text("course", i)];
  if (runs.length < 2) return [];
  const words = "In " + runs.filter((run) => run === "x").length + " of the last " + runs.length + " runs it was failing";
  return [make("h3", {}, "The last runs"), make("p", { class: "course", role: "img", "aria-label": words },
    ...runs.map((run) => make("i", { class: "c" + (run === "." ? "n" : run), title: COURSE[run] }))), make("p", { class: "note" }, words)];
};
const details = (record) => {
  const longest = Math.max(...record.attempts.map((attempt) => Math.max(attempt.elapsed_ms || 0, PHASES.reduce((sum, phase) => sum + (attempt.ms[phase] || 0), 0))), 1);
  const parts = [];
  if (record.causes.length) parts.push(make("h3", {}, "Likely causes"), make("ol", {}, ...record.causes.map((cause) => make("li", {},
    make("code", {}, foreign(cause.cause)), " " + Math.round(cause.confidence * 100) + "%", ...cause.because.map((reason) => make("div", { class: "note" }, "because ", foreign(reason)))))));
  if (record.note) parts.push(make("p", { class: "note" }, foreign(record.note)));
  if (record.attempts.length) parts.push(make("h3", {}, "Attempts"), make("p", { class: "note key" }, ...PHASES.flatMap((phase, index) => [make("i", { class: "p" + index }), phase]), make("i", { class: "pend" }), "until it ended"),
    ...record.attempts.map((attempt, index) => attemptOf(attempt, index, longest)));
  if (record.kexinit) parts.push(make("h3", {}, "Algorithms it offers"), make("dl", {}, ...Object.entries(record.kexinit).filter(([, list]) => Array.isArray(list)).map(([slot, list]) =>
    fact(slot + (slot === record.slot ? " (no common one)" : ""), make("span", { class: "names" }, foreign(list.join(", "), 2000))))));
  if (record.host_key) parts.push(make("h3", {}, "Host key"), make("p", { class: "names" }, foreign(record.host_key.type + " " + record.host_key.sha256), record.host_key.verified ? ", proved" : ", not proved", ", known_hosts: " + show(record.host_key.known)));
  return parts;
};
let drawer = null, before = "";
const close = () => { if (drawer && drawer.open) drawer.close(); };
const open = async (i) => {
  const name = target(i), type = classOf(i);
  const fragment = "#host=" + encodeURIComponent(name);
  if (location.hash !== fragment) { before = location.hash; history.pushState(null, "", fragment); }
  if (!drawer) {
    drawer = make("dialog", { "aria-labelledby": "drawer-title", onclose: () => { if (location.hash.startsWith("#host=")) history.replaceState(null, "", before || "#q=" + encodeURIComponent(input.value)); box.focus({ preventScroll: true }); } });
    document.body.append(drawer);
  }
  const commands = reproducer(rows.host[i], rows.port[i]);
  const record = await recordOf(name);
  drawer.replaceChildren(
    make("header", {}, make("h2", { id: "drawer-title" }, foreign(name)), make("button", { type: "button", onclick: close, "aria-label": "Close" }, "\u2715")),
    make("p", {}, make("span", { class: "dot " + type.state }), make("code", {}, type.name), " " + type.seen, type.remedy ? make("span", { class: "note" }, " \u2014 " + type.remedy) : null),
    make("dl", { class: "facts" }, fact("Address", rows.address[i]), fact("Identification", text("ident", i)), fact("Host key", text("key", i)), fact("Labels", labels(i)),
      fact("Source", record && record.source), fact("Failing since", since(i)), ...TIMES.map((time) => fact(time, span(rows[time][i])))),
    ...course(i),
    ...(record ? details(record) : [make("p", { class: "note" }, bad(i) ? "This host's full record is in results.jsonl." : "Healthy: its full record is in results.jsonl.")]),
    make("h3", {}, "Try it yourself"), make("pre", { tabindex: "0" }, commands), make("button", { type: "button", onclick: (event) => copy(commands, event.target) }, "Copy"));
  if (!drawer.open) drawer.showModal();
  drawer.scrollTop = 0;
};

// ---- the rest ----
const buildHeat = (cells) => {
  let heading = null, line = null;
  for (const [prefix, parent, hosts, failing, level] of cells) {
    if (parent !== heading) {
      line = make("div", {});
      $("heat").append(make("div", { class: "heatrow" }, make("span", {}, parent), line));
      heading = parent;
    }
    const words = prefix + ": " + failing + " of " + hosts + " fail";
    line.append(make("a", { class: "h" + level, href: "#q=subnet:" + prefix, title: words, "aria-label": words }, String(failing)));
  }
};
const route = () => {
  let fragment;
  try { fragment = decodeURIComponent(location.hash.slice(1)); } catch { fragment = ""; }
  if (fragment.startsWith("host=")) {
    const name = fragment.slice(5);
    for (let i = 0; i < rows.count; ++i) if (target(i) === name) return void open(i);
    return;
  }
  close();
  if (!fragment.startsWith("q=")) return;
  input.value = fragment.slice(2);
  refresh();
  $("hosts").scrollIntoView();
};
const start = async () => {
  for (const time of document.querySelectorAll("time")) {
    const local = new Date(time.dateTime);
    if (!isNaN(local)) time.title = local.toLocaleString();
  }
  texts = JSON.parse(await unpack("fs-texts"));
  labelTexts = texts.labels.map((object) => Object.entries(object).map(([key, value]) => key + "=" + value).join(" "));
  softwareTexts = texts.ident.map((ident) => (/^SSH-[^-]*-(\S*)/.exec(ident) || [null, ident])[1]);
  const first = await unpack("fs-rows-0");
  if (first) addRows(JSON.parse(first));
  buildGrid();
  let any = false;
  for (let i = 0; i < rows.count && !any; ++i) any = bad(i);
  input.value = any ? "is:failing" : "";
  refresh();
  rebuild();
  for (let block = 1, more; (more = await unpack("fs-rows-" + block)) !== null; ++block) addRows(JSON.parse(more));
  if (rows.count > 65536) refresh();
  if (location.hash) route();
  addEventListener("hashchange", route);
  const cells = await unpack("fs-cells");
  if (cells) buildHeat(JSON.parse(cells));
  document.documentElement.dataset.ready = "true";
  (window.requestIdleCallback || setTimeout)(() => { freeText("\u0000"); inSubnet("0.0.0.0/0"); });
};
start();
})();
