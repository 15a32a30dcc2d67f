"""Names of Python projects in their one spelling (PEP 503), as `packaging.utils` has it.

Not `packaging`'s own function: importing it brings platform tags and what they need, a fifth of the time that starting may take.
"""

import re

_SEPARATORS = re.compile("[-_.]+")


def canonicalize_name(name: str) -> str:
    """Lower case, one hyphen for any run of `-`, `_` and `.`."""
    return _SEPARATORS.sub("-", name).lower()
