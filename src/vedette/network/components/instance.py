"""An instance receives traffic only while it runs.

Source: EC2 user guide, "Instance lifecycle"; Reachability Analyzer, `BAD_STATE`. An Elastic IP address and IPv6
addresses stay with a stopped instance, so that its exposure is latent.
"""

from vedette.network.codes import Code
from vedette.network.components._base import (
    OPEN,
    Component,
    Doubt,
    Passage,
    Role,
    Shut,
    Situation,
    doubtful,
)


def _judge(situation: Situation) -> Passage:
    state = situation.profile.state
    if state is None or state == "running":
        return OPEN
    if state == "unknown":
        return doubtful(
            Doubt(
                code=Code.UNKNOWN_RESOURCE,
                role=Role.INSTANCE,
                reason="the state of the instance was not recorded (ec2.describe-instances)",
            )
        )
    latent = situation.profile.public and state in {"stopped", "stopping"}
    ending = "; its public address stays with it" if latent else ""
    return Shut(code=Code.BAD_STATE, role=Role.INSTANCE, reason=f"the instance is {state}{ending}")


COMPONENT = Component(
    name="instance",
    type="AWS::EC2::Instance",
    codes=(Code.BAD_STATE, Code.UNKNOWN_RESOURCE),
    judge=_judge,
)
