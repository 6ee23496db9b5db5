"""A real Slurm, slurmctld and three slurmd on this host without systemd: an array of shards and its
dependent merge job find what a single machine finds."""

import pathlib
import socket
import sys
import time

import cluster
from cluster import Cluster, OPTIONS, SCRIPTS, SHARDS, compare
from lab import run

NODES = ("w1", "w2", "w3")
READY_SECONDS = 40


def start_munge(lab):
    folder = pathlib.Path("/run/munge")  # the laboratory's own /run
    folder.mkdir(mode=0o755)
    key = folder / "key"
    key.write_bytes(bytes(range(256)) * 4)
    key.chmod(0o600)
    lab.start("munged", "--foreground", "--force", "--key-file", key, "--socket",
              folder / "munge.socket.2", "--pid-file", folder / "pid", "--log-file",
              folder / "log", "--seed-file", folder / "seed")


def start_slurm(lab):
    host = socket.gethostname().split(".")[0]
    state = lab.folder / "slurm"
    (state / "ctld").mkdir(parents=True)
    nodes = "".join(
        f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={17001 + i} CPUs=1\n"
        for i, name in enumerate(NODES))
    config = lab.folder / "slurm.conf"
    config.write_text(f"""
ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort=16817
AuthType=auth/munge
StateSaveLocation={state}/ctld
SlurmdSpoolDir={state}/%n
SlurmctldPidFile={state}/slurmctld.pid
SlurmdPidFile={state}/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
MinJobAge=300
{nodes}
PartitionName=all Nodes={",".join(NODES)} Default=YES State=UP
""")
    lab.start("slurmctld", "-D", "-f", config)
    for name in NODES:
        (state / name).mkdir()
        lab.start("slurmd", "-D", "-N", name, "-f", config)
    return config


def wait_for(what, ready):
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.3)
    raise RuntimeError(f"{what}: not within {READY_SECONDS} s")


def main():
    cluster.enter("slurmctld", "slurmd", "sbatch", "sinfo", "scontrol", "munged")
    # Slurm asks for addresses of configured families only, and loopback does not count.
    run("ip", "link", "add", "lab", "type", "veth", "peer", "name", "lab-peer")
    run("ip", "address", "add", "10.9.0.1/24", "dev", "lab")
    with Cluster(*sys.argv[1:3]) as lab:
        start_munge(lab)
        environment = {"SLURM_CONF": str(start_slurm(lab))}
        lab.start_fleet()

        def idle_nodes():
            try:
                return lab.run(["sinfo", "-h", "-t", "idle", "-o", "%D"], **environment).split()
            except RuntimeError:
                return []  # slurmctld does not answer yet

        wait_for("idle nodes", lambda: idle_nodes() == [str(len(NODES))])
        out = lab.folder / "out"
        job = lab.run([SCRIPTS / "slurm.sh", lab.hosts, SHARDS, out, *OPTIONS],
                      **environment).split()[-1]
        wait_for("the merge job", lambda: "COMPLETED" in lab.run(
            ["scontrol", "-o", "show", "job", job], **environment))
        expected = lab.alone()
        compare(expected, lab.classes(out / "results.jsonl"))
        print(f"{SHARDS} shards on {len(NODES)} nodes: as on one machine")


if __name__ == "__main__":
    main()
