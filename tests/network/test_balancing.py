"""What a listener's forward says of its sources."""

from vedette.model.network import Transport
from vedette.network.addrset import Family
from vedette.network.balancing import Forward, TargetGroup


def test_sources_are_kept_by_family() -> None:
    forward = Forward(
        rule="default",
        group=TargetGroup(id="tg-1", name="web", transports=(Transport.TCP,), targets=()),
        sources=((Family.V4, ((0, 9),)), (Family.V6, ())),
    )
    assert forward.of(Family.V4) == ((0, 9),)
    assert forward.of(Family.V6) == ()
