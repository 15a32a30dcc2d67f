import pytest

from vedette.errors import LimitError
from vedette.model.digest import digest_of
from vedette.model.inventory import FileFailure
from vedette.sources.limits import Flow, Limits, Meter


def test_failures_name_stage_and_layer_and_do_not_grow_without_bound() -> None:
    layer = digest_of(b"layer")
    meter = Meter(Limits(failures=2), extractor="tar", layer=layer)
    said = [meter.failure(f"path{n}", "broken") for n in range(5)]
    assert said == [
        (FileFailure(extractor="tar", path="path0", reason="broken", layer=layer),),
        (FileFailure(extractor="tar", path="path1", reason="broken", layer=layer),),
        (
            FileFailure(
                extractor="tar",
                path="",
                reason="over 2 failures; the others are not listed",
                layer=layer,
            ),
        ),
        (),
        (),
    ]


@pytest.mark.parametrize(
    ("size", "wanted", "reason"),
    [
        (11, 10, "11 bytes, more than 10"),
        (101, 1000, "101 bytes, more than 100"),
        (61, 100, "over 150 bytes of files copied"),
    ],
)
def test_copies_are_bounded_by_file_and_in_all(size: int, wanted: int, reason: str) -> None:
    meter = Meter(Limits(file=100, copied=150), extractor="tar")
    meter.copy(90, 90)
    with pytest.raises(LimitError) as error:
        meter.copy(size, wanted)
    assert error.value.reason == reason
    meter.copy(60, 60)


def test_inflation_is_bounded_absolutely() -> None:
    flow = Flow(Limits(inflated=1000))
    flow.took(999)
    flow.gave(1000)
    with pytest.raises(LimitError) as error:
        flow.gave(1)
    assert str(error.value) == "offset 999 (inflated 1001): inflates to over 1000 bytes"


def test_inflation_is_bounded_relatively_from_a_size_on() -> None:
    flow = Flow(Limits(ratio=10, ratio_from=500))
    flow.took(1)
    flow.gave(500)
    with pytest.raises(LimitError) as error:
        flow.gave(1)
    assert str(error.value) == "offset 1 (inflated 501): inflates over 10 times"
