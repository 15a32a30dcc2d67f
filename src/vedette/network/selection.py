"""Answers about one interface, resource or VPC alone."""

import msgspec

from vedette.model.network import Exposure, NotReachable, UnknownReach
from vedette.network.reach import Reach
from vedette.network.topology import Topology


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for; None: everything. Several together must all hold.

    `resource` is an instance's, interface's or VPC's id, a function's ARN, or a load balancer's id.
    """

    interface: str | None = None
    resource: str | None = None
    vpc: str | None = None

    def __bool__(self) -> bool:
        """Whether anything is left out."""
        return (self.interface, self.resource, self.vpc) != (None, None, None)


def vpcs_of(topology: Topology) -> dict[str, str]:
    """The VPC of every interface, by id."""
    addresses, interfaces = topology.addresses, topology.interfaces
    return {
        interfaces.ids[number]: topology.subnets[topology.profiles[profile].subnet].vpc or ""
        for number, profile in zip(addresses.interfaces, addresses.profiles, strict=True)
    }


def selected(answers: Reach, topology: Topology, selection: Selection) -> Reach:
    """The answers that a selection is about.

    An unknown that names nothing of the snapshot (a listing that is missing, say) may be about anything, and stays.
    """
    if not selection:
        return answers
    vpcs = vpcs_of(topology)
    known = _known(topology)

    def wanted(one: Exposure | NotReachable | UnknownReach) -> bool:
        about = one.interface or one.resource
        checks = (
            (selection.interface, {one.interface, one.resource}),
            (selection.resource, {one.resource, one.interface, _through(one)}),
            (selection.vpc, {vpcs.get(about), one.resource}),
        )
        return all(asked is None or asked in found for asked, found in checks)

    def may_be(one: UnknownReach) -> bool:
        return wanted(one) or (one.interface is None and one.resource not in known)

    return Reach(
        exposures=tuple(filter(wanted, answers.exposures)),
        not_reachable=tuple(filter(wanted, answers.not_reachable)),
        unknown=tuple(filter(may_be, answers.unknown)),
        assumptions=answers.assumptions,
    )


def absent(answers: Reach, topology: Topology, selection: Selection) -> tuple[str, ...]:
    """What a selection names and neither the snapshot nor any answer does."""
    asked = {selection.interface, selection.resource, selection.vpc} - _known(topology) - {None}
    every: tuple[Exposure | NotReachable | UnknownReach, ...] = (
        *answers.exposures,
        *answers.not_reachable,
        *answers.unknown,
    )
    told = {name for one in every for name in (one.resource, one.interface, _through(one))}
    return tuple(sorted(one for one in asked - told if one is not None))


def _through(one: Exposure | NotReachable | UnknownReach) -> str | None:
    return one.through if isinstance(one, Exposure) else None


def _known(topology: Topology) -> frozenset[str]:
    interfaces = topology.interfaces
    return frozenset(
        (
            *interfaces.ids,
            *(one for one in interfaces.instances if one is not None),
            *(vpc.id for vpc in topology.vpcs),
            *(url.function for url in topology.function_urls),
            *(balancer.id for balancer in topology.balancers),
        )
    )
