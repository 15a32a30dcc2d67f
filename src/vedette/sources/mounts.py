"""Which directories of a running system are no stored files: mounts of the kernel's own file systems (proc_pid_mountinfo(5))."""

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_KERNEL = frozenset(
    {
        "autofs",
        "binfmt_misc",
        "bpf",
        "cgroup",
        "cgroup2",
        "configfs",
        "debugfs",
        "devpts",
        "devtmpfs",
        "efivarfs",
        "fuse.lxcfs",
        "fusectl",
        "hugetlbfs",
        "mqueue",
        "nsfs",
        "proc",
        "pstore",
        "rpc_pipefs",
        "securityfs",
        "selinuxfs",
        "sysfs",
        "tracefs",
    }
)
_ESCAPE = r"\\([0-7]{3})"
_MOUNTS = Path("/proc/self/mountinfo")
_AT_ROOT = ("proc", "sys", "dev", "run")


def left_out(root: Path) -> frozenset[str]:
    """Paths below the root (relative) that a walk leaves out; of `/` also what is made anew at each start."""
    lines: list[str] = []
    with suppress(OSError):  # no /proc here: then only the usual names are known
        lines = _MOUNTS.read_text(errors="surrogateescape").splitlines()
    found = set(_below(root, kernel_mounts(lines)))
    if root == Path("/"):
        found.update(_AT_ROOT)
    return frozenset(found)


def kernel_mounts(lines: Iterable[str]) -> tuple[Path, ...]:
    """The mount points of the kernel's own file systems in the lines of a mountinfo file."""
    points = []
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(" "), after.split(" ")
        if len(fields) > 4 and kinds[0] in _KERNEL:  # noqa: PLR2004 - the fifth field is the mount point
            points.append(Path(re.sub(_ESCAPE, lambda found: chr(int(found[1], 8)), fields[4])))
    return tuple(points)


def _below(root: Path, points: Iterable[Path]) -> Iterable[str]:
    return (
        str(point.relative_to(root))
        for point in points
        if point != root and point.is_relative_to(root)
    )
