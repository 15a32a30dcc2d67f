"""Which distribution it is: os-release(5), and the files that older systems have instead."""

import re
import shlex

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.found import DistroClaim, Extraction, Fault
from vedette.model.distro import Distro

# os-release(5): the one in /etc takes precedence; the others are read where there is neither
_RANKS = (
    "etc/os-release",
    "usr/lib/os-release",
    "etc/system-release",
    "etc/oracle-release",
    "etc/centos-release",
    "etc/redhat-release",
    "etc/alpine-release",
    "etc/debian_version",
)
_MOST_FAULTS = 20
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ID = re.compile(r"[a-z0-9._-]+")
_RELEASE = re.compile(r"(?P<name>.+?) release (?P<version>\d+(?:\.\d+)*)\b.*")
_DEBIAN = re.compile(r"\d+(?:\.\d+)*")
_ALPINE = re.compile(r"\d+\.\d+\S*")
_IDS = {
    "Amazon Linux AMI": "amzn",
    "Amazon Linux": "amzn",
    "CentOS": "centos",
    "CentOS Linux": "centos",
    "CentOS Stream": "centos",
    "Red Hat Enterprise Linux": "rhel",
    "Red Hat Enterprise Linux Server": "rhel",
    "Oracle Linux Server": "ol",
    "Rocky Linux": "rocky",
    "AlmaLinux": "almalinux",
    "Fedora": "fedora",
}


def _extract(file: FileInput) -> Extraction:
    name = file.path.rpartition("/")[2]
    try:
        text = file.data.decode()
    except UnicodeDecodeError as error:
        raise ParseError("not UTF-8", f"offset {error.start}") from error
    if name == "os-release":
        distro, faults = _os_release(text)
        return Extraction(distro=_claim(file.path, distro), faults=faults)
    other = _other(name, text.strip())
    return Extraction(distro=_claim(file.path, other) if other else None)


def _claim(path: str, distro: Distro) -> DistroClaim:
    return DistroClaim(rank=_RANKS.index(path), distro=distro)


def _os_release(text: str) -> tuple[Distro, tuple[Fault, ...]]:
    values, faults = _assignments(text)
    if faults and "ID" not in values:
        raise ParseError(faults[0].reason, faults[0].place)
    identity = values.get("ID") or "linux"  # the default that os-release(5) gives
    if not _ID.fullmatch(identity):
        raise ParseError(f"not an ID: {identity[:80]!r}")
    distro = Distro(
        id=identity,
        version_id=values.get("VERSION_ID") or None,
        codename=values.get("VERSION_CODENAME") or None,
        cpe=values.get("CPE_NAME") or None,
        pretty_name=values.get("PRETTY_NAME") or None,
        id_like=tuple(values.get("ID_LIKE", "").split()),
    )
    return distro, faults


def _assignments(text: str) -> tuple[dict[str, str], tuple[Fault, ...]]:
    values: dict[str, str] = {}
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        try:
            key, value = _assignment(stripped)
        except ValueError as error:
            faults.append(Fault(place=f"line {number}", reason=f"{error}: {stripped[:80]!r}"))
        else:
            values[key] = value
    return values, tuple(faults[:_MOST_FAULTS])


def _assignment(line: str) -> tuple[str, str]:
    key, equals, value = line.partition("=")
    if not equals or not _KEY.fullmatch(key):
        raise ValueError("not an assignment")
    return key, " ".join(shlex.split(value))


def _other(name: str, text: str) -> Distro | None:
    """None where the file says nothing certain (Ubuntu's `bookworm/sid`, an empty file)."""
    match name:
        case "alpine-release":
            return Distro(id="alpine", version_id=text) if _ALPINE.fullmatch(text) else None
        case "debian_version":
            major = text.partition(".")[0]
            return Distro(id="debian", version_id=major) if _DEBIAN.fullmatch(text) else None
        case _:
            return _red_hat_like(text)


def _red_hat_like(text: str) -> Distro | None:
    match = _RELEASE.fullmatch(text)
    identity = _IDS.get(match["name"]) if match else None
    if match is None or identity is None:
        return None
    return Distro(id=identity, version_id=match["version"], pretty_name=text)


EXTRACTOR = Extractor(
    name="os_release",
    version=1,
    title="The distribution and its release",
    patterns=_RANKS,
    limit=1 << 16,
    extract=_extract,
)
