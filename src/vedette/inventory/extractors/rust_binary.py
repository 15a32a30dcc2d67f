"""Programs built by cargo-auditable: the crates that are in them.

The section holds JSON, compressed with zlib (https://github.com/rust-secure-code/cargo-auditable, PARSING.md, and its JSON
schema). Crates that only the build needed are not in the program.
"""

import zlib

import msgspec

from vedette.errors import LimitError, ParseError
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.executable import RUST
from vedette.inventory.formats.words import word
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_LARGEST = 64 << 20
_MOST_CRATES = 50_000


class _Crate(msgspec.Struct, frozen=True):
    name: str
    version: str
    kind: str = "runtime"


class _Audit(msgspec.Struct, frozen=True):
    packages: tuple[_Crate, ...]


_DECODER = msgspec.json.Decoder(_Audit)


def _extract(file: FileInput) -> Extraction:
    try:
        audit = _DECODER.decode(_inflated(file.data))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ParseError(f"not a list of crates: {error}") from error
    except RecursionError as error:
        raise ParseError("nested too deeply") from error
    if len(audit.packages) > _MOST_CRATES:
        raise LimitError(f"more than {_MOST_CRATES} crates")
    return Extraction(
        packages=tuple(
            FoundPackage(
                kind=PackageKind.CARGO,
                manager=PackageManager.CARGO,
                name=word(crate.name, "crate"),
                version=word(crate.version, "version"),
            )
            for crate in audit.packages
            if crate.kind == "runtime"
        )
    )


def _inflated(data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, _LARGEST)
    except zlib.error as error:
        raise ParseError(f"zlib: {error}") from error
    if not inflater.eof:
        if inflater.unconsumed_tail:
            raise LimitError(f"inflates to over {_LARGEST} bytes")
        raise ParseError("zlib: the section is cut off")
    return text


EXTRACTOR = Extractor(
    name="rust_binary",
    version=1,
    title="Rust programs (cargo-auditable's list of crates)",
    patterns=(),
    limit=8 << 20,
    extract=_extract,
    part=RUST,
)
