"""What scripts/release.sh has made: each artifact is taken apart, installed and used.

usage: artifacts_test.py FOLDER FLEET_SIMULATOR, run by scripts/release.sh as root in namespaces that vanish with it
"""

import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

from harness import FLEETSCAN as FOLDER
from harness import Fleet, Test, main
from name_server import NameServer

PACKAGING = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "packaging"
SECONDS = 120
MOST_BYTES = 15_000_000
NOBODY = "65534:65534"
BARE = {"PATH": "/usr/sbin:/usr/bin"}
SCENARIO = "127.0.0.0/8 healthy\n127.0.0.2 close\n"
# A machine whose accounts and names come from libraries, and whose OpenSSL wants to load one.
FOREIGN_SYSTEM = {
    "etc/nsswitch.conf": "passwd: sss systemd\ngroup: sss systemd\nhosts: resolve mymachines files\n",
    "etc/passwd": "root:x:0:0::/:/x\nscanner:x:901:901::/:/x\n", "etc/group": "scanner:x:901:\n",
    "etc/hosts": "127.0.0.7 seven\n",
    "usr/lib/ssl/openssl.cnf": "openssl_conf = a\n[a]\nproviders = b\n[b]\nlegacy = c\n[c]\nactivate = 1\n",
}


def only(pattern):
    found = list(FOLDER.glob(pattern))
    assert len(found) == 1, (pattern, found)
    return found[0]


def run(*words, **more):
    return subprocess.run([*map(str, words)], capture_output=True, text=True, check=False, timeout=SECONDS,
                          stdin=subprocess.DEVNULL, **more)


class Artifacts(Test):
    @classmethod
    def setUpClass(cls):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

    def setUp(self):
        super().setUp()
        self.executable = only("fleetscan-*-linux-x86_64")
        self.version = self.executable.name.split("-")[1]
        self.root = self.folder / "root"  # a system of its own, empty at first
        self.root.mkdir()
        self.folder.chmod(0o755)

    def good(self, *words, **more):
        done = run(*words, **more)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout

    def put(self, source, path):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        return "/" + path

    def use(self, program, root=None, user=NOBODY):
        """It scans in that folder, where nothing else is: a host that answers and one that closes."""
        root = root or self.root
        inside = ["chroot", f"--userspec={user}", root, program]
        self.assertTrue(self.good(*inside, "--version").startswith(f"fleetscan {self.version} ("))
        with Fleet(self.write("s", SCENARIO)) as fleet:
            done = run(*inside, "127.0.0.1", "127.0.0.2", "-p", fleet.port, "--retries", "0", "--jsonl", "-", env=BARE)
        self.assertEqual(1, done.returncode, done.stderr)
        records = map(json.loads, done.stdout.splitlines())
        classes = {record["host"]: record["class"] for record in records if record["type"] == "host"}
        self.assertEqual("ok", classes["127.0.0.1"])
        self.assertTrue(classes["127.0.0.2"].startswith("banner_closed"), classes)

    def test_the_executable_needs_nothing(self):
        self.assertLess(self.executable.stat().st_size, MOST_BYTES)
        told = self.good("readelf", "--wide", "--program-headers", "--dynamic", self.executable)
        self.assertNotIn("INTERP", told)
        self.assertNotIn("NEEDED", told)
        self.assertNotIn("=>", run("ldd", self.executable).stdout)
        self.use(self.put(self.executable, "fleetscan"))

    def test_the_executable_resolves_names_alone(self):
        program = self.put(self.executable, "fleetscan")
        zone = {"host.test": ["127.0.0.1"]}
        with Fleet(self.write("s", SCENARIO)) as fleet, NameServer(zone) as names:
            done = run("chroot", self.root, program, "host.test", "-4", "-p", fleet.port, "--dns-server", names.address,
                       env=BARE)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_the_executable_loads_nothing_of_a_foreign_system(self):
        program = self.put(self.executable, "fleetscan")
        for path, text in FOREIGN_SYSTEM.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
        trace = self.folder / "trace"
        with Fleet(self.write("s", SCENARIO)) as fleet:
            done = run("strace", "-f", "-o", trace, "-e", "trace=execve,open,openat,connect",
                       "chroot", self.root, program, "--user", "scanner", "--resolver", "system", "seven",
                       "-p", fleet.port, env=BARE)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        seen = trace.read_text()
        seen = seen[seen.index('execve("/fleetscan"'):]  # chroot itself is behind us
        read = "\n".join(line for line in seen.splitlines() if "O_PATH" not in line)  # what Landlock is told of
        self.assertIn("/etc/passwd", read)
        self.assertEqual([], re.findall(r"\S*\.so\S*|openssl\.cnf|nscd|/lib/", read))

    def test_the_archive(self):
        (self.folder / "tar").mkdir()
        self.good("tar", "--zstd", "-xf", only("*.tar.zst"), "-C", self.folder / "tar")
        top = self.folder / "tar" / f"fleetscan-{self.version}"
        self.assertEqual(self.executable.read_bytes(), (top / "fleetscan").read_bytes())
        self.assertIn(f"## {self.version}", (top / "CHANGELOG.md").read_text())
        self.assertIn(".TH", (top / "fleetscan.1").read_text())
        self.assertIn("Apache License", (top / "THIRD_PARTY").read_text())
        for name in ("README.md", "LICENSE"):
            self.assertGreater((top / name).stat().st_size, 0, name)
        for shell in ("bash", "zsh", "fish"):
            self.assertEqual(self.good(top / "fleetscan", "completion", shell),
                             (top / f"completions/fleetscan.{shell}").read_text())

    def test_the_debian_package(self):
        """Its whole life in a system of its own is try_package.sh's."""
        self.good("dpkg-deb", "-x", only("*.deb"), self.root)
        self.assertIn(f"fleetscan {self.version} (", self.good(self.root / "usr/bin/fleetscan", "--version"))
        self.good("lintian", "--allow-root", "--fail-on", "error,warning", only("*.deb"))

    def test_the_rpm(self):
        """Installed, verified, used and removed by rpm, in a folder where only it is."""
        rpm, package = ["rpm", "--root", self.root, "--nodeps", "--noscripts"], only("*.rpm")
        self.good(*rpm, "--install", package)
        self.assertEqual(["/etc/fleetscan/config.toml", "/etc/fleetscan/hosts.txt"],
                         self.good("rpm", "--root", self.root, "-qc", "fleetscan").split())
        self.assertEqual("", self.good("rpm", "--root", self.root, "--verify", "--nodeps", "fleetscan"))
        self.use("/usr/bin/fleetscan")
        scripts = self.good("rpm", "-qp", "--scripts", package)
        self.assertIn("systemd-sysusers fleetscan.conf", scripts)
        (self.root / "etc/fleetscan/hosts.txt").write_text("127.0.0.1\n")
        self.good(*rpm, "--erase", "fleetscan")
        self.assertEqual(["etc/fleetscan/hosts.txt.rpmsave"],
                         [str(path.relative_to(self.root)) for folder in ("etc", "usr")
                          for path in (self.root / folder).rglob("*") if path.is_file()])

    def test_what_rpmlint_says(self):
        told = self.good("rpmlint", "--rpmlintrc", PACKAGING / "rpmlintrc", only("*.rpm"))
        self.assertRegex(told, r"\b1 packages .* 0 errors")

    def test_the_image(self):
        """Each digest is that of what it names, and other tools read it."""
        image = only("*.oci.tar")
        with tarfile.open(image) as tar:
            files = {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}

        def named(descriptor):
            content = files["blobs/" + descriptor["digest"].replace(":", "/")]
            self.assertEqual(descriptor["digest"], "sha256:" + hashlib.sha256(content).hexdigest())
            self.assertEqual(descriptor["size"], len(content))
            return content

        manifest = json.loads(named(json.loads(files["index.json"])["manifests"][0]))
        config, [layer] = json.loads(named(manifest["config"])), manifest["layers"]
        plain = gzip.decompress(named(layer))
        self.assertEqual(config["rootfs"]["diff_ids"], ["sha256:" + hashlib.sha256(plain).hexdigest()])
        with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
            self.assertEqual(["usr", "usr/bin", "usr/bin/fleetscan"], tar.getnames())
        self.assertEqual(len(files), 5)  # layout, index, manifest, config, layer

        self.good("skopeo", "inspect", f"oci-archive:{image}:{self.version}")
        self.good("skopeo", "--insecure-policy", "copy", f"oci-archive:{image}:{self.version}",
                  f"oci:{self.folder}/layout:{self.version}")
        self.good("umoci", "unpack", "--image", f"{self.folder}/layout:{self.version}", self.folder / "bundle")
        settings = json.loads((self.folder / "bundle/config.json").read_text())["process"]
        self.assertEqual((["/usr/bin/fleetscan"], 65534), (settings["args"], settings["user"]["uid"]))
        self.use(settings["args"][0], self.folder / "bundle/rootfs")

    def test_the_formula(self):
        formula, archive = (FOLDER / "fleetscan.rb").read_text(), only("*.tar.zst")
        self.assertIn(hashlib.sha256(archive.read_bytes()).hexdigest(), formula)
        self.assertRegex(formula, rf'url "https://\S+/{re.escape(archive.name)}"')
        self.assertNotRegex(formula, r"@[A-Z]+\d*@")
        members = self.good("tar", "--zstd", "-tf", archive).split()
        for name in re.findall(r'\.install "([^"]+)"', formula):
            self.assertIn(f"fleetscan-{self.version}/{name}", members)

    def test_the_apkbuild(self):
        """Its own function installs what its own checksum is of."""
        archive, package = only("*.tar.zst"), self.root
        self.good("tar", "--zstd", "-xf", archive, "-C", self.folder)
        (self.folder / archive.name).symlink_to(archive)
        self.good("sh", "-euc", '. "$0"; echo "$sha512sums" | grep . | sha512sum --check --strict; package',
                  FOLDER / "APKBUILD", cwd=self.folder,
                  env={"PATH": os.environ["PATH"], "srcdir": str(self.folder), "pkgdir": str(package)})
        self.use("/usr/bin/fleetscan")
        self.assertTrue((package / "usr/share/man/man1/fleetscan.1").exists())

    def test_the_list_of_what_is_linked_in(self):
        """It has the versions that the program itself hears from its libraries."""
        document = json.loads(only("*.spdx.json").read_text())
        told = self.good(self.executable, "--version").split("\n", 1)[1]
        versions = {name.lower(): version for name, version in re.findall(r"([\w/+-]+) (\d[\d.]*\d)", told)}
        listed = {package["sourceInfo"].split()[2].lower(): package["versionInfo"]
                  for package in document["packages"][1:]}
        names = {"nlohmann/json": "nlohmann-json3", "sqlite": "sqlite3", "zstd": "libzstd", "libuv": "libuv1",
                 "fmt": "fmtlib"}
        self.assertGreater(len(versions), 13)
        for name, version in versions.items():
            found = listed.get(names.get(name, name))
            self.assertIsNotNone(found, f"{name} is not among {sorted(listed)}")
            self.assertIn(version, found)
        self.assertIn("glibc", listed)
        for package in document["packages"][1:]:
            self.assertRegex(package["externalRefs"][0]["referenceLocator"], r"^pkg:[\w/.%-]+@[\w.~%-]+(\?arch=\w+)?$")
        digest = hashlib.sha256(self.executable.read_bytes()).hexdigest()
        self.assertEqual(digest, document["packages"][0]["checksums"][0]["checksumValue"])

    def test_the_checksums(self):
        self.good("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=FOLDER)
        listed = {line.split()[1] for line in (FOLDER / "SHA256SUMS").read_text().splitlines()}
        self.assertEqual(listed | {"SHA256SUMS"}, {path.name for path in FOLDER.iterdir()})


if __name__ == "__main__":
    main()
