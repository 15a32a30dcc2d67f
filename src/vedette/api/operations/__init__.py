"""The operations by family, explicitly listed; `HANDLERS` has them by the service model's names."""

from collections.abc import Mapping

from vedette.api.call import Handler

FAMILIES: tuple[Mapping[str, Handler], ...] = ()

HANDLERS: Mapping[str, Handler] = {
    name: handler for family in FAMILIES for name, handler in family.items()
}
