"""What is read of programs: every format, both forms of Go's build information, and programs of the real Go."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tests.inventory.programs import build_info, elf, macho, old_build_info, pe
from tests.simulators.tree import live, tree
from vedette.inventory.collect import collect
from vedette.inventory.formats.executable import EXECUTABLES, GO, RUST, may_be_executable
from vedette.inventory.formats.go_build_info import read_build_info
from vedette.inventory.formats.program import Program
from vedette.model.resource import ResourceRef, ResourceType

_HERE = ResourceRef(type=ResourceType.LOCAL, id="here")
_LINES = ("path\texample.org/tool", "mod\texample.org/tool\tv1.2.3\th1:x=", "build\t-compiler=gc")
_TEXT = b"go1.20.3\n" + "".join(f"{line}\n" for line in _LINES).encode()
_INFO = build_info("go1.20.3", *_LINES)


def read(data: bytes) -> dict[str, bytes]:
    reading = EXECUTABLES.read(len(data))
    asked = 0
    try:
        offset, size = next(reading)
        while True:
            asked += 1
            offset, size = reading.send(data[offset : offset + size])
    except StopIteration as end:
        assert asked < 20
        return dict(end.value)


@pytest.mark.parametrize(
    "data",
    [
        elf(_INFO),
        elf(_INFO, bits=32),
        elf(_INFO, order=">"),
        elf(_INFO, bits=32, order=">"),
        elf(b"x" * 200_000, {".go.buildinfo": _INFO}),
        elf(b"", {".go.buildinfo": _INFO}, note=False),
        pe(_INFO),
        pe(_INFO, bits=32),
        macho(_INFO),
        macho(_INFO, bits=32),
        macho(_INFO, order=">"),
        macho(b"something", {"__go_buildinfo": _INFO}),
        elf(old_build_info("go1.20.3", *_LINES)),
        elf(old_build_info("go1.20.3", *_LINES, size=4), bits=32),
        elf(old_build_info("go1.20.3", *_LINES, order=">"), order=">"),
        pe(old_build_info("go1.20.3", *_LINES)),
        macho(old_build_info("go1.20.3", *_LINES, base=0x400000)),
    ],
)
def test_build_information_is_found(data: bytes) -> None:
    assert read(data) == {GO: _TEXT}


@pytest.mark.parametrize("make", [elf, pe, macho])
def test_section_of_crates_is_found(make: Callable[..., bytes]) -> None:
    more = {"note": False} if make is elf else {}
    assert read(make(b"data", {"first": b"1", ".dep-v0": b"crates"}, **more)) == {RUST: b"crates"}


def test_both_are_found_in_one_program() -> None:
    program = elf(b"", {".dep-v0": b"crates", ".go.buildinfo": _INFO}, note=False)
    assert read(program) == {GO: _TEXT, RUST: b"crates"}


def test_go_program_without_information_says_so() -> None:
    assert read(elf(b"nothing of interest")) == {GO: b""}
    assert read(elf(b"nothing of interest", note=False)) == {}
    assert read(pe(b"nothing of interest")) == {}


def test_names_of_sections_may_be_anywhere() -> None:
    data = bytearray(elf(b"", {".go.buildinfo": _INFO}))
    table = int.from_bytes(data[40:48], "little")
    entry = table + 2 * 64
    names = bytes(data[int.from_bytes(data[entry + 24 : entry + 32], "little") : table])
    data[100:100] = b""
    data[0x800 : 0x800 + len(names)] = names
    data[entry + 24 : entry + 32] = (0x800).to_bytes(8, "little")
    data[table:table] = bytes(20_000)
    data[40:48] = (table + 20_000).to_bytes(8, "little")
    assert read(bytes(data)) == {GO: _TEXT}


def _read_info(data: bytes, size: int | None = None) -> bytes | None:
    reading = read_build_info(Program(), 0, len(data) if size is None else size)
    try:
        offset, length = next(reading)
        while True:
            offset, length = reading.send(data[offset : offset + length])
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's return value is Any


@given(st.integers(0, 600_000), st.integers(1, 600_000))
@settings(max_examples=30, deadline=None)
def test_information_may_be_anywhere_and_of_any_length(before: int, size: int) -> None:
    line = "dep\t" + "x" * size
    found = _read_info(bytes(before) + build_info("go1.20", line) + b"after")
    assert found == f"go1.20\n{line}\n".encode()


@pytest.mark.parametrize("before", [*range((256 << 10) - 40, 256 << 10)])
def test_mark_may_be_between_pieces(before: int) -> None:
    assert _read_info(bytes(before) + _INFO) == _TEXT


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no mark",
        _INFO[:20],
        _INFO[:14] + b"\x07\x00" + _INFO[16:],
        _INFO[:32] + b"\xff\xff\xff\xff\xff\xff",
        _INFO[:32] + b"\x00\x00",
        _INFO[:14] + b"\x08\x00" + bytes(64),
    ],
)
def test_information_that_is_none(data: bytes) -> None:
    assert _read_info(data) is None


_GOOD = (
    elf(_INFO),
    elf(_INFO, bits=32),
    pe(_INFO),
    macho(_INFO),
    elf(old_build_info("go1.9", "a")),
)


@given(
    st.integers(0, len(_GOOD) - 1),
    st.data(),
)
@settings(max_examples=300, deadline=None)
def test_any_damage_is_read_in_a_few_parts(number: int, data: st.DataObject) -> None:
    damaged = bytearray(_GOOD[number])
    for place in data.draw(st.lists(st.integers(0, 400), min_size=1, max_size=6)):
        damaged[place] = data.draw(st.integers(0, 255))
    read(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))


def test_pointer_that_leads_nowhere_is_none() -> None:
    data = old_build_info("go1.9", "path\tx")
    for offset in (16, 64, 72):
        wrong = data[:offset] + b"\xee" * 8 + data[offset + 8 :]
        assert read(elf(wrong)) == {GO: b""}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("usr/bin/tool", True),
        ("bootstrap", True),
        ("usr/lib/libx.so.1.2", True),
        ("opt/tool-1.2.exe", True),
        ("usr/share/x/page.html", False),
        ("usr/share/doc/x/copyright", False),
        (".hidden", True),
        ("a.js/b", True),
    ],
)
def test_names_of_programs(path: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert may_be_executable(path) is expected


_PROGRAM = elf(_INFO, {".rest": bytes(80_000)})


def test_program_is_found_and_owned_by_its_package() -> None:
    status = b"Package: tool\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n"
    files = {
        "usr/bin/tool": _PROGRAM,
        "usr/bin/other": _PROGRAM,
        "usr/bin/small": elf(_INFO),
        "var/lib/dpkg/status": status,
        "var/lib/dpkg/info/tool.list": b"/.\n/bin\n/bin/tool\n",
    }
    inventory = collect(live(files), resource=_HERE)
    found = [
        (p.purl, [location.path for location in p.locations], p.owner)
        for p in inventory.packages
        if p.ecosystem == "Go"
    ]
    owner = "pkg:deb/tool@1?arch=all"
    assert found == [
        ("pkg:golang/example.org/tool@v1.2.3", ["usr/bin/other"], None),
        ("pkg:golang/example.org/tool@v1.2.3", ["usr/bin/tool"], owner),
        ("pkg:golang/stdlib@1.20.3", ["usr/bin/other"], None),
        ("pkg:golang/stdlib@1.20.3", ["usr/bin/tool"], owner),
    ]


def test_upper_layer_takes_a_programs_place() -> None:
    def names(*layers: dict[str, bytes]) -> list[str]:
        return [p.name for p in collect(tree(*layers), resource=_HERE).packages]

    base = {"usr/bin/tool": _PROGRAM, "usr/bin/keep": b"x"}
    newer = elf(build_info("go1.22.1", "mod\tother\tv1.0.0\t"), {".rest": bytes(80_000)})
    assert names(base) == ["example.org/tool", "stdlib"]
    assert names(base, {"usr/bin/another": b"#!/bin/sh\n"}) == ["example.org/tool", "stdlib"]
    assert names(base, {"usr/bin/tool": b"#!/bin/sh\n"}) == []
    assert names(base, {"usr/bin/tool": newer}) == ["other", "stdlib"]
    assert names(base, {"usr/bin/tool": b""}, {"usr/bin/tool": _PROGRAM}) == [
        "example.org/tool",
        "stdlib",
    ]


def test_go_program_without_information_is_a_failure() -> None:
    files = {"usr/bin/tool": elf(b"garbled", {".rest": bytes(80_000)})}
    inventory = collect(live(files), resource=_HERE)
    assert [(f.extractor, f.path, f.reason) for f in inventory.failures] == [
        ("go_binary", "usr/bin/tool", "a Go program whose build information was not found")
    ]


@pytest.mark.slow
def test_programs_of_the_real_go(tmp_path: Path) -> None:
    if not shutil.which("go"):
        pytest.skip("needs Go")
    (tmp_path / "go.mod").write_text("module example.org/demo\n")
    (tmp_path / "main.go").write_text("package main\nfunc main() { println(1) }\n")
    ask = ["go", "env", "GOVERSION"]
    version = subprocess.run(ask, check=True, capture_output=True, text=True)
    places = {f"GO{n}": str(tmp_path / n.lower()) for n in ("CACHE", "PATH")}
    for system, machine in (("linux", "amd64"), ("linux", "s390x"), ("linux", "386"),
                            ("windows", "amd64"), ("darwin", "arm64")):  # fmt: skip
        environment = {**places, "GOOS": system, "GOARCH": machine, "PATH": "/usr/bin:/bin"}
        build = ["go", "build", "-o", f"out-{system}-{machine}", "."]
        subprocess.run(build, check=True, cwd=tmp_path, env=environment, capture_output=True)
        found = read((tmp_path / f"out-{system}-{machine}").read_bytes())[GO].decode()
        assert found.startswith(f"{version.stdout.strip()}\npath\texample.org/demo\n")
