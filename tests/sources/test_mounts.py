from pathlib import Path

from vedette.sources.mounts import kernel_mounts, left_out

LINES = r"""
21 26 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw
22 26 0:21 / /proc rw,nosuid shared:14 master:1 - proc proc rw
23 26 0:5 / /dev rw,nosuid shared:2 - devtmpfs udev rw,size=1k
26 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 26 0:26 / /mnt/a\040b/proc rw - proc proc rw
31 26 8:2 / /home rw - ext4 /dev/sda2 rw
32 26 8:3 / /data/proc - xfs /dev/proc rw
nonsense
a b - proc
""".splitlines()


def test_mounts_of_the_kernel() -> None:
    assert kernel_mounts(LINES) == (
        Path("/sys"),
        Path("/proc"),
        Path("/dev"),
        Path("/mnt/a b/proc"),
    )


def test_what_is_left_out_of_this_system() -> None:
    assert left_out(Path("/")) >= {"proc", "sys", "dev", "run"}
    assert "proc" not in left_out(Path("/usr"))
    assert left_out(Path("/proc")) == frozenset(
        name for name in left_out(Path("/proc")) if not name.startswith("/")
    )
