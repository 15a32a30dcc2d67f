"""Exposures of what has no findings: Inspector has them of instances and functions, the analysis of every interface."""

from collections import Counter
from collections.abc import Iterable

from vedette.model.network import Exposure

NOBODY_KNOWN = "interfaces of nobody known"
_LISTED = 5


def elsewhere(exposures: Iterable[Exposure]) -> tuple[tuple[str, int], ...]:
    """Owners with the number of their interfaces that are exposed, most first.

    Of interfaces that are no instance's: databases, tasks, load balancers, endpoints.
    """
    owners = {
        one.interface: one.owner or NOBODY_KNOWN
        for one in exposures
        if one.interface is not None and one.resource == one.interface
    }
    found = Counter(owners.values())
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def elsewhere_text(counted: tuple[tuple[str, int], ...]) -> str:
    """`7 exposed interfaces are no instance's: Amazon RDS (4), …`; empty where there are none."""
    if not counted:
        return ""
    total = sum(number for _, number in counted)
    named = ", ".join(f"{owner} ({number})" for owner, number in counted[:_LISTED])
    more = len(counted) - _LISTED
    are = "exposed interface is" if total == 1 else "exposed interfaces are"
    return f"{total} {are} no instance's: {named}{f' and {more} more' if more > 0 else ''}"
