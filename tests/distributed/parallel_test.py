"""GNU parallel over three sshd in network namespaces. One of the machines dies in the middle: its
shard runs again elsewhere, and the merged result is that of a single machine."""

import pathlib
import signal
import subprocess
import sys
import threading
import time

import cluster
from cluster import Cluster, OPTIONS, SCRIPTS, SHARDS, compare
from lab import run, skip

MACHINES = ("worker1", "worker2", "worker3")
VICTIM = MACHINES[1]


def start_machine(lab, number, name):
    """A namespace with an sshd that we reach over a wire, and a fleet of its own."""
    run("ip", "netns", "add", name)
    lab.at_end(lambda: run("ip", "netns", "delete", name))
    run("ip", "link", "set", "lo", "up", namespace=name)
    run("ip", "link", "add", name, "type", "veth", "peer", "name", "wire", "netns", name)
    for address, device, namespace in ((f"10.9.{number}.254", name, None),
                                       (f"10.9.{number}.1", "wire", name)):
        run("ip", "address", "add", f"{address}/24", "dev", device, namespace=namespace)
        run("ip", "link", "set", device, "up", namespace=namespace)
    lab.start_fleet(namespace=name)
    config = lab.folder / f"{name}.conf"
    config.write_text(f"""
        ListenAddress 10.9.{number}.1
        HostKey {lab.folder}/key
        AuthorizedKeysFile {lab.folder}/key.pub
        PidFile none
        StrictModes no
        UsePAM no
        PermitRootLogin yes
        MaxStartups 100
        MaxSessions 100
        SetEnv PATH={lab.path}
    """)
    lab.until_listening(lab.start("/usr/sbin/sshd", "-D", "-e", "-f", config, namespace=name))


def prepare_client(lab):
    """Keys, a home of its own for the remote side's temporary folders, and ssh's configuration."""
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", lab.folder / "key")
    home = lab.folder / "home"
    home.mkdir()
    passwd = pathlib.Path("/etc/passwd")  # the laboratory's own copy
    passwd.write_text("".join(
        ":".join([*line.split(":")[:5], str(home), "/bin/sh\n"]) if line.startswith("root:") else line
        for line in passwd.read_text().splitlines(keepends=True)))
    config = lab.folder / "ssh_config"
    hosts = "".join(f"Host {name}\n  HostName 10.9.{i}.1\n" for i, name in enumerate(MACHINES, 1))
    config.write_text(f"""{hosts}
        Host *
          User root
          IdentityFile {lab.folder}/key
          IdentitiesOnly yes
          StrictHostKeyChecking no
          UserKnownHostsFile /dev/null
          LogLevel ERROR
          ConnectTimeout 5
    """)
    return {"HOME": str(home), "PARALLEL_SSH": f"ssh -F {config}", "RSYNC_RSH": f"ssh -F {config}"}


def processes(name):
    pids = [int(pid) for pid in run("ip", "netns", "pids", name).split()]
    return {pid: comm(pid) for pid in pids}


def comm(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except FileNotFoundError:
        return ""


def shard_of(pid):
    """Of a fleetscan that is running; nothing once it has ended."""
    try:
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        return words[words.index("--shard") + 1].split("/")[0]
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None


def kill_in_the_middle(done, killed):
    """As soon as the victim scans, everything in it dies at once, its sshd included. Notes which
    shards that were."""
    while not done.is_set():
        alive = processes(VICTIM)
        shards = {shard_of(pid) for pid, name in alive.items() if name == "fleetscan"} - {None}
        if shards:
            # The scan dies first: it must not see the death of its fleet.
            for pid in sorted(alive, key=lambda pid: alive[pid] != "fleetscan"):
                subprocess.run(["kill", f"-{signal.SIGKILL.value}", str(pid)], check=False,
                               stderr=subprocess.DEVNULL)
            killed.extend(shards)
            return
        time.sleep(0.05)


def main():
    cluster.enter("parallel", "rsync", "sshd", "ssh", "ssh-keygen")
    if "GNU" not in run("parallel", "--version"):
        skip("this parallel is not GNU parallel")
    with Cluster(*sys.argv[1:3]) as lab:
        environment = prepare_client(lab)
        for number, name in enumerate(MACHINES, 1):
            start_machine(lab, number, name)
        lab.start_fleet()
        machines = lab.folder / "machines"
        machines.write_text("".join(f"1/{name}\n" for name in MACHINES))
        done, killed = threading.Event(), []
        killer = threading.Thread(target=kill_in_the_middle, args=(done, killed))
        killer.start()
        try:
            lab.run([SCRIPTS / "parallel.sh", lab.hosts, machines, SHARDS, lab.folder / "out",
                     *OPTIONS], **environment)
        finally:
            done.set()
            killer.join()
        if not killed:
            sys.exit("the victim never scanned: nothing was tested")
        rows = (line.split("\t") for line in (lab.folder / "out/joblog").read_text().splitlines()[1:])
        last = {row[0]: {"machine": row[1], "exit": row[6]} for row in rows}
        if len(last) != SHARDS or any(run["exit"] != "0" for run in last.values()):
            sys.exit(f"{SHARDS} shards, but their last runs were {last}")
        survivors = set(MACHINES) - {VICTIM}
        if any(last[shard]["machine"] not in survivors for shard in killed):
            sys.exit(f"shards {killed} died on {VICTIM}, but their last runs were {last}")
        compare(lab.alone(), lab.classes(lab.folder / "out/results.jsonl"))
        print(f"{SHARDS} shards on {len(MACHINES)} machines, one of which died: as on one machine")


if __name__ == "__main__":
    main()
