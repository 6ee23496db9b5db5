#!/usr/bin/env python3
"""A container image without a container engine: an OCI image layout in a tar archive, with one layer, the executable.

usage: oci_image.py EXECUTABLE VERSION REVISION IMAGE.tar

podman load, skopeo copy oci-archive:IMAGE.tar and docker load (25 or newer) read it. The date of everything in it is
SOURCE_DATE_EPOCH.
"""

import datetime
import gzip
import hashlib
import io
import json
import os
import pathlib
import sys
import tarfile

NOBODY = "65534:65534"
PROGRAM = "usr/bin/fleetscan"
EPOCH = int(os.environ["SOURCE_DATE_EPOCH"])


def archive(files):
    """A tar of name -> (mode, bytes), with the folders before the files in them."""
    packed = io.BytesIO()
    folders = sorted({str(parent) for name in files for parent in pathlib.PurePath(name).parents} - {"."})
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in folders:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, EPOCH
            tar.addfile(entry)
        for name, (mode, content) in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode, entry.mtime, entry.size = mode, EPOCH, len(content)
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Blobs:
    def __init__(self):
        self.files = {}

    def add(self, content, kind):
        """Keeps it under its digest, and returns its descriptor."""
        self.files["blobs/" + digest(content).replace(":", "/")] = (0o644, content)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": digest(content), "size": len(content)}

    def add_json(self, value, kind):
        return self.add(json.dumps(value, sort_keys=True).encode(), kind)


def image(executable, version, revision):
    created = datetime.datetime.fromtimestamp(EPOCH, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    about = {f"org.opencontainers.image.{key}": value for key, value in
             (("title", "fleetscan"), ("version", version), ("revision", revision), ("licenses", "MIT"),
              ("created", created))}
    layer = archive({PROGRAM: (0o755, executable)})
    blobs = Blobs()
    config = {"created": created, "architecture": "amd64", "os": "linux",
              "config": {"Entrypoint": ["/" + PROGRAM], "User": NOBODY, "WorkingDir": "/", "Labels": about},
              "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
              "history": [{"created": created, "created_by": "scripts/packaging/oci_image.py"}]}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": blobs.add_json(config, "config.v1+json"),
                "layers": [blobs.add(gzip.compress(layer, 9, mtime=0), "layer.v1.tar+gzip")],
                "annotations": about}
    entry = blobs.add_json(manifest, "manifest.v1+json")
    entry["annotations"] = {"org.opencontainers.image.ref.name": version}
    entry["platform"] = {"architecture": "amd64", "os": "linux"}
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [entry]}
    return archive({"oci-layout": (0o644, b'{"imageLayoutVersion":"1.0.0"}'),
                    "index.json": (0o644, json.dumps(index, sort_keys=True).encode()), **blobs.files})


def main():
    executable, version, revision, output = sys.argv[1:]
    pathlib.Path(output).write_bytes(image(pathlib.Path(executable).read_bytes(), version, revision))


if __name__ == "__main__":
    main()
