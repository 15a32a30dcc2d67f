"""Which operations change nothing, and are therefore open to readers."""

import re
from collections.abc import Mapping

_READING = re.compile(r"(Get|List|BatchGet|Describe|Search|Preview)[A-Z]")
"""What the names of operations begin with that only read; `tests/api/test_access.py` names all of them."""

_ALSO: Mapping[str, frozenset[str]] = {"inspector-scan": frozenset({"ScanSbom"})}


def changes_nothing(service: str, operation: str) -> bool:
    """Whether an operation only reads. One that is not known to is taken to change something."""
    return bool(_READING.match(operation)) or operation in _ALSO.get(service, ())
