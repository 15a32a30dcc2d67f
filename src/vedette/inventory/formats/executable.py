"""What builders put into programs about what they are made of: read in a few parts, however large the program is.

`GO` is Go's build information (see `go_build_info`). `RUST` is cargo-auditable's section `.dep-v0`
(https://github.com/rust-secure-code/cargo-auditable, PARSING.md). Neither is looked for by a file's name.
"""

from collections.abc import Generator

from vedette.errors import ParseError
from vedette.inventory.formats import elf, macho, portable_executable
from vedette.inventory.formats.go_build_info import read_build_info
from vedette.inventory.formats.program import Program
from vedette.sources.tree import Peek, Reading

GO = "go"
RUST = "rust"

_HEAD = 4096
_BEFORE_TABLE = 8192  # linkers put the names of ELF sections just before their table
_GO_SECTIONS = (".go.buildinfo", "__go_buildinfo")
_RUST_SECTION = ".dep-v0"
_LARGEST_SECTION = 8 << 20
_GO_NOTES = (b"\4\0\0\0Go\0\0", b"\0\0\0\4Go\0\0")  # the type and name of an ELF note: build ID

_Sections = Generator[tuple[int, int], bytes, Program]


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
    is_go = any(note in head for note in _GO_NOTES)
    info: bytes | None = None
    data = header.program.data()
    if is_go and data:
        info = yield from read_build_info(header.program, data.offset, data.size)
    program = yield from _with_sections(header, size)
    if info is None and (section := program.section(*_GO_SECTIONS)):
        info = yield from read_build_info(program, section.offset, section.size)
    found = [] if info is None and not is_go else [(GO, info or b"")]
    rust = yield from _rust(program)
    return (*found, *rust)


def _with_sections(header: elf.Header, size: int) -> _Sections:
    if not header.table_size or header.table + header.table_size > size:
        return header.program
    start = max(0, header.table - _BEFORE_TABLE)
    before = header.table - start
    part = yield start, before + header.table_size
    table = part[before:]
    place = elf.names_section(header, table)
    if place is None:
        return header.program
    if start <= place.offset and place.offset + place.size <= start + len(part):
        names = part[place.offset - start :][: place.size]
    else:
        names = yield place.offset, place.size
    return Program(header.program.segments, elf.sections(header, table, names))


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
    name = path[path.rfind("/") + 1 :]
    at = name.rfind(".")
    return (at <= 0 or name[at:] not in _EXTENSIONS) and name not in _NAMES


_WORDS = (
    "a bc bmp bz2 c cc cfg cjs class cmake conf cpp crt css csv cuh d dat db deb debug desktop el elc eot es6 gif go "
    "gmo gz h hpp htm html ico inc ini ipynb jar java jmod jpeg jpg js json jsonl jsx la list lock log lua m4 map md "
    "md5sums mjs mo mod mp3 mp4 o ogg otf patch pc pdf pem php pl pm png po pod pom pot properties ps py pyc pyi pyo "
    "rb rbs rdoc ri rpm rs rst s sass scss service sh sql sqlite sty svg tar tcl template tex tfm tgz toml ts tsv tsx "
    "ttf txt typed vf vim war wasm webp whl woff woff2 xhtml xml xsd xsl xz yaml yml zip zst"
)
_EXTENSIONS = frozenset(f".{word}" for word in _WORDS.split())
_NAMES = frozenset(
    {"COPYING", "INSTALLER", "LICENSE", "METADATA", "README", "RECORD", "WHEEL", "copyright"}
)

EXECUTABLES = Peek(
    may_be=may_be_executable,
    least=64 << 10,  # the smallest program of either language is several times as large
    starts=frozenset({elf.START, *macho.STARTS, b"MZ\x90\0", b"MZ\0\0"}),
    read=read_executable,
)
"""Programs that may hold one of these."""
