"""The network answers of a pass: what closes them, and what has no findings."""

import logging

import pytest

from tests.network.estates import PLACE, simple, tcp
from tests.network.test_functions import ARN, OPEN_INVOKE, OPEN_URL, recorded
from vedette.app.reachability import analyse


def test_functions_are_told_what_closes_them() -> None:
    answers = analyse({PLACE: recorded(OPEN_URL, OPEN_INVOKE)})
    (exposure,) = answers.exposures[ARN]
    assert [[one.kind for one in each.changes] for each in exposure.closing_changes] == [
        ["set-function-url-auth"],
        ["remove-function-permission"],
    ]
    assert answers.elsewhere == ()


def test_what_has_no_findings_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    estate = simple(tcp(5432, v4=("0.0.0.0/0",)))
    estate.interfaces[0] |= {
        "Description": "RDSNetworkInterface",
        "RequesterId": "amazon-rds",
        "Attachment": {"Status": "attached", "InstanceOwnerId": "amazon-rds"},
    }
    with caplog.at_level(logging.INFO, "vedette.app.reachability"):
        answers = analyse({PLACE: estate.answers()})
    assert answers.elsewhere == (("Amazon RDS", 1),)
    (told,) = caplog.messages
    assert told == (
        "1 exposed interface is no instance's: Amazon RDS (1);"
        " they have no findings, `vedette reach` lists them"
    )
