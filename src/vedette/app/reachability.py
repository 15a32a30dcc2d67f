"""The network answers of a pass, by resource."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from vedette.clients.aws import Response
from vedette.findings.edges import LAYER7, is_internet, kind_of
from vedette.findings.exposure import ResourceExposure
from vedette.model.network import Exposure, NotReachable, UnknownReach
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    LambdaFunction,
    LocalTarget,
    Resource,
)
from vedette.network.cuts import Cutter
from vedette.network.describe import snapshot_from
from vedette.network.elsewhere import elsewhere, elsewhere_text
from vedette.network.entry_cuts import with_entry_cuts
from vedette.network.judge import Memo, judge_all
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import answers_of

_log = logging.getLogger(__name__)


class NetworkAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What the analysis says, by the resource's name in it: an instance's id, a function's ARN.

    `places` are the (account, Region) pairs that were analysed. `elsewhere` counts exposed interfaces that are no
    instance's, by owner: they have no findings, and `vedette reach` lists them.
    """

    places: frozenset[tuple[str, str]]
    exposures: Mapping[str, tuple[Exposure, ...]]
    unknown: Mapping[str, tuple[UnknownReach, ...]]
    unreached: tuple[NotReachable | UnknownReach, ...]
    elsewhere: tuple[tuple[str, int], ...] = ()

    def of(self, resource: Resource) -> ResourceExposure | None:
        """The answers for one resource; None where it has no network or nobody could look."""
        name = _name(resource)
        place = (str(resource.ref.account), str(resource.ref.region))
        if name is None or place not in self.places:
            return None
        anywhere = self.unknown.get("/".join(place), ())
        return ResourceExposure(
            exposures=self.exposures.get(name, ()),
            unknown=(
                *self.unknown.get(name, ()),
                *(one for one in anywhere if _may_be_about(resource, one)),
            ),
        )


def _name(resource: Resource) -> str | None:
    match resource.facts:
        case Ec2Instance():
            return resource.ref.id
        case LambdaFunction():
            return resource.ref.id.rsplit(":", 1)[0]
        case ContainerImage() | LocalTarget():  # pragma: no branch
            return None


def _may_be_about(resource: Resource, gap: UnknownReach) -> bool:
    """Whether a gap of a whole account and Region may hide a way to the resource."""
    by_name = kind_of(gap.edge) in LAYER7
    if isinstance(resource.facts, LambdaFunction):
        return by_name or gap.edge == "any" or is_internet(gap.edge)
    return not by_name


def analyse(
    recorded: Mapping[tuple[str, str], Mapping[str, Response]], resources: Iterable[Resource]
) -> NetworkAnswers:
    """Judge the recorded configuration of all places together: what is shared or peered crosses accounts.

    What closes an exposure is found for those of `resources` alone: the others have no findings to tell it.
    """
    topology = topology_of(snapshot_from(recorded))
    wanted = frozenset(map(_name, resources)).__contains__
    memo = Memo()
    judgement = judge_all(topology, memo)
    answers = answers_of(judgement, Cutter(judgement, memo, wanted))
    answers = with_entry_cuts(answers, topology, wanted)
    others = elsewhere(answers.exposures)
    if others:
        _log.info("%s; they have no findings, `vedette reach` lists them", elsewhere_text(others))
    exposures: defaultdict[str, list[Exposure]] = defaultdict(list)
    unknown: defaultdict[str, list[UnknownReach]] = defaultdict(list)
    for exposure in answers.exposures:
        exposures[exposure.resource].append(exposure)
    for gap in answers.unknown:
        unknown[gap.resource].append(gap)
    return NetworkAnswers(
        places=frozenset(recorded),
        exposures={name: tuple(found) for name, found in exposures.items()},
        unknown={name: tuple(found) for name, found in unknown.items()},
        unreached=(*answers.not_reachable, *answers.unknown),
        elsewhere=others,
    )
