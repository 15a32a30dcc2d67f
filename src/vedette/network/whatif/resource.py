"""A resource of an infrastructure tool as it is before and after a change, and what can be done with a type of them.

Attributes are spelled as the Terraform provider for AWS spells them; other tools' are translated on the way in.
"""

from collections.abc import Callable, Mapping

import msgspec

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.snapshot import Place
from vedette.network.whatif.draft import AbsentError, Draft
from vedette.network.whatif.planned import Ledger

UNKNOWN = "its value is known only once the change is made"


class View:
    """The attributes of one side of a resource.

    Reading one whose value is not known yet says so in the ledger, and gives what an absent one gives. ParseError
    where a value has another type than it should.
    """

    def __init__(
        self,
        address: str,
        identity: str,
        values: Mapping[str, object],
        unknown: Mapping[str, object],
        ledger: Ledger,
    ) -> None:
        self.address = address
        self.identity = identity
        self.values = values
        self.unknown = unknown
        self.ledger = ledger

    @property
    def draft(self) -> Draft:
        """What is being changed."""
        return self.ledger.draft

    def unclear(self, attribute: str, reason: str) -> None:
        """Say that an attribute could not be applied."""
        self.ledger.unclear(self.address, attribute, reason)

    def text(self, name: str) -> str | None:
        """A text; an empty one is as good as none."""
        value = self._value(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ParseError(f"{name} is not a text", self.address)
        return str(value)

    def needed(self, name: str) -> str:
        """A text without which nothing can be said. AbsentError if it is not there."""
        value = self.text(name)
        if value is None:
            raise AbsentError(self.address, f"{name} is not known")
        return value

    def number(self, name: str) -> int | None:
        """A whole number, which may be written as a text."""
        value = self._value(name)
        if value is None or value == "":
            return None
        try:
            number = int(str(value))
        except ValueError:
            raise ParseError(f"{name} is not a whole number", self.address) from None
        return number

    def flag(self, name: str) -> bool | None:
        """True or false, which may be written as a text."""
        value = self._value(name)
        if isinstance(value, str):
            value = {"true": True, "false": False}.get(value.lower(), value)
        if value is None or isinstance(value, bool):
            return value
        raise ParseError(f"{name} is neither true nor false", self.address)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, or one."""
        value = self._value(name)
        if value is None:
            return ()
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list | tuple):
            raise ParseError(f"{name} is not a list", self.address)
        if self._has_unknown(self.unknown.get(name)):
            self.unclear(name, UNKNOWN)
        out = []
        for one in listed:
            if one is not None and not isinstance(one, str):
                raise ParseError(f"{name} has something else than texts", self.address)
            if one:
                out.append(one)
        return tuple(out)

    def blocks(self, name: str) -> tuple["View", ...]:
        """Nested blocks, or one."""
        value = self._value(name)
        if value is None:
            return ()
        listed = [value] if isinstance(value, Mapping) else value
        if not isinstance(listed, list | tuple):
            raise ParseError(f"{name} is not a list of blocks", self.address)
        unknown = self.unknown.get(name)
        unknowns = unknown if isinstance(unknown, list | tuple) else [unknown]
        out = []
        for index, one in enumerate(listed):
            if not isinstance(one, Mapping):
                raise ParseError(f"{name} has something else than blocks", self.address)
            own = unknowns[index] if index < len(unknowns) else None
            if own is True:
                self.unclear(name, UNKNOWN)
            inner = own if isinstance(own, Mapping) else {}
            out.append(View(f"{self.address}.{name}[{index}]", "", one, inner, self.ledger))
        return tuple(out)

    def is_unknown(self, name: str) -> bool:
        """Whether all of a value is not known yet; asking does not count as reading."""
        return self.unknown.get(name) is True

    def _value(self, name: str) -> object:
        if self.unknown.get(name) is True:
            self.unclear(name, UNKNOWN)
            return None
        return self.values.get(name)

    def _has_unknown(self, unknown: object) -> bool:
        return isinstance(unknown, list | tuple) and any(one is True for one in unknown)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A type of resources.

    `reads` are the attributes that are understood, `harmless` those that reachability does not depend on; a change of
    any other is not understood. `put` makes the resource, or changes it where there is an old side. `parent` is the
    attribute that names another one of the type, which is made first.
    """

    type: str
    reads: frozenset[str]
    harmless: frozenset[str]
    put: Callable[[View | None, View], None]
    remove: Callable[[View], None]
    parent: str = ""


HARMLESS = frozenset(
    {
        "arn",
        "description",
        "id",
        "name",
        "name_prefix",
        "owner_id",
        "region",
        "tags",
        "tags_all",
        "timeouts",
    }
)
"""Attributes that say nothing about traffic in any type."""


def kind(
    name: str,
    put: Callable[[View | None, View], None],
    remove: Callable[[View], None],
    *,
    reads: str,
    harmless: str = "",
    parent: str = "",
) -> Kind:
    """A type with its attributes as words."""
    return Kind(
        type=name,
        reads=frozenset(reads.split()),
        harmless=HARMLESS | frozenset(harmless.split()),
        put=put,
        remove=remove,
        parent=parent,
    )


def changed(old: View | None, new: View, name: str) -> bool:
    """Whether an attribute is new or another one."""
    if new.unknown.get(name):
        return True
    return old is None or old.values.get(name) != new.values.get(name)


def place_of(draft: Draft, *names: tuple[type[aws.Described], str | None]) -> Place:
    """Where the first of these that the snapshot has is; the one place that there is where it has none of them."""
    for wanted, identity in names:
        if identity is not None and draft.has(wanted, identity):
            return draft.place_of(wanted, identity)
    return draft.only_place()


def nothing(view: View) -> None:
    """Taking it away changes nothing."""
    del view
