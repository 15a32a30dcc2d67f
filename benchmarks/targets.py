"""What the benchmarks of inventory read: an image of five kinds of layers, in several forms, and what else is scanned.

Everything comes by name from Debian, PyPI and npm, through their own clients, into `$VEDETTE_BENCH_DIR` (by default
`~/.cache/vedette-bench`), once. Needs apt-get, dpkg-deb, npm, tar, gzip and zstd; about 2 GB of download and 10 GB of disk.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO
from pathlib import Path

import msgspec

from benchmarks.target_packages import DEBIAN, GO, JARS, NODE, PYTHON

_LARGEST_FUNCTION = 250 << 20
"""Of what a zip comes to (Lambda's quota for a function with its layers)."""


class Targets(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything is; `layers` are trees by kind, `root` all of them in one."""

    folder: Path

    @property
    def layers(self) -> dict[str, Path]:
        """The trees of the layers from the bottom to the top."""
        return {
            kind: self.folder / "trees" / kind for kind in ("os", "python", "node", "java", "go")
        }

    @property
    def root(self) -> Path:
        """One unpacked root file system."""
        return self.folder / "root"

    def tar(self, kind: str) -> Path:
        """A layer's plain archive as container engines write it."""
        return self.folder / "layers" / f"{kind}.tar"

    def timed_tar(self, kind: str) -> Path:
        """The same as GNU tar's pax format has it: with a header for the times of each file."""
        return self.folder / "layers-pax" / f"{kind}.tar"

    @property
    def gzip_image(self) -> Path:
        """A Docker archive with gzip layers."""
        return self.folder / "image-gzip.tar"

    @property
    def plain_image(self) -> Path:
        """A Docker archive as `docker save` writes it."""
        return self.folder / "image-plain.tar"

    @property
    def timed_gzip_image(self) -> Path:
        """A Docker archive with gzip layers that have a pax header for each file."""
        return self.folder / "image-gzip-pax.tar"

    @property
    def timed_plain_image(self) -> Path:
        """The same with plain layers."""
        return self.folder / "image-plain-pax.tar"

    @property
    def zstd_image(self) -> Path:
        """An OCI layout with zstd layers, a directory."""
        return self.folder / "image-zstd"

    def function(self, kind: str) -> Path:
        """A Lambda function's zip, of the layer of that kind."""
        return self.folder / f"lambda-{kind}.zip"

    @property
    def locks(self) -> Path:
        """Folders with one lock file each."""
        return self.folder / "locks"


def bench_folder() -> Path:
    """Where targets and peers are kept."""
    chosen = os.getenv("VEDETTE_BENCH_DIR")
    return Path(chosen) if chosen else Path.home() / ".cache" / "vedette-bench"


def build() -> Targets:
    """Make what is not there yet."""
    targets = Targets(folder=bench_folder())
    makers: dict[str, Callable[[Path], None]] = {
        "os": _os, "python": _python, "node": _node, "java": _java, "go": _go,
    }  # fmt: skip
    for kind, tree in targets.layers.items():
        packed, timed = targets.tar(kind), targets.timed_tar(kind)
        _once(tree, makers[kind])
        _once(packed, partial(_pack, tree))
        _once(timed, partial(_pack_with_times, tree))
        for archive in (packed, timed):
            _once(archive.with_suffix(".tar.gz"), partial(_filter, ("gzip", "-6", "-n"), archive))
        _once(packed.with_suffix(".tar.zst"), partial(_filter, ("zstd", "-3", "-q"), packed))
    _once(targets.root, partial(_join, targets.layers.values()))
    images = {
        targets.gzip_image: (targets.tar, ".tar.gz"),
        targets.plain_image: (targets.tar, ".tar"),
        targets.timed_gzip_image: (targets.timed_tar, ".tar.gz"),
        targets.timed_plain_image: (targets.timed_tar, ".tar"),
    }
    for image, (of_kind, suffix) in images.items():
        _once(image, partial(_docker, [of_kind(kind) for kind in targets.layers], suffix))
    _once(targets.zstd_image, partial(_layout, targets))
    for kind in ("python", "node"):
        _once(targets.function(kind), partial(_zip, targets.layers[kind]))
    _once(targets.locks, partial(_locks, targets))
    return targets


def run(*command: str | Path, cwd: Path | None = None, stdout: int | None = None) -> bytes:
    """Run a program that must succeed; gives its output where `stdout` is a pipe."""
    program = shutil.which(str(command[0]))
    if program is None:
        sys.exit(f"the benchmark needs {command[0]}")
    done = subprocess.run(
        [program, *map(str, command[1:])], cwd=cwd, check=True, stdout=stdout or sys.stderr.fileno()
    )
    return done.stdout or b""


def _once(path: Path, make: Callable[[Path], None]) -> None:
    """Make beside and rename, so that what is there is whole."""
    if path.exists():
        return
    print(f"making {path}", file=sys.stderr, flush=True)
    half = path.with_name(f"{path.name}.half")
    if half.is_dir():
        shutil.rmtree(half)
    half.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    make(half)
    half.rename(path)


def _debs(names: Iterable[str], folder: Path) -> list[Path]:
    """Packages with everything that they need, as if nothing were installed."""
    folder.mkdir(parents=True, exist_ok=True)
    nothing = folder / "status"
    nothing.touch()
    (folder / "partial").mkdir(exist_ok=True)
    run(
        "apt-get", "-o", f"Dir::State::Status={nothing}", "-o", f"Dir::Cache::Archives={folder}", "-o", "Debug::NoLocking=1",
        "-o", "APT::Sandbox::User=root",
        "-y", "-qq", "--download-only", "--no-install-recommends", "install", *names,
    )  # fmt: skip
    return sorted(folder.glob("*.deb"))


def _os(tree: Path) -> None:
    """A Debian root as dpkg would leave it, but for what maintainer scripts do."""
    for name in ("bin", "sbin", "lib", "lib64"):
        (tree / "usr" / name).mkdir(parents=True)
        (tree / name).symlink_to(f"usr/{name}")
    info = tree / "var/lib/dpkg/info"
    info.mkdir(parents=True)
    status = []
    for deb in _debs(DEBIAN, tree.parent.parent / "debs"):
        with tarfile.open(
            fileobj=BytesIO(run("dpkg-deb", "--fsys-tarfile", deb, stdout=subprocess.PIPE))
        ) as archive:
            names = [name.removeprefix(".") or "/." for name in archive.getnames()]
        run("dpkg-deb", "--extract", deb, tree)
        control = run("dpkg-deb", "--field", deb, stdout=subprocess.PIPE).decode()
        fields = dict(
            line.split(": ", 1) for line in control.splitlines() if ": " in line and line[0] != " "
        )
        qualified = f":{fields['Architecture']}" if fields.get("Multi-Arch") == "same" else ""
        (info / f"{fields['Package']}{qualified}.list").write_text(
            "".join(f"{name}\n" for name in names)
        )
        head, _, rest = control.partition("\n")
        status.append(f"{head}\nStatus: install ok installed\n{rest.rstrip()}\n")
    (tree / "var/lib/dpkg/status").write_text("\n".join(status))


def _pip(tree: Path) -> tuple[str | Path, ...]:
    """A pip of our own: the one that runs this may have none."""
    folder = tree.parent.parent / "pip"
    if not folder.exists():
        run(sys.executable, "-m", "venv", folder)
    return folder / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"


def _python(tree: Path) -> None:
    site = tree / "usr/local/lib/python3.11/site-packages"
    run(*_pip(tree), "install", "--no-compile", "--only-binary", ":all:", "--target", site, *PYTHON)  # fmt: skip


def _node(tree: Path) -> None:
    app = tree / "app"
    app.mkdir(parents=True)
    (app / "package.json").write_text('{"name": "app", "version": "1.0.0", "private": true}\n')
    run(
        "npm",
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--legacy-peer-deps",
        "--loglevel=error",
        *NODE,
        cwd=app,
    )


def _java(tree: Path) -> None:
    """The jars of a source distribution."""
    jars = tree / "opt/spark/jars"
    jars.mkdir(parents=True)
    down = tree.parent.parent / "sdist"
    run(*_pip(tree), "download", "--no-deps", "--no-binary", ":all:", "--dest", down, JARS)  # fmt: skip
    (archive,) = down.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        for member in opened:
            if (
                member.isfile()
                and member.name.endswith(".jar")
                and (data := opened.extractfile(member))
            ):
                (jars / Path(member.name).name).write_bytes(data.read())


def _go(tree: Path) -> None:
    """Programs alone, as images built from scratch have them: no package database speaks of them."""
    programs = tree / "usr/local/bin"
    programs.mkdir(parents=True)
    folder = tree.parent.parent / "debs-go"
    unpacked = folder / "tree"
    for deb in _debs(GO, folder):
        if deb.name.split("_")[0] in GO:
            run("dpkg-deb", "--extract", deb, unpacked)
    for file in sorted(unpacked.rglob("*")):
        if file.is_file() and not file.is_symlink() and file.parent.name in {"bin", "sbin"}:
            shutil.copy(file, programs / file.name)
    shutil.rmtree(unpacked)


def _pack(tree: Path, path: Path) -> None:
    """As Docker and BuildKit do: Go's `FormatPAX` with whole seconds has pax headers only for what fits in no other, long names above all."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = int(member.mtime)
        return member

    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for entry in sorted(tree.iterdir()):
            archive.add(entry, entry.name, filter=plain)


def _pack_with_times(tree: Path, path: Path) -> None:
    run("tar", "--create", "--format=pax", "--sort=name", "--numeric-owner", "--owner=0", "--group=0", "--file", path,
        "--directory", tree, *sorted(entry.name for entry in tree.iterdir()))  # fmt: skip


def _filter(command: tuple[str, ...], source: Path, path: Path) -> None:
    with path.open("wb") as out:
        run(*command, "-c", source, stdout=out.fileno())


def _join(trees: Iterable[Path], path: Path) -> None:
    path.mkdir(parents=True)
    for tree in trees:
        run("tar", "--create", "--file", path.with_suffix(".tmp"), "--directory", tree, ".")
        run(
            "tar",
            "--extract",
            "--keep-directory-symlink",
            "--file",
            path.with_suffix(".tmp"),
            "--directory",
            path,
        )
        path.with_suffix(".tmp").unlink()


def digest(path: Path) -> str:
    """SHA-256, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _config(archives: Iterable[Path]) -> bytes:
    ids = [f"sha256:{digest(archive)}" for archive in archives]
    rootfs = {"type": "layers", "diff_ids": ids}
    return json.dumps(
        {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}
    ).encode()


def _docker(archives: Iterable[Path], suffix: str, path: Path) -> None:
    named = {archive.with_suffix(suffix).name: archive for archive in archives}
    image = {"Config": "config.json", "RepoTags": ["vedette-bench:latest"], "Layers": list(named)}
    with tarfile.open(path, "w") as written:
        _add(written, "manifest.json", json.dumps([image]).encode())
        _add(written, "config.json", _config(named.values()))
        for name, archive in named.items():
            written.add(archive.with_suffix(suffix), name)


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, BytesIO(data))


def _layout(targets: Targets, path: Path) -> None:
    blobs = path / "blobs/sha256"
    blobs.mkdir(parents=True)

    def put(data: bytes, media: str) -> dict[str, object]:
        name = hashlib.sha256(data).hexdigest()
        (blobs / name).write_bytes(data)
        return {"mediaType": media, "digest": f"sha256:{name}", "size": len(data)}

    oci = "application/vnd.oci.image"
    layers = []
    for kind in targets.layers:
        file = targets.tar(kind).with_suffix(".tar.zst")
        name = digest(file)
        os.link(file, blobs / name)
        layers.append(
            {
                "mediaType": f"{oci}.layer.v1.tar+zstd",
                "digest": f"sha256:{name}",
                "size": file.stat().st_size,
            }
        )
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{oci}.manifest.v1+json",
        "config": put(_config(map(targets.tar, targets.layers)), f"{oci}.config.v1+json"),
        "layers": layers,
    }
    described = put(json.dumps(manifest).encode(), f"{oci}.manifest.v1+json")
    (path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [described]}))
    (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def _zip(tree: Path, path: Path) -> None:
    """The packages at the root, as functions have them, as many as a function may have."""
    top = next(
        p for p in (tree / "usr/local/lib/python3.11/site-packages", tree / "app") if p.exists()
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        room = _LARGEST_FUNCTION
        for file in sorted(top.rglob("*")):
            if file.is_file() and not file.is_symlink() and room >= file.stat().st_size:
                archive.write(file, file.relative_to(top))
                room -= file.stat().st_size


def _locks(targets: Targets, path: Path) -> None:
    poetry = "".join(f'[[package]]\nname = "package-{n}"\nversion = "1.{n}.0"\ndescription = "A package"\noptional = false\n'
        f'python-versions = ">=3.7"\nfiles = [\n' + "".join(f'    {{file = "package_{n}-1.{n}.0-{k}.whl", hash = "sha256:{n:064x}"}},\n' for k in range(15)) + "]\n\n" for n in range(600))  # fmt: skip
    cargo = "version = 3\n\n" + "".join(f'[[package]]\nname = "crate{n}"\nversion = "0.{n}.1"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "{n:064x}"\n\n' for n in range(1500))  # fmt: skip
    go = (
        "module example.org/app\n\ngo 1.21\n\nrequire (\n"
        + "".join(f"\texample.org/m{n} v1.{n}.0\n" for n in range(1000))
        + ")\n"
    )
    pom = "<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>app</artifactId><version>1.0</version><dependencies>" + "".join(f"<dependency><groupId>org.example.g{n}</groupId><artifactId>a{n}</artifactId><version>1.{n}</version></dependency>" for n in range(300)) + "</dependencies></project>"  # fmt: skip
    made = {"poetry.lock": poetry, "Cargo.lock": cargo, "go.mod": go, "pom.xml": pom}
    made["package-lock.json"] = (targets.layers["node"] / "app/package-lock.json").read_text()
    for name, text in made.items():
        (path / name.split(".")[0].lower()).mkdir(parents=True)
        (path / name.split(".")[0].lower() / name).write_text(text)


if __name__ == "__main__":
    print(build().folder)
