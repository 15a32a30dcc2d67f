"""How the Node package managers name packages and where these come from: https://docs.npmjs.com/cli/using-npm/package-spec."""

import re
from collections.abc import Iterable

from vedette.errors import ParseError
from vedette.inventory.formats.declared import REGISTRY, Declarer, Origin, from_url, from_vcs
from vedette.inventory.found import FoundPackage, PackageKind
from vedette.model.package import PackageManager

_NAME = re.compile(r"(?:@[^/@\s]+/)?[^/@\s]+")
_GIT = re.compile(
    r"git(?:\+[a-z]+)?:|git@|(?:ssh|git)://|(?:github|gitlab|bitbucket|gist):|https?://[^#]+\.git(?:#|$)"
)
_HOSTS = re.compile(r"https?://(?:codeload\.)?(?:github\.com|gitlab\.com|bitbucket\.org)/")
_ARCHIVE = re.compile(r"\.(?:tgz|tar\.gz|tar)$")
_SHORT = re.compile(r"(github|gitlab|bitbucket):([^#]+)(?:#(.*))?")
_ADDRESSES = {
    "github": "https://github.com/",
    "gitlab": "https://gitlab.com/",
    "bitbucket": "https://bitbucket.org/",
}
_LOCAL = ("file:", "link:", "portal:", "workspace:")


def npm_package(
    name: str,
    version: str | None,
    *,
    manager: PackageManager,
    dev: bool = False,
    origin: Origin = REGISTRY,
    licenses: Iterable[str] = (),
) -> FoundPackage | None:
    """A package under a name that npm allows; None where it is a folder of the repository.

    A version that is an address is one no more: the revision that it ends with is taken, else the package has none.

    Raises:
        ParseError: where it has no version, or the name is none.
    """
    if not _NAME.fullmatch(name):
        raise ParseError(f"not a package name: {name[:80]!r}")
    if is_folder(version or ""):
        return None
    if version and (":" in version or "/" in version):
        version = version.partition("#")[2].removeprefix("commit=") or version.rpartition("/")[2]
    make = Declarer(kind=PackageKind.NPM, manager=manager)
    return make(name, version, dev=dev, origin=origin, licenses=licenses)


def is_folder(text: str) -> bool:
    """Whether a version or an address names a folder, and not an archive."""
    return text.startswith(_LOCAL) and _ARCHIVE.search(text.partition("#")[0]) is None


def split_alias(name: str, version: str) -> tuple[str, str]:
    """The true name and version of `npm:NAME@VERSION`; any other as it is."""
    if not version.startswith("npm:"):
        return name, version
    true_name, version = split_name(version.removeprefix("npm:"))
    return true_name or name, version


def split_name(text: str) -> tuple[str, str]:
    """`NAME@VERSION`, where the name may begin with a scope's `@`."""
    at = text.find("@", 1)
    return (text, "") if at < 0 else (text[:at], text[at + 1 :])


def origin_of(address: str | None) -> Origin:
    """Where an address leads: to a repository, to an archive elsewhere, or (anything else) to a registry.

    A registry is told by nothing but not being one of the others: mirrors have addresses of every kind.
    """
    if not address:
        return REGISTRY
    if short := _SHORT.fullmatch(address):
        return from_vcs(_ADDRESSES[short[1]] + short[2], short[3])
    if _GIT.match(address):
        url, _, revision = address.partition("#")
        return from_vcs(url, revision.removeprefix("commit=") or None)
    if address.startswith("file:") or _HOSTS.match(address):
        return from_url(address.partition("#")[0])
    return REGISTRY
