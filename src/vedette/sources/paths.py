"""Names in archives as safe relative paths."""

from vedette.errors import ParseError


def readable(name: bytes) -> str:
    r"""The name as text: bytes that are not UTF-8 are shown as `\xNN`, so that every text can be encoded again."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("utf-8", "backslashreplace")


def relative(name: bytes) -> str:
    """The path below the root that a name in a tar archive means; see `normal`.

    Raises:
        ParseError: a part is `..`.
    """
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = readable(name)
    # as in `normal`, which a call would cost more than
    if "/." in text or "//" in text or text[:1] in "./" or text[-1:] == "/":
        return normal(text)
    return text


def normal(name: str) -> str:
    """The path below the root: no `.` or empty parts, no leading `/`. The root is `""`.

    An absolute name is taken as below the root, as container engines do.

    Raises:
        ParseError: a part is `..`.
    """
    if name[:2] == "./":
        name = name[2:]
    # rare forms are told by what each contains: most names have none of it, and every name comes by here
    if "/." in name or "//" in name or name[:1] in "./" or name[-1:] == "/":
        parts = [part for part in name.split("/") if part not in {"", "."}]
        if ".." in parts:
            raise ParseError("a name with `..`")
        return "/".join(parts)
    return name
