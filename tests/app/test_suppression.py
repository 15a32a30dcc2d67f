"""What sets findings aside in a pass: rules, VEX statements; and what findings matter."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.app.test_judge import INDEX, A, B, _case, _evidence, _inventory, _matched
from tests.findings.make import IMAGE, INSTANCE, NOW, finding, vulnerability
from vedette.app.image_uses import save_uses
from vedette.app.images_in_use import with_uses
from vedette.app.judge import Standing, judge
from vedette.app.ports import Store
from vedette.app.saved_filters import Action, SavedFilter, keep
from vedette.app.suppression import VEX_KIND, settle_all, standing_of
from vedette.errors import ConfigError, StoreError
from vedette.findings.lifecycle import Change
from vedette.findings.suppress import SuppressionRule
from vedette.findings.weigh import Importance, ImportanceRule
from vedette.model.advisory import AffectedStatus
from vedette.model.arn import AccountId, Arn
from vedette.model.filter import All, Text, TextField, TextOperator, TextTest
from vedette.model.finding import Finding, FindingStatus
from vedette.model.image_use import ImageUse
from vedette.model.record import Record
from vedette.model.resource import ContainerImage
from vedette.model.vex import Justification, VexProduct, VexStatement
from vedette.store.store import SqlStore

EVERYTHING = All(parts=())
STATEMENT = VexStatement(
    vulnerability="CVE-2024-0001",
    products=(VexProduct(identifiers=(A.purl,)),),
    status=AffectedStatus.NOT_AFFECTED,
    document="vex-1",
    justification=Justification.CODE_NOT_PRESENT,
)
RULE = SuppressionRule(
    name="b",
    condition=Text(
        field=TextField.VULNERABILITY_ID,
        test=TextTest(operator=TextOperator.EQUALS, value="CVE-2024-0002"),
    ),
)


def _judged(standing: Standing, known: tuple[Finding, ...] = ()) -> dict[str, Finding]:
    later = NOW + timedelta(hours=len(known))
    changes = judge(_case(), _matched(_inventory(A, B)), INDEX, known, now=later, standing=standing)
    return {change.after.key.subject: change.after for change in changes}


def test_a_pass_applies_rules_and_statements() -> None:
    both = Standing(rules=(RULE,), statements=(STATEMENT,))
    found = _judged(both)
    assert {name: (one.status, bool(one.suppressed_by)) for name, one in found.items()} == {
        "CVE-2024-0001": (FindingStatus.SUPPRESSED, True),
        "CVE-2024-0002": (FindingStatus.SUPPRESSED, True),
    }
    assert found["CVE-2024-0002"].suppressed_by == "b"
    known = tuple(found.values())
    assert _judged(both, known) == {}
    freed = _judged(Standing(), known)
    assert {one.status for one in freed.values()} == {FindingStatus.ACTIVE}
    assert len(freed) == 2


def test_what_findings_matter_weighs() -> None:
    rule = ImportanceRule(name="vital", condition=EVERYTHING, importance=Importance.CRITICAL)
    lighter, heavier = _judged(Standing()), _judged(Standing(importance=(rule,)))
    for name, one in lighter.items():
        assert heavier[name].score.risk == pytest.approx(one.score.risk * 1.5, abs=0.1)


def test_the_last_use_of_an_image_is_no_evidence() -> None:
    assert isinstance(IMAGE.facts, ContainerImage)
    case = msgspec.structs.replace(_case(), resource=IMAGE)
    day = NOW + timedelta(days=1)
    later = msgspec.structs.replace(IMAGE.facts, last_in_use_at=day, last_pulled_at=day)
    more = msgspec.structs.replace(IMAGE.facts, in_use_count=7)
    same, other = (
        msgspec.structs.replace(case, resource=msgspec.structs.replace(IMAGE, facts=facts))
        for facts in (later, more)
    )
    assert _evidence(same) == _evidence(case)
    assert _evidence(other) != _evidence(case)
    assert _evidence(case, "decided") != _evidence(case)


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    return SqlStore.open(f"sqlite:///{tmp_path}/store.db")


def _record(value: bytes) -> Record:
    return Record(
        kind=VEX_KIND, account="", region="", id="vex-1", value=value, version=0, updated_at=NOW
    )


def _saved(store: Store, action: Action, tags: dict[str, str]) -> None:
    keep(
        store,
        SavedFilter(
            id="0" * 16,
            account="",
            region="",
            name="vital",
            action=action,
            criteria={},
            condition=EVERYTHING,
            created_at=NOW,
            updated_at=NOW,
            tags=tags,
        ),
    )


def test_what_is_kept_is_what_stands(store: SqlStore) -> None:
    with store:
        assert standing_of(store) == Standing()
        store.put_record(_record(msgspec.json.encode((STATEMENT,))))
        _saved(store, Action.NONE, {"vedette:importance": "high"})
        standing = standing_of(store)
        assert standing.statements == (STATEMENT,)
        assert [one.importance for one in standing.importance] == [Importance.HIGH]
        assert standing.rules == ()
        assert len(standing.fingerprint) == 64


def test_what_cannot_be_read_frees_nothing(store: SqlStore) -> None:
    with store:
        store.put_record(_record(b"{}"))
        with pytest.raises(StoreError, match="the VEX document vex-1 cannot be read"):
            standing_of(store)
        store.put_record(msgspec.structs.replace(_record(b"[]"), kind="filter"))
        with pytest.raises(StoreError, match="the filter vex-1 cannot be read"):
            standing_of(store)


def test_only_where_rules_changed_are_findings_looked_at(store: SqlStore) -> None:
    with store:
        store.save_resources([INSTANCE], looked_in=(), now=NOW)
        store.apply([Change(before=None, after=finding(vulnerability(id="CVE-2024-0002")))])
        assert settle_all(store, (), now=NOW).changed == 0
        assert settle_all(store, (RULE,), now=NOW).changed == 1
        assert settle_all(store, (RULE,), now=NOW).changed == 0
        assert settle_all(store, (), now=NOW).changed == 1


def test_images_with_what_runs(store: SqlStore) -> None:
    assert isinstance(IMAGE.facts, ContainerImage)
    bare = msgspec.structs.replace(
        IMAGE, facts=msgspec.structs.replace(IMAGE.facts, in_use_count=None, last_in_use_at=None)
    )
    place = ("111122223333", "eu-west-1")
    use = ImageUse(
        registry=AccountId("111122223333"),
        registry_region="eu-west-1",
        repository="app",
        digest=IMAGE.facts.digest,
        cluster=Arn("arn:aws:ecs:eu-west-1:111122223333:cluster/web"),
        group="service:web",
        task_definition=Arn("arn:aws:ecs:eu-west-1:111122223333:task-definition/web:1"),
        running=3,
        stopped=0,
        last_in_use=NOW,
    )
    with store:
        assert with_uses(store, [bare, INSTANCE], ()) == (bare, INSTANCE)
        unused, _ = with_uses(store, [bare, INSTANCE], {place})
        assert isinstance(unused.facts, ContainerImage)
        assert (unused.facts.in_use_count, unused.facts.last_in_use_at) == (0, None)
        save_uses(store, *place, [use], now=NOW)
        (used,) = with_uses(store, [bare], ())
        assert isinstance(used.facts, ContainerImage)
        assert (used.facts.in_use_count, used.facts.last_in_use_at) == (3, NOW)


class _Raced(SqlStore):
    """Somebody else is faster, a number of times."""

    fails = 0

    def apply(self, changes: Iterable[Change]) -> int:
        several = tuple(changes)
        if several and self.fails:
            self.fails -= 1
            raise StoreError("changed by somebody else")
        return super().apply(several)


@pytest.mark.parametrize("fails", [2, 3])
def test_who_is_slower_looks_again_and_then_gives_up(tmp_path: Path, fails: int) -> None:
    with _Raced.open(f"sqlite:///{tmp_path}/store.db") as store:
        store.apply([Change(before=None, after=finding(vulnerability(id="CVE-2024-0002")))])
        store.fails = fails
        if fails < 3:
            assert settle_all(store, (RULE,), now=NOW).changed == 1
            return
        with pytest.raises(StoreError, match="somebody else"):
            settle_all(store, (RULE,), now=NOW)


def test_a_filter_without_utf_8_is_refused(store: SqlStore) -> None:
    with store, pytest.raises(ConfigError, match="half a surrogate pair"):
        _saved(store, Action.NONE, {"x": "\ud800"})
