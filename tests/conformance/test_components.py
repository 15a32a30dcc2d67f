"""Every network component is listed, described, documented, and agrees with the single-packet tracer."""

from pathlib import Path

import pytest

from tests.network.estates import PLACE, random_estate
from vedette.network import components
from vedette.network.codes import Code
from vedette.network.components import APIS, COMPONENTS, FORWARDING, LAYER7
from vedette.network.components._base import (
    ApiComponent,
    Component,
    ForwardingComponent,
    Layer7Component,
)
from vedette.network.describe import snapshot_from
from vedette.network.judge import judge_all
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import reach

ROOT = Path(__file__).resolve().parents[2]
Listed = Component | ForwardingComponent | Layer7Component | ApiComponent
LISTED: tuple[Listed, ...] = (*COMPONENTS, *FORWARDING, *LAYER7, *APIS)


def test_every_file_is_listed() -> None:
    folder = Path(components.__file__).parent
    files = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    assert files == {component.name for component in LISTED}
    assert len(LISTED) == len({component.name for component in LISTED})


@pytest.mark.parametrize("component", LISTED, ids=lambda one: one.name)
def test_a_component_says_what_it_is(component: Listed) -> None:
    module = getattr(components, component.name)
    assert module.COMPONENT is component
    assert "Source" in module.__doc__ or "guide" in module.__doc__
    assert component.type.startswith("AWS::")
    assert list(component.codes) == sorted(set(component.codes))


def test_every_code_is_given_by_something() -> None:
    given = {code for component in LISTED for code in component.codes}
    tracer_or_engine = {
        Code.INTERNAL_DISAGREEMENT,
        Code.PROTOCOL_NOT_JUDGED,
        Code.IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS,
        Code.IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS,
    }
    assert set(Code) - given == tracer_or_engine


def test_reasons_have_codes_that_are_listed() -> None:
    codes = {component.name: set(component.codes) for component in COMPONENTS}
    all_codes = set().union(*codes.values())
    for seed in range(40):
        topology = topology_of(snapshot_from({PLACE: random_estate(seed).answers()}))
        for outcomes in judge_all(topology).by_profile:
            for judged in outcomes:
                if judged.outcome.shut is not None:
                    assert judged.outcome.shut.code in all_codes


def test_the_tracer_agrees_with_every_witness() -> None:
    walked = 0
    for seed in range(60):
        found = reach(
            topology_of(snapshot_from({PLACE: random_estate(seed).answers()})), cuts=False
        )
        assert not [one for one in found.unknown if one.code == Code.INTERNAL_DISAGREEMENT]
        walked += len(found.exposures)
    assert walked > 100


def test_every_component_is_in_the_documentation() -> None:
    text = (ROOT / "docs/how-to/read-an-exposure.md").read_text()
    for component in LISTED:
        assert f"| `{component.name}` | `{component.type}` |" in text
        for code in component.codes:
            assert f"`{code}`" in text
