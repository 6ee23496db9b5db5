#!/usr/bin/env python3
"""The recipes of README.md, run as they stand there, on a simulated fleet."""

import json
import pathlib
import re
import shutil
import subprocess

from harness import FLEETSCAN, Fleet, Test, clean_environment, main

README = pathlib.Path(__file__).parents[2] / "README.md"
SCENARIO = "127.0.0.0/8 healthy\n127.0.0.2/32 close\n127.0.0.3/32 throttled\n"


def recipes():
    """The blocks of commands below the heading, comments left out."""
    section = re.search(r"^## Recipes\n(.*?)^## ", README.read_text(), flags=re.M | re.S)[1]
    return [[line for line in block.splitlines() if not line.startswith("#")]
            for block in re.findall(r"^```\n(.*?)^```", section, flags=re.M | re.S)]


class Recipes(Test):
    def run_line(self, line, statuses=(0, 1)):
        environment = clean_environment()
        environment["PATH"] = f"{pathlib.Path(FLEETSCAN).parent}:{environment['PATH']}"
        done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=self.folder, env=environment,
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertIn(done.returncode, statuses, line + "\n" + done.stdout + done.stderr)
        return done.stdout

    def test_each_recipe(self):
        tools = {tool for tool in ("ansible", "jq") if shutil.which(tool)}
        with Fleet(self.write("s", SCENARIO)) as fleet:
            hosts = "".join(f"w{i} ansible_host=127.0.0.{i} ansible_port={fleet.port}\n" for i in range(1, 6))
            self.write("inv.ini", f"[web]\n{hosts}")
            said = {}
            for line in (line for block in recipes() for line in block):
                program = re.match(r"\w+", line)[0]
                if all(tool in tools for tool in ("ansible", "jq") if tool in line.split()):
                    said[line] = self.run_line(line.replace("fleetscan inv.ini", "fleetscan inv.ini --retries 0"))
                self.assertIn(program, ("fleetscan", "ansible", "jq"))
        self.assertEqual("w2\nw3\n", (self.folder / "failing.txt").read_text())
        self.assertEqual("w1\nw4\nw5\n", (self.folder / "reachable.txt").read_text())
        again = [json.loads(line) for line in (self.folder / "again/results.jsonl").read_text().splitlines()]
        self.assertEqual({("w2", fleet.port), ("w3", fleet.port)},
                         {(host["host"], host["port"]) for host in again if host["type"] == "host"})
        rows = (self.folder / "hosts.csv").read_text().splitlines()
        self.assertEqual(6, len(rows))
        self.assertIn("label:group", rows[0])
        self.assertEqual(b"\x28\xb5\x2f\xfd", (self.folder / "results.jsonl.zst").read_bytes()[:4])
        self.assertEqual("urn:fleetscan:result:1", json.loads((self.folder / "result.schema.json").read_text())["$id"])
        for line, out in said.items():
            if line.startswith("ansible"):
                self.assertEqual(["w1", "w4", "w5"], out.split()[-3:])
            if line.startswith("jq"):
                self.assertEqual(["w2", "w3"], sorted(row.split(":")[0] for row in out.splitlines()))


if __name__ == "__main__":
    main()
