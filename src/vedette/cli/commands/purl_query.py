"""From a purl that somebody typed to the names that the database has."""

from collections.abc import Callable

from packageurl import PackageURL
from packaging.utils import canonicalize_name

from vedette.errors import ConfigError

_ECOSYSTEMS = {
    "cargo": "crates.io",
    "composer": "Packagist",
    "gem": "RubyGems",
    "golang": "Go",
    "hex": "Hex",
    "maven": "Maven",
    "npm": "npm",
    "nuget": "NuGet",
    "pub": "Pub",
    "pypi": "PyPI",
}
_DISTRIBUTIONS = {
    "almalinux": "AlmaLinux:",
    "alpine": "Alpine:",
    "amazon": "Amazon Linux:",
    "amzn": "Amazon Linux:",
    "debian": "Debian:",
    "fedora": "Fedora:",
    "oracle": "Oracle Linux:",
    "redhat": "Red Hat:",
    "rhel": "Red Hat:",
    "rocky": "Rocky Linux:",
    "ubuntu": "Ubuntu:",
}
_SEPARATORS = {"maven": ":"}
_SPELLINGS: dict[str, Callable[[str], str]] = {"nuget": str.lower, "pypi": canonicalize_name}


def database_name(text: str) -> tuple[str, str]:
    """The package's name, and what its ecosystems begin with.

    Raises:
        ConfigError: where the text is no purl, or one of a kind that no advisory speaks of.
    """
    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        raise ConfigError(f"not a package URL: {text}: {error}") from error
    if purl.type in _ECOSYSTEMS:
        separator = _SEPARATORS.get(purl.type, "/")
        name = f"{purl.namespace}{separator}{purl.name}" if purl.namespace else purl.name
        return _SPELLINGS.get(purl.type, str)(name), _ECOSYSTEMS[purl.type]
    prefix = _DISTRIBUTIONS.get(purl.namespace or "")
    if prefix is None:
        raise ConfigError(f"{text}: no advisories are kept for this kind of package")
    return purl.name, prefix
