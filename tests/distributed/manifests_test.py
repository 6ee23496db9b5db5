"""Checks the Kubernetes and Nomad files against Kubernetes' own model of a Job, and runs what they run
as the engine would, one process per shard. Together, the shards find what one machine finds.

Nomad's own parser is not in the distribution: of nomad.hcl only the braces and the variables are
checked beside what it runs.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import yaml
    from kubernetes import client as models
except ImportError as error:
    # The distribution's packages are its own Python's, which need not be the first on the PATH.
    if pathlib.Path(sys.executable).parent != pathlib.Path("/usr/bin"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    print(f"skipped: {error} (scripts/setup.sh --tests)")
    sys.exit(77)

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "distributed"
SCENARIO = "127.1.1.0/28 http\n"
HOSTS = [f"127.1.{i % 2}.{i // 2}" for i in range(60)]
PLAIN = {"str": str, "int": int, "bool": bool, "object": object}
KINDS = {("batch/v1", "Job"): "V1Job", ("v1", "PersistentVolumeClaim"): "V1PersistentVolumeClaim"}
SECONDS = 60


def fail(text):
    sys.exit(f"manifests: {text}")


# --- form ---------------------------------------------------------------------------------------


def check(value, kind, where):
    """Builds Kubernetes' own model of the value: no key that it does not know, none that it needs
    left out, every value of its type."""
    if kind.startswith("list["):
        if not isinstance(value, list):
            fail(f"{where}: must be a list")
        return [check(item, kind[5:-1], f"{where}[{i}]") for i, item in enumerate(value)]
    if kind.startswith("dict("):
        inner = kind[5:-1].split(", ")[1]
        return {key: check(item, inner, f"{where}.{key}") for key, item in value.items()}
    if kind in PLAIN:
        if not isinstance(value, PLAIN[kind]) or (kind == "int" and isinstance(value, bool)):
            fail(f"{where}: {value!r} is no {kind}")
        return value
    model = getattr(models, kind)
    attributes = {name: attribute for attribute, name in model.attribute_map.items()}
    if unknown := set(value) - set(attributes):
        fail(f"{where}: a {kind} has no {', '.join(sorted(unknown))}")
    try:
        return model(**{attributes[name]: check(item, model.openapi_types[attributes[name]],
                                                f"{where}.{name}")
                        for name, item in value.items()})
    except ValueError as error:
        fail(f"{where}: {error}")


def kubernetes_objects(name):
    for document in yaml.safe_load_all((SCRIPTS / name).read_text()):
        kind = KINDS.get((document.get("apiVersion"), document.get("kind")))
        if not kind:
            fail(f"{name}: {document.get('apiVersion')} {document.get('kind')} is not known here")
        yield check(document, kind, name)


def kubernetes_job(name):
    """The file's job; it may come with claims."""
    *claims, job = kubernetes_objects(name)
    pod = job.spec.template.spec
    volumes = {volume.name for volume in pod.volumes}
    for container in pod.containers:
        for mount in container.volume_mounts:
            if mount.name not in volumes:
                fail(f"{name}: no volume {mount.name}")
    claimed = {volume.persistent_volume_claim.claim_name for volume in pod.volumes if volume.persistent_volume_claim}
    if claims and {claim.metadata.name for claim in claims} != claimed:
        fail(f"{name}: mounts {claimed}")
    return job


class NomadJob:
    """What can be read from nomad.hcl without its parser."""

    def __init__(self, path):
        text = re.sub(r"#.*", "", path.read_text())
        if text.count("{") != text.count("}"):
            fail(f"{path.name}: braces do not match")
        self.variables = dict(re.findall(r'variable "(\w+)" \{([^}]*)\}', text))
        used = set(re.findall(r"var\.(\w+)", text))
        if used != set(self.variables):
            fail(f"{path.name}: uses {sorted(used)}, declares {sorted(self.variables)}")
        self.script = re.search(r"<<-EOT\n(.*?)\n\s*EOT", text, re.S)[1]
        block = re.search(r"\benv \{\n(.*?)\n\s*\}\n", text, re.S)[1]
        self.env = dict(re.findall(r'(\w+)\s*=\s*"([^"]*)"', block))
        self.count = int(self.default("shards"))
        volumes = re.findall(r'\bvolume "(\w+)" \{', text)
        if volumes != re.findall(r'\bvolume\s*=\s*"(\w+)"', text):
            fail(f"{path.name}: volumes {volumes}, mounted are others")
        self.mounted = re.search(r'destination\s*=\s*"([^"]*)"', text)[1]

    def default(self, variable):
        return re.search(r'default\s*=\s*"?([^"\n]*)"?', self.variables[variable])[1]

    def environment(self, **values):
        return {key: re.sub(r"\$\{var\.(\w+)\}", lambda use: str(values[use[1]]), value)
                for key, value in self.env.items()}


# --- function -----------------------------------------------------------------------------------


class Site:
    """A fleet, an inventory and folders in the places that the manifests name."""

    def __init__(self, folder, fleetscan, port):
        self.folder = folder
        self.path = f"{folder / 'bin'}:{os.environ['PATH']}"
        for name in ("bin", "inventory", "results"):
            (folder / name).mkdir()
        (folder / "bin/fleetscan").symlink_to(fleetscan)
        (folder / "inventory/hosts.txt").write_text("".join(f"{h}:{port}\n" for h in HOSTS))

    def run(self, command, environment):
        done = subprocess.run(command, env={"PATH": self.path, **environment}, timeout=SECONDS,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            fail(f"{' '.join(command)}: exit {done.returncode}: {done.stderr}")

    def run_container(self, job, environment):
        """As the kubelet does: $(NAME) in an argument is that variable, and the image's entry point, fleetscan, stands
        before the arguments where there is no command. The mounted folders are ours instead."""
        container, = job.spec.template.spec.containers
        places = {mount.mount_path: str(self.folder / mount.mount_path[1:])
                  for mount in container.volume_mounts}
        mounted = rf"(?<![\w/])({'|'.join(places)})\b"
        variables = {**{variable.name: variable.value for variable in container.env or []}, **environment}
        words = [re.sub(mounted, lambda found: places[found[0]],
                        re.sub(r"\$\((\w+)\)", lambda found: variables[found[1]], word))
                 for word in [*(container.command or ["fleetscan"]), *container.args]]
        self.run(words, variables)

    def classes(self, path):
        records = [json.loads(line) for line in path.read_text().splitlines()]
        if not records[-1]["complete"]:
            fail(f"{path} is not complete")
        return {record["target"]: record["class"] for record in records if record["type"] == "host"}

    def alone(self):
        results = self.folder / "alone.jsonl"
        self.run(["fleetscan", str(self.folder / "inventory/hosts.txt"), "--jsonl", str(results),
                  "-q", "--exit-zero"], {})
        return self.classes(results)


def on_kubernetes(site):
    job, merge = kubernetes_job("kubernetes.yaml"), kubernetes_job("kubernetes-merge.yaml")
    if job.spec.completion_mode != "Indexed" or job.spec.parallelism > job.spec.completions:
        fail("kubernetes.yaml: not an Indexed Job that can run")
    for index in range(job.spec.completions):
        site.run_container(job, {"JOB_COMPLETION_INDEX": str(index)})
    site.run_container(merge, {})
    return site.classes(site.folder / "results/results.jsonl")


def on_nomad(site):
    job = NomadJob(SCRIPTS / "nomad.hcl")
    results = site.folder / "results"
    places = {job.default("hosts"): site.folder / "inventory/hosts.txt", job.default("results"): results}
    if not all(place.startswith(job.mounted + "/") for place in places):
        fail(f"nomad.hcl: {list(places)} are not within {job.mounted}")
    environment = job.environment(shards=job.count, hosts=places[job.default("hosts")],
                                  results=places[job.default("results")])
    for index in range(job.count):
        site.run(["/bin/sh", "-c", job.script], {**environment, "NOMAD_ALLOC_INDEX": str(index)})
    shards = sorted(map(str, results.glob("shard-*.jsonl")))
    site.run(["fleetscan", "merge", *shards, "-o", str(results / "results.jsonl")], {})
    return site.classes(results / "results.jsonl")


def main():
    fleetscan, simulator = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
    with tempfile.TemporaryDirectory(prefix="manifests-") as name:
        scenario = pathlib.Path(name) / "scenario"
        scenario.write_text(SCENARIO)
        fleet = subprocess.Popen([simulator, "--port", "0", "--for", "240", "--with-parent", scenario],
                                 stdout=subprocess.PIPE, text=True)
        try:
            port = fleet.stdout.readline().split()[1]
            for engine in (on_kubernetes, on_nomad):
                folder = pathlib.Path(name) / engine.__name__
                folder.mkdir()
                site = Site(folder, fleetscan, port)
                together, alone = engine(site), site.alone()
                if together != alone or len(alone) != len(HOSTS):
                    fail(f"{engine.__name__}: {len(together)} hosts, alone {len(alone)}; they differ")
                print(f"{engine.__name__}: as on one machine, {len(alone)} hosts")
        finally:
            fleet.terminate()
            fleet.communicate(timeout=30)


if __name__ == "__main__":
    main()
