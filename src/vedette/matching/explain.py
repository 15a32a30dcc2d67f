"""Why a package is affected by an advisory, or why not: every row, what was compared, and who ruled what out."""

from collections.abc import Iterator

from vedette.matching.ecosystems import Lookup
from vedette.matching.index import AdvisoryIndex
from vedette.matching.judge import Denial, denied_names, denies, is_mended, judge, why_undecided
from vedette.matching.lookups import questions_about
from vedette.matching.match import host_of
from vedette.matching.names import is_update, names_of
from vedette.matching.ranges import (
    Inside,
    NoVersion,
    Outside,
    Unclear,
    Version,
    keyed_range,
    version_of,
)
from vedette.matching.rows import Row, rows_of
from vedette.model.advisory import Advisory, Affected, Range
from vedette.model.candidate import KeyedRange
from vedette.model.inventory import Inventory
from vedette.model.match import Match, Verdict
from vedette.model.package import Package, SchemeName

_SHOWN = 32
"""Bytes of a key that are shown; keys of real versions are rarely longer."""


def explain(
    package: Package, identifier: str, inventory: Inventory, index: AdvisoryIndex
) -> tuple[str, ...]:
    """Sentences on why the package has, has not, or may have a flaw; the last one is the answer.

    Args:
        package: one of the inventory's packages.
        identifier: an advisory's id, or the id of a flaw (a CVE) that advisories speak of.
        inventory: what else is known of the host: its repositories and running kernel.
        index: the advisories.
    """
    host = host_of(inventory.packages, index, inventory.repositories, inventory.running_kernel)
    how = questions_about(package, host)
    if how.exemption is not None:
        return (f"not judged: {how.exemption}",)
    if not how.lookups:
        return (f"not judged: there is no rule for the ecosystem {package.ecosystem}",)
    return tuple(_lines(package, identifier, how.lookups, index))


def describe_key(version: Version) -> str:
    """A version's key in hex: what is compared, byte by byte."""
    return f"key {_hex(version.key)} of {version.text}"


def describe_keys(keyed: KeyedRange) -> str:
    """The keys between which a range lies, in hex."""
    low = _hex(keyed.low) if keyed.low else "the beginning"
    return f"from {low} " + ("on" if keyed.high is None else f"to below {_hex(keyed.high)}")


def compared_keys(text: str, run: Range | None, scheme: SchemeName) -> str | None:
    """Both keys of a comparison in hex; None where an explicit list named the version, or it has no key."""
    if run is None:
        return None
    version, keyed = version_of(text, scheme), keyed_range(run, scheme)
    if isinstance(version, NoVersion) or keyed is None:
        return None
    return f"{describe_key(version)}; {describe_keys(keyed)}"


def describe(run: Range | None) -> str:
    """A range in words: `from 1.0, fixed in 1.2`."""
    if run is None:
        return "an explicit list of versions"
    start = "every version" if run.introduced == "0" else f"from {run.introduced}"
    if run.fixed is not None:
        return f"{start}, fixed in {run.fixed}"
    if run.last_affected is not None:
        return f"{start}, up to and including {run.last_affected}"
    return f"{start}, no fix"


def _lines(
    package: Package, identifier: str, lookups: tuple[Lookup, ...], index: AdvisoryIndex
) -> Iterator[str]:
    for lookup in lookups:
        kind = "source package" if lookup.by_source else "package"
        doubt = f" ({lookup.doubt})" if lookup.doubt else ""
        yield f"looked up {kind} {lookup.name} {lookup.version} in {lookup.ecosystem}{doubt}"
    rows = [
        row
        for found in rows_of(package, lookups, index).values()
        for row in found
        if _is_about(row.candidate.advisory, identifier)
    ]
    for row in rows:
        yield _row(row)
    if not rows:
        yield from _nothing(package, identifier, index)
        return
    yield _answer(package, identifier, lookups, index)


def _is_about(advisory: Advisory, identifier: str) -> bool:
    return identifier in names_of(advisory)


def _row(row: Row) -> str:
    advisory, affected = row.candidate.advisory, row.candidate.affected
    return f"{advisory.id} ({advisory.feed}) on {affected.name}: {_said(row, affected)}"


def _said(row: Row, affected: Affected) -> str:
    if row.objection is not None:
        return row.objection.reason
    if denies(row):
        return f"{affected.status.value.replace('_', ' ')}, says the publisher"
    if is_mended(row):
        return f"{row.lookup.version} has the fix"
    reason = why_undecided(row)
    if reason is not None:
        return f"undecided: {reason}"
    return _compared(row)


def _compared(row: Row) -> str:
    ranges = "; ".join(describe(run) for run in row.candidate.affected.ranges)
    match row.outcome:
        case Inside(range=run):
            return f"{row.lookup.version} is affected: {describe(run)}"
        case Outside():
            other = ranges or "only other versions are listed"
            return f"{row.lookup.version} is not affected: {other}"
        case Unclear(reason=reason):  # pragma: no branch
            return f"undecided: {reason}"


def _nothing(package: Package, identifier: str, index: AdvisoryIndex) -> Iterator[str]:
    known = index.advisories(identifier)
    for advisory in known:
        withdrawn = " was withdrawn" if advisory.withdrawn else ""
        yield f"{advisory.id} ({advisory.feed}){withdrawn or ' does not name the package'}"
    if not known:
        yield f"the database has no advisory {identifier}"
    yield f"not affected: no advisory on {identifier} speaks of {package.name}"


def _answer(
    package: Package, identifier: str, lookups: tuple[Lookup, ...], index: AdvisoryIndex
) -> str:
    judgement = judge(package, lookups, index)
    verdicts: tuple[Verdict, ...] = (*judgement.matches, *judgement.undecided)
    names = {identifier}.union(
        *(
            names_of(advisory)
            for advisory in index.advisories(identifier)
            if _is_about(advisory, identifier)
            and (advisory.id == identifier or not is_update(advisory.id))
        )
    )
    denial = next((one for one in judgement.denials if _denies(one, identifier, names)), None)
    if denial is not None:
        why = f": {denial.reason}" if denial.reason else ""
        return f"not affected: {denial.advisory.feed} denies it in {denial.advisory.id}{why}"
    for verdict in verdicts:
        if _is_about(verdict.advisory, identifier):
            if isinstance(verdict, Match):
                return f"affected, by {verdict.advisory.id}: {describe(verdict.range)}"
            return f"undecided: {verdict.reason}"
    return "not affected"


def _denies(denial: Denial, identifier: str, names: set[str]) -> bool:
    """Whether what was asked for is denied; of an update that mends several flaws, all of them must be."""
    denied = denied_names(denial)
    if is_update(identifier):
        return names > {identifier} and names <= denied | {identifier}
    return not names.isdisjoint(denied)


def _hex(key: bytes) -> str:
    return key[:_SHOWN].hex() + ("…" if len(key) > _SHOWN else "")
