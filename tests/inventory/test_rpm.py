"""rpm databases: the header's bounds, hostile SQLite, and the real rpm as the oracle."""

import shutil
import sqlite3
import struct
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.inventory.rpmdb import database, header, raw_header
from tests.simulators.tree import live
from vedette.errors import LimitError, ParseError
from vedette.inventory.collect import collect
from vedette.inventory.formats import records, rpmdb_sqlite
from vedette.inventory.formats.listing import Listing
from vedette.inventory.formats.rpm_header import parse_header
from vedette.inventory.formats.rpm_package import parse_source_rpm, read_rpm
from vedette.inventory.found import Extraction
from vedette.model.package import SourcePackage
from vedette.model.resource import ResourceRef, ResourceType

_HERE = ResourceRef(type=ResourceType.LOCAL, id="here")
_NAMED = {"name": "a", "version": "1", "release": "1"}


def _preamble(count: int, length: int, rest: bytes = b"") -> bytes:
    return struct.pack(">II", count, length) + rest


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\0" * 7,
        _preamble(0, 0),
        _preamble(1, 0),
        _preamble(0x10000, 0, bytes(16 * 0x10000)),
        _preamble(0xFFFFFFFF, 0xFFFFFFFF, bytes(64)),
        _preamble(1, 0x10000001, bytes(16)),
        header(name="a")[:-1],
        header(name="a") + b"\0",
        _preamble(1, 2, struct.pack(">IIII", 1000, 6, 3, 1) + b"a\0"),
    ],
)
def test_header_out_of_bounds_is_refused(blob: bytes) -> None:
    with pytest.raises(ParseError):
        parse_header(blob)


def _one(tag: int, kind: int, offset: int, count: int, data: bytes) -> bytes:
    return _preamble(1, len(data), struct.pack(">IIII", tag, kind, offset, count) + data)


def test_tag_of_another_type_or_without_end_is_refused() -> None:
    text = parse_header(_one(1000, 6, 0, 1, b"abc"))
    with pytest.raises(ParseError, match="tag 1000 has no end"):
        text.text(1000)
    for kind, count in ((4, 1), (6, 0)):
        with pytest.raises(ParseError, match="tag 1000 is not a string"):
            parse_header(_one(1000, kind, 0, count, b"abc\0")).text(1000)
    for kind, count in ((6, 1), (8, 1_000_001)):
        with pytest.raises(ParseError, match="tag 1117 is not a string array"):
            parse_header(_one(1117, kind, 0, count, b"abc\0")).texts(1117)
    with pytest.raises(ParseError, match="tag 1117 has fewer than its 3 strings"):
        parse_header(_one(1117, 8, 0, 3, b"abc\0d\0")).texts(1117)
    for kind, count in ((5, 1), (4, 1_000_001)):
        with pytest.raises(ParseError, match="tag 1003 is not a 32-bit number"):
            parse_header(_one(1003, kind, 0, count, bytes(8))).numbers(1003)
    with pytest.raises(ParseError, match="tag 1003 leaves the data"):
        parse_header(_one(1003, 4, 4, 2, bytes(8))).numbers(1003)


def test_tag_given_twice_is_the_first() -> None:
    entries = struct.pack(">IIIIIIII", 1000, 6, 0, 1, 1000, 6, 2, 1)
    assert parse_header(_preamble(2, 4, entries + b"a\0b\0")).text(1000) == "a"


def test_localised_summary_and_first_of_an_array_are_text() -> None:
    assert parse_header(_one(1004, 9, 0, 2, b"eins\0zwei\0")).text(1004) == "eins"


def test_file_list_cannot_multiply_itself() -> None:
    blob = header(
        **_NAMED,
        basenames=["x"] * 5000,
        dirnames=["/" + "d" * 100_000 + "/"],
        dirindexes=[0] * 5000,
    )
    with pytest.raises(LimitError, match="a file list of more than"):
        read_rpm(blob)
    listing = Listing()
    listing.add(b"/a/", b"b")
    listing.add(b"/", b"c")
    assert listing.text() == b"/a/b\n/c"


@pytest.mark.parametrize(
    ("text", "evr", "source"),
    [
        ("a-b-1.0-2.src.rpm", "1.0-2", SourcePackage(name="a-b", version="1.0-2")),
        ("a-1.0-2.src.rpm", "7:1.0-2", SourcePackage(name="a", version="7:1.0-2")),
        ("a-1.0-3.src.rpm", "7:1.0-2", SourcePackage(name="a", version="1.0-3")),
        ("a-1.0-2.nosrc.rpm", "1.0-2", SourcePackage(name="a", version="1.0-2")),
        ("(none)", "1-1", None),
        (None, "1-1", None),
    ],
)
def test_source_package_of_a_file_name(
    text: str | None, evr: str, source: SourcePackage | None
) -> None:
    assert parse_source_rpm(text, evr) == source


@pytest.mark.parametrize("text", ["a.src.rpm", "a-1.src.rpm", "-1-1.src.rpm", "a-1-1.rpm", "a--1.src.rpm"])  # fmt: skip
def test_other_file_name_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="not the name of a source package"):
        parse_source_rpm(text, "1-1")


def _packages(data: bytes) -> list[str]:
    return [place for place, _ in rpmdb_sqlite.headers(data)]


def test_write_ahead_mode_is_read_from_memory(tmp_path: Path) -> None:
    data = database(tmp_path / "db", [b"x", b"y"], wal=True)
    assert data[18:20] == b"\2\2"
    assert list(rpmdb_sqlite.headers(data)) == [("row 1", b"x"), ("row 2", b"y")]


def _sqlite(path: Path, *statements: str) -> bytes:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path.read_bytes()


def test_a_complaint_that_is_not_utf8_is_told_all_the_same(tmp_path: Path) -> None:
    good = _sqlite(tmp_path / "db", "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)")
    bad = good.replace(b"CREATE TABLE", b"CREATE \xc1ABLE")
    assert bad != good
    with pytest.raises(ParseError, match="SQLite: text that is not UTF-8"):
        list(rpmdb_sqlite.headers(bad))


_VIRTUAL = (
    "INSERT INTO sqlite_master(type, name, tbl_name, rootpage, sql) VALUES "
    "('table', 'Packages', 'Packages', 0, 'CREATE VIRTUAL TABLE Packages USING fts5(hnum, blob)')"
)


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TABLE t (a)", _VIRTUAL),
        ("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob AS (upper(hnum)))",
         "INSERT INTO Packages (hnum) VALUES (1)"),
        ("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob)",
         "INSERT INTO Packages VALUES (1, zeroblob(70000000))"),
        ("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob)",
         "UPDATE sqlite_master SET sql = 'CREATE TABLE Packages (hnum, blob' WHERE name = 'Packages'"),
    ],
    ids=["virtual table", "function", "blob", "schema"],
)  # fmt: skip
def test_hostile_database_is_a_parse_error(tmp_path: Path, statements: tuple[str, ...]) -> None:
    data = _sqlite(tmp_path / "db", *statements)
    with pytest.raises(ParseError):
        _packages(data)


def test_other_tables_and_functions_are_out_of_reach(tmp_path: Path) -> None:
    data = _sqlite(tmp_path / "db", "CREATE TABLE Other (a)", "CREATE TABLE Packages (hnum, blob)")
    with closing(sqlite3.connect(":memory:")) as connection:
        rpmdb_sqlite._open(connection, data)
        for statement in ("SELECT a FROM Other", "SELECT upper(hnum) FROM Packages", "ATTACH 'x' AS y"):  # fmt: skip
            with pytest.raises(sqlite3.DatabaseError, match=r"prohibited|not authorized"):
                connection.execute(statement)


def test_tree_that_gives_a_page_again_and_again_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "db"
    data = bytearray(database(path, [bytes(400)] * 2000))
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'Packages'"
        ).fetchone()
    page = (root - 1) * 4096
    assert data[page] == 5  # an interior page: every child becomes the first one
    count = int.from_bytes(data[page + 3 : page + 5], "big")
    cells = [int.from_bytes(data[page + 12 + 2 * i :][:2], "big") for i in range(count)]
    first = bytes(data[page + cells[0] :][:4])
    for cell in cells:
        data[page + cell : page + cell + 4] = first
    rows = len(_packages(bytes(data)))
    assert rows > 500
    monkeypatch.setattr(rpmdb_sqlite, "_MOST_BYTES", 400 * 300)
    with pytest.raises(LimitError, match="bytes of headers"):
        _packages(bytes(data))
    monkeypatch.setattr(rpmdb_sqlite, "_MOST_STEPS", 1)
    monkeypatch.setattr(rpmdb_sqlite, "_STEP", 100)
    with pytest.raises(ParseError, match="interrupted"):
        _packages(bytes(data))


def test_records_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_record: int) -> Extraction:
        raise ParseError("bad")

    good = read_rpm(header(**_NAMED))
    numbers = [(f"row {n}", n) for n in range(150)]
    mixed = records.read_records(numbers, lambda n: good if n == 0 else refuse(n))
    assert len(mixed.faults) == 101
    assert mixed.faults[-1].reason == "49 more unreadable records"
    with pytest.raises(ParseError, match="row 0: bad"):
        records.read_records(numbers, refuse)
    monkeypatch.setattr(records, "_MOST_PACKAGES", 10)
    with pytest.raises(LimitError, match="more than 10 packages"):
        records.read_records(numbers, lambda _: good)


_SPEC = """
Name: {name}
Epoch: {epoch}
Version: {version}
Release: {release}
Summary: wind
License: GPL-2.0-or-later
Vendor: Zephyr
BuildArch: noarch
Source0: nothing
%global modularitylabel zephyr:2:20240101:abcd
ModularityLabel: zephyr:2:20240101:abcd
%description
wind
%install
mkdir -p %{{buildroot}}/usr/lib/python3.11/site-packages/{name}-1.dist-info %{{buildroot}}/etc
printf 'Name: {name}\\nVersion: 1\\n' > %{{buildroot}}/usr/lib/python3.11/site-packages/{name}-1.dist-info/METADATA
touch %{{buildroot}}/etc/{name}.conf
%files
/usr/lib/python3.11/site-packages/{name}-1.dist-info/METADATA
/etc/{name}.conf
"""


@pytest.fixture(scope="module")
def rpm_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with two packages that the real rpm built and installed."""
    if not shutil.which("rpmbuild"):
        pytest.skip("needs rpmbuild")
    top = tmp_path_factory.mktemp("rpm")
    (top / "SOURCES").mkdir()
    (top / "SOURCES" / "nothing").write_bytes(b"")
    for name, epoch, version in (("zephyr", 0, "2.4~rc1"), ("gale", 3, "1.0^git1")):
        spec = top / f"{name}.spec"
        spec.write_text(
            _SPEC.format(name=name, epoch=epoch, version=version, release="1.el9").replace(
                "%global modularitylabel zephyr:2:20240101:abcd\n", ""
            )
        )
        build = ["rpmbuild", "-bb", f"-D_topdir {top}", "-D_db_backend sqlite", str(spec)]
        subprocess.run(build, check=True, capture_output=True, timeout=120)
    root = top / "root"
    packages = sorted(map(str, (top / "RPMS").rglob("*.rpm")))
    install = ["rpm", "--root", str(root), "-D_db_backend sqlite", "-D_dbpath /var/lib/rpm",
               "--nodeps", "--justdb", "-i", *packages]  # fmt: skip
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    return root


def test_packages_are_those_of_the_real_rpm(rpm_root: Path) -> None:
    query = ["rpm", "--root", str(rpm_root), "-D_db_backend sqlite", "-D_dbpath /var/lib/rpm", "-qa",
             "--qf", "%{NAME}|%{EVR}|%{ARCH}|%{SOURCERPM}|%{VENDOR}|%{LICENSE}|%{MODULARITYLABEL}\n"]  # fmt: skip
    done = subprocess.run(query, check=True, capture_output=True, text=True, timeout=60)
    data = (rpm_root / "var/lib/rpm/rpmdb.sqlite").read_bytes()
    metadata = "usr/lib/python3.11/site-packages/gale-1.dist-info/METADATA"
    files = {"var/lib/rpm/rpmdb.sqlite": data, metadata: b"Name: gale\nVersion: 1\n"}
    inventory = collect(live(files), resource=_HERE)
    assert inventory.failures == ()
    of_rpm = [package for package in inventory.packages if package.ecosystem == "rpm"]
    ours = {
        "|".join(
            (p.name, p.version.removeprefix("0:"), p.arch or "", _file_name(p.source), p.vendor or "",
             *p.licenses, p.module or "")
        )
        for p in of_rpm
    }  # fmt: skip
    assert ours == {line.replace("|0:", "|") for line in done.stdout.splitlines()}
    (gale,) = (package for package in of_rpm if package.name == "gale")
    assert gale.purl == "pkg:rpm/gale@1.0%5Egit1-1.el9?arch=noarch&epoch=3"
    assert {p.owner for p in inventory.packages if p.ecosystem == "PyPI"} == {gale.purl}


def _file_name(source: SourcePackage | None) -> str:
    assert source
    version = source.version.partition(":")[2] or source.version
    return f"{source.name}-{version}.src.rpm"


def test_large_database_is_read_in_seconds(tmp_path: Path) -> None:
    blobs = [
        header(
            name=f"package-{n}", version="1.0", release="1", arch="x86_64",
            basenames=[f"file-{i}" for i in range(200)], dirnames=["/usr/share/x/"],
            dirindexes=[0] * 200, sourcerpm=f"package-{n}-1.0-1.src.rpm",
        )
        for n in range(1000)
    ]  # fmt: skip
    files = {"var/lib/rpm/rpmdb.sqlite": database(tmp_path / "db", blobs)}
    started = time.process_time()
    assert len(collect(live(files), resource=_HERE).packages) == 1000
    assert time.process_time() - started < 5


def test_raw_header_may_lack_anything() -> None:
    with pytest.raises(ParseError, match="no package name"):
        read_rpm(raw_header({5096: "x"}))
