"""Inventories beside Trivy's and Syft's: time, memory, and which packages only one of them lists.

`python -m benchmarks inventory_peers [--rounds N] [--no-syft] [--only WORD]`. Ratios are ours divided by theirs; the bars are those of docs/explanation/speed.md.
Trivy and vedette read everything anew in every run but the warm ones. A zip is measured against Trivy on the tree that it was unpacked to beforehand.
"""

import argparse
import os
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import click

import vedette as vedette_package
from benchmarks.agreement import print_agreement
from benchmarks.measure import Pair, Program, in_turns, run
from benchmarks.peers.installed import syft, trivy
from benchmarks.peers.own import own_program
from benchmarks.targets import Targets, bench_folder, build
from vedette.cli.commands.targets import KINDS

_THREADS = 4
"""As many as the scanner uses."""


class _Work(NamedTuple):
    name: str
    ours: Program
    theirs: Program
    bar: float
    most_rounds: int = 99


def main() -> None:
    """Build what is missing, measure, compare."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks inventory_peers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-syft", action="store_true", help="leave out what takes minutes")
    parser.add_argument("--no-agreement", action="store_true")
    parser.add_argument("--only", default="", help="only work with this word in its name")
    options = parser.parse_args()
    targets = build()
    print(
        f"{'work':44} {'CPU s':>15} {'wall s':>15} {'MiB':>11}   {'ratios: CPU, wall, memory':28} bar"
    )
    for work in _works(targets):
        if options.only in work.name and not (options.no_syft and "Syft" in work.name):
            _print(work, in_turns(work.ours, work.theirs, min(options.rounds, work.most_rounds)))
    if not options.no_agreement:
        print_agreement(targets, vedette, with_syft=not options.no_syft)


def vedette(*words: str | Path, cache: Path | None = None) -> Program:
    """`vedette …` as it is installed: with its modules compiled."""
    kept = ("--cache-dir", cache) if cache else ("--no-cache",)
    words = (*words, *kept) if words[0] == "sbom" else words
    environment = {
        "PATH": os.defpath,
        "HOME": str(bench_folder()),
        "PYTHONPYCACHEPREFIX": str(bench_folder() / "pycache"),
    }
    command = (own_program(), *words)
    return Program(tuple(map(str, command)), environment)


def _works(targets: Targets) -> Iterator[_Work]:
    run(_compiling())
    yield _Work("start: --version", vedette("--version"), trivy("--version"), 0.55)
    yield from _images(targets)
    yield _Work("unpacked root", _sbom("rootfs", targets.root), trivy("rootfs", targets.root), 0.15)
    yield _Work(
        "unpacked root, Syft", _sbom("rootfs", targets.root), syft(f"dir:{targets.root}"), 0.05, 1
    )
    for kind in ("python", "node"):
        tree = _unpacked(targets.function(kind))
        yield _Work(
            f"Lambda zip, {kind}",
            _sbom("lambda", targets.function(kind)),
            trivy("rootfs", tree),
            0.4,
        )
    if "repo" in KINDS:
        for folder in sorted(targets.locks.iterdir()):
            yield _Work(
                f"lock file: {folder.name}", _sbom("repo", folder), trivy("fs", folder), 0.55
            )


def _images(targets: Targets) -> Iterator[_Work]:
    known = bench_folder() / "vedette-cache"
    zipped, plain, zstd = targets.gzip_image, targets.plain_image, targets.zstd_image
    yield _Work(
        "image, gzip layers, cold", _sbom("image", zipped), trivy("image", "--input", zipped), 0.24
    )
    yield _Work(
        "  the same, Syft", _sbom("image", zipped), syft(f"docker-archive:{zipped}"), 0.05, 1
    )
    yield _Work(
        f"  the same, isal alone, {_THREADS} threads",
        _sbom("image", zipped),
        _inflating(targets, ".tar.gz"),
        1.2,
    )
    yield _Work(
        "image, plain layers, cold", _sbom("image", plain), trivy("image", "--input", plain), 0.12
    )
    timed, timed_gzip = targets.timed_plain_image, targets.timed_gzip_image
    yield _Work(
        "  the same, a pax header for each file",
        _sbom("image", timed),
        trivy("image", "--input", timed),
        0.12,
    )
    yield _Work(
        "  the same as gzip",
        _sbom("image", timed_gzip),
        trivy("image", "--input", timed_gzip),
        0.24,
    )
    yield _Work(
        "image, zstd layers, cold", _sbom("image", zstd), trivy("image", "--input", zstd), 0.24
    )
    yield _Work(
        f"  the same, zstd alone, {_THREADS} threads",
        _sbom("image", zstd),
        _inflating(targets, ".tar.zst"),
        1.2,
    )
    warm_ours = vedette("sbom", "image", zipped, cache=known)
    warm_theirs = trivy("image", "--input", zipped, warm=True)
    run(warm_ours)
    run(warm_theirs)
    yield _Work("image, layers known", warm_ours, warm_theirs, 0.15)


def _compiling() -> Program:
    """As installers do, so that no measured run has to."""
    package = str(Path(vedette_package.__file__).parent)
    command = (
        sys.executable,
        "-m",
        "compileall",
        "-q",
        package,
        str(Path(click.__file__).parents[1]),
    )
    return Program(command, vedette("--version").environment, allowed=frozenset({0, 1}))


def _sbom(kind: str, target: Path) -> Program:
    return vedette("sbom", kind, target)


def _inflating(targets: Targets, suffix: str) -> Program:
    files = [str(targets.tar(kind).with_suffix(suffix)) for kind in targets.layers]
    command = (sys.executable, "-m", "benchmarks.inflate", str(_THREADS), *files)
    return Program(command, {"PATH": os.defpath, "PYTHONPATH": str(Path(__file__).parents[1])})


def _unpacked(archive: Path) -> Path:
    tree = archive.with_suffix(".tree")
    if not tree.exists():
        half = tree.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(half)
        half.rename(tree)
    return tree


def _print(work: _Work, pair: Pair) -> None:
    ours, theirs = pair.ours, pair.theirs
    columns: tuple[tuple[Callable[[float], str], float, float], ...] = (
        ("{:.3f}".format, ours.cpu, theirs.cpu),
        ("{:.2f}".format, ours.wall, theirs.wall),
        ("{:.0f}".format, ours.peak, theirs.peak),
    )
    cells = " ".join(f"{f'{form(a)} / {form(b)}':>15}" for form, a, b in columns)
    verdict = "met" if pair.cpu <= work.bar else "MISSED"
    print(
        f"{work.name:44} {cells}   {pair.cpu:8.3f} {pair.wall:8.3f} {pair.peak:8.2f}    {work.bar} {verdict}",
        flush=True,
    )


if __name__ == "__main__":
    main()
