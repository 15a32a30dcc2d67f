"""Statements that are made once and asked often: as text, with what is given anew each time apart.

Making a statement takes SQLAlchemy ten times as long as an engine needs to answer it. What is kept of it are texts and
numbers, through which the garbage collector need not look.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select

_Prepare = Callable[[Any], Any]


class Statement(msgspec.Struct, frozen=True):
    """A statement of one engine.

    `names` are those of its values in the order of their places, None where the engine knows them by name; `prepared` says how
    what is given is written for the driver.
    """

    text: str
    names: tuple[str, ...] | None
    values: Mapping[str, Any]
    prepared: Mapping[str, _Prepare]

    def rows(self, connection: Connection, given: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """What the engine answers, as its driver gives it; `given` are values in the place of those it was made with."""
        values = {**self.values}
        for name, value in given.items():
            if name in values:
                prepare = self.prepared.get(name)
                values[name] = value if prepare is None else prepare(value)
        if self.names is None:
            return connection.exec_driver_sql(self.text, values).all()
        return connection.exec_driver_sql(
            self.text, tuple([values[one] for one in self.names])
        ).all()


def statement_of(connection: Connection, query: Select[Any]) -> Statement:
    """A query in the engine's words."""
    compiled = query.compile(dialect=connection.dialect)
    state = compiled.construct_expanded_state(escape_names=False)
    prepared = {}
    for name, bound in compiled.binds.items():
        prepare = bound.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        if prepare is not None:
            prepared[name] = prepare
    ways = {**prepared, **state.processors}
    written = {
        name: ways[name](value) if name in ways else value
        for name, value in state.parameters.items()
    }
    names = None if state.positiontup is None else tuple(state.positiontup)
    return Statement(state.statement, names, written, prepared)
