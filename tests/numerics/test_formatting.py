"""Numbers as text: shares, amounts and their intervals lie where they lie, with as many digits as they need."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosim.numerics.formatting import (
    fine_percent,
    number,
    number_between,
    percent,
    percent_between,
    pluralize,
    small_number,
)

HOUSE = Path(__file__).parents[2]


@given(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(sorted))
def test_a_share_lies_within_its_interval_as_written_and_is_neither_all_nor_none_unless_it_is(
    ends: list[float],
) -> None:
    low, share, high = ends
    written, interval = percent_between(share, low, high)
    bounds = [_read(each) for each in interval.removesuffix("%").split("–")]
    assert bounds[0] <= _read(written.removesuffix("%")) <= bounds[1]
    for value, words in ((share, written), (share, percent(share))):
        assert (words in ("0%", "0.0%", "0.00%", "0.000%")) <= (value == 0)
        assert (words.startswith("100")) <= (value == 1)
    assert len(re.findall(r"\.\d\d", written + interval)) == 0


def _read(written: str) -> float:
    edge = {"<": -1e-4, ">": 1e-4}.get(written[:1], 0.0)
    return float(written.lstrip("<>")) + edge


@given(st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.floats(-9, 9)).map(sorted))
def test_an_amount_lies_within_its_interval_as_written(ends: list[float]) -> None:
    low, value, high = ends
    written, interval = number_between(value, low, high)
    low, value, high = (float(each.replace("−", "-")) for each in (*interval.split(" to "), written)[::1])
    assert low <= high
    assert low <= float(written.replace("−", "-")) <= value or low <= float(written.replace("−", "-")) <= high


@given(st.integers(-7, 3), st.floats(1.0, 9.0), st.floats(0.01, 0.5))
def test_an_interval_on_one_side_of_0_is_written_without_a_0_at_any_scale(place: int, size: float, part: float) -> None:
    value = size * 10.0**place
    written, interval = number_between(value, value * (1.0 - part), value * (1.0 + part))
    low, high = map(float, interval.split(" to "))
    assert 0.0 < low <= float(written) <= high
    assert abs(float(written) - value) <= max(0.52 * part, 0.051) * value  # a quarter of its width, or what 8 digits do
    written, interval = number_between(-value, -value * (1.0 + part), -value * (1.0 - part))
    assert [written[0], interval[0]] == ["−", "−"]


@pytest.mark.parametrize(
    ("value", "ends", "written"),
    [
        (0.0012, (0.0009, 0.0015), ("0.0012", "0.0009 to 0.0015")),
        (0.0004, (0.0, 0.001), ("0.0004", "0.0000 to 0.0010")),
        (0.02, (0.01, 0.03), ("0.02", "0.01 to 0.03")),
        (12.3, (10.0, 15.0), ("12.30", "10.00 to 15.00")),
        (0.001, (-0.5, 0.5), ("0.00", "−0.50 to 0.50")),
        (0.5, (0.49999999, 0.50000001), ("0.5000", "0.5000 to 0.5000")),
        (0.0, (0.0, 0.0), ("0.00", "0.00 to 0.00")),
        (0.0012, (float("nan"), float("nan")), ("0.0012", "– to –")),
        (float("inf"), (1.0, float("inf")), ("inf", "1.00 to inf")),
    ],
)
def test_an_amount_has_the_digits_that_its_interval_takes(
    value: float, ends: tuple[float, float], written: tuple[str, str]
) -> None:
    assert number_between(value, *ends) == written


def test_a_rate_alone_has_two_significant_digits() -> None:
    values = (0.0012, 0.0, 1.0, 0.05, -0.003, 123.456, float("nan"))
    assert [small_number(each) for each in values] == ["0.0012", "0.00", "1.00", "0.050", "−0.0030", "123.46", "–"]


def test_shares_on_one_page_have_one_precision_with_a_digit_more_only_where_it_matters() -> None:
    assert percent_between(0.9959, 0.9948, 0.9967) == ("99.6%", "99.5–99.7%")
    assert percent_between(0.993, 0.992, 0.994) == ("99.3%", "99.2–99.4%")
    assert percent_between(0.9982, 0.9979, 0.9984) == ("99.8%", "99.8–99.8%")
    assert percent_between(0.99995, 0.9999, 0.99999) == (">99.9%", ">99.9–>99.9%")
    assert percent_between(0.0783, 0.0741, 0.0824) == ("8%", "7–8%")
    assert percent_between(0.6341, 0.6123, 0.6512) == ("63%", "61–65%")
    assert percent_between(0.6341, 0.6339, 0.6344) == ("63.4%", "63.4–63.4%")
    assert percent_between(0.97, 0.94, 0.998) == ("97%", "94–>99%")
    assert percent_between(0.5, 0.4, 0.6) == ("50%", "40–60%")
    assert percent_between(1.0, 1.0, 1.0) == ("100%", "100–100%")
    assert [*map(fine_percent, (0.0, 0.0004, 0.003, 0.118, 0.63, 0.994, 0.9999, 1.0))] == [
        "0%", "<0.1%", "0.3%", "12%", "63%", "99.4%", ">99.9%", "100%",
    ]  # fmt: skip
    assert [percent(float("nan")), percent(-0.001), number(-0.001)] == ["–", "0%", "0.00"]


def test_one_thing_has_no_plural() -> None:
    assert [pluralize(n, "seed") for n in (0, 1, 2, 1000)] == ["0 seeds", "1 seed", "2 seeds", "1,000 seeds"]


def test_shares_are_written_in_one_place() -> None:
    """Nothing else rounds a share: it would say 100% of 99.6%."""
    allowed = {
        "viz/live/window/session.py": 1,
        "viz/report/document.py": 1,
        "viz/answers/ecology.py": 1,
    }  # letters, a style, a change in whole per cents
    found = {}
    for path in [*(HOUSE / "viz").rglob("*.py"), *(HOUSE / "evosim").rglob("*.py")]:
        count = len(re.findall(r"\}%|:[+]?\.\d%\}", path.read_text()))
        if count and path.name != "formatting.py":
            found[path.relative_to(HOUSE).as_posix()] = count
    assert found == allowed


def test_nearly_all_and_nearly_none_are_not_all_and_none() -> None:
    assert [percent(share) for share in (0, 0.001, 0.25, 0.994, 0.999, 1)] == [
        "0%", "<1%", "25%", "99%", ">99%", "100%",
    ]  # fmt: skip
