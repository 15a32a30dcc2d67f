"""Handlers of operations on what vedette does not have: lists that are truthfully empty, and refusals that say so."""

from collections.abc import Callable

from vedette.api.call import Call, Handler, Input, Output
from vedette.api.errors import denied, not_found
from vedette.api.paging import unseal


def none_of(member: str) -> Handler:
    """A list in which there is nothing."""

    def answer(call: Call, asked: Input) -> Output:
        unseal(call, asked)
        return {member: []}

    return answer


def refusing(why: str) -> Handler:
    """An AccessDeniedException with the reason."""

    def answer(_call: Call, _asked: Input) -> Output:
        raise denied(why)

    return answer


def without(what: Callable[[Input], str]) -> Handler:
    """A ResourceNotFoundException about something, of which there can be none."""

    def answer(_call: Call, asked: Input) -> Output:
        raise not_found(f"{what(asked)} does not exist")

    return answer
