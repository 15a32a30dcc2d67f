"""What else a finding's risk is weighed with: software that answers at an open port, images that run, what a resource matters.

Each is a factor of the risk and a term that is shown, and only where something is known: docs/explanation/scoring.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

import msgspec

from vedette.findings.listening import Listening, answers, listening
from vedette.findings.query import passes
from vedette.findings.services import from_internet
from vedette.model.filter import Filter
from vedette.model.finding import Adjustment, Finding, Reachable, Vulnerability
from vedette.model.listening import Socket
from vedette.model.network import Exposure
from vedette.model.package import Package
from vedette.model.resource import ContainerImage, Resource

IMPORTANCE_TAG = "vedette:importance"
"""The tag of a resource, or of a saved filter of findings, that says what they matter."""

_MOST = 100.0
_SEEN = 1.25
_LIKELY = 1.1
_UNUSED = 0.6


class Importance(StrEnum):
    """What a resource matters."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


_IMPORTANCE = {
    Importance.LOW: 0.6,
    Importance.NORMAL: 1.0,
    Importance.HIGH: 1.2,
    Importance.CRITICAL: 1.5,
}


class ImportanceRule(msgspec.Struct, frozen=True, kw_only=True):
    """What findings that pass a filter matter."""

    name: str
    condition: Filter
    importance: Importance


class Scales(msgspec.Struct, frozen=True, kw_only=True):
    """What the findings of one resource are weighed with.

    `answering` is who answers at its ways from the internet; `rules` in order of their names, of which the first counts.
    """

    resource: Resource
    answering: tuple[Listening, ...] = ()
    rules: tuple[ImportanceRule, ...] = ()


def scales_of(
    resource: Resource,
    packages: Sequence[Package],
    exposures: Iterable[Exposure],
    rules: Iterable[ImportanceRule],
    sockets: Sequence[Socket] | None = None,
) -> Scales:
    """What the findings of a resource are weighed with.

    Args:
        resource: which.
        packages: its inventory; none where it was not read.
        exposures: all ways to it that are known.
        rules: any order.
        sockets: its listening sockets, None where they are not known.
    """
    ways = [one for one in exposures if from_internet(one)]
    return Scales(
        resource=resource,
        answering=listening(ways, packages, sockets),
        rules=tuple(sorted(rules, key=lambda rule: rule.name)),
    )


def importance(text: str) -> Importance | None:
    """A level by its name, in any case; None for any other text."""
    word = text.lower()
    return Importance(word) if word in set(Importance) else None


def weighed(finding: Finding, scales: Scales) -> Finding:
    """The finding with its risk weighed, each step shown after those that there are."""
    points = finding.score.risk
    terms = list(finding.score.risk_terms)
    for metric, factor, reason in _weights(finding, scales):
        points = min(points * factor, _MOST)
        terms.append(Adjustment(metric=metric, reason=f"{reason}: x {factor:.2f} = {points:.1f}"))
    score = msgspec.structs.replace(finding.score, risk=round(points, 1), risk_terms=tuple(terms))
    return msgspec.structs.replace(finding, score=score)


def _weights(finding: Finding, scales: Scales) -> Iterator[tuple[str, float, str]]:
    match finding.evidence:
        case Vulnerability() as evidence:
            yield from _listening(evidence, scales)
            yield from _use(scales)
        case Reachable():  # pragma: no branch
            pass
    yield from _importance(finding, scales)


def _listening(evidence: Vulnerability, scales: Scales) -> Iterator[tuple[str, float, str]]:
    found = [answers(one.package, scales.answering) for one in evidence.packages]
    listeners = [one for one in found if one is not None]
    if listeners:
        best = min(listeners, key=lambda one: (not one.certain, one.transport, one.port))
        yield "listening", _SEEN if best.certain else _LIKELY, best.because


def _use(scales: Scales) -> Iterator[tuple[str, float, str]]:
    facts = scales.resource.facts
    if not isinstance(facts, ContainerImage) or facts.in_use_count is None:
        return
    if facts.in_use_count:
        yield "use", 1.0, f"{facts.in_use_count} tasks or pods run the image"
    else:
        yield "use", _UNUSED, "nothing that was looked at runs the image"


def _importance(finding: Finding, scales: Scales) -> Iterator[tuple[str, float, str]]:
    for tag in scales.resource.tags:
        level = importance(tag.value) if tag.key == IMPORTANCE_TAG else None
        if level is not None:
            yield "importance", _IMPORTANCE[level], f"{level} by the resource's tag"
            return
    for rule in scales.rules:
        if passes(rule.condition, finding, scales.resource):
            yield "importance", _IMPORTANCE[rule.importance], f"{rule.importance} by {rule.name}"
            return
