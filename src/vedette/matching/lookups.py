"""What is asked about a package: its ecosystem's questions, or where nobody's advisories speak of such packages, its product's."""

from collections.abc import Iterable

import msgspec

from vedette.matching.ecosystems import Host, Lookup, rule_for
from vedette.matching.products import product_lookups
from vedette.model.package import Package


class Questions(msgspec.Struct, frozen=True, kw_only=True):
    """How a package is judged.

    Args:
        exemption: why it is deliberately not judged; None where it is.
        lookups: the questions; none where nobody can be asked.
        answerable: whether the index has advisories for any of them.
    """

    exemption: str | None
    lookups: tuple[Lookup, ...]
    answerable: bool


def questions_about(package: Package, host: Host) -> Questions:
    """How the package is judged on this host."""
    rule = rule_for(package.ecosystem)
    exemption = rule.exempt(package, host) if rule else None
    if exemption is not None:
        return Questions(exemption=exemption, lookups=(), answerable=False)
    lookups = rule.lookups(package, host) if rule else ()
    if _has_advisories(lookups, host):
        return Questions(exemption=None, lookups=lookups, answerable=True)
    products = product_lookups(package, host)
    return Questions(exemption=None, lookups=products or lookups, answerable=bool(products))


def _has_advisories(lookups: Iterable[Lookup], host: Host) -> bool:
    return any(lookup.ecosystem in host.ecosystems for lookup in lookups)
