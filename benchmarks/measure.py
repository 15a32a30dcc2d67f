"""Programs measured beside one another: in turns, so that what else the machine does meets both alike.

CPU is user and system time of a program and everything it started; memory is the most that one of these processes held.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

_NOWHERE = Path(os.devnull)
_MIB = 1 << 10  # of the kibibytes that the kernel counts in


class Cost(NamedTuple):
    """What one run took: seconds, seconds, MiB."""

    cpu: float
    wall: float
    peak: float


class Program(NamedTuple):
    """A command; `before` is run before each of its runs and not measured. `allowed` are the exit statuses of success."""

    command: Sequence[str]
    environment: Mapping[str, str]
    before: Callable[[], None] | None = None
    allowed: frozenset[int] = frozenset({0, 3})


class Pair(NamedTuple):
    """Medians of runs in turns; each ratio is the median of the ratios of runs beside one another."""

    ours: Cost
    theirs: Cost
    cpu: float
    wall: float
    peak: float


def run(program: Program, output: Path | None = None) -> Cost:
    """Run once; what it prints goes to `output`."""
    if program.before:
        program.before()
    with tempfile.TemporaryFile() as errors, (output or _NOWHERE).open("wb") as out:
        start = time.perf_counter()
        process = subprocess.Popen(
            program.command, stdout=out, stderr=errors, env=dict(program.environment)
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in program.allowed:
            errors.seek(0)
            told = errors.read().decode(errors="replace")[-2000:]
            sys.exit(f"{' '.join(program.command)}: {process.returncode}: {told}")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / _MIB)


def in_turns(ours: Program, theirs: Program, rounds: int) -> Pair:
    """Run both `rounds` times."""
    pairs = []
    for turn in range(rounds):
        first, second = (ours, theirs) if turn % 2 == 0 else (theirs, ours)
        costs = {id(first): run(first), id(second): run(second)}
        pairs.append((costs[id(ours)], costs[id(theirs)]))
    return Pair(
        _median([mine for mine, _ in pairs]),
        _median([other for _, other in pairs]),
        *(median(mine[at] / other[at] for mine, other in pairs) for at in range(3)),
    )


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(*(median(values) for values in zip(*costs, strict=True)))
