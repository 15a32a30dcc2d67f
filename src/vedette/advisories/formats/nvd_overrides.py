"""Additions to NVD's configurations by others, in NVD's form: a file for each CVE (https://github.com/anchore/nvd-data-overrides).

Since 2024 NVD leaves many CVEs unanalysed; these say which products they are about.
"""

import re
from datetime import datetime
from typing import Any

import msgspec

from vedette.advisories.formats.nvd_configurations import products_of
from vedette.advisories.formats.times import parse_time
from vedette.errors import ParseError
from vedette.model.advisory import Advisory, AdvisoryId

_ID = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")


class _Annotation(msgspec.Struct):
    cve_id: str
    modified: str = ""
    published: str = ""


class _Cve(msgspec.Struct):
    configurations: Any = None


class _File(msgspec.Struct):
    annotation: _Annotation = msgspec.field(name="_annotation")
    cve: _Cve = msgspec.field(default_factory=_Cve)


_DECODER = msgspec.json.Decoder(_File)


def read_override(data: bytes, problems: list[str]) -> Advisory | None:
    """The products of one CVE; None where it names no application.

    Raises:
        ParseError: where it is no such file.
    """
    try:
        file = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"not an addition to NVD: {error}") from error
    said = file.annotation
    if not _ID.fullmatch(said.cve_id):
        raise ParseError(f"not a CVE id: {said.cve_id[:40]!r}")
    affected = products_of(file.cve.configurations, problems) if file.cve.configurations else ()
    if not affected:
        return None
    return Advisory(
        id=AdvisoryId(said.cve_id),
        feed="nvd",
        modified=_time(said.modified, problems),
        published=_time(said.published, problems),
        affected=affected,
    )


def _time(text: str, problems: list[str]) -> datetime | None:
    try:
        return parse_time(text) if text else None
    except ParseError as error:
        problems.append(str(error))
        return None
