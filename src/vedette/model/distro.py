"""The operating system of a target, from os-release (freedesktop.org os-release(5))."""

import msgspec


class Distro(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution's release.

    `id` and `version_id` are the values of os-release (`amzn`, `2023`); `codename` is
    VERSION_CODENAME where given; `cpe` is CPE_NAME as written.
    """

    id: str
    version_id: str | None = None
    codename: str | None = None
    cpe: str | None = None
    pretty_name: str | None = None
    id_like: tuple[str, ...] = ()
