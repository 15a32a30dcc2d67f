"""What builders put into programs about what they are made of: read in a few parts, however large the program is.

`GO` is Go's build information (see `go_build_info`). `RUST` is cargo-auditable's section `.dep-v0`
(https://github.com/rust-secure-code/cargo-auditable, PARSING.md). Neither is looked for by a file's name.
"""

from collections.abc import Generator

from vedette.errors import ParseError
from vedette.inventory.formats import elf, macho, portable_executable
from vedette.inventory.formats.go_build_info import read_build_info
from vedette.inventory.formats.program import Program, Section
from vedette.sources.tree import Peek, Reading

GO = "go"
RUST = "rust"

_HEAD = 4096
_BEFORE_TABLE = 8192  # linkers put the names of ELF sections just before their table
_GO_SECTIONS = (".go.buildinfo", "__go_buildinfo")
_RUST_SECTION = ".dep-v0"
_LARGEST_SECTION = 8 << 20
_GO_WORD = b"Go"
_GO_NOTES = (b"\4\0\0\0Go\0\0", b"\0\0\0\4Go\0\0")  # the type and name of an ELF note: build ID

_SOUGHT = tuple(f"{name}\0".encode() for name in (*_GO_SECTIONS, _RUST_SECTION))
_Sections = Generator[tuple[int, int], bytes, tuple[Section, ...]]


def read_executable(size: int) -> Reading:
    """Ask for the parts of a program that may hold either; gives what was found.

    A Go program (it says so in a note) whose information is not where it should be gives it empty.
    """
    head = yield 0, _HEAD
    try:
        if head.startswith(elf.START):
            return (yield from _elf(head, size))
        if head.startswith(portable_executable.START):
            place = portable_executable.place(head)
            header = yield place, portable_executable.MOST_HEADER
            return (yield from _other(portable_executable.program(header)))
        if head[:4] in macho.STARTS:
            header = yield 0, macho.size(head)
            return (yield from _other(macho.program(header)))
    except ParseError:
        pass  # it only began like a program
    return ()


def _elf(head: bytes, size: int) -> Reading:
    """The data segment first, which is where Go's own linker puts it and comes early; the table of sections is at the end."""
    header = elf.header(head)
    # the two letters are found several times as fast as a note, which is mostly zeros, as headers are
    is_go = _GO_WORD in head and any(note in head for note in _GO_NOTES)
    info: bytes | None = None
    program = Program()
    if is_go:
        program = Program(elf.segments(head, header))
        if data := program.data():
            info = yield from read_build_info(program, data.offset, data.size)
        if info is not None:
            return ((GO, info),)
    sections = yield from _elf_sections(head, header, size)
    if sections:
        program = Program(elf.segments(head, header), sections)
    if section := program.section(*_GO_SECTIONS):
        info = yield from read_build_info(program, section.offset, section.size)
    found = ((GO, info or b""),) if info is not None or is_go else ()
    rust = yield from _rust(program)
    return (*found, *rust)


def _elf_sections(head: bytes, header: elf.Header, size: int) -> _Sections:
    """The sections, if one of those that matter is among them."""
    if not header.table_size or header.table + header.table_size > size:
        return ()
    start, part = 0, head  # Go's own linker puts the table at the beginning
    if header.table + header.table_size > len(head):
        start = max(0, header.table - _BEFORE_TABLE)
        part = yield start, header.table - start + header.table_size
    table = part[header.table - start :][: header.table_size]
    place = elf.names_section(header, table)
    if place is None:
        return ()
    if start <= place.offset and place.offset + place.size <= start + len(part):
        names = part[place.offset - start :][: place.size]
    else:
        names = yield place.offset, place.size
    is_of_interest = any(name in names for name in _SOUGHT)
    return elf.sections(header, table, names) if is_of_interest else ()


def _other(program: Program) -> Reading:
    section = program.section(*_GO_SECTIONS) or program.data()
    info: bytes | None = None
    if section:
        info = yield from read_build_info(program, section.offset, section.size)
    rust = yield from _rust(program)
    return (*([(GO, info)] if info else []), *rust)


def _rust(program: Program) -> Reading:
    section = program.section(_RUST_SECTION)
    if section is None or section.size > _LARGEST_SECTION:
        return ()
    data = yield section.offset, section.size
    return ((RUST, data),)


def may_be_executable(path: str) -> bool:
    """Whether a path's name allows for a program: it has none of the extensions that programs never have."""
    if path[path.rfind(".") :] in NEVER_EXTENSIONS:
        return False
    return path[path.rfind("/") + 1 :] not in _NAMES


_WORDS = (
    "a afm bc bmp bz2 c cc cfg cjs class cmake conf cpp crt css csv cts cuh d dat db deb debug desktop "
    "editorconfig el elc eot es6 eslintrc f90 gif gmo go gz h hpp htm html ico inc ini ipynb j2 jar java jmod jpeg "
    "jpg js json jsonl jsx la less list lock log lua m4 map markdown md md5sums mjs mo mod mp3 mp4 mts npmignore "
    "npy npz nycrc o ogg otf patch pbm pc pdf pem ph php pl pm png po pod pom pot properties ps ps1 pxd pxi py pyc "
    "pyi pyo pyx rb rbs rdoc ri rpm rs rst s sass scss service sh sql sqlite sty svg tar tcc tcl template tex tfm "
    "tgz toml ts tsv tsx ttf txt typed vf vim war wasm webp whl woff woff2 xhtml xml xpm xsd xsl xz yaml yml zip "
    "zst"
)
NEVER_EXTENSIONS = frozenset(f".{word}" for word in _WORDS.split())
"""Of files that are no programs."""
_NAMED = (
    "AUTHORS COPYING Dockerfile INSTALLER LICENSE LICENSE-MIT METADATA Makefile NOTICE README RECORD REQUESTED WHEEL "
    "copyright license"
)
_NAMES = frozenset(_NAMED.split())

EXECUTABLES = Peek(
    may_be=may_be_executable,
    least=64 << 10,  # the smallest program of either language is several times as large
    starts=frozenset({elf.START, *macho.STARTS, b"MZ\x90\0", b"MZ\0\0"}),
    read=read_executable,
)
"""Programs that may hold one of these."""
