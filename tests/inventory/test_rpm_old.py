"""rpm's NDB and Berkeley DB: made by the writer of the tests, and real ones of the shared fixtures."""

import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from tests.inventory.rpmdb import header
from tests.inventory.rpmdb_old import bdb, ndb
from tests.simulators.tree import files_below, live
from vedette.errors import LimitError, ParseError
from vedette.inventory.collect import collect
from vedette.inventory.formats.rpm_bdb import HashDatabase
from vedette.inventory.formats.rpm_ndb import blob, slots
from vedette.model.resource import ResourceRef, ResourceType

_HERE = ResourceRef(type=ResourceType.LOCAL, id="here")
_blobs = st.lists(st.binary(min_size=1, max_size=3000), max_size=8)


@given(_blobs, st.integers(1, 3))
@settings(max_examples=50, deadline=None)
def test_ndb_gives_what_was_put_in(blobs: list[bytes], pages: int) -> None:
    data = ndb(blobs, pages=pages)
    assert [blob(data, slot) for _, slot in slots(data)] == blobs


@given(_blobs, st.sampled_from("<>"), st.sampled_from([512, 1024, 4096, 65536]))
@settings(max_examples=50, deadline=None)
def test_bdb_gives_what_was_put_in(blobs: list[bytes], order: str, size: int) -> None:
    database = HashDatabase(bdb(blobs, order=order, size=size))
    assert [database.content(value) for _, value in database.values()] == blobs


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"RpmP", "an NDB database of 4 bytes"),
        (struct.pack("<4s7I", b"RpmP", 1, 1, 1, 1, 0, 0, 0), "not an NDB database of version 0"),
        (struct.pack("<4s7I", b"RpmP", 0, 1, 0, 1, 0, 0, 0), "0 pages of slots in 32 bytes"),
        (struct.pack("<4s7I", b"RpmP", 0, 1, 1, 1, 0, 0, 0), "1 pages of slots in 32 bytes"),
        (ndb([])[:48] + b"Slop" + ndb([])[52:], "slot 1: a slot without its mark"),
    ],
)
def test_ndb_that_is_none_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        list(slots(data))


def test_ndb_slots_cannot_multiply_the_file() -> None:
    data = bytearray(ndb([b"x" * 4000] * 2))
    for slot in range(2, 200):
        data[32 + 16 * slot : 48 + 16 * slot] = data[32:48]
    with pytest.raises(LimitError, match="more than the file's"):
        list(slots(bytes(data)))


def test_ndb_length_that_leaves_its_blocks_is_refused() -> None:
    data = bytearray(ndb([b"x" * 100]))
    ((_, slot),) = slots(bytes(data))
    end = (slot.block + slot.count) * 16
    for offset in (slot.block * 16 + 12, end - 8):
        data[offset : offset + 4] = struct.pack("<I", 1000)
    with pytest.raises(ParseError, match="1000 bytes in 8 blocks"):
        blob(bytes(data), slot)


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (20, 4095, "pages of 4095 bytes"),
        (16, 7, "a Berkeley DB hash of version 7"),
        (12, 0x053162, "not a Berkeley DB hash database"),
    ],
)
def test_bdb_that_is_none_is_refused(offset: int, value: int, reason: str) -> None:
    data = bytearray(bdb([]))
    data[offset : offset + 4] = struct.pack("<I", value)
    with pytest.raises(ParseError, match=reason):
        HashDatabase(bytes(data))


def _faults(data: bytes) -> list[str]:
    database = HashDatabase(data)
    found = []
    for _, value in database.values():
        try:
            database.content(value)
        except ParseError as error:
            found.append(error.reason)
    return found


def test_bdb_items_that_are_none_are_faults() -> None:
    def changed(offset: int, form: str, value: int) -> bytes:
        data = bytearray(bdb([b"x" * 600], size=512))
        struct.pack_into(form, data, offset, value)
        return bytes(data)

    page = len(bdb([b"x" * 600], size=512)) - 512
    (_, _, _, at) = struct.unpack_from("<4H", changed(0, "<Q", 1), page + 26)
    assert _faults(changed(page + at, "<B", 4)) == ["an item of type 4 with 12 bytes"]
    assert _faults(changed(page + at + 4, "<I", 0)) == ["a value of 600 bytes from page 0 on"]
    assert _faults(changed(page + at + 8, "<I", 1 << 31)) == [
        f"a value of {1 << 31} bytes from page 1 on"
    ]
    assert _faults(changed(page + at + 8, "<I", 700)) == [
        "a chain to page 0, which is not there or already read"
    ]
    assert _faults(changed(page + 20, "<H", 3)) == ["3 items"]
    assert _faults(changed(page + 20, "<H", 600)) == ["600 items"]


def test_bdb_chain_is_read_for_one_value_only() -> None:
    data = bytearray(bdb([b"x" * 600, b"y" * 600], size=512))
    page = len(data) - 512
    offsets = struct.unpack_from("<6H", data, page + 26)
    struct.pack_into("<I", data, page + offsets[5] + 4, 1)
    assert _faults(bytes(data)) == ["a chain to page 1, which is not there or already read"]


@pytest.mark.parametrize("order", ["<", ">"])
def test_any_damage_is_read_or_a_parse_error(order: str) -> None:
    rng = random.Random(7)
    good = bdb([header(name="a", version="1", release="1"), b"z" * 3000], order=order, size=512)
    for _ in range(300):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 9)):
            data[rng.randrange(len(data))] = rng.choice((0, 1, 3, 7, 13, 255))
        try:
            database = HashDatabase(bytes(data))
        except ParseError:
            continue
        total = 0
        for _, value in database.values():
            try:
                total += len(database.content(value))
            except ParseError:
                continue
        assert total <= 2 * len(data)


def _rows(packages: Path) -> set[tuple[str, ...]]:
    # epoch, name, version, release, architecture, source package, size, licence, vendor, …
    columns = (0, 1, 2, 3, 4, 5, 7, 8)
    rows = packages.read_text().splitlines()
    return {tuple(row.split("¶")[column] for column in columns) for row in rows}


def test_suse_image(shared: Path) -> None:
    fixtures = shared / "fixtures" / "rpmdb"
    inventory = collect(live(files_below(fixtures / "sles-15-bci")), resource=_HERE)
    ours = set()
    for package in inventory.packages:
        epoch, _, rest = package.version.rpartition(":")
        version, _, release = rest.rpartition("-")
        source = package.source
        named = f"{source.name}-{source.version.rpartition(':')[2]}.src.rpm" if source else "(none)"
        arch, vendor = package.arch or "", package.vendor or ""
        ours.add((epoch, package.name, version, release, arch, named, *package.licenses, vendor))
    assert inventory.failures == ()
    assert ours == _rows(fixtures / "expected" / "sle15-bci.csv")


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("bdb-libuuid", ("libuuid", "2.32.1-42.el8_8")),
        ("osv-scanner-locks", ("hello", "1:0.0.1-rls")),
        ("syft-image-pkg-coverage", ("dive", "0.9.2-1")),
    ],
)
def test_real_berkeley_db(shared: Path, folder: str, expected: tuple[str, str]) -> None:
    files = files_below(shared / "fixtures" / "rpmdb" / folder)
    inventory = collect(live(files), resource=_HERE)
    assert [(p.name, p.version) for p in inventory.packages] == [expected]
    assert inventory.failures == ()


def test_index_of_ndb_is_no_database_of_packages(shared: Path) -> None:
    data = (shared / "fixtures" / "rpmdb" / "claircore-ndb" / "Index.db").read_bytes()
    with pytest.raises(ParseError, match="not an NDB database"):
        list(slots(data))


def test_bdb_is_as_the_real_rpm_reads_it(tmp_path: Path) -> None:
    if not shutil.which("rpm"):
        pytest.skip("needs rpm")
    blobs = [
        header(
            name=f"p{number}", version="1", release=str(number), arch="noarch", summary="s" * size
        )
        for number, size in enumerate((1, 900, 5000, 60_000))
    ]
    (tmp_path / "Packages").write_bytes(bdb(blobs))
    query = ["rpm", "--dbpath", str(tmp_path), "-D_db_backend bdb_ro", "--nosignature", "--nodigest",
             "-qa", "--qf", "%{NAME} %{VERSION}-%{RELEASE}\n"]  # fmt: skip
    done = subprocess.run(query, check=False, capture_output=True, text=True, timeout=60)
    if "invalid %_db_backend" in done.stderr:
        pytest.skip("needs an rpm that reads Berkeley DB")
    files = {"var/lib/rpm/Packages": (tmp_path / "Packages").read_bytes()}
    inventory = collect(live(files), resource=_HERE)
    assert inventory.failures == ()
    assert sorted(done.stdout.splitlines()) == [f"{p.name} {p.version}" for p in inventory.packages]
    assert len(inventory.packages) == len(blobs)
