"""The network answers of a pass: what closes them, and what has no findings."""

import logging

import pytest

from tests.network.estates import PLACE, simple, tcp
from tests.network.test_balancers import alb
from tests.network.test_functions import ARN, OPEN_INVOKE, OPEN_URL, recorded
from vedette.app.reachability import analyse
from vedette.findings.exposure import Reach, reached
from vedette.model.arn import AccountId
from vedette.model.resource import (
    Ec2Instance,
    InstanceState,
    LambdaFunction,
    Resource,
    ResourceRef,
    ResourceType,
)
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import reach


def test_functions_are_told_what_closes_them() -> None:
    answers = analyse({PLACE: recorded(OPEN_URL, OPEN_INVOKE)}, [function()])
    (exposure,) = answers.exposures[ARN]
    assert [[one.kind for one in each.changes] for each in exposure.closing_changes] == [
        ["set-function-url-auth"],
        ["remove-function-permission"],
    ]
    assert answers.elsewhere == ()


def test_only_what_has_findings_is_told_what_closes_it() -> None:
    """Instances, one behind a load balancer, and a function; the database's interface is no resource of a pass."""
    estate = alb()
    estate.group("sg-open", tcp(80, v4=("0.0.0.0/0",)))
    estate.interface(8, "subnet-lb", ("sg-open",), public="54.1.1.8")
    estate.interface(
        9, "subnet-lb", ("sg-open",), state=None, public="54.1.1.9", RequesterId="amazon-rds"
    )
    instances = [instance("i-1"), instance("i-8")]
    recordings = {PLACE: estate.answers() | recorded(OPEN_URL, OPEN_INVOKE)}

    def told(*resources: Resource) -> set[str]:
        answers = analyse(recordings, resources)
        assert {"i-1", "i-8", "eni-9", ARN} <= answers.exposures.keys()
        return {
            name
            for name, found in answers.exposures.items()
            for one in found
            if one.closing_changes
        }

    assert told() == set()
    assert told(*instances) == {"i-1", "i-8"}
    assert told(function()) == {ARN}
    every = reach(topology_of(snapshot_from(recordings)))
    asked = analyse(recordings, instances)
    for name in ("i-1", "i-8"):
        own = tuple(one for one in every.exposures if one.resource == name)
        assert asked.exposures[name] == own


def test_what_has_no_findings_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    estate = simple(tcp(5432, v4=("0.0.0.0/0",)))
    estate.interfaces[0] |= {
        "Description": "RDSNetworkInterface",
        "RequesterId": "amazon-rds",
        "Attachment": {"Status": "attached", "InstanceOwnerId": "amazon-rds"},
    }
    with caplog.at_level(logging.INFO, "vedette.app.reachability"):
        answers = analyse({PLACE: estate.answers()}, [])
    assert answers.elsewhere == (("Amazon RDS", 1),)
    (told,) = caplog.messages
    assert told == (
        "1 exposed interface is no instance's: Amazon RDS (1);"
        " they have no findings, `vedette reach` lists them"
    )


def test_what_a_whole_place_hides_is_unknown_of_everything_in_it() -> None:
    """A load balancer that was not described may send to any instance, and not to any function."""
    estate = simple(tcp(5432, v4=("10.0.0.0/8",)))
    estate.interface(
        7, "subnet-1", ("sg-1",), state=None, Description="ELB app/web/1", RequesterId="amazon-elb"
    )
    answers = analyse({PLACE: estate.answers()}, [])
    hidden = answers.of(instance("i-1"))
    assert hidden is not None
    assert {one.resource for one in hidden.unknown} == {"/".join(PLACE)}
    assert reached(hidden).reach is Reach.UNKNOWN
    failing = estate.answers() | {"lambda.list-functions": {"errors": [{"Code": "AccessDenied"}]}}
    answers = analyse({PLACE: failing}, [])
    edges = {
        name: {one.edge for one in found.unknown}
        for name, found in (("i", answers.of(instance("i-1"))), ("f", answers.of(function())))
        if found is not None
    }
    assert edges == {"i": {"internet-v4"}, "f": {"internet-v4", "lambda-url"}}


def instance(identity: str) -> Resource:
    return Resource(
        ref=ResourceRef(
            type=ResourceType.EC2_INSTANCE,
            id=identity,
            account=AccountId(PLACE[0]),
            region=PLACE[1],
        ),
        facts=Ec2Instance(
            instance_type="m5.large",
            image_id=None,
            state=InstanceState.RUNNING,
            launched_at=None,
        ),
    )


def function() -> Resource:
    ref = ResourceRef(
        type=ResourceType.LAMBDA_FUNCTION,
        id=f"{ARN}:$LATEST",
        account=AccountId(PLACE[0]),
        region=PLACE[1],
    )
    return Resource(
        ref=ref,
        facts=LambdaFunction(
            name="hook", runtime=None, architectures=(), code_sha256="", version="$LATEST"
        ),
    )
