"""Disks made for tests: file systems by the real tools, partition tables and LVM metadata by hand."""

import os
import shutil
import stat
import struct
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from zlib import crc32

import pytest

MIB = 1 << 20
OS_RELEASE = b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian 12"\n'
STATUS = b"".join(
    b"Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: %s\n"
    b"Maintainer: nobody\nDescription: made up\n\n" % (name, version)
    for name, version in ((b"bash", b"5.2.15-2+b7"), (b"openssl", b"3.0.11-1~deb12u2"))
)
METADATA = b"Metadata-Version: 2.1\nName: requests\nVersion: 2.31.0\n"
FSTAB = b"# made up\nUUID=%s / ext4 defaults 0 1\n"


def tool(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"needs {name}")
    return found


def run(name: str, *arguments: str | Path) -> None:
    done = subprocess.run(
        [tool(name), *map(str, arguments)], check=False, capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def tree(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    """Files by path; text is where a link leads to."""
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            place.symlink_to(content)
        else:
            place.write_bytes(content)
    return folder


def root(folder: Path, **more: bytes | str) -> Path:
    """A root file system with two Debian packages and one of Python's."""
    return tree(
        folder,
        {
            "usr/lib/os-release": OS_RELEASE,
            "etc/os-release": "../usr/lib/os-release",
            "var/lib/dpkg/status": STATUS,
            "usr/lib/python3.11/site-packages/requests-2.31.0.dist-info/METADATA": METADATA,
            "usr/lib/python3": "/usr/lib/python3.11",
            **more,
        },
    )


def ext(
    folder: Path, target: Path, *options: str, size: int = 24 * MIB, kind: str = "ext4"
) -> Path:
    with target.open("wb") as file:
        file.truncate(size)
    run(f"mkfs.{kind}", "-q", "-F", *options, "-d", folder, target)
    return target


def xfs(folder: Path, target: Path, *options: str) -> Path:
    with target.open("wb") as file:
        file.truncate(320 * MIB)  # it makes none that is smaller
    proto = target.with_suffix(".proto")
    proto.write_bytes(b"\n".join([b"/", b"0 0", b"d--755 0 0", *_proto(folder, b" "), b"$\n"]))
    run("mkfs.xfs", "-q", "-f", *options, "-p", proto, target)
    return target


def _proto(folder: Path, indent: bytes) -> list[bytes]:
    """mkfs.xfs(8), "prototype files"."""
    lines = []
    for path in sorted(folder.iterdir()):
        mode = path.lstat().st_mode
        start = indent + os.fsencode(path.name)
        if stat.S_ISLNK(mode):
            lines.append(start + b" l--777 0 0 " + os.fsencode(path.readlink()))
        elif stat.S_ISDIR(mode):
            lines += [start + b" d--755 0 0", *_proto(path, indent + b" "), indent + b"$"]
        else:
            lines.append(start + b" ---644 0 0 " + os.fsencode(path))
    return lines


def put(target: Path, pieces: Sequence[tuple[int, bytes | Path]], size: int) -> Path:
    """A sparse file with some content at offsets."""
    with target.open("wb") as file:
        file.truncate(size)
        for offset, piece in pieces:
            data = piece if isinstance(piece, bytes) else piece.read_bytes()
            for at in range(0, len(data), MIB):
                block = data[at : at + MIB]
                if block.strip(b"\0"):
                    file.seek(offset + at)
                    file.write(block)
    return target


def gpt(target: Path, parts: Sequence[Path], *, sector: int = 512, damaged: bool = False) -> Path:
    """Partitions 1, 2, … from 1 MiB on, named `part1`, …; PARTUUIDs count from 1."""
    at = MIB
    table = b""
    pieces: list[tuple[int, bytes | Path]] = []
    for number, part in enumerate(parts, 1):
        size = part.stat().st_size
        table += struct.pack(
            "<16s16sQQQ72s",
            uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4").bytes_le,
            uuid.UUID(int=number).bytes_le,
            at // sector,
            (at + size) // sector - 1,
            0,
            f"part{number}".encode("utf-16-le"),
        )
        pieces.append((at, part))
        at += size
    table = table.ljust(128 * 128, b"\0")
    end = at + MIB
    last = end // sector - 1

    def header(here: int, other: int, entries: int) -> bytes:
        fields = [
            b"EFI PART",
            0x10000,
            92,
            0,
            0,
            here,
            other,
            34,
            last - 34,
            bytes(16),
            entries,
            128,
            128,
            crc32(table),
        ]
        form = "<8sIIIIQQQQ16sQIII"
        fields[3] = crc32(struct.pack(form, *fields))
        return struct.pack(form, *fields)

    ahead = len(table) // sector + 1
    mbr = bytearray(512)
    mbr[446:462] = struct.pack("<B3xB3xII", 0, 0xEE, 1, min(last, 0xFFFFFFFF))
    mbr[510:] = b"\x55\xaa"
    first = header(1, last, 2)
    pieces += [
        (0, bytes(mbr)),
        (sector, bytes(len(first)) if damaged else first),
        (2 * sector, table),
        (last * sector, header(last, 1, last - ahead + 1)),
        ((last - ahead + 1) * sector, table),
    ]
    return put(target, pieces, end)


def mbr(target: Path, parts: Sequence[Path], logical: Sequence[Path] = ()) -> Path:
    """Primary partitions, then an extended one with logical ones."""
    at = 2048
    entries = []
    pieces: list[tuple[int, bytes | Path]] = []
    for part in parts:
        count = part.stat().st_size // 512
        entries.append(struct.pack("<B3xB3xII", 0, 0x83, at, count))
        pieces.append((at * 512, part))
        at += count
    base = at
    for number, part in enumerate(logical):
        count = part.stat().st_size // 512
        inner = [struct.pack("<B3xB3xII", 0, 0x83, 2048, count)]
        after = at + 2048 + count
        if number + 1 < len(logical):
            inner.append(struct.pack("<B3xB3xII", 0, 0x05, after - base, 1))
        pieces += [(at * 512, _boot(inner)), ((at + 2048) * 512, part)]
        at = after
    if logical:
        entries.append(struct.pack("<B3xB3xII", 0, 0x05, base, at - base))
    return put(target, [*pieces, (0, _boot(entries, 0x1234ABCD))], (at + 2048) * 512)


def _boot(entries: Sequence[bytes], signature: int = 0) -> bytes:
    return (
        bytes(440)
        + struct.pack("<I2x", signature)
        + b"".join(entries).ljust(64, b"\0")
        + b"\x55\xaa"
    )


def lvm(text: str, *, identity: str = "A" * 32) -> bytes:
    """The first MiB of a physical volume whose metadata is that text."""
    head = b"LABELONE" + struct.pack("<QII8s", 1, 0, 32, b"LVM2 001")
    areas = struct.pack("<4Q", MIB, 0, 0, 0) + struct.pack("<4Q", 4096, MIB - 4096, 0, 0)
    sector = head + identity.encode() + struct.pack("<Q", 0) + areas
    raw = text.encode() + b"\0"
    area = struct.pack("<I16sIQQ", 0, b" LVM2 x[5A%r0N*>", 1, 4096, MIB - 4096)
    area += struct.pack("<QQII", 512, len(raw), 0, 0)
    content = bytes(512) + sector.ljust(512, b"\0")
    return (content.ljust(4096, b"\0") + area.ljust(512, b"\0") + raw).ljust(MIB, b"\0")
