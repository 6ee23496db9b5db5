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
// So are letters that look like ASCII's in a word with some of those, as in base/escape.cc.
const ALIKE = /[\u0250-\u02af\u0370-\u052f\u0531-\u058f\u13a0-\u13ff\u1c80-\u1c8f\u1d00-\u1d7f\u1f00-\u1fff\u212a\u2160-\u217f\u2c60-\u2c7f\ua4d0-\ua4ff\ua640-\ua69f\uab30-\uabbf\uff10-\uff5a\u{1d400}-\u{1d7ff}]/gu;
const WORD = /[A-Za-z0-9\u0080-\u{10ffff}]+/gu;
const code = (c) => c < "\u0080" ? "\\x" + c.codePointAt(0).toString(16).padStart(2, "0") : "\\u{" + c.codePointAt(0).toString(16) + "}";
const show = (text, limit = 255) => {
  const safe = String(text).replace(HIDDEN, code)
    .replace(WORD, (word) => /[A-Za-z]/.test(word) ? word.replace(ALIKE, code) : word);
  return safe.length > limit ? safe.slice(0, limit) + "\u2026" : safe;
};
const foreign = (text, limit) => make("bdi", {}, show(text, limit));
const number = (value) => value.toLocaleString("en");
const span = (micros) => micros < 0 ? "" : micros < 50 ? "< 0.1 ms" : micros < 9950 ? (micros / 1e3).toFixed(1) + " ms"
  : micros < 999500 ? Math.round(micros / 1e3) + " ms" : micros < 59950000 ? (micros / 1e6).toFixed(1) + " s"
  : Math.floor(micros / 6e7) + " min " + Math.round(micros % 6e7 / 1e6) + " s";
const counted = (count, thing) => number(count) + " " + thing + (count === 1 ? "" : "s");

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
const TIME_NAMES = { resolve: "Name look-up", connect: "Connect", banner: "Banner", kexinit: "KEXINIT", kex: "Key exchange" };
const INDICES = ["port", "class", "phase", "attempts", ...TIMES, "ident", "labels", "key", "cause", "because", "beside", "finding", "marks", "since", "course", "views"];
const NEW = 1, RECOVERED = 2, FLAPPING = 4, REKEYED = 8, UPGRADED = 16, KNOWN = 32;  // bits of marks
const rows = { count: 0, host: [], address: [] };
for (const name of INDICES) rows[name] = [];
let texts = { ident: [], labels: [], key: [], cause: [], because: [], beside: [], since: [], course: [], views: [] };
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
const reason = (i) => [text("because", i) || (bad(i) ? classOf(i).seen : ""), text("beside", i)].filter(Boolean).join("; ");
// What each vantage saw, "local: ok, fra1: connect_reset", as pairs; or the name of the only one that asked.
const views = (i) => text("views", i).split(", ").map((view) => view.split(": ")).filter((pair) => pair.length === 2);
const viewFrom = (i, vantage) => (views(i).find(([name]) => name === vantage) || ["", ""])[1];
const stateOf = (name) => (meta.classes.find((each) => each.name === name) || { state: "unknown" }).state;
const fails = ([, name]) => stateOf(name) === "unreachable";
const reaches = ([, name]) => stateOf(name) === "reachable" || stateOf(name) === "degraded";
const finding = (i) => rows.finding[i] < 0 ? "" : meta.findings[rows.finding[i]];
let usualPort = 22;  // the port of most rows, which goes without saying
const brief = (i) => rows.port[i] === usualPort ? rows.host[i] : target(i);

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
  finding: (value) => (i) => finding(i).toLowerCase().includes(value),
  cause: (value) => among("cause", texts.cause, (name) => name.startsWith(value)),
  from: (value) => (i) => views(i).some((pair) => pair[0].toLowerCase() === value && fails(pair)) || text("views", i).toLowerCase() === value,
  is: (value) => ({ failing: bad, partial: (i) => views(i).some(fails) && views(i).some(reaches), new: marked(NEW), old: (i) => classOf(i).state === "unreachable" && !(rows.marks[i] & NEW), recovered: marked(RECOVERED),
    flapping: marked(FLAPPING), rekeyed: marked(REKEYED), upgraded: marked(UPGRADED), known: marked(KNOWN) }[value] || (() => false)),
};
const FIELDS = [["class:", "connect_timeout, or how it begins"], ["state:", "unreachable, degraded, reachable, unknown, skipped"], ["subnet:", "10.0.0.0/24; a prefix or an address alone does, too"],
  ["label:", "rack=b7, or the value alone"], ["is:", "failing, new, old, known (to the baseline), recovered, flapping, rekeyed, upgraded, partial"], ["from:", "the vantage from which it fails"], ["cause:", "the likely cause, or how it begins"], ["finding:", "what it has in common with others"],
  ["host:", "a part of the name"], ["address:", "how it begins"], ["port:", "22"], ["phase:", "how far it came"], ["software:", "OpenSSH_9.2p1"], ["ident:", "a part of the identification"], ["key:", "host key type or fingerprint"]];
const freeText = (needle) => {
  if (!haystack || haystack.length !== rows.count) {
    haystack = rows.host.map((host, i) => (host + " " + rows.address[i] + " " + classOf(i).name + " " + text("ident", i) + " " +
      labels(i) + " " + text("cause", i) + " " + reason(i)).toLowerCase());
  }
  return (i) => haystack[i].includes(needle);
};
// The words of a query, each with its test, and what about them cannot be meant.
const understand = (query) => {
  const tests = [], faults = [];
  for (const [word, minus, name, quoted, bare] of query.matchAll(/(-?)(?:([a-z]+):(?!:))?(?:"([^"]*)"|([^\s"]+))/gi)) {
    const value = (quoted ?? bare).toLowerCase(), field = name && name.toLowerCase();
    const prefix = /^([0-9a-f:.]+)(?:\/(\d+))?$/.exec(((field && !Object.hasOwn(fields, field) ? field + ":" : "") + value));
    let test;
    if (field && Object.hasOwn(fields, field)) {
      test = fields[field](value);
      if (field === "subnet" && !bits(value.split("/")[0])) faults.push("\u201c" + show(value) + "\u201d is no address");
    } else if (prefix && bits(prefix[1]) && quoted === undefined) test = inSubnet(prefix[0]);
    else {
      if (field && !/^\d+$/.test(value)) faults.push("there is no field \u201c" + show(field) + ":\u201d");
      if (word === "OR" || word === "AND" || word === "NOT") faults.push("every word must match; \u201c" + word + "\u201d is a word like any other, and \u201c-\u201d excludes");
      test = freeText(((name ? name + ":" : "") + value).toLowerCase());
    }
    tests.push(minus ? (i) => !test(i) : test);
  }
  return { tests, faults };
};
const select = (tests) => {
  const found = [];
  const passes = tests.length === 1 ? tests[0] : (i) => tests.every((test) => test(i));
  for (let i = 0; i < rows.count; ++i) if (passes(i)) found.push(i);
  return found;
};

// ---- table ----
// Each is at least so many rem wide, what is known to fit it included; those with a share divide the rest.
const COLUMNS = [
  { name: "Host", least: 11.5, share: 2, value: brief, badge: (i) => (rows.marks[i] & NEW) !== 0, on: true, narrow: "minmax(6.5rem, 1fr)" },
  { name: "Since", least: 8.8, value: since, key: (i) => text("since", i), on: true },
  { name: "Class", least: 12.6, value: (i) => classOf(i).name, dot: (i) => classOf(i).state, on: true, narrow: "minmax(0, 12.6rem)" },
  ...meta.vantages.map((vantage) => ({ name: "From " + vantage, least: 8, share: 1, value: (i) => viewFrom(i, vantage), dot: (i) => stateOf(viewFrom(i, vantage)), on: true })),
  { name: "Reason", least: 16, share: 5, value: reason, on: true },
  { name: "Likely cause", least: 9.8, value: (i) => text("cause", i), on: true },
  { name: "Labels", least: 8, share: 2, value: labels, on: true },
  { name: "Finding", least: 8, share: 1, value: finding, on: false },
  { name: "Address", least: 7.5, share: 1, value: (i) => rows.address[i] === rows.host[i] ? "" : rows.address[i], on: false },
  { name: "Attempts", least: 4.5, number: true, value: (i) => rows.attempts[i], on: false },
  ...TIMES.map((time) => ({ name: TIME_NAMES[time], least: 6, number: true, key: (i) => rows[time][i], value: (i) => span(rows[time][i]), on: false })),
  { name: "Identification", least: 12, share: 2, value: (i) => text("ident", i), on: true, mostly: true },
];
const track = (column) => narrow.matches ? column.narrow : column.share ? "minmax(" + column.least + "rem, " + column.share + "fr)" : column.least + "rem";
const ROW = 28, SPARE = 6, GAP = 0.8;  // a gap, in rem, is as wide as the space at either side
const grid = { found: [], sort: null, down: false, active: -1, pool: new Map(), filled: new Set() };
const narrow = matchMedia("(max-width: 40rem)");
// What is chosen and has something to say about a row that was found.
const shown = () => COLUMNS.filter((column) => (narrow.matches ? column.narrow : column.on) && (grid.filled.has(column) || !grid.found.length));
let input, counter, hint, head, spacer, box;

const buildTools = () => {
  input = make("input", { type: "search", "aria-label": "Filter the hosts", spellcheck: "false", autocomplete: "off",
    placeholder: "Filter: 10.0.0.0/24 label:rack=b7 -class:ok", oninput: () => changed() });
  hint = make("div", { class: "hint", hidden: true });
  counter = make("span", { class: "note", role: "status" });
  const help = make("details", { class: "help" }, make("summary", { "aria-label": "How to filter" }, "?"), make("div", {},
    make("p", {}, "Every word must match, - in front of it excludes. Words without a field are sought in name, address, class, reason, labels and identification."),
    make("dl", {}, ...FIELDS.map(([field, words]) => make("div", {}, make("dt", {}, make("code", {}, field)), make("dd", {}, words))))));
  const chooser = make("details", { class: "chooser" }, make("summary", {}, "Columns"), make("div", {}, ...COLUMNS.map((column) =>
    make("label", {}, make("input", { type: "checkbox", checked: column.on, onchange: (event) => { column.on = event.target.checked; rebuild(); } }), " " + column.name))));
  return make("div", { class: "tools" }, input, help, counter,
    make("button", { type: "button", onclick: () => { input.value = "is:failing"; changed(); } }, "Failing"),
    make("button", { type: "button", onclick: () => { input.value = ""; changed(); } }, "All hosts"),
    make("button", { type: "button", onclick: (event) => copy(grid.found.map(target).join("\n") + "\n", event.target) }, "Copy as hosts.txt"),
    make("button", { type: "button", onclick: () => save("hosts.csv", "text/csv", csv()) }, "Download CSV"), chooser, hint);
};
const csvCell = (value) => {
  const text = show(value, 4096).replace(/(^|;)(?=[ "]*[=+\-@\uff1d\uff0b\uff0d\uff20])/g, "$1'");
  return /[",']|^ | $/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
};
const csv = () => [["target", "address", "state", "class", "attempts", ...TIMES.map((time) => time + "_ms"), "cause", "because", "since", "finding", "ident", "labels"].join(","),
  ...grid.found.map((i) => [target(i), rows.address[i], classOf(i).state, classOf(i).name, rows.attempts[i],
    ...TIMES.map((time) => rows[time][i] < 0 ? "" : rows[time][i] / 1e3), text("cause", i), reason(i), text("since", i), finding(i), text("ident", i), labels(i)].map(csvCell).join(","))].join("\n") + "\n";
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
  box.style.setProperty("--columns", columns.map(track).join(" "));
  box.style.setProperty("--least", narrow.matches ? "0" : columns.reduce((sum, column) => sum + column.least + GAP, GAP) + "rem");
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
// Numbers in names count as numbers: web9 stands before web10.
const { compare: compareTexts } = new Intl.Collator("en", { numeric: true });
const compare = (x, y) => typeof x === "string" ? compareTexts(x, y) : x - y;
const sort = () => {
  if (!grid.sort) return;
  const key = grid.sort.key || grid.sort.value;
  const keys = new Map(grid.found.map((i) => [i, key(i)]));
  const sign = grid.down ? -1 : 1;
  grid.found.sort((a, b) => compare(keys.get(a), keys.get(b)) * sign || a - b);
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
      column.dot ? make("span", { class: "dot " + column.dot(i) }) : null, column.badge && column.badge(i) ? make("span", { class: "badge" }, "new") : null, foreign(column.value(i)))));
  row.style.transform = "translateY(" + place * ROW + "px)";
  return row;
};
const refresh = () => {
  const { tests, faults } = understand(input.value);
  grid.found = select(tests);
  sort();
  grid.active = -1;
  const says = (column) => (i) => column.value(i) !== "";
  const filled = new Set(COLUMNS.filter((column) => column.mostly ? 2 * grid.found.filter(says(column)).length > grid.found.length : grid.found.some(says(column))));
  const same = filled.size === grid.filled.size && [...filled].every((column) => grid.filled.has(column));
  grid.filled = filled;
  const told = [...faults, ...(grid.found.length ? [] : ["no host matches"])];
  hint.hidden = !told.length;
  hint.textContent = told.length ? told.join("; ") + (faults.length || !grid.found.length ? ". Fields: " + FIELDS.map(([field]) => field).join(" ") : "") : "";
  spacer.style.height = grid.found.length * ROW + "px";
  box.setAttribute("aria-rowcount", grid.found.length + 1);
  counter.textContent = number(grid.found.length) + " of " + counted(meta.hosts, "host") + (usualPort === 22 || !rows.count ? "" : ", port " + usualPort + " where none is named");
  box.scrollTop = 0;
  grid.pool.forEach((row) => row.remove());
  grid.pool.clear();
  same ? paint() : rebuild();
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
  for (const fold of document.querySelectorAll("details.fold")) fold.open = !narrow.matches;
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
  return ["ssh-keyscan -T 5 -p " + port + " " + name, "ssh -vvv -o BatchMode=yes -o PreferredAuthentications=none -o ConnectTimeout=5 -p " + port + " " + name + " true",
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
const milliseconds = (value) => value === null || value === undefined ? "" : span(value * 1000);
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
const CLOSES = { none: "", fin: "closed by the peer (FIN)", rst: "reset by the peer (RST)", error: "with an error", timeout: "nothing more came in time" };
const ERRORS = { 1: "EPERM", 13: "EACCES", 24: "EMFILE", 32: "EPIPE", 92: "ENOPROTOOPT", 97: "EAFNOSUPPORT", 99: "EADDRNOTAVAIL", 100: "ENETDOWN", 101: "ENETUNREACH", 103: "ECONNABORTED",
  104: "ECONNRESET", 105: "ENOBUFS", 110: "ETIMEDOUT", 111: "ECONNREFUSED", 112: "EHOSTDOWN", 113: "EHOSTUNREACH" };
// "after 14.5 s", from the start of the first attempt.
const later = (attempt, first) => { const wait = Date.parse(attempt.started) - Date.parse(first.started); return wait > 0 ? span(wait * 1000) + " later" : ""; };
const attemptOf = (attempt, index, attempts, longest) => {
  const info = attempt.tcp_info;
  return make("li", { class: "attempt" }, make("h4", {}, index === 0 ? "First attempt" : "Attempt " + (index + 1), make("small", {}, " " + (index === 0 ? attempt.started.slice(11, 19) + " UTC" : later(attempt, attempts[0]))), " ", make("code", {}, attempt.class)), lane(attempt, longest),
    make("dl", { class: "facts" }, fact("To", attempt.address), ...PHASES.map((phase) => fact(TIME_NAMES[phase], milliseconds(attempt.ms[phase]))),
      fact("How it ended", CLOSES[attempt.close]), fact("After", milliseconds(attempt.elapsed_ms)), fact("Error", attempt.errno && (ERRORS[attempt.errno] || "errno " + attempt.errno)),
      fact("It said", attempt.text), attempt.disconnect ? fact("Disconnect", attempt.disconnect.reason + ": " + attempt.disconnect.text) : null,
      attempt.icmp ? fact("ICMP", "type " + attempt.icmp.type + ", code " + attempt.icmp.code + " from " + attempt.icmp.from) : null),
    info || attempt.bytes_hex ? make("details", {}, make("summary", {}, "On the wire"), make("dl", { class: "facts" }, fact("Received", counted(attempt.bytes_in, "byte")),
      ...(info ? [fact("Segments in", info.segs_in), fact("Unacknowledged", info.unacked), fact("Sent again", info.retrans), fact("Out of order", info.rcv_ooopack), fact("Bytes acknowledged", info.bytes_acked), fact("MSS", info.snd_mss), fact("Path MTU", info.pmtu), fact("Round trip", span(info.rtt_us))] : [])),
      attempt.bytes_hex ? hexDump(attempt.bytes_hex) : null) : null);
};
const COURSE = { o: "reached", x: "failing", ".": "not known yet" };
const course = (i) => {
  const runs = [...text("course", i)];
  if (runs.length < 2) return [];
  const words = "In " + runs.filter((run) => run === "x").length + " of the last " + runs.length + " runs it was failing";
  return [make("h3", {}, "The last runs"), make("p", { class: "course", role: "img", "aria-label": words },
    ...runs.map((run) => make("i", { class: "c" + (run === "." ? "n" : run), title: COURSE[run] }))), make("p", { class: "note" }, words)];
};
// What `fleetscan explain` says of a cause: what it may be, how to check that, how to fix it.
let causes = {};
// Between backquotes stands what is typed.
const typed = (sentence) => sentence.split("`").map((part, index) => index % 2 ? make("code", {}, part) : part);
const explained = (name) => {
  const known = Object.hasOwn(causes, name) ? causes[name] : null;
  return known ? [make("p", {}, ...typed(known.meaning)), make("ol", { class: "checks" }, ...known.candidates.map((each) => make("li", {}, ...typed(each.what),
    make("dl", {}, make("div", {}, make("dt", {}, "Check"), make("dd", {}, make("code", { class: "command" }, each.check), make("small", {}, " " + each.where))), make("div", {}, make("dt", {}, "Fix"), make("dd", {}, ...typed(each.fix)))))))] : [];
};
const AGAINST = "against it: ";
const causeOf = (cause, first) => make("details", { class: "cause", open: first }, make("summary", {}, make("code", {}, foreign(cause.cause)), cause.confidence ? " " + Math.round(cause.confidence * 100) + "%" : null),
  make("ul", { class: "evidence" }, ...cause.because.map((sentence) => sentence.startsWith(AGAINST) ? make("li", { class: "against" }, make("span", { class: "sr" }, "against: "), foreign(sentence.slice(AGAINST.length)))
    : make("li", { class: "for" }, make("span", { class: "sr" }, "for: "), foreign(sentence)))), ...explained(cause.cause));
const fromWhere = (i) => {
  if (rows.views[i] < 0) return [];
  if (!views(i).length) return [make("p", { class: "note" }, "Asked from ", foreign(text("views", i)))];
  return [make("h3", {}, "From where"), make("ul", { class: "views" }, ...views(i).map(([vantage, name]) =>
    make("li", {}, make("span", { class: "dot " + stateOf(name) }), foreign(vantage), ": ", make("code", {}, foreign(name)))))];
};
const details = (record) => {
  const longest = Math.max(...record.attempts.map((attempt) => Math.max(attempt.elapsed_ms || 0, PHASES.reduce((sum, phase) => sum + (attempt.ms[phase] || 0), 0))), 1);
  const parts = [];
  if (record.causes.length) parts.push(make("h3", {}, "Likely causes, and what to do"), ...record.causes.map((cause, index) => causeOf(cause, index === 0)));
  if (record.note) parts.push(make("p", { class: "note" }, foreign(record.note)));
  if (record.attempts.length) parts.push(make("h3", {}, "What happened"), make("p", { class: "note key" }, ...PHASES.map((phase, index) => make("span", {}, make("i", { class: "p" + index }), TIME_NAMES[phase])), make("span", {}, make("i", { class: "pend" }), "until it ended")),
    make("ol", { class: "attempts" }, ...record.attempts.map((attempt, index) => attemptOf(attempt, index, record.attempts, longest))));
  if (record.kexinit) parts.push(make("details", {}, make("summary", {}, "Algorithms it offers"), make("dl", {}, ...Object.entries(record.kexinit).filter(([, list]) => Array.isArray(list)).map(([slot, list]) =>
    fact(slot + (slot === record.slot ? " (no common one)" : ""), make("span", { class: "names" }, foreign(list.join(", "), 2000)))))));
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
    make("header", {}, make("h2", { id: "drawer-title" }, foreign(name)), make("span", {}, make("button", { type: "button", onclick: (event) => copy(location.href, event.target) }, "Copy link"), " ", make("button", { type: "button", onclick: close, "aria-label": "Close" }, "\u2715"))),
    make("p", {}, make("span", { class: "dot " + type.state }), make("code", {}, type.name), " " + type.seen, type.remedy ? make("span", { class: "note" }, " \u2014 " + type.remedy) : null),
    ...(bad(i) && reason(i) ? [make("p", { class: "reason" }, foreign(reason(i), 1000))] : []),
    make("dl", { class: "facts" }, fact("Finding", finding(i)), fact("Address", rows.address[i]), fact("Identification", text("ident", i)), fact("Host key", text("key", i)), fact("Labels", labels(i)),
      fact("Source", record && record.source), fact("Failing since", since(i)), ...TIMES.map((time) => fact(TIME_NAMES[time], span(rows[time][i])))),
    ...fromWhere(i),
    ...course(i),
    ...(record ? details(record) : [...(text("cause", i) ? [make("h3", {}, "Likely cause, and what to do"), causeOf({ cause: text("cause", i), confidence: 0, because: [] }, true)] : []), make("p", { class: "note" }, bad(i) ? "This host's full record is in results.jsonl." : "Healthy: its full record is in results.jsonl.")]),
    make("h3", {}, "Try it yourself"), make("p", { class: "note" }, "The second command stops before it would log in: it leaves no failed password behind."), make("pre", { tabindex: "0" }, commands), make("button", { type: "button", onclick: (event) => copy(commands, event.target) }, "Copy"));
  if (!drawer.open) drawer.showModal();
  drawer.scrollTop = 0;
};

// ---- the rest ----
const buildHeat = (cells) => {
  let heading = null, line = null;
  for (const [prefix, parent, name, hosts, failing, level] of cells) {
    if (parent !== heading) {
      line = make("div", {});
      $("heat").append(make("div", { class: "heatrow" }, make("span", {}, parent), line));
      heading = parent;
    }
    const words = prefix + ": " + failing + " of " + hosts + " fail";
    line.append(make("a", { class: "h" + level, href: "#q=subnet:" + prefix, title: words, "aria-label": name + " " + failing + " of " + hosts + " fail in " + prefix }, make("small", {}, name), " " + failing));
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
  if (!fragment.startsWith("q=")) { const place = fragment && $(fragment); if (place) place.scrollIntoView(); return; }
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
  causes = JSON.parse(await unpack("fs-causes"));
  const ports = new Map();
  for (const port of rows.port) ports.set(port, (ports.get(port) || 0) + 1);
  usualPort = [...ports].reduce((most, each) => each[1] > most[1] ? each : most, [22, 0])[0];
  buildGrid();
  let any = false;
  for (let i = 0; i < rows.count && !any; ++i) any = bad(i);
  input.value = any ? "is:failing" : "";
  const newest = COLUMNS.find((column) => column.name === "Since");
  if (texts.since.length) { grid.sort = newest; grid.down = true; }
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
