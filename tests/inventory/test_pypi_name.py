from hypothesis import given, strategies as st
from packaging.utils import canonicalize_name as official

from vedette.inventory.formats.pypi_name import canonicalize_name


@given(st.text(alphabet="aBz0-_. é", max_size=12))
def test_names_are_those_of_packaging(name: str) -> None:
    assert canonicalize_name(name) == official(name)
