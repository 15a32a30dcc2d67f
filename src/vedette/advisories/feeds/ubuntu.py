"""Ubuntu's CVE tracker: the state of every CVE per source package and release, with ESM (Ubuntu Pro) as channels of their own."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from vedette.advisories.feeds._base import Document, Feed, FetchSmall, LocalDocument, RecordFailure
from vedette.advisories.formats.archives import Member, MemberFailure, members
from vedette.advisories.formats.ubuntu_tracker import read_cve
from vedette.errors import ParseError
from vedette.model.advisory import Advisory

_NAME = "ubuntu-cve-tracker-master"
_URL = f"https://git.launchpad.net/ubuntu-cve-tracker/snapshot/{_NAME}.tar.gz"
_FILE = re.compile(r"(?:.*/)?(?:active|retired)/CVE-[0-9]{4}-[0-9N]{4,19}")


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    return (Document(name=f"ubuntu/{_NAME}.tar.gz", url=_URL),)


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    unknown: Counter[str] = Counter()
    for member in members(document.path, lambda name: _FILE.fullmatch(name) is not None):
        place = member.name.rpartition("/")[2]
        if isinstance(member, MemberFailure):
            yield RecordFailure(document=document.name, place=place, reason=member.reason)
            continue
        for result in _results(member, unknown):
            if isinstance(result, Advisory):
                yield result
            else:
                yield RecordFailure(document=document.name, place=place, reason=result)
    if unknown:
        names = ", ".join(f"{name} ({count})" for name, count in sorted(unknown.items()))
        yield RecordFailure(
            document=document.name,
            place="releases",
            reason=f"rows of releases that are not known were left out: {names}",
        )


def _results(member: Member, unknown: Counter[str]) -> Iterator[Advisory | str]:
    problems: list[str] = []
    try:
        yield read_cve(member.data.decode("utf-8", "replace"), unknown, problems)
    except ParseError as error:
        problems.append(str(error))
    yield from problems


FEED = Feed(
    name="ubuntu",
    title="Ubuntu: CVE tracker, with ESM",
    licence="not stated",
    locate=_locate,
    mirrored=(f"ubuntu/{_NAME}.tar.xz", f"ubuntu/{_NAME}.tar.gz"),
    read=_read,
)
