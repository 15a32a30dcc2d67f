"""Bottlerocket security advisories (BRSA) of the core kit (https://github.com/bottlerocket-os/bottlerocket-core-kit, `advisories/`)."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from vedette.advisories.feeds._base import Document, Feed, FetchSmall, LocalDocument, RecordFailure
from vedette.advisories.formats.archives import Member, MemberFailure, members
from vedette.errors import ParseError
from vedette.model.advisory import Advisory, AdvisoryId, Affected, FixState, Range
from vedette.model.package import SchemeName

_NAME = "bottlerocket/core-kit-advisories.tar.gz"
_URL = "https://github.com/bottlerocket-os/bottlerocket-core-kit/archive/refs/heads/develop.tar.gz"
_FILE = re.compile(r"(?:.*/)?advisories/.*\.toml")
_MEMBER_LIMIT = 1 << 20


class _Product(msgspec.Struct, rename="kebab"):
    package_name: str
    patched_version: str


class _Stated(msgspec.Struct):
    id: str
    title: str = ""
    cve: str | None = None
    ghsa: str | None = None
    severity: str = ""
    description: str = ""
    products: list[_Product] = []


class _Updateinfo(msgspec.Struct, rename="kebab"):
    issue_date: datetime | None = None
    arches: list[str] = []


class _File(msgspec.Struct):
    advisory: _Stated
    updateinfo: _Updateinfo = msgspec.field(default_factory=_Updateinfo)


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    return (Document(name=_NAME, url=_URL),)


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    for member in members(
        document.path, lambda name: _FILE.fullmatch(name) is not None, _MEMBER_LIMIT
    ):
        result = member if isinstance(member, MemberFailure) else _result(member)
        if isinstance(result, Advisory):
            yield result
        else:
            yield RecordFailure(
                document=document.name, place=result.name.rpartition("/")[2], reason=result.reason
            )


def _result(member: Member) -> Advisory | MemberFailure:
    try:
        data: Any = tomllib.loads(member.data.decode())
        return _advisory(msgspec.convert(data, type=_File))
    except (ValueError, RecursionError, ParseError) as error:
        return MemberFailure(name=member.name, reason=str(error))


def _advisory(file: _File) -> Advisory:
    stated, issued = file.advisory, file.updateinfo.issue_date
    if not stated.id or not stated.products:
        raise ParseError("no id or no package")
    if issued is not None and issued.tzinfo is None:
        issued = issued.replace(tzinfo=UTC)
    return Advisory(
        id=AdvisoryId(stated.id),
        feed="bottlerocket",
        modified=issued,
        published=issued,
        aliases=tuple(sorted(filter(None, {stated.cve, stated.ghsa}))),
        summary=stated.title,
        details=stated.description,
        vendor_severity=stated.severity.capitalize() or None,
        affected=tuple(_affected(one, file.updateinfo) for one in stated.products),
    )


def _affected(product: _Product, updateinfo: _Updateinfo) -> Affected:
    """Kernels name the Amazon Linux build that they are made from (`kernel-5.15.160-104.158.amzn2`); their own version is its first part."""
    name, version = product.package_name, product.patched_version
    if name.startswith("kernel-") and version.startswith("kernel-"):
        version = version.removeprefix("kernel-").partition("-")[0]
    if not version:
        raise ParseError(f"no version of {name[:40]!r}")
    return Affected(
        ecosystem="Bottlerocket",
        name=name,
        scheme=SchemeName.RPM,
        ranges=(Range(fixed=version),),
        arches=tuple(sorted(updateinfo.arches)),
        fix=FixState.FIXED,
    )


FEED = Feed(
    name="bottlerocket",
    title="AWS: Bottlerocket security advisories",
    licence="Apache-2.0 OR MIT",
    locate=_locate,
    mirrored=(_NAME,),
    read=_read,
)
