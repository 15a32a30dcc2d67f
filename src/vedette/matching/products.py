"""Products by CPE: a last resort for packages that no ecosystem's advisories speak of (NIST IR 7696).

NVD names vendors and products; who packages the same software may call it anything. So only CPEs that the inventory states are asked for, and
for C and C++ libraries those of a short list. Rows that hold under conditions the package does not meet for certain are doubts.
"""

import re
from collections.abc import Iterator
from types import MappingProxyType

from vedette.errors import ParseError
from vedette.matching.builds import Objection
from vedette.matching.ecosystems import Host, Lookup, rule_for
from vedette.matching.ranges import Version, version_of
from vedette.model.advisory import Affected
from vedette.model.cpe import ANY, NA, Cpe, Relation, parse_cpe, relation
from vedette.model.match import MatchKind
from vedette.model.package import Package, SchemeName

APPLICATIONS = "CPE:a"
"""The ecosystem of rows that name applications by `vendor:product`."""

_OF_DISTRIBUTIONS = frozenset({SchemeName.ALPM, SchemeName.APK, SchemeName.DEB, SchemeName.RPM})
_UNRULED = frozenset(["ConanCenter"])
"""Ecosystems with a rule whose advisories hardly any database has."""
_LIBRARIES = frozenset(["ConanCenter", "conan", "conda", "generic"])
_PRODUCTS = MappingProxyType(
    {
        "apr": "apache:portable_runtime",
        "binutils": "gnu:binutils",
        "boringssl": "google:boringssl",
        "brotli": "google:brotli",
        "busybox": "busybox:busybox",
        "bzip2": "bzip:bzip2",
        "c-ares": "c-ares:c-ares",
        "cairo": "cairographics:cairo",
        "curl": "haxx:curl",
        "dbus": "freedesktop:dbus",
        "expat": "libexpat_project:libexpat",
        "ffmpeg": "ffmpeg:ffmpeg",
        "freetype": "freetype:freetype",
        "giflib": "giflib_project:giflib",
        "glib": "gnome:glib",
        "glibc": "gnu:glibc",
        "gnutls": "gnu:gnutls",
        "grpc": "grpc:grpc",
        "harfbuzz": "harfbuzz_project:harfbuzz",
        "hdf5": "hdfgroup:hdf5",
        "icu": "icu-project:international_components_for_unicode",
        "jasper": "jasper_project:jasper",
        "krb5": "mit:kerberos_5",
        "lcms": "littlecms:little_cms",
        "libarchive": "libarchive:libarchive",
        "libcurl": "haxx:libcurl",
        "libevent": "libevent_project:libevent",
        "libgcrypt": "gnupg:libgcrypt",
        "libjpeg-turbo": "libjpeg-turbo:libjpeg-turbo",
        "libpng": "libpng:libpng",
        "libssh": "libssh:libssh",
        "libssh2": "libssh2:libssh2",
        "libtiff": "libtiff:libtiff",
        "libuv": "libuv:libuv",
        "libwebp": "webmproject:libwebp",
        "libxml2": "xmlsoft:libxml2",
        "libxslt": "xmlsoft:libxslt",
        "lz4": "lz4_project:lz4",
        "mbedtls": "arm:mbed_tls",
        "ncurses": "gnu:ncurses",
        "nghttp2": "nghttp2:nghttp2",
        "nginx": "f5:nginx",
        "openjpeg": "uclouvain:openjpeg",
        "openldap": "openldap:openldap",
        "openssh": "openbsd:openssh",
        "openssl": "openssl:openssl",
        "pcre": "pcre:pcre",
        "pcre2": "pcre:pcre2",
        "poco": "pocoproject:poco",
        "protobuf": "google:protobuf",
        "sqlite": "sqlite:sqlite",
        "sqlite3": "sqlite:sqlite",
        "wolfssl": "wolfssl:wolfssl",
        "xz": "tukaani:xz",
        "zlib": "zlib:zlib",
        "zstd": "facebook:zstandard",
    }
)
"""What a library's name means in NVD."""

_CONDITION = re.compile(r"(?P<word>with|after)=(?P<value>.+)")
_REST = ("edition", "language", "sw_edition", "target_sw", "target_hw", "other")


def product_lookups(package: Package, host: Host) -> tuple[Lookup, ...]:
    """What is asked about a package that no ecosystem's advisories speak of; nothing where it has no product's name."""
    if APPLICATIONS not in host.ecosystems or _is_judged_elsewhere(package):
        return ()
    names = {f"{cpe.vendor}:{cpe.product}" for cpe in _stated(package)}
    if not names and package.ecosystem in _LIBRARIES and package.name in _PRODUCTS:
        names = {_PRODUCTS[package.name]}
    return tuple(
        Lookup(
            ecosystem=APPLICATIONS,
            name=name,
            version=package.version,
            kind=MatchKind.CPE,
            scheme=SchemeName.GENERIC,
        )
        for name in sorted(names)
    )


def other_product(package: Package, affected: Affected) -> Objection | None:
    """Why a row by CPE is not, or may not be, about the package; None where it is."""
    if affected.ecosystem != APPLICATIONS or affected.note is None:
        return None
    for word in affected.note.split(" "):
        condition = _CONDITION.fullmatch(word)
        if condition is None:
            found = _other_edition(package, affected.name, word)
        elif condition["word"] == "with":
            found = Objection(reason=f"only together with {condition['value']}", doubtful=True)
        else:
            found = _not_after(package.version, condition["value"])
        if found is not None:
            return found
    return None


def _is_judged_elsewhere(package: Package) -> bool:
    """Whether distributions or registries speak of such packages, though perhaps not in this database."""
    if package.owner is not None or package.scheme in _OF_DISTRIBUTIONS:
        return True
    return rule_for(package.ecosystem) is not None and package.ecosystem not in _UNRULED


def _stated(package: Package) -> Iterator[Cpe]:
    """The applications that the inventory says the package is; what is no CPE says nothing."""
    for text in package.cpes:
        try:
            cpe = parse_cpe(text)
        except ParseError:
            continue
        if cpe.part == "a" and not {ANY, NA} & {cpe.vendor, cpe.product}:
            yield cpe


def _other_edition(package: Package, name: str, word: str) -> Objection | None:
    """The row is about an edition: another one, or one that the package does not name, is a reason or a doubt."""
    wanted = word.split(":")
    known = [cpe for cpe in _stated(package) if f"{cpe.vendor}:{cpe.product}" == name] or [
        Cpe(part="a")
    ]
    relations = [
        {relation(getattr(cpe, field), value) for field, value in zip(_REST, wanted, strict=False)}
        for cpe in known
    ]
    if any(found <= {Relation.EQUAL, Relation.SUBSET} for found in relations):
        return None
    doubtful = any(Relation.DISJOINT not in found for found in relations)
    return Objection(reason=f"it is about the edition {word}", doubtful=doubtful)


def _not_after(text: str, start: str) -> Objection | None:
    """The row's ranges begin after a version: that one itself is not in them."""
    mine, first = version_of(text, SchemeName.GENERIC), version_of(start, SchemeName.GENERIC)
    if isinstance(mine, Version) and isinstance(first, Version) and mine.key == first.key:
        return Objection(reason=f"only versions after {start} are affected")
    return None
