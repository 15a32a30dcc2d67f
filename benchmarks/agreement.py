"""Which packages only one of several programs lists, and why: by purl without qualifiers, as each spells it.

`python -m benchmarks agreement` prints it from the SBOMs that the last run of `inventory_peers` has left.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from benchmarks.agreement_reasons import UNEXPLAINED, listed as as_listed, reason
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
        _print_reasons(name, listed["vedette"], [peer for peer in listed if peer != "vedette"])


def main() -> None:
    """What the last run has left, without running anything."""
    for name in ("image", "root"):
        documents = {
            peer: _document(name, peer)
            for peer in ("vedette", "Trivy", "Syft")
            if _document(name, peer).exists()
        }
        if "vedette" in documents:
            purls = {peer: purls_of(path) for peer, path in documents.items()}
            _print(name, purls)
            _print_reasons(name, purls["vedette"], [p for p in documents if p != "vedette"])


def _document(name: str, program: str) -> Path:
    return bench_folder() / "sboms" / f"{name}-{program.lower()}.json"


def _purls(program: Program, name: str) -> Purls:
    document = bench_folder() / "sboms" / name
    document.parent.mkdir(exist_ok=True)
    run(program, document)
    return purls_of(document)


def purls_of(document: Path) -> Purls:
    """The packages of a CycloneDX document."""
    found: dict[str, set[str]] = defaultdict(set)
    for bare, _ in _components(document):
        found[_kind(bare)].add(bare)
    return {kind: frozenset(purls) for kind, purls in found.items()}


def _components(document: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Those that have a purl, with it in one spelling."""
    waiting = list(json.loads(document.read_bytes()).get("components", ()))
    while waiting:
        component = waiting.pop()
        waiting += component.get("components", ())
        if purl := component.get("purl"):
            yield _alike(purl), component


def _kind(bare: str) -> str:
    return bare.removeprefix("pkg:").partition("/")[0]


def _print_reasons(name: str, ours: Purls, peers: list[str]) -> None:
    """How many of what only a peer lists have each reason; those that have none by name, and every one in a file."""
    for peer in peers:
        reasons: dict[str, str] = {}
        for bare, component in _components(_document(name, peer)):
            mine = ours.get(_kind(bare), frozenset())
            if bare not in mine:
                found = reason(as_listed(component, bare), mine)
                # seen in several places, it is explained only where every one of them is
                if reasons.get(bare) != UNEXPLAINED:
                    reasons[bare] = found
        counts = Counter((why, _kind(bare)) for bare, why in reasons.items())
        print(f"\nonly {peer} in the {name}: {len(reasons)}")
        for (why, kind), count in sorted(counts.items()):
            print(f"    {count:5} {kind:8} {why}")
        unknown = sorted(bare for bare, why in reasons.items() if why == UNEXPLAINED)
        print("".join(f"    {bare}\n" for bare in unknown), end="")
        table = bench_folder() / "sboms" / f"{name}-only-{peer.lower()}.txt"
        table.write_text("".join(f"{bare}\t{why}\n" for bare, why in sorted(reasons.items())))


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


if __name__ == "__main__":
    main()
