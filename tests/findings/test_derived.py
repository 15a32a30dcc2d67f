"""What is derived from the evidence."""

import pytest

from tests.findings.make import exploit, kev, vulnerability, vulnerable
from vedette.findings.derived import Available, exploit_available, fix_available
from vedette.model.advisory import ExploitKind


@pytest.mark.parametrize(
    ("fixed", "expected"),
    [
        (("1", "2"), Available.YES),
        (("1", None), Available.PARTIAL),
        ((None, None), Available.NO),
    ],
)
def test_fixes(fixed: tuple[str | None, ...], expected: Available) -> None:
    packages = tuple(vulnerable(fixed_in=version) for version in fixed)
    assert fix_available(vulnerability(packages=packages)) is expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, Available.NO),
        ({"kev": kev()}, Available.YES),
        ({"exploits": (exploit(),)}, Available.YES),
        ({"exploits": (exploit(ExploitKind.SCANNER),)}, Available.NO),
        ({"references": ("https://www.exploit-db.com/exploits/50592",)}, Available.YES),
        ({"references": ("https://example.com/advisory",)}, Available.NO),
    ],
)
def test_exploits(more: dict[str, object], expected: Available) -> None:
    assert exploit_available(vulnerability(**more)) is expected
