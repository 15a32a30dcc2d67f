"""What mends one package alone, made once for each that is the same: a hundred findings of an estate name few."""

from vedette.findings.remediation import vulnerability_remediation
from vedette.model.finding import VulnerablePackage
from vedette.model.resource import Resource

_MOST_KEPT = 1 << 13
_KEPT: dict[tuple[str | None, ...], str] = {}


def package_remedy(resource: Resource | None, entry: VulnerablePackage) -> str | None:
    """`vulnerability_remediation` of this package; None where nothing mends it, or its resource is not known."""
    if resource is None or entry.fixed_in is None:
        return None
    package = entry.package
    # whatever the text is made of
    key = (
        resource.ref.type,
        entry.fixed_in,
        entry.note,
        package.name,
        package.manager,
        package.scheme,
        package.ecosystem,
    )
    told = _KEPT.get(key)
    if told is None:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        told = _KEPT[key] = vulnerability_remediation(resource, (entry,))
    return told
