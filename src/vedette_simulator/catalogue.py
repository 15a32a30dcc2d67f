"""Every operation that is this simulator's own, service by service; all others are moto's."""

from vedette_simulator.services import (
    ec2,
    ec2_public_access,
    ecr,
    ecr_layers,
    ecs,
    edges,
    eks,
    events,
    functions,
    organizations,
    sts,
)
from vedette_simulator.services.securityhub import operations as securityhub
from vedette_simulator.services.ssm import operations as ssm
from vedette_simulator.world import Handlers

_FAMILIES = (
    ec2,
    ec2_public_access,
    ecr,
    ecr_layers,
    ecs,
    edges,
    eks,
    events,
    functions,
    organizations,
    securityhub,
    ssm,
    sts,
)

HANDLERS: Handlers = {
    key: handler for family in _FAMILIES for key, handler in family.HANDLERS.items()
}
