"""Network exposure as tables: what is not certain, not known or not told in full is said."""

from vedette.cli.render.reach_change import change_table
from vedette.cli.render.reach_table import reach_table
from vedette.model.network import Exposure, Hop, PortRange, Transport, UnknownReach
from vedette.network.describe import snapshot_from
from vedette.network.intended import Intended
from vedette.network.reach import Reach
from vedette.network.whatif.compare import Difference, Piece
from vedette.network.whatif.planned import Planned, Unclear

_PIECE = Piece(
    edge="internet-v4",
    resource="i-1",
    interface="eni-1",
    address="54.1.1.1",
    transport=Transport.UDP,
    ports=PortRange(begin=53, end=54),
    sources=("198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24", "192.0.3.0/24"),
    certain=False,
)
_UNKNOWN = UnknownReach(
    edge="internet-v4",
    resource="i-2",
    code="UNKNOWN_RESOURCE",
    component="x",
    reason="not \x1b[31m",
)


def test_a_change() -> None:
    plan = Planned(
        form="changes",
        snapshot=snapshot_from({("1", "eu-west-1"): {}}),
        applied=2,
        unknown=(Unclear(component="aws_x.y", attribute="z", reason="it is not modelled"),),
        ignored=(("aws_s3_bucket", 2),),
        notes=("an address is made up",),
    )
    difference = Difference(
        opens=(), closes=(_PIECE,), answered=(_PIECE,), unanswered=(_PIECE,), unknown=(_UNKNOWN,)
    )
    lines = change_table(difference, plan, ("nothing",)).splitlines()
    assert [one for one in lines if one.isupper() and "EDGE" not in one] == [
        "CLOSES",
        "IS ANSWERED NOW",
        "IS NOT ANSWERED ANY MORE",
    ]
    assert "53-54" in lines[2]
    assert lines[2].endswith("192.0.2.0/24 and 1 more (not certain)")
    assert lines[-6:] == [
        "2 changes: 0 open, 1 close",
        "  no part in reachability: 2 aws_s3_bucket",
        "  unknown: aws_x.y z: it is not modelled",
        "  unknown: internet-v4 to i-2: UNKNOWN_RESOURCE: not \N{REPLACEMENT CHARACTER}[31m",
        "  taken for granted: nothing",
        "  taken for granted: an address is made up",
    ]


def test_intents_that_are_not_all_told() -> None:
    exposure = Exposure(
        edge="internet-v4",
        resource="i-1",
        transport=Transport.TCP,
        ports=PortRange(begin=1, end=2),
        sources=("198.51.100.0/24",),
        return_path=False,
        path=(Hop(component_type="T", component_id="x"),),
    )
    answers = Reach(exposures=(exposure,), not_reachable=(), unknown=())
    text = reach_table(answers, Intended(expected=(("a", "b"),), unmet=(), untold=3))
    assert "1-2" in text
    assert "a, b" in text
    assert "  3 more do not hold" in text.splitlines()
