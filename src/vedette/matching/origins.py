"""Who built a package of the operating system, where it was not the distribution.

A vendor's or an enthusiasts' repository gives packages names and versions of its own: the distribution's advisories are not
about them. Only what a package says of itself counts: its vendor (rpm), its maintainer (deb), or a mark in its version that
only one repository sets. A package that says nothing is judged as the distribution's: see
docs/adr/0075-packages-of-third-parties.md.
"""

import re

from vedette.model.package import Package, SchemeName

_EPEL = "Fedora (EPEL)"
_FEDORA = "Fedora"
_AMAZON = "Amazon Linux"
_AMAZON_MARK = ".amzn"
"""In the release of everything that Amazon Linux builds."""

_VENDORS = (
    ("docker", "Docker"),
    ("elastic", "Elastic"),
    ("gitlab", "GitLab"),
    ("google", "Google"),
    ("grafana", "Grafana"),
    ("hashicorp", "HashiCorp"),
    ("influxdata", "InfluxData"),
    ("ius community", "IUS"),
    ("mariadb", "MariaDB"),
    ("mongodb", "MongoDB"),
    ("nginx", "NGINX"),
    ("nodesource", "NodeSource"),
    ("oracle and/or its affiliates", "MySQL"),
    ("percona", "Percona"),
    ("postgresql global development group", "PostgreSQL"),
    ("remi collet", "Remi's repository"),
    ("remi's rpm repository", "Remi's repository"),
    ("rpm fusion", "RPM Fusion"),
    ("the elrepo project", "ELRepo"),
)
"""How the vendor of an rpm begins, in lower case."""

_DOMAINS = {
    "datadoghq.com": "Datadog",
    "docker.com": "Docker",
    "elastic.co": "Elastic",
    "f5.com": "NGINX",
    "gitlab.com": "GitLab",
    "grafana.com": "Grafana",
    "hashicorp.com": "HashiCorp",
    "influxdata.com": "InfluxData",
    "mongodb.com": "MongoDB",
    "nginx.com": "NGINX",
    "nodesource.com": "NodeSource",
    "oss.oracle.com": "MySQL",
    "percona.com": "Percona",
}
"""The end of a maintainer's address, where nobody of that house maintains packages in Debian or Ubuntu."""

_MAINTAINERS = (("google cloud cli authors", "Google"), ("nodesource", "NodeSource"))
"""How a maintainer without a telling address begins."""

_DEB_MARKS = (
    (re.compile(r"nodesource[0-9]*$"), "NodeSource"),
    (re.compile(r"[.~+]pgdg[0-9.]+\+[0-9]+"), "PostgreSQL"),
    (re.compile(r"[0-9.~+-]ppa(?:[0-9~]|$)"), "a personal package archive"),
    (
        re.compile(r"\+(?:trusty|xenial|bionic|focal|jammy|noble)[0-9]+$"),
        "a personal package archive",
    ),
    (re.compile(r"[~+]deb\.sury\.org[+~]"), "deb.sury.org"),
)
_RPM_MARKS = (
    (re.compile(r"\.(?:el|fc)[0-9_]+\.remi(?:\.|$)"), "Remi's repository"),
    (re.compile(r"PGDG(?:\.|$)"), "PostgreSQL"),
    (re.compile(r"[0-9]nodesource(?:\.|$)"), "NodeSource"),
    (re.compile(r"\.elrepo(?:\.|$)"), "ELRepo"),
    (re.compile(r"\.ius(?:\.|$)"), "IUS"),
)
_ADDRESS = re.compile(r"@([a-z0-9.-]+)>?\s*$")


def third_party(package: Package) -> str | None:
    """Who built the package, where the package itself says that it was not its distribution."""
    if package.scheme is SchemeName.RPM:
        return _rpm_vendor(package) or _marked(package.version, _RPM_MARKS)
    if package.scheme is SchemeName.DEB:
        return _deb_maintainer(package.vendor) or _marked(package.version, _DEB_MARKS)
    return None


def third_party_exemption(package: Package) -> str | None:
    """Why the distribution's advisories do not judge the package; None where they do."""
    builder = third_party(package)
    if builder is None:
        return None
    return f"built by {builder}: the distribution's advisories are not about it"


def _rpm_vendor(package: Package) -> str | None:
    vendor = (package.vendor or "").casefold()
    distribution = package.ecosystem.partition(":")[0]
    if vendor == "fedora project" and distribution != _FEDORA:
        return _EPEL
    known = next((name for start, name in _VENDORS if vendor.startswith(start)), None)
    if known is None and distribution == _AMAZON and vendor and _AMAZON_MARK not in package.version:
        return None if vendor.startswith(_AMAZON.casefold()) else package.vendor
    return known


def _deb_maintainer(maintainer: str | None) -> str | None:
    text = (maintainer or "").casefold()
    address = _ADDRESS.search(text)
    domain = address[1] if address else ""
    for end, name in _DOMAINS.items():
        if domain == end or domain.endswith(f".{end}"):
            return name
    return next((name for start, name in _MAINTAINERS if text.startswith(start)), None)


def _marked(version: str, marks: tuple[tuple[re.Pattern[str], str], ...]) -> str | None:
    return next((name for pattern, name in marks if pattern.search(version)), None)
