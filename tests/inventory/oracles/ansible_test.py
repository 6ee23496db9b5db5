#!/usr/bin/env python3
"""Ansible inventories (INI, YAML, JSON) and host patterns against ansible-core itself.

Starting ansible-inventory takes a second, so most cases ask its library in this process;
`ansible-inventory --list` writes the JSON that our JSON parser reads.
"""

import json
import os
import pathlib
import subprocess
import tempfile

from oracle import Comparison, arguments, ask, run_under_interpreter_of

run_under_interpreter_of("ansible-inventory", "ansible-core")
os.environ["ANSIBLE_LOCALHOST_WARNING"] = "False"
from ansible.inventory.manager import InventoryManager  # noqa: E402
from ansible.parsing.dataloader import DataLoader  # noqa: E402
from ansible.utils.display import Display  # noqa: E402
from ansible.vars.manager import VariableManager  # noqa: E402

options, random = arguments()
Display.warning = Display.deprecated = lambda *ignored, **unused: None

GROUPS = ["web", "db", "fra", "ber", "prod", "canary"]


def host():
    kind = random.random()
    if kind < 0.5:
        return f"h{random.randrange(30)}"
    if kind < 0.6:
        low = random.randrange(12)
        return f"n[{low:02}:{low + random.randrange(6):02}]"
    if kind < 0.7:
        low = random.randrange(9)
        step = random.choice(["", ":2", ":3"])
        return f"m[{low}:{low + random.randrange(9)}{step}]x[a:c]"
    if kind < 0.8:
        return f"10.0.0.{random.randrange(256)}"
    if kind < 0.85:
        return "2001:db8::1"
    return f"k{random.randrange(9)}.example.net"


def with_port(name):
    if random.random() < 0.8 or name.startswith("2001"):
        return name
    return f"{name}:{random.choice([22, 2222, 65535])}"


def variables():
    chosen = {}
    if random.random() < 0.3:
        chosen["ansible_host"] = random.choice(["10.1.2.3", "real.example.net", "2001:db8::7"])
    if random.random() < 0.25:
        chosen["ansible_port"] = random.choice([22, 2200, 2201])
    if random.random() < 0.4:
        chosen["rack"] = random.choice(["a1", "b2", "c 3", "7"])
    if random.random() < 0.1:
        chosen["ansible_ssh_port"] = 2022
    if random.random() < 0.1:
        chosen["ansible_ssh_host"] = "10.9.9.9"
    return chosen


def quoted(value):
    text = str(value)
    if " " in text:
        return random.choice([f"'{text}'", f'"{text}"'])
    return random.choice([text, text, f"'{text}'", f'"{text}"'])


def edges(groups):
    return [(a, b) for i, a in enumerate(groups) for b in groups[i + 1:] if random.random() < 0.2]


def ini():
    lines = []
    groups = random.sample(GROUPS, random.randrange(1, len(GROUPS) + 1))
    for _ in range(random.randrange(3)):
        lines.append(with_port(host()))
    sections = [[f"[{g}]"] + [with_port(host()) + "".join(f" {k}={quoted(v)}" for k, v in variables().items()) +
                              random.choice(["", "", "  # comment"]) for _ in range(random.randrange(6))] for g in groups]
    sections += [[f"[{g}:vars]"] + [f"{k}{random.choice(['=', ' = '])}{quoted(v)}" for k, v in variables().items()]
                 for g in groups + ["all"] if random.random() < 0.4]
    sections += [[f"[{a}:children]", b] for a, b in edges(groups)]
    sections += [[f"[{g}:vars]", f"ansible_group_priority={random.randrange(1, 9)}"] for g in groups if random.random() < 0.1]
    random.shuffle(sections)
    for section in sections:
        lines += section + random.choice([[], [""], ["; comment", "# comment"]])
    if random.random() < 0.06:  # and some that are wrong
        lines.insert(random.randrange(len(lines) + 1), random.choice(["[web:nothing]", "[undeclared:vars]", "h1 novalue", "x[3:1:]", "n[01:1]", "h1 a='", "[a b]"]))
    return "\n".join(lines) + "\n"


def yaml():
    groups = random.sample(GROUPS, random.randrange(1, len(GROUPS) + 1))
    tree = {}
    for group in groups:
        body = {}
        if random.random() < 0.8:
            body["hosts"] = {with_port(host()): variables() or None for _ in range(random.randrange(5))} or None
        if random.random() < 0.4:
            body["vars"] = variables() or None
        children = {b: None for a, b in edges(groups) if a == group}
        if children:
            body["children"] = children
        tree[group] = body or None
    if random.random() < 0.5:
        tree = {"all": {"children": tree, "hosts": {host(): None}}}
    return json.dumps(tree, indent=1) if random.random() < 0.3 else dump(tree, 0)


def merging():
    """Hosts whose variables come from others by merge keys, one or a list, and their own beside."""
    anchors, lines = [], ["all:", "  hosts:"]
    for i in range(random.randrange(2, 8)):
        own = "".join(f"      {json.dumps(k)}: {json.dumps(v)}\n" for k, v in variables().items())
        merged = random.sample(anchors, random.randrange(min(len(anchors), 2) + 1))
        names = ", ".join(f"*{name}" for name in merged)
        key = f"      <<: {names if len(merged) == 1 and random.random() < 0.6 else f'[{names}]'}\n" if merged else ""
        anchors.append(f"a{i}")
        body = random.choice([key + own, own + key]) or "      note: x\n"
        lines.append(f"    h{i}: &a{i}\n{body.rstrip()}")
    return "\n".join(lines) + "\n"


def write_variables(folder):
    """Files of variables for some groups and hosts, in the places where Ansible finds them."""
    for kind, names in (("group_vars", GROUPS + ["all", "ungrouped"]), ("host_vars", [f"h{i}" for i in range(30)])):
        for name in random.sample(names, random.randrange(1, 6)):
            place = random.choice(["{}", "{}.yml", "{}.yaml", "{}.json", "{}/main.yml", "{}/sub/x.yaml", "{}/a", "{}/.no.yml",
                                   "{}/no.txt", "{}/b~"])
            path = pathlib.Path(folder, kind, place.format(name))
            if path.parent.is_file() or path.is_dir():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(variables()))


def dump(tree, depth):
    text = ""
    for key, value in tree.items():
        text += "  " * depth + json.dumps(key) + ":"
        if isinstance(value, dict) and value:
            text += "\n" + dump(value, depth + 1)
        else:
            text += " " + ("" if value is None or value == {} else json.dumps(value)) + "\n"
    return text


def load(path):
    try:
        os.environ["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] = "1"
        loader = DataLoader()
        manager = InventoryManager(loader=loader, sources=[path])
        if not manager._inventory.processed_sources:
            return None
        return loader, manager
    except Exception:  # its error classes differ by kind of fault
        return None


def described(loaded):
    loader, manager = loaded
    values = VariableManager(loader=loader, inventory=manager)
    result = {}
    for one in manager.get_hosts("all"):
        found = values.get_vars(host=one, include_hostvars=False)
        groups = sorted(g.name for g in one.get_groups() if g.name not in ("all", "ungrouped"))
        connect = found.get("ansible_ssh_host", found.get("ansible_host", one.name))
        port = found.get("ansible_ssh_port", found.get("ansible_port", 22))
        result[one.name] = (str(connect), int(port), ",".join(groups), str(found.get("rack", "")))
    return result


def ours(answer):
    if not isinstance(answer, list):
        return None
    return {t["host"]: (t["connect"], t["port"], t["labels"].get("group", ""), t["labels"].get("rack", "")) for t in answer}


def pattern():
    def term():
        base = random.choice(GROUPS + ["all", "h1", "h2", "h1*", "n0?", "k*.example.net", "10.0.0.*", "~h[12]", "w*", "*",
                                       "n0[1-3]", "[!h]*", "ungrouped", "nothing"])
        return random.choice(["", "", "", "&", "!"]) + base
    return random.choice([":", ","]).join(term() for _ in range(random.randrange(1, 5)))


comparison = Comparison()
with tempfile.TemporaryDirectory() as folder:
    def write(name, text):
        path = pathlib.Path(folder, name)
        path.write_text(text)
        return str(path)

    files = [("ansible-ini", write(f"{i}.ini", ini())) for i in range(options.cases)]
    files += [("ansible-yaml", write(f"{i}.yml", yaml())) for i in range(options.cases)]
    files += [("ansible-yaml", write(f"merge{i}.yml", merging())) for i in range(options.cases)]
    for i in range(options.cases):
        beside = pathlib.Path(folder, f"beside{i}")
        write_variables(beside)
        files.append(("ansible-ini", write(f"beside{i}/hosts", ini())))
    loaded = [load(path) for _, path in files]
    answers = ask(options, [["load", kind, path, "rack"] for kind, path in files])
    for (kind, path), answer, theirs in zip(files, answers, loaded):
        theirs = described(theirs) if theirs else None
        comparison.check(f"{answer if ours(answer) is None else ''}\n{pathlib.Path(path).read_text()}", ours(answer), theirs or (None if theirs is None else {}))

    questions, expected = [], []
    usable = [(kind, path, l) for (kind, path), l in zip(files, loaded) if l and l[1].get_hosts("all")]
    while len(questions) < options.cases:
        kind, path, (_, manager) = random.choice(usable)
        text = pattern()
        questions.append(["limit", kind, path, text])
        expected.append(sorted({h.name for h in manager.get_hosts(text)} - {"localhost"}))
    for question, answer, theirs in zip(questions, ask(options, questions), expected):
        comparison.check(f"{question[3]} in\n{pathlib.Path(question[2]).read_text()}",
                         sorted(answer) if isinstance(answer, list) else answer, theirs)

    # Subscripts count hosts in an order that only flat groups fix.
    flat = "".join(f"[{g}]\n" + "".join(f"{g}{i}\n" for i in range(9)) for g in GROUPS)
    path = write("flat.ini", flat)
    _, manager = load(path)
    subscripts = [f"{random.choice(GROUPS)}[{random.choice(['0', '3', '-1', '-9', '0:2', '2:', '3:3', '7:20', '4:1', '3:0'])}]" +
                  random.choice(["", f":{random.choice(GROUPS)}", f":!{random.choice(GROUPS)}[1]"]) for _ in range(options.cases)]
    for text, answer in zip(subscripts, ask(options, [["limit", "ansible-ini", path, text] for text in subscripts])):
        comparison.check(text, sorted(answer) if isinstance(answer, list) else answer, sorted(h.name for h in manager.get_hosts(text)))

    for kind, path in [f for f, l in zip(files, loaded) if l][:4]:
        listing = subprocess.run(["ansible-inventory", "-i", path, "--list"], capture_output=True, text=True, check=True).stdout
        as_json = write("list.json", listing)
        direct, by_json = ask(options, [["load", kind, path, "rack"], ["load", "ansible-json", as_json, "rack"]])
        comparison.check(f"--list of\n{pathlib.Path(path).read_text()}", ours(by_json), ours(direct))
comparison.finish(at_least=options.cases * 3)
