"""What mends one package is kept by everything that it is made of."""

from typing import Any

import msgspec
import pytest

from tests.findings.make import FUNCTION, IMAGE, INSTANCE, LOCAL, vulnerable
from tests.matching.memory import package
from vedette.findings.remediation import vulnerability_remediation
from vedette.integrations._base import remedies
from vedette.integrations._base.remedies import package_remedy
from vedette.matching.fixes import PRO
from vedette.model.finding import VulnerablePackage
from vedette.model.package import PackageManager, SchemeName

_ONE = vulnerable(package("Debian:12", "bash", "1"), fixed_in="2")


def _other(**changes: Any) -> VulnerablePackage:
    other = msgspec.structs.replace(_ONE.package, **changes)
    return msgspec.structs.replace(_ONE, package=other)


_SEVERAL = (
    _ONE,
    msgspec.structs.replace(_ONE, fixed_in="3"),
    msgspec.structs.replace(_ONE, note=PRO),
    msgspec.structs.replace(_ONE, note="no-dsa"),
    _other(name="zsh"),
    _other(name="-rf"),
    _other(scheme=SchemeName.APK),
    _other(scheme=SchemeName.RPM),
    _other(scheme=SchemeName.RPM, ecosystem="Amazon Linux:2"),
    _other(manager=PackageManager.NPM),
    _other(manager=PackageManager.OTHER),
)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("resource", [INSTANCE, IMAGE, FUNCTION, LOCAL])
def test_each_has_its_own(resource: Any, *, again: bool) -> None:
    del again
    assert [package_remedy(resource, one) for one in _SEVERAL] == [
        vulnerability_remediation(resource, (one,)) for one in _SEVERAL
    ]


def test_nothing_mends_it() -> None:
    assert package_remedy(None, _ONE) is None
    assert package_remedy(INSTANCE, msgspec.structs.replace(_ONE, fixed_in=None)) is None


def test_no_more_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remedies, "_MOST_KEPT", 2)
    kept: dict[Any, str] = {}
    monkeypatch.setattr(remedies, "_KEPT", kept)
    for one in _SEVERAL:
        package_remedy(INSTANCE, one)
        assert len(kept) <= 2
