"""Measures fleetscan against floors and peers, on one machine, in one run, alternately.

Usage: bench.py BUILD_FOLDER [--rounds N] [--hosts N] [--largest N] [--json FILE]
                [--only PART...]

Every figure is the median of the rounds. CPU time and memory are those of the measured process and
its children alone, as the kernel accounts for them; the simulated fleet is another process. The kernel
counts in what this program held when it started the other: peaks below some 18 MB show as that.
Prints one table, then ratios beside their limits. Exit status 1 if a ratio is beyond its limit, 3 if something could not be measured.
"""

import argparse
import dataclasses
import ipaddress
import json
import os
import pathlib
import platform
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

RUN_SECONDS = 600
FIRST = ipaddress.ip_address("127.16.0.0")
DEAD_SECONDS = 2  # how long fleetscan waits for a silent host, where silence is measured


@dataclasses.dataclass
class Figures:
    """One run of one program."""

    hosts: int
    reached: int
    wall: float  # seconds
    cpu: float
    rss: float  # MB, at its peak
    fleet_cpu: float  # seconds of CPU time that the simulated fleet spent meanwhile

    def row(self):
        return {"hosts": self.hosts, "reached": self.reached, "hosts_per_s": self.hosts / self.wall,
                "cpu_us_per_host": self.cpu * 1e6 / self.hosts, "peak_rss_mb": self.rss,
                "wall_s": self.wall, "fleet_cpu_us_per_host": self.fleet_cpu * 1e6 / self.hosts}


@dataclasses.dataclass
class Program:
    """How to start it, and how to see in its output how many hosts it reached."""

    name: str
    fleet: object  # the Fleet that it is let loose on
    command: list
    hosts: int
    reached: object  # its standard output -> number


def cpu_seconds(pid):
    """What a running process has used until now, in the kernel's clock ticks."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(program):
    """Runs it to its end; its peers must not be measured at the same time."""
    fleet_before = cpu_seconds(program.fleet.pid)
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        began = time.monotonic()
        process = subprocess.Popen([str(word) for word in program.command], stdout=output,
                                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        signal.alarm(RUN_SECONDS)
        try:
            _, _, usage = os.wait4(process.pid, 0)
        except TimeoutError:
            process.kill()
            process.wait()
            raise
        finally:
            signal.alarm(0)
        wall = time.monotonic() - began
        process.returncode = 0
        output.seek(0)
        return Figures(program.hosts, program.reached(output.read()), wall,
                       usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024,
                       cpu_seconds(program.fleet.pid) - fleet_before)


def on_alarm(*_):
    raise TimeoutError(f"not done after {RUN_SECONDS} s")


def median(runs):
    return Figures(runs[0].hosts, min(figures.reached for figures in runs),
                   *(statistics.median(getattr(figures, name) for figures in runs)
                     for name in ("wall", "cpu", "rss", "fleet_cpu")))


def cpu_ratio(runs, floor):
    """The median of each round's own ratio: a shared machine's pace changes between rounds."""
    return statistics.median(one.cpu / other.cpu for one, other in zip(runs, floor))


def sum_of(one, other):
    """Of two runs on as many hosts: what a program that does the work of both would use."""
    return dataclasses.replace(one, cpu=one.cpu + other.cpu)


class Fleet:
    """The simulated fleet, for the length of a `with` block."""

    def __init__(self, simulator, scenario=None):
        self.command = [simulator, "--port", "0", "--for", "3600", "--with-parent"]
        if scenario:
            self.command.append(scenario)

    def __enter__(self):
        self.process = subprocess.Popen([str(word) for word in self.command],
                                        stdout=subprocess.PIPE, text=True)
        ready = self.process.stdout.readline().split()
        if ready[:1] != ["ready"]:
            raise RuntimeError(f"the simulator said {ready}")
        self.port, self.pid = int(ready[1]), self.process.pid
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=30)


def first_number(output):
    """Of "epoll floor: 10000 of 10000 hosts, ..."."""
    return int(output.split(": ", 1)[1].split()[0])


def reached_by_fleetscan(path):
    def count(_):
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - 4096))
            end = json.loads(file.read().splitlines()[-1])
        return sum(n for name, n in end["counts"].items() if name.startswith("ok"))

    return count


class Bench:
    def __init__(self, arguments, folder):
        self.folder = folder
        self.rounds = arguments.rounds
        self.hosts = arguments.hosts
        self.largest = arguments.largest
        build = pathlib.Path(arguments.build).resolve()
        self.fleetscan = build / "fleetscan"
        self.simulator = build / "tests/simulator/fleet_simulator"
        self.floor = build / "tests/perf/epoll_floor"
        self.exchange = build / "tests/perf/exchange_floor"
        self.loop = build / "tests/perf/libssh2_loop"
        self.rows = []
        self.ratios = []

    # --- the programs -------------------------------------------------------------------------

    def addresses(self, hosts):
        path = self.folder / f"{hosts}.txt"
        if not path.exists():
            path.write_text("".join(f"{FIRST + i}\n" for i in range(hosts)))
        return path

    def scan(self, fleet, hosts, depth, *options, name=None):
        results = self.folder / "results.jsonl"
        last = FIRST + hosts - 1
        return Program(name or f"fleetscan --depth {depth}", fleet,
                       [self.fleetscan, f"{FIRST}-{last}", "-p", fleet.port, "--depth", depth,
                        "--jsonl", results, "--progress", "none", "-q", "--max-targets", "2000000",
                        *options],
                       hosts, reached_by_fleetscan(results))

    def epoll_floor(self, fleet, hosts):
        return Program("epoll floor", fleet, [self.floor, FIRST, hosts, fleet.port, 1000], hosts,
                       first_number)

    def exchange_floor(self, fleet, hosts):
        return Program("exchange floor", fleet, [self.exchange, FIRST, hosts, fleet.port, 1], hosts,
                       first_number)

    def libssh2_loop(self, fleet, hosts):
        return Program("libssh2 loop", fleet, [self.loop, FIRST, hosts, fleet.port, 1], hosts,
                       first_number)

    def peers(self, depth, fleet, hosts):
        """Those that are installed, on as many hosts as they do in reasonable time."""
        port, few, some = fleet.port, min(hosts, 100), min(hosts, 2000)
        nmap = ["nmap", "-n", "-Pn", "-sT", "-p", port, "-oG", "/dev/null", "-iL"]
        zgrab = ["zgrab2", "ssh" if depth == "kex" else "banner", "--port", port, "--senders",
                 "1000", "--output-file", "-", "--input-file"]
        peers = [
            Program(f"nmap ({'banner' if depth == 'banner' else 'KEXINIT'})", fleet,
                    [*nmap, self.addresses(some), "--script",
                     "banner" if depth == "banner" else "+ssh2-enum-algos"], some,
                    lambda out: out.count("banner: SSH-" if depth == "banner"
                                          else "ssh2-enum-algos: ")),
            Program(f"zgrab2 ({depth})", fleet, [*zgrab, self.addresses(some)], some,
                    lambda out: out.count('"status":"success"')),
        ]
        if depth == "kex":
            peers += [
                Program("ssh-keyscan", fleet, ["ssh-keyscan", "-t", "ed25519", "-p", port, "-f",
                                               self.addresses(few)], few,
                        lambda out: out.count("ssh-ed25519")),
                Program("ssh-audit", fleet, ["ssh-audit", "-b", "-p", port, FIRST], 1,
                        lambda out: int("curve25519-sha256" in out)),
            ]
        return [peer for peer in peers if shutil.which(peer.command[0])]

    # --- the measurements ---------------------------------------------------------------------

    def measure(self, fleet, programs):
        """Alternately, there and back: nobody always follows the same other, whose heat and caches
        it would inherit. Returns name -> figures of each round, after noting their medians."""
        runs = {program.name: [] for program in programs}
        for number in range(self.rounds):
            for program in programs[::-1 if number % 2 else 1]:
                runs[program.name].append(run(program))
        for name, figures in runs.items():
            row = {"fleet": fleet, "program": name, **median(figures).row()}
            self.rows.append(row)
            print_row(row)
        return runs

    def ratio(self, what, value, limit, at_least=False):
        good = value >= limit if at_least else value <= limit
        self.ratios.append({"what": what, "value": value, "limit": limit,
                            "at_least": at_least, "good": good})

    def healthy(self):
        hosts = self.hosts
        with Fleet(self.simulator) as fleet:
            got = self.measure("healthy", [self.epoll_floor(fleet, hosts),
                                           self.scan(fleet, hosts, "banner"),
                                           *self.peers("banner", fleet, hosts)])
            self.ratio("banner: CPU per host / epoll floor",
                       cpu_ratio(got["fleetscan --depth banner"], got["epoll floor"]), 1.15)
            got = self.measure("healthy", [self.libssh2_loop(fleet, hosts),
                                           self.epoll_floor(fleet, hosts),
                                           self.exchange_floor(fleet, hosts),
                                           self.scan(fleet, hosts, "kex", "--threads", "1",
                                                     name="fleetscan --depth kex"),
                                           *self.peers("kex", fleet, hosts)])
            scan = got["fleetscan --depth kex"]
            floor = [sum_of(*runs) for runs in zip(got["epoll floor"], got["exchange floor"])]
            self.ratio("key exchange: CPU per host / libssh2 loop",
                       cpu_ratio(scan, got["libssh2 loop"]), 0.45)
            self.ratio("key exchange: CPU per host / epoll floor and one exchange",
                       cpu_ratio(scan, floor), 1.35)
            self.ratio("key exchange: peak RSS in MB", median(scan).rss, 40)

    def threads(self):
        """The fleet needs cores, too: what more threads can gain is what it leaves of them. Where
        that is less than is wanted, nine tenths of it are."""
        hosts, cores = self.hosts, len(os.sched_getaffinity(0))
        with Fleet(self.simulator) as fleet:
            for depth in ("kex", "banner"):
                one, two = (self.scan(fleet, hosts, depth, "--threads", n,
                                      name=f"fleetscan --depth {depth} --threads {n}")
                            for n in (1, 2))
                got = self.measure("healthy", [one, two])
                one, two = median(got[one.name]), median(got[two.name])
                # One thread is busy all the time; the fleet's work is done by another core.
                most = min(2, cores * one.cpu / (one.cpu + one.fleet_cpu))
                wanted = 1.6 if depth == "kex" else 1
                self.ratio(f"{depth}: speed of two threads / one ({wanted}, but the fleet leaves room "
                           f"for {most:.2f})", one.wall / two.wall, min(wanted, 0.9 * most),
                           at_least=True)

    def large(self):
        with Fleet(self.simulator) as fleet:
            names = {n: f"fleetscan --depth banner, {n}" for n in (self.hosts, self.largest)}
            got = self.measure("healthy", [self.scan(fleet, n, "banner", name=name)
                                           for n, name in names.items()])
        small, large = (median(got[name]) for name in names.values())
        self.ratio(f"{self.largest} hosts: peak RSS in MB", large.rss, 80)
        self.ratio(f"{self.largest} hosts: CPU per host / that of {self.hosts}",
                   (large.cpu / large.hosts) / (small.cpu / small.hosts), 1.05)

    def mixed(self):
        """Every twentieth host accepts and stays silent. The floor is the same scan without those,
        and one timeout."""
        hosts, options = self.hosts, ["-t", DEAD_SECONDS, "--retries", "0", "--patience", "0"]
        scenario = self.folder / "mixed.scenario"
        scenario.write_text("".join(f"{FIRST + i}/32 silent\n" for i in range(0, hosts, 20)))
        with Fleet(self.simulator) as good, Fleet(self.simulator, scenario) as bad:
            healthy = self.scan(good, hosts, "kex", *options, name="fleetscan, none silent")
            mixed = self.scan(bad, hosts, "kex", *options, name="fleetscan, 5% silent")
            got = self.measure("mixed", [healthy, mixed])
        floor = median(got[healthy.name]).wall + DEAD_SECONDS
        self.ratio("5% silent: wall time / (without them + one timeout)",
                   median(got[mixed.name]).wall / floor, 1.1)

    def dead(self):
        """Nobody answers: as many timeouts as the caps impose."""
        hosts, at_once = 2048, 512
        scenario = self.folder / "dead.scenario"
        scenario.write_text("127.0.0.0/8 silent\n")
        with Fleet(self.simulator, scenario) as fleet:
            scan = self.scan(fleet, hosts, "kex", "-t", DEAD_SECONDS, "--retries", "0",
                             "--patience", "0", "-c", at_once, "--per-subnet", at_once,
                             name="fleetscan, all silent")
            got = self.measure("dead", [scan])
        self.ratio("all silent: wall time / (ceil(N / concurrency) timeouts)",
                   median(got[scan.name]).wall / (hosts / at_once * DEAD_SECONDS), 1.1)


PARTS = ["healthy", "threads", "mixed", "dead", "large"]


def machine():
    model = platform.processor() or "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {"date": time.strftime("%Y-%m-%d", time.gmtime()), "commit": commit.stdout.strip() or "unknown",
            "cpu": model, "cores": len(os.sched_getaffinity(0)), "kernel": platform.release(),
            "load_before": os.getloadavg()[0],
            "realtime": os.sched_getscheduler(0) in (os.SCHED_RR, os.SCHED_FIFO)}


def print_row(row):
    print(f"{row['fleet']:<8} {row['program']:<34} {row['reached']:>8} {row['hosts']:>8} "
          f"{row['hosts_per_s']:>9.0f} {row['cpu_us_per_host']:>10.1f} {row['peak_rss_mb']:>8.1f}",
          flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hosts", type=int, default=10000)
    parser.add_argument("--largest", type=int, default=1000000)
    parser.add_argument("--json")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    arguments = parser.parse_args()
    signal.signal(signal.SIGALRM, on_alarm)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    host = machine()
    print(f"{host['cpu']}, {host['cores']} cores, Linux {host['kernel']}, load {host['load_before']:.1f}; "
          f"medians of {arguments.rounds}")
    print(f"{'fleet':<8} {'program':<34} {'reached':>8} {'of hosts':>8} {'hosts/s':>9} "
          f"{'CPU us/host':>10} {'RSS MB':>8}", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(arguments, pathlib.Path(folder))
        try:
            for name in arguments.only:
                getattr(bench, name)()
        except (OSError, RuntimeError, TimeoutError, ValueError) as error:
            print(f"bench.py: {error}", file=sys.stderr)
            return 3
    print()
    for ratio in bench.ratios:
        print(f"{'ok    ' if ratio['good'] else 'BEYOND'} {ratio['value']:8.2f} "
              f"(limit {ratio['limit']:.3g})  {ratio['what']}")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(
            {"machine": host, "rounds": arguments.rounds,
             "complete": set(arguments.only) == set(PARTS), "rows": bench.rows,
             "ratios": bench.ratios}, indent=1) + "\n")
    return 0 if all(ratio["good"] for ratio in bench.ratios) else 1


if __name__ == "__main__":
    sys.exit(main())
