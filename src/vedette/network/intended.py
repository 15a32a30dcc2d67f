"""Answers beside what was declared: which exposures are expected, and which intents no longer hold, and why not."""

from collections.abc import Mapping

import msgspec

from vedette.model.network import NotReachable, UnknownReach
from vedette.network.explain import Question, why
from vedette.network.intents import Facts, Intent, expected_by, overlaps
from vedette.network.reach import Reach
from vedette.network.selection import vpcs_of
from vedette.network.topology import Topology

_MOST_UNMET = 100
NOTHING_SELECTED = "NOTHING_SELECTED"
"""Our own code: no resource of the snapshot is meant by the intent."""


class Unmet(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """An intent that does not hold for a resource; `code` is the one of the answer that says why."""

    intent: str
    resource: str
    code: str
    component: str
    reason: str


class Intended(msgspec.Struct, frozen=True, kw_only=True):
    """`expected` goes with the answers' exposures, one by one; an empty tuple: nobody expects it.

    At most the first hundred of `unmet` are told, since each is looked into; `untold` counts the others.
    """

    expected: tuple[tuple[str, ...], ...]
    unmet: tuple[Unmet, ...]
    untold: int = 0

    @property
    def unexpected(self) -> int:
        """How many exposures nobody expects."""
        return sum(not names for names in self.expected)


def intended(
    answers: Reach,
    topology: Topology,
    intents: tuple[Intent, ...],
    tags: Mapping[str, Mapping[str, str]],
) -> Intended:
    """Compare answers with intents; `tags` are those of instances, interfaces and functions by id."""
    resources = Resources(topology, tags)
    facts = [resources.facts(one.resource, one.interface) for one in answers.exposures]
    unmet = [(intent, one) for intent in intents for one in _unmet(answers, intent, resources)]
    return Intended(
        expected=tuple(
            expected_by(one, known, intents)
            for one, known in zip(answers.exposures, facts, strict=True)
        ),
        unmet=tuple(sorted(_reason(answers, topology, *one) for one in unmet[:_MOST_UNMET])),
        untold=max(0, len(unmet) - _MOST_UNMET),
    )


class Resources:
    """What is known of each resource, by the interface or by itself."""

    def __init__(self, topology: Topology, tags: Mapping[str, Mapping[str, str]]) -> None:
        self._tags = tags
        self._vpcs = vpcs_of(topology)
        interfaces = topology.interfaces
        self.all: list[tuple[str, str | None]] = [
            (instance or identity, identity)
            for identity, instance in zip(interfaces.ids, interfaces.instances, strict=True)
        ]
        self.all += [(url.function, None) for url in topology.function_urls]

    def facts(self, resource: str, interface: str | None) -> Facts:
        """Tags of the resource, and its interface's VPC."""
        return Facts(tags=self._tags.get(resource, {}), vpc=self._vpcs.get(interface or ""))


def _unmet(answers: Reach, intent: Intent, resources: Resources) -> list[str]:
    """The resources for which an intent does not hold; an empty name if it selects none at all."""
    met = {
        one.resource
        for one in answers.exposures
        if overlaps(one, resources.facts(one.resource, one.interface), intent)
    }
    chosen = {
        resource
        for resource, interface in resources.all
        if intent.selects((resource, interface), resources.facts(resource, interface))
    }
    return sorted(chosen - met) if chosen or met else [""]


def _reason(answers: Reach, topology: Topology, intent: Intent, resource: str) -> Unmet:
    """What stops the first port: what is known for certain, then what was answered, then what is not known."""
    if not resource:
        return Unmet(
            intent=intent.name,
            resource="",
            code=NOTHING_SELECTED,
            component="",
            reason="no resource of the snapshot is selected",
        )
    question = Question(transport=intent.transport, port=intent.ports[0][0])
    for explanation in why(topology, resource, question):
        if intent.is_of_edge(explanation.edge) and explanation.blockers:
            first = explanation.blockers[0]
            return Unmet(
                intent=intent.name,
                resource=resource,
                code=first.code,
                component=explanation.interface,
                reason=first.reason,
            )
    every: tuple[NotReachable | UnknownReach, ...] = (*answers.not_reachable, *answers.unknown)
    for one in every:
        if one.resource == resource and intent.is_of_edge(one.edge):
            return Unmet(
                intent=intent.name,
                resource=resource,
                code=one.code,
                component=one.component,
                reason=one.reason,
            )
    return Unmet(
        intent=intent.name,
        resource=resource,
        code="NO_PATH",
        component=resource,
        reason=f"nothing of it is reached from {intent.edge}",
    )
