"""Which packages only one of several programs lists: by purl without qualifiers, as each spells it."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote

from benchmarks.measure import Program, run
from benchmarks.peers.installed import syft, trivy
from benchmarks.targets import Targets, bench_folder

Purls = Mapping[str, frozenset[str]]
"""By type."""

_SHOWN = 6


def print_agreement(targets: Targets, vedette: Callable[..., Program], *, with_syft: bool) -> None:
    """A table a target, and where what only a peer lists is written down in full."""
    image, root = targets.gzip_image, targets.root
    for name, kind, target, theirs, other in (
        ("image", "image", image, ("image", "--input", image), f"docker-archive:{image}"),
        ("root", "rootfs", root, ("rootfs", root), f"dir:{root}"),
    ):
        listed = {"vedette": _purls(vedette("sbom", kind, target), f"{name}-vedette.json")}
        listed["Trivy"] = _purls(trivy(*theirs), f"{name}-trivy.json")
        if with_syft:
            listed["Syft"] = _purls(syft(other), f"{name}-syft.json")
        _print(name, listed)


def _purls(program: Program, name: str) -> Purls:
    document = bench_folder() / "sboms" / name
    document.parent.mkdir(exist_ok=True)
    run(program, document)
    return purls_of(document)


def purls_of(document: Path) -> Purls:
    """The packages of a CycloneDX document."""
    found: dict[str, set[str]] = defaultdict(set)
    waiting = list(json.loads(document.read_bytes()).get("components", ()))
    while waiting:
        component = waiting.pop()
        waiting += component.get("components", ())
        if purl := component.get("purl"):
            bare = _alike(purl)
            found[bare.removeprefix("pkg:").partition("/")[0]].add(bare)
    return {kind: frozenset(purls) for kind, purls in found.items()}


def _alike(purl: str) -> str:
    """Without qualifiers and in one spelling: Debian's epoch in the version, PEP 503's names, Go's `v`."""
    whole, _, qualifiers = purl.partition("#")[0].partition("?")
    bare = unquote(whole)
    name, _, version = bare.rpartition("@")
    epochs = [pair[6:] for pair in qualifiers.split("&") if pair.startswith("epoch=")]
    if epochs and epochs[0] != "0" and not version.startswith(f"{epochs[0]}:"):
        version = f"{epochs[0]}:{version}"
    if name.startswith("pkg:pypi/"):
        name = re.sub(r"[-_.]+", "-", name).lower()
    if name == "pkg:golang/stdlib":
        version = version.removeprefix("v")
    return f"{name}@{version}" if name else bare


def _print(name: str, listed: Mapping[str, Purls]) -> None:
    ours = listed["vedette"]
    others = [peer for peer in listed if peer != "vedette"]
    print(f"\npackages of the {name}; + only we, - only they")
    print(
        f"{'type':10} {'vedette':>8}" + "".join(f"{peer:>10} {'+':>6} {'-':>6}" for peer in others)
    )
    for kind in sorted({kind for purls in listed.values() for kind in purls}):
        mine = ours.get(kind, frozenset())
        line = f"{kind:10} {len(mine):8}"
        for peer in others:
            theirs = listed[peer].get(kind, frozenset())
            line += f"{len(theirs):10} {len(mine - theirs):6} {len(theirs - mine):6}"
        print(line)
        for peer in others:
            missing = sorted(listed[peer].get(kind, frozenset()) - mine)
            if missing:
                print(
                    f"    only {peer}: {', '.join(missing[:_SHOWN])}{', …' * (len(missing) > _SHOWN)}"
                )
