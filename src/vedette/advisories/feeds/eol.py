"""Ends of life: endoflife.date for products and AWS Lambda's runtimes, distro-info-data for Debian and Ubuntu."""

import re
from collections.abc import Iterable, Iterator

from vedette.advisories.feeds._base import Document, Feed, FetchSmall, LocalDocument, RecordFailure
from vedette.advisories.formats.archives import MemberFailure, members
from vedette.advisories.formats.compressed import read_document
from vedette.advisories.formats.distro_info import read_releases
from vedette.advisories.formats.endoflife import read_product, read_products
from vedette.errors import ParseError
from vedette.model.advisory import EndOfLife

_API = Document(name="eol/api/v1/products/full", url="https://endoflife.date/api/v1/products/full")
_DISTRO_INFO = "https://salsa.debian.org/debian/distro-info-data/-/raw/main"
_DISTRIBUTIONS = ("debian", "ubuntu")
_PRODUCT = re.compile(r"(?:[^/]+/)?products/([a-z0-9][a-z0-9._+-]*)\.md")
_LIMIT = 64 << 20
_MEMBER_LIMIT = 2 << 20

_Found = Iterator[EndOfLife | ParseError]


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    yield _API
    for name in _DISTRIBUTIONS:
        yield Document(name=f"eol/debian-packages/{name}.csv", url=f"{_DISTRO_INFO}/{name}.csv")


def _read(document: LocalDocument) -> Iterator[EndOfLife | RecordFailure]:
    for result in _found(document):
        if isinstance(result, ParseError):
            place = ": ".join(result.places)
            yield RecordFailure(document=document.name, place=place, reason=result.reason)
        else:
            yield result


def _found(document: LocalDocument) -> _Found:
    name = document.name.rpartition("/")[2]
    if name.endswith(".csv"):
        text = read_document(document.path, _LIMIT).decode("utf-8", "replace")
        yield from read_releases(name.removesuffix(".csv"), text)
    elif name == "full":
        yield from read_products(read_document(document.path, _LIMIT))
    else:
        yield from _files(document)


def _files(document: LocalDocument) -> _Found:
    wanted = _PRODUCT.fullmatch
    for member in members(document.path, lambda name: wanted(name) is not None, _MEMBER_LIMIT):
        match = wanted(member.name)
        if isinstance(member, MemberFailure) or match is None:
            reason = member.reason if isinstance(member, MemberFailure) else "not a product"
            yield ParseError(reason).within(member.name)
            continue
        for result in read_product(match[1], member.data.decode("utf-8", "replace")):
            yield result.within(match[1]) if isinstance(result, ParseError) else result


FEED = Feed(
    name="eol",
    title="endoflife.date, and Debian's distro-info-data",
    licence="MIT; ISC",
    locate=_locate,
    mirrored=(
        "eol/api/v1/products/full",
        "eol/debian-packages/*.csv",
        "eol/endoflife.date-products.tar.gz",
    ),
    read=_read,
)
