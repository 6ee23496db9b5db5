"""What both tests of a scan on several machines share: a fleet for each machine, and what one
machine alone finds in it."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "real_servers"))

import lab as laboratory  # noqa: E402

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "distributed"
PORT = 2222
HOSTS = 600
SHARDS = 8
# A tenth of the hosts fails; the silent ones make each shard last.
SCENARIO = "127.1.0.0/27 silent\n127.1.1.0/28 http\n127.1.2.0/28 throttled\n"
OPTIONS = ["-p", str(PORT), "--depth", "banner", "-t", "2", "--retries", "0", "--patience", "0"]
SECONDS = 120


def enter(*needed):
    """As the laboratory's, for a test that also needs these programs."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [tool for tool in needed if not shutil.which(tool)]
    if missing:
        laboratory.skip(f"not installed: {' '.join(missing)} (scripts/setup.sh --tests)")
    laboratory.enter()


class Cluster(laboratory.Lab):
    """A laboratory with the simulated fleet and its inventory."""

    def __init__(self, fleetscan, simulator):
        super().__init__()
        self.fleetscan, self.simulator = map(os.path.realpath, (fleetscan, simulator))
        self.scenario = self.folder / "scenario"
        self.scenario.write_text(SCENARIO)
        self.hosts = self.folder / "hosts.txt"
        self.hosts.write_text("".join(f"127.1.{i // 250}.{i % 250}\n" for i in range(HOSTS)))
        programs = self.folder / "bin"
        programs.mkdir()
        (programs / "fleetscan").symlink_to(self.fleetscan)
        self.path = f"{programs}:/usr/bin:/bin:/usr/sbin"

    def start_fleet(self, namespace=None):
        """Each network namespace has a 127.0.0.0/8 of its own, and so needs a fleet of its own."""
        process = self.start(self.simulator, "--port", PORT, "--for", "300", "--with-parent",
                             self.scenario, namespace=namespace)
        self.until_listening(process)

    def classes(self, path):
        """Target -> class, of a results file that says that it is complete."""
        records = [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]
        if records[-1]["type"] != "end" or not records[-1]["complete"]:
            raise RuntimeError(f"{path} is not complete: {records[-1]}")
        hosts = [record for record in records if record["type"] == "host"]
        classes = {record["target"]: record["class"] for record in hosts}
        if len(classes) != len(hosts):
            raise RuntimeError(f"{path} has a target twice")
        return classes

    def alone(self):
        """What a single machine finds."""
        results = self.folder / "alone.jsonl"
        self.run([self.fleetscan, self.hosts, *OPTIONS, "--jsonl", results, "-q", "--exit-zero"])
        return self.classes(results)

    def run(self, command, **environment):
        """Runs a command to its end; its failure ends the test."""
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SECONDS, check=False,
                              env={**os.environ, "PATH": self.path, **environment})
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: exit {done.returncode}: {done.stderr[-2000:]}"
                               f"{done.stdout[-1000:]}\n{self.log()[-2000:]}")
        return done.stdout


def compare(expected, got):
    wrong = [(target, expected.get(target), got.get(target))
             for target in sorted(expected.keys() | got.keys())
             if expected.get(target) != got.get(target)]
    if wrong or len(expected) != HOSTS:
        sys.exit(f"{len(expected)} hosts alone, {len(got)} together; they differ in {wrong[:10]}")
