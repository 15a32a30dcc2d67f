"""A feed of made-up documents: one record a line, `ID PACKAGE FIXED`."""

from collections.abc import Iterator

from tests.advisories.records import advisory, affected
from vedette.advisories.feeds._base import (
    Document,
    Feed,
    FetchSmall,
    LocalDocument,
    Record,
    RecordFailure,
    Unlocated,
)
from vedette.errors import ParseError
from vedette.model.advisory import Range


def read(document: LocalDocument) -> Iterator[Record | RecordFailure]:
    """`!` cannot be read at all, `boom` is a reader's fault, `?` a bad record."""
    for number, line in enumerate(document.path.read_text().splitlines(), 1):
        match line.split():
            case ["!"]:
                raise ParseError("not a list", f"line {number}")
            case ["boom"]:
                raise KeyError("boom")
            case [identifier, package, fixed]:
                yield advisory(identifier, affected(package, Range(fixed=fixed)))
            case _:
                yield RecordFailure(
                    document=document.name, place=f"line {number}", reason="not a record"
                )


def feed(
    base: str = "", name: str = "made", mirrored: tuple[str, ...] = ("made/**/*.txt",)
) -> Feed:
    """Its publisher's `index` names the documents, each with its checksum, `-`, or `lost`."""

    def locate(fetch: FetchSmall) -> Iterator[Document | Unlocated]:
        index = fetch(Document(name=f"{name}/index", url=f"{base}/{name}/index"))
        for line in index.decode().splitlines():
            path, _, checksum = line.partition(" ")
            if checksum == "lost":
                yield Unlocated(name=f"{name}/{path}", reason=f"{path} is lost")
                continue
            yield Document(
                name=f"{name}/{path}",
                url=f"{base}/{name}/{path}",
                sha256=None if checksum in {"", "-"} else checksum,
            )

    return Feed(
        name=name, title="Made up", licence="CC0-1.0", locate=locate, mirrored=mirrored, read=read
    )
