"""Systems Manager's operations, each of which sees the effect of the commands that have ended."""

from vedette_simulator.services.ssm import automation, commands, inventory, patches
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handler, Handlers


def _settled(handler: Handler) -> Handler:
    def after(call: Call) -> Fields:
        commands.settle(call)
        return handler(call)

    return after


HANDLERS: Handlers = {
    key: _settled(handler)
    for family in (inventory, commands, patches, automation)
    for key, handler in family.HANDLERS.items()
}
