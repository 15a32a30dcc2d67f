"""The texts in Java's archives that name libraries: manifests and `pom.properties`.

JAR File Specification, "JAR Manifest": lines of `Name: value`, continued by lines that begin with a space; the main section
ends at the first empty line. `java.util.Properties`, "load": lines of a key and a value with `=`, `:` or a space between.
"""

import re
from collections.abc import Mapping

_CONTINUED = re.compile(r"(?:\r\n|\r|\n) ")
_LINES = re.compile(r"\r\n|\r|\n")
_PROPERTY = re.compile(r"[ \t\f]*([A-Za-z]+)[ \t\f]*[=: \t\f][ \t\f]*(.*)")
_MOST_LINES = 10_000


def read_manifest(data: bytes) -> Mapping[str, str]:
    """The main section; of a name that comes twice the first value."""
    text = _CONTINUED.sub("", data.decode("utf-8", "replace").removeprefix("\ufeff"))
    found: dict[str, str] = {}
    for line in _LINES.split(text, _MOST_LINES)[:_MOST_LINES]:
        if not line:
            if found:
                break
            continue
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip(), value.strip())
    return found


def read_properties(data: bytes) -> Mapping[str, str]:
    """Keys of letters, which is what Maven writes, and their values; of a key that comes twice the last."""
    found: dict[str, str] = {}
    for line in _LINES.split(data.decode("latin-1"), _MOST_LINES)[:_MOST_LINES]:
        match = _PROPERTY.fullmatch(line)
        if match:
            found[match[1]] = match[2].strip()
    return found
