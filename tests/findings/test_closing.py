"""Closing changes in words."""

from vedette.findings.closing import closed_by, closing_text
from vedette.model.network import ClosingChange, NetworkChange

_RULE = NetworkChange(kind="revoke-security-group-rule", component="sg-1", rule="sgr-1")
_DENY = NetworkChange(
    kind="deny-in-network-acl",
    component="acl-1",
    rule="99",
    note="inbound deny TCP 22-22 from 0.0.0.0/0",
)
_API = NetworkChange(kind="disable-api-endpoint", component="a1b2c3")


def test_a_set_of_changes() -> None:
    assert closing_text(ClosingChange(changes=(_DENY, _RULE), broken=3)) == (
        "deny in network acl 99 of acl-1 (inbound deny TCP 22-22 from 0.0.0.0/0)"
        " and revoke security group rule sgr-1 of sg-1 (closes or narrows 3 others)"
    )


def test_the_smallest_come_first_and_the_rest_is_counted() -> None:
    one = ClosingChange(changes=(_API,))
    assert closed_by(()) == ""
    assert closed_by((one,)) == "Closed by disable api endpoint a1b2c3."
    assert closed_by((one, one)) == (
        "Closed by any one of: disable api endpoint a1b2c3; disable api endpoint a1b2c3."
    )
    assert closed_by((one,) * 6).endswith("; and 2 more.")
