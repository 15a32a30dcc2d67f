import pytest

from vedette.inventory.sbom.license_words import is_expression, is_license_id


@pytest.mark.parametrize(
    ("text", "id_", "expression"),
    [
        ("MIT", True, True),
        ("GPL-2.0-only", True, True),
        ("mit", False, True),
        ("GPL-2.0+", False, True),
        ("(MIT)", False, True),
        ("MIT OR Apache-2.0", False, True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False, True),
        ("LicenseRef-own", False, True),
        ("ASL 2.0 with exceptions", False, False),
        ("BSD", False, False),
        ("MIT OR", False, False),
        ("", False, False),
        ("é\0(", False, False),
        ("(" * 999, False, False),
        ("MIT OR " * 1000 + "MIT", False, False),
    ],
)
def test_what_a_license_is_called(text: str, *, id_: bool, expression: bool) -> None:
    assert (is_license_id(text), is_expression(text)) == (id_, expression)
