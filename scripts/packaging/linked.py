#!/usr/bin/env python3
"""What the static executable contains, as the linker and the compiler tell it, with the versions that dpkg knows.

usage: linked.py sbom BUILD EXECUTABLE
       linked.py licenses BUILD

BUILD is the folder of the preset `static`. sbom prints an SPDX 2.3 document about EXECUTABLE, the stripped one, with
SOURCE_DATE_EPOCH as its date; licenses prints the text of every license.
"""

import collections
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
from urllib.parse import quote

Part = collections.namedtuple("Part", "name version source license purl")

# Their headers are code; those of the others only declare what an archive holds.
HEADERS = {"fmt", "nlohmann", "CLI", "toml++"}
PACKAGED = ("/usr/lib/", "/usr/include/")


def linked_files(build):
    """The archives of which the linker took a member, and the start files, by its own map."""
    text = (build / "fleetscan.map").read_text(errors="replace")
    members = text[:text.index("\nMemory Configuration")]
    taken = re.findall(r"^(/\S+\.a)\(", members, re.M)
    loaded = re.findall(r"^LOAD (/\S+\.o)$", text, re.M)
    return {os.path.realpath(path) for path in taken + loaded}


def included_files(build):
    """The headers of which code was compiled in, by ninja's record of what was read."""
    deps = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
    read = set(re.findall(r"^ +(/usr/include/\S+)$", deps, re.M))
    return {path for path in read if pathlib.Path(path).parts[3] in HEADERS}


def owners(paths):
    found = subprocess.run(["dpkg", "--search", *sorted(paths)], check=True, capture_output=True, text=True).stdout
    return sorted({line.split(": ")[0].split(":")[0] for line in found.splitlines()})


def packaged(name):
    """A part that came in a package of the distribution, under the name of the source that it was built from."""
    fields = "${Version}\\n${source:Package}\\n${source:Version}\\n${Architecture}"
    version, source, source_version, architecture = subprocess.run(
        ["dpkg-query", "--show", "--showformat", fields, name], check=True, capture_output=True,
        text=True).stdout.split("\n")
    distribution = re.search(r"^ID=\"?(\w+)", pathlib.Path("/etc/os-release").read_text(), re.M).group(1)
    return Part(name, version, f"{source} {source_version}", pathlib.Path("/usr/share/doc", name, "copyright"),
                f"pkg:deb/{distribution}/{quote(name)}@{quote(version)}?arch={architecture}")


def built(path):
    """A part that scripts/setup.sh built: its prefix has lib/, lib/pkgconfig/ and share/doc/."""
    name, prefix = path.stem, path.parents[1]
    version = re.search(r"^Version: *(\S+)", (prefix / f"lib/pkgconfig/{name}.pc").read_text(), re.M).group(1)
    return Part(name, version, f"{name} {version}", prefix / f"share/doc/{name}/COPYING",
                f"pkg:generic/{name}@{version}")


def parts(build):
    files = linked_files(build) | included_files(build)
    packages = owners({path for path in files if path.startswith(PACKAGED)})
    foreign = {pathlib.Path(path) for path in files if not path.startswith(PACKAGED)}
    ours = {path for path in foreign if path.is_relative_to(build.resolve())}
    return sorted([*map(packaged, packages), *map(built, sorted(foreign - ours))])


def sbom(build, executable):
    digest = hashlib.sha256(executable.read_bytes()).hexdigest()
    version = subprocess.run([executable, "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def package(identifier, name, number, **more):
        return {"SPDXID": identifier, "name": name, "versionInfo": number, "downloadLocation": "NOASSERTION",
                "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION", **more}

    def relationship(element, kind, related):
        return {"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": related}

    def of_part(part):
        return package("SPDXRef-" + re.sub(r"[^A-Za-z0-9.]", "-", part.name), part.name, part.version,
                       licenseDeclared="NOASSERTION", sourceInfo="built from " + part.source,
                       externalRefs=[{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                      "referenceLocator": part.purl}])

    contained = [of_part(part) for part in parts(build)]
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"fleetscan-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/fleetscan-{version}-{digest}",
        "creationInfo": {"created": created, "creators": [f"Tool: fleetscan-{version}/scripts/packaging/linked.py"]},
        "packages": [package("SPDXRef-fleetscan", "fleetscan", version, licenseDeclared="MIT",
                             checksums=[{"algorithm": "SHA256", "checksumValue": digest}],
                             primaryPackagePurpose="APPLICATION"), *contained],
        "relationships": [
            relationship("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-fleetscan"),
            *(relationship("SPDXRef-fleetscan", "STATIC_LINK", each["SPDXID"]) for each in contained)],
    }


def licenses(build):
    """The packages of one source have one text."""
    texts = collections.defaultdict(list)
    for part in parts(build):
        texts[part.license.read_text(errors="replace")].append(f"{part.name} {part.version}")
    rule = "=" * 100
    return "\n".join(f"{rule}\nfleetscan contains {', '.join(names)}\n{rule}\n\n{text}"
                     for text, names in texts.items())


def main():
    what, build = sys.argv[1], pathlib.Path(sys.argv[2])
    if what == "sbom":
        print(json.dumps(sbom(build, pathlib.Path(sys.argv[3]).resolve()), indent=2))
    else:
        print(licenses(build), end="")


if __name__ == "__main__":
    main()
