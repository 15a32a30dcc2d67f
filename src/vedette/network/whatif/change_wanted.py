"""One change in our own words."""

import msgspec

from vedette.errors import ParseError


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One change as it is written in the file."""

    kind: str
    component: str
    rule: str | int | None = None
    note: str = ""
    protocol: str | None = None
    ports: int | tuple[int, int] | None = None
    source: str | None = None
    target: str | None = None
    action: str | None = None
    egress: bool = False

    def named(self, member: str) -> str:
        """A member that the kind needs. ParseError without it."""
        value = getattr(self, member)
        if value is None or value == "":
            raise ParseError(f"there is no {member}", self.kind)
        return str(value)

    @property
    def span(self) -> tuple[int, int] | None:
        """First and last port."""
        return (self.ports, self.ports) if isinstance(self.ports, int) else self.ports

    @property
    def number(self) -> int:
        """The rule as a number. ParseError if it is none."""
        text = self.named("rule")
        if not text.isdecimal():
            raise ParseError(f"{text!r} is not the number of an entry", self.kind)
        return int(text)
