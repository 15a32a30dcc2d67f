"""What a Terraform configuration says of values that are not known yet: which planned resource they refer to.

Source: Terraform, "JSON Output Format", "Configuration Representation" and "Expression Representation": an expression
is `constant_value`, or `references` with every prefix of each reference after it; nested blocks are objects or lists.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from vedette.network.whatif.identities import PRIMARY, refers_to_itself
from vedette.network.whatif.resources.hosts import interface_of

_REFERENCE = re.compile(
    r"(aws_[a-z0-9_]+\.[A-Za-z0-9_-]+)(\[(?:\d+|\"[^\"\]]*\")\])?(?:\.([a-z0-9_]+))?"
)
_MODULE = re.compile(r"module\.([A-Za-z0-9_-]+)(?:\[(?:\d+|\"[^\"\]]*\")\])?\.?")
_ANY_INDEX = re.compile(r"\[(?:\d+|\"[^\"\]]*\")\]")
_INSIDE = frozenset({"ingress", "egress", "route"})
"""Blocks that may be written by a `dynamic` one, which the configuration does not show."""

_LISTS = frozenset(
    {
        "cidr_blocks",
        "ipv6_addresses",
        "ipv6_cidr_blocks",
        "prefix_list_ids",
        "private_ips",
        "security_groups",
        "subnet_ids",
        "subnets",
        "vpc_security_group_ids",
    }
)
"""Attributes that hold several values."""

_BELONGS = {
    "aws_security_group_rule": "security_group_id",
    "aws_vpc_security_group_ingress_rule": "security_group_id",
    "aws_vpc_security_group_egress_rule": "security_group_id",
    "aws_network_acl_rule": "network_acl_id",
    "aws_route": "route_table_id",
}
"""Resources in place of such blocks; a group, ACL or table has either these or those (the provider's documentation)."""

_INDEX = re.compile(r"\[(?:\d+|\"[^\"\]]*\")\]$")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A planned resource that others may refer to."""

    identity: str
    values: Mapping[str, Any]
    unknown: Mapping[str, Any]


class Configuration:
    """The `configuration` of a plan; without one nothing is resolved."""

    def __init__(self, document: Mapping[str, Any] | None, targets: Mapping[str, Target]) -> None:
        root = document.get("root_module") if document else None
        self._root = root if isinstance(root, Mapping) else None
        self._targets = targets
        self._ruled = frozenset(_ruled(self._root, ""))
        self._instances: dict[str, list[str]] = {}
        for address in targets:
            self._instances.setdefault(_INDEX.sub("", address), []).append(address)

    def resolved(
        self, address: str, module: str, target: Target
    ) -> tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]:
        """The values with what could be resolved, what stays unknown, and lists that may have more in them."""
        values = dict(target.values)
        unknown = {name: one for name, one in target.unknown.items() if one}
        expressions = self._expressions(address, module)
        guesses: list[str] = []
        if expressions is None:
            return values, unknown, ()
        for name in list(unknown):
            if name in _INSIDE and name not in expressions and not self._is_ruled(address):
                continue
            found = self._value(
                name, (values.get(name), unknown[name]), expressions.get(name), module
            )
            if found is None:
                continue
            values[name], unknown[name], whole = found
            if not whole:
                guesses.append(name)
        return values, unknown, tuple(guesses)

    def _is_ruled(self, address: str) -> bool:
        """Whether its rules, entries or routes are resources of their own, so that it has none inside."""
        return _ANY_INDEX.sub("", address) in self._ruled

    def _expressions(self, address: str, module: str) -> Mapping[str, Any] | None:
        here: Any = self._root
        for name in _MODULE.findall(module):
            calls = here.get("module_calls") if isinstance(here, Mapping) else None
            call = calls.get(name) if isinstance(calls, Mapping) else None
            here = call.get("module") if isinstance(call, Mapping) else None
        own = _INDEX.sub("", address.removeprefix(f"{module}.") if module else address)
        for one in _listed_objects(here.get("resources") if isinstance(here, Mapping) else None):
            if one.get("address") == own:
                expressions = one.get("expressions")
                return expressions if isinstance(expressions, Mapping) else {}
        return None

    def _value(
        self, name: str, pair: tuple[Any, Any], expression: Any, module: str
    ) -> tuple[Any, Any, bool] | None:
        """The value, what of it stays unknown, and whether it is all; None where nothing can be said."""
        value, unknown = pair
        if expression is None:
            # nothing was written: AWS chooses, and what it chooses lets nobody in
            return (value, False, True) if unknown is True else None
        if isinstance(expression, list) and isinstance(unknown, list) and isinstance(value, list):
            return self._blocks(value, unknown, expression, module)
        if not isinstance(expression, Mapping):
            return None
        found = self._referred(expression.get("references"), module)
        if not found:
            return None
        if isinstance(value, list) or isinstance(unknown, list):
            return self._listed(value, unknown, found)
        if name in _LISTS:
            # not known at all: what is written may hold more than these
            return found, False, False
        return (found[0], False, True) if len(found) == 1 else None

    def _listed(self, value: Any, unknown: Any, found: list[str]) -> tuple[Any, Any, bool] | None:
        known = [one for one in value or () if isinstance(one, str)]
        open_places = sum(one is True for one in unknown) if isinstance(unknown, list) else 0
        new = [one for one in found if one not in known]
        return [*known, *new], False, len(new) == open_places

    def _blocks(
        self, value: list[Any], unknown: list[Any], expressions: list[Any], module: str
    ) -> tuple[Any, Any, bool]:
        """Nested blocks, each with the written one whose constants it has, where there is one alone."""
        values, left = [], []
        for index, block in enumerate(value):
            own = unknown[index] if index < len(unknown) else {}
            chosen = [one for one in expressions if _fits(block, one)]
            if not isinstance(block, Mapping) or not isinstance(own, Mapping) or len(chosen) != 1:
                values.append(block)
                left.append(own)
                continue
            filled, open_names = dict(block), dict(own)
            for name in own:
                found = self._value(name, (block.get(name), own[name]), chosen[0].get(name), module)
                if found is not None and found[2]:
                    filled[name], open_names[name], _ = found
            values.append(filled)
            left.append(open_names)
        return values, left, True

    def _referred(self, references: Any, module: str) -> list[str] | None:
        """The ids that an expression is made of; None if it is made of anything else."""
        out: list[str] = []
        listed = references if isinstance(references, list) else ()
        texts = [one for one in listed if isinstance(one, str)]
        for text in texts:
            if any(other != text and other.startswith((f"{text}.", f"{text}[")) for other in texts):
                continue  # a prefix of another one
            found = list(self._ids(text, module))
            if not found:
                return None
            out += found
        return list(dict.fromkeys(out)) or None

    def _ids(self, text: str, module: str) -> Iterator[str]:
        match = _REFERENCE.fullmatch(text)
        if match is None:
            return
        resource, index, attribute = match.groups()
        base = f"{module}.{resource}" if module else resource
        addresses = [base + index] if index else self._instances.get(base, [])
        found = [self._attribute(address, attribute or "id") for address in addresses]
        if all(one is not None for one in found):
            yield from (one for one in found if one is not None)

    def _attribute(self, address: str, attribute: str) -> str | None:
        target = self._targets.get(address)
        if target is None:
            return None
        known = target.values.get(attribute)
        if isinstance(known, str) and not target.unknown.get(attribute):
            return known
        if attribute == PRIMARY:
            return interface_of(address)
        return target.identity if refers_to_itself(attribute) else None


def _ruled(module: Any, path: str) -> Iterator[str]:
    """The addresses, without indexes, that rules of their own refer to, in a module and those inside it."""
    if not isinstance(module, Mapping):
        return
    for one in _listed_objects(module.get("resources")):
        expressions = one.get("expressions")
        attribute = _BELONGS.get(str(one.get("type") or str(one.get("address")).split(".")[0]))
        expression = expressions.get(attribute) if isinstance(expressions, Mapping) else None
        references = expression.get("references") if isinstance(expression, Mapping) else None
        for text in references if isinstance(references, list) else ():
            match = _REFERENCE.fullmatch(text) if isinstance(text, str) else None
            if match is not None:
                yield path + match.group(1)
    calls = module.get("module_calls")
    for name, call in calls.items() if isinstance(calls, Mapping) else ():
        if isinstance(call, Mapping):
            yield from _ruled(call.get("module"), f"{path}module.{name}.")


def _listed_objects(value: Any) -> Iterator[Mapping[str, Any]]:
    for one in value if isinstance(value, list) else ():
        if isinstance(one, Mapping):
            yield one


def _fits(block: Any, expression: Any) -> bool:
    """Whether a written block may be this planned one: no constant of it says otherwise."""
    if not isinstance(block, Mapping) or not isinstance(expression, Mapping):
        return False
    constants = {
        name: one["constant_value"]
        for name, one in expression.items()
        if isinstance(one, Mapping) and "constant_value" in one
    }
    return all(str(block.get(name)) == str(constant) for name, constant in constants.items())
