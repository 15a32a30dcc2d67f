"""Seeded versions of each scheme, and pairs that sit close together, where orders differ."""

import random
from collections.abc import Callable, Iterator, Sequence

from vedette.errors import VersionError
from vedette.versions import SCHEMES

Pair = tuple[str, str]

_NUMBERS = (
    "0",
    "1",
    "2",
    "9",
    "10",
    "11",
    "99",
    "00",
    "01",
    "001",
    "010",
    "100",
    "2024",
    "20240131",
)
_LONG = ("4294967295", "4294967296", "9" * 19, "1" + "0" * 19, "9" * 45)
_PLAIN = tuple(n for n in _NUMBERS if n == "0" or n[0] != "0")


def _number(rng: random.Random, pool: Sequence[str] = _NUMBERS) -> str:
    return rng.choice(_LONG) if rng.random() < 0.02 else rng.choice(pool)


def _small(rng: random.Random) -> str:
    return rng.choice(_PLAIN)


def _dotted(rng: random.Random, low: int, high: int, pool: Sequence[str] = _NUMBERS) -> str:
    return ".".join(_number(rng, pool) for _ in range(rng.randint(low, high)))


def _soup(pieces: Sequence[str], most: int = 7) -> Callable[[random.Random], str]:
    def make(rng: random.Random) -> str:
        return "".join(
            _number(rng) if rng.random() < 0.45 else rng.choice(pieces)
            for _ in range(rng.randint(1, most))
        )

    return make


_deb_part = _soup((".", ".", "~", "~", "+", "a", "b", "Z", "rc", "deb", "ubuntu", "-"))
_rpm_part = _soup((".", ".", "~", "^", "_", "+", "a", "b", "Z", "rc", "el", "..", "git"))


def deb(rng: random.Random) -> str:
    epoch = rng.choice(("", "", "", "0:", "00:", "1:", "01:", "12:"))
    revision = rng.choice(("", "-0", "-", "-")) or ""
    if revision == "-":
        revision += _deb_part(rng).replace("-", "") or "1"
    return f"{epoch}{_small(rng)}{_deb_part(rng)}{revision}"


def rpm(rng: random.Random) -> str:
    epoch = rng.choice(("", "", "", "0:", "00:", "1:", "01:", "12:"))
    release = rng.choice(("", "-"))
    if release:
        release += _rpm_part(rng)
    return f"{epoch}{_rpm_part(rng)}{release}"


def apk(rng: random.Random) -> str:
    text = _dotted(rng, 1, 4) + (rng.choice("abz") if rng.random() < 0.3 else "")
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        word = rng.choice(("alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"))
        text += f"_{word}" + rng.choice(("", "0", "1", "2", "10", "20240101"))
    if rng.random() < 0.15:
        text += "~" + rng.choice(("0", "0a", "ab", "abc", "f00", "12"))
    return text + rng.choice(("", "-r0", "-r1", "-r2", "-r10", "-r01"))


def pep440(rng: random.Random) -> str:
    separator = rng.choice(("", ".", "-", "_"))
    text = rng.choice(("", "", "", "v", "0!", "1!")) + _dotted(rng, 1, 4)
    if rng.random() < 0.4:
        word = rng.choice(("a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "RC", "A"))
        text += separator + word + rng.choice(("", "0", "1", ".1", "-2", "10"))
    if rng.random() < 0.3:
        text += rng.choice((".post", "-1", "-2", "rev3", ".r", "post1", ".POST0", "-10"))
    if rng.random() < 0.3:
        text += rng.choice((".dev", "dev0", "-dev1", ".dev10", "_DEV2"))
    if rng.random() < 0.2:
        text += "+" + rng.choice(
            ("1", "01", "a", "a.1", "a-b", "1.a", "ab", "a1", "deb_1", "10", "A")
        )
    return text


def _prerelease(rng: random.Random, pool: Sequence[str] = _PLAIN) -> str:
    words = ("a", "alpha", "beta", "rc", "rc1", "A", "-", "--", "0a", "a-b", "x10", "x9")
    return ".".join(
        _number(rng, pool) if rng.random() < 0.5 else rng.choice(words)
        for _ in range(rng.randint(1, 3))
    )


def semver(rng: random.Random) -> str:
    text = rng.choice(("", "", "v")) + _dotted(rng, 3, 3, _PLAIN)
    if rng.random() < 0.6:
        text += "-" + _prerelease(rng)
    if rng.random() < 0.2:
        text += "+" + _prerelease(rng)
    return text


def npm(rng: random.Random) -> str:
    text = rng.choice(("", "", "", "v", "=", "v ", "= ")) + _dotted(rng, 3, 3)
    if rng.random() < 0.6:
        text += rng.choice(("-", "-", "")) + _prerelease(rng, _NUMBERS)
    if rng.random() < 0.2:
        text += "+" + _prerelease(rng)
    return text


_MAVEN_WORDS = (
    *("a", "b", "m", "alpha", "beta", "milestone", "rc", "cr", "RC", "M", "sp", "SNAPSHOT"),
    *("ga", "final", "Final", "RELEASE", "xyz", "jre", "redhat", "_", "+"),
)
_maven_rest = _soup((".", ".", "-", "-", *_MAVEN_WORDS))


def maven(rng: random.Random) -> str:
    return _number(rng) + _maven_rest(rng)


_gem_rest = _soup((".", ".", ".", "a", "b", "Z", "rc", "pre", "-"), 9)


def gem(rng: random.Random) -> str:
    return _number(rng) + _gem_rest(rng)


def nuget(rng: random.Random) -> str:
    text = _dotted(rng, 1, 4)
    if rng.random() < 0.6:
        pool = (*_NUMBERS, "2147483647", "2147483648")
        text += "-" + (_prerelease(rng, pool) + rng.choice(("", "BETA", "x")))
    return text + rng.choice(("", "", "+1.a"))


def composer(rng: random.Random) -> str:
    text = rng.choice(("", "", "v")) + _dotted(rng, 1, 4)
    if rng.random() < 0.1:
        text = rng.choice(("20240131", "2024.01.31", "2024-01-31-12", "202401", "2024.01.31.1"))
    if rng.random() < 0.5:
        words = ("alpha", "beta", "RC", "rc", "a", "b", "patch", "p", "pl", "stable", "B")
        text += rng.choice(("", "-", ".", "_")) + rng.choice(words)
        text += rng.choice(("", "1", "2", "10", ".1", "-2", "2.1", "01"))
    text += rng.choice(("", "", "", "-dev", ".x-dev", "dev"))
    return text + rng.choice(("", "", "", "+build.1", "@beta"))


def cargo(rng: random.Random) -> str:
    return semver(rng).removeprefix("v")


def go(rng: random.Random) -> str:
    if rng.random() < 0.1:
        return "v0.0.0-" + rng.choice(("2024", "2023")) + "0131101112-" + rng.choice(("0ab", "c00"))
    return "v" + semver(rng).removeprefix("v")


_alpm_part = _soup((".", ".", "_", "+", "a", "b", "Z", "rc", "..", "git"))


def alpm(rng: random.Random) -> str:
    epoch = rng.choice(("", "", "", "0:", "00:", "1:", "01:"))
    return f"{epoch}{_alpm_part(rng)}{rng.choice(('', '-1', '-1', '-2', '-10', '-1.1', '-01'))}"


_conan_items = _soup((".", ".", ".", "a", "b", "rc", "alpha", "_", "z9"))


def conan(rng: random.Random) -> str:
    text = _conan_items(rng)
    if rng.random() < 0.4:
        text += "-" + _conan_items(rng)
    if rng.random() < 0.3:
        text += "+" + _conan_items(rng)
    return text


def hackage(rng: random.Random) -> str:
    return _dotted(rng, 1, 5, _PLAIN)


def cran(rng: random.Random) -> str:
    return _dotted(rng, 1, 4) + rng.choice(("", "-1", "-0", "-10"))


generic = _soup((".", ".", "-", "a", "k", "alpha", "beta", "rc", "RC", "M", "p", "u", "dev", "_"))

GENERATORS: dict[str, Callable[[random.Random], str]] = {
    "alpm": alpm,
    "apk": apk,
    "cargo": cargo,
    "composer": composer,
    "conan": conan,
    "cran": cran,
    "deb": deb,
    "gem": gem,
    "generic": generic,
    "go": go,
    "hackage": hackage,
    "hex": cargo,
    "maven": maven,
    "npm": npm,
    "nuget": nuget,
    "pep440": pep440,
    "pub": semver,
    "rpm": rpm,
    "semver": semver,
    "swift": semver,
}


def _seeded(scheme: str, seed: int) -> random.Random:
    return random.Random(f"{scheme}/{seed}")


def _neighbour(rng: random.Random, text: str, alphabet: Sequence[str]) -> str:
    at = rng.randrange(len(text) + 1)
    piece = rng.choice(alphabet)
    match rng.randrange(4):
        case 0:
            return text[:at] + piece + text[at:]
        case 1:
            return text[:at] + text[at + 1 :]
        case 2:
            return text[:at] + piece + text[at + 1 :]
        case _:
            return text + piece


def _is_version(scheme: str, text: str) -> bool:
    try:
        SCHEMES[scheme].key(text)
    except VersionError:
        return False
    return True


def versions(scheme: str, count: int, seed: int = 1) -> list[str]:
    """Versions that the scheme reads; some are neighbours of the one before."""
    rng = _seeded(scheme, seed)
    return [version for pair in _pairs(rng, scheme, (count + 1) // 2) for version in pair][:count]


def pairs(scheme: str, count: int, seed: int = 1) -> list[Pair]:
    """Pairs of versions that the scheme reads, half of them one character apart."""
    return list(_pairs(_seeded(scheme, seed), scheme, count))


def _pairs(rng: random.Random, scheme: str, count: int) -> Iterator[Pair]:
    make = GENERATORS[scheme]
    alphabet = sorted({c for _ in range(200) for c in make(rng)} - {" "})
    made = 0
    for _ in range(count * 20):
        left = make(rng)
        right = _neighbour(rng, left, alphabet) if rng.random() < 0.6 else make(rng)
        if _is_version(scheme, left) and _is_version(scheme, right):
            yield left, right
            made += 1
        if made == count:
            return
    raise AssertionError(
        f"only {made} of {count} pairs of {scheme}: the generator misses the grammar"
    )
