"""GitHub Actions: a repository at a tag, a branch or a commit (https://docs.github.com/actions/reference/workflow-syntax-for-github-actions).

Publishers move `v3` and `v3.1` to each new release of that line: such a tag may be any version of it. A branch or a commit is no version.
"""

import re

from vedette.matching.ecosystems._base import Ecosystem, Host, Lookup, no_exemption
from vedette.model.package import Package

_LINE = re.compile(r"[vV]?(?P<major>[0-9]{1,9})(?:\.(?P<minor>[0-9]{1,9}))?")
_LAST = 2**53
"""No release of a line has a greater number."""


def _lookups(package: Package, _host: Host) -> tuple[Lookup, ...]:
    first, last = _span(package.version)
    name = package.name.lower()
    return (Lookup(ecosystem=package.ecosystem, name=name, version=first, upto=last),)


def _span(ref: str) -> tuple[str, str | None]:
    line = _LINE.fullmatch(ref)
    if line is None:
        return ref, None
    if line["minor"] is None:
        return f"{line['major']}.0.0", f"{line['major']}.{_LAST}.{_LAST}"
    return f"{line['major']}.{line['minor']}.0", f"{line['major']}.{line['minor']}.{_LAST}"


ECOSYSTEM = Ecosystem(
    name="actions",
    covers=("GitHub Actions",),
    lookups=_lookups,
    exempt=no_exemption,
)
