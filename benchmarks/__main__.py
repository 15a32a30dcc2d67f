"""Run benchmarks: without a name those beside the peers, else the one of that name with its own arguments."""

import runpy
import sys
from pathlib import Path

_BESIDE_PEERS = ("inventory_peers",)
_PARTS = {
    "__init__",
    "__main__",
    "agreement_reasons",
    "inflate",
    "measure",
    "store_findings",
    "targets",
}


def main() -> None:
    """Choose by the first word."""
    names = {path.stem for path in Path(__file__).parent.glob("*.py")} - _PARTS
    chosen = sys.argv[1:2] or list(_BESIDE_PEERS)
    if chosen[0] not in names:
        sys.exit(f"python -m benchmarks [NAME …]: one of {', '.join(sorted(names))}")
    arguments = sys.argv[2:]
    for name in chosen:
        sys.argv = [f"python -m benchmarks {name}", *arguments]
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")


main()
