"""Numbers as text: shares, amounts and their intervals, with as many digits as they need.

Every share that people read, in pages, in the window and in the terminal, is written here, in whole percentages, with
one digit more only close to 0% and 100% where it matters. A share is written as 0% or 100% only if it is exactly that,
and a number and its interval have the same digits, so that it lies between its ends.
"""

from collections.abc import Mapping
from math import floor, isfinite, isnan, log10

MOST_OF_SMALL = 8  # after the point, of a small number
EDGE = 0.01  # of a share, from 0 or 1, within which whole percentages hide what it is
LEAST_APART = 1.99  # units of the last digit, between the ends of an interval; two of them, but for rounding
SIGNIFICANT = 4  # digits of a number, where its interval is so narrow
UNKNOWN = "–"
MINUS = "−"


def percent(share: float, digits: int = 0) -> str:
    """Return a share as a percentage; 0% and 100% only where it is exactly that."""
    if isnan(share):
        return UNKNOWN
    least = 10.0**-digits  # percent
    if share > 0.0 and 100.0 * share < least and _is_round(share, digits):
        return f"<{least:.{digits}f}%"
    if share < 1.0 and 100.0 * share > 100.0 - least and _is_round(share, digits):
        return f">{100.0 - least:.{digits}f}%"
    return f"{_signed(100.0 * share, digits)}%"


def number(value: float, digits: int = 2) -> str:
    """Return a number with a true minus sign."""
    return UNKNOWN if isnan(value) else _signed(value, digits)


def short_number(value: float, digits: int = 4) -> str:
    """Return a number in its shortest form, with so many significant digits and a true minus sign."""
    return UNKNOWN if isnan(value) else f"{value + 0.0:.{digits}g}".replace("-", MINUS)  # no −0


def signed_number(value: float, digits: int = 2) -> str:
    """Format a difference with its sign; what rounds to 0 has none."""
    written = number(value, digits)
    return f"+{written}" if value > 0.0 and float(f"{value:.{digits}f}") != 0.0 else written


def p_value(value: float) -> str:
    """Return a p-value with two significant digits, and never as 0."""
    if isnan(value):
        return UNKNOWN
    return (
        "<0.0001"
        if value < 0.0001
        else f"{value:.4f}"
        if value < 0.001
        else f"{value:.3f}"
        if value < 0.1
        else f"{value:.2f}"
    )


def fine_percent(share: float) -> str:
    """Return a share as a percentage, with a digit after the point only between 0% and 1% and between 99% and 100%."""
    return percent(share, int(0.0 < share < EDGE or 1.0 - EDGE < share < 1.0))


def percent_between(share: float, low: float, high: float) -> tuple[str, str]:
    """Return a share and its interval as whole percentages, with a digit after the point only where it takes one.

    That is where the share would be rounded to 0% or 100%, and where both ends would be written alike.
    """
    alike = low != high and percent(low) == percent(high)
    digits = int(alike or _is_round(share, 0))
    ends = [percent(end, digits) for end in (low, high)]
    return percent(share, digits), f"{ends[0].removesuffix('%')}–{ends[1]}"


def number_between(value: float, low: float, high: float) -> tuple[str, str]:
    """Return a number and its interval, with as many digits as `digits_between` says."""
    digits = digits_between(value, low, high)
    return number(value, digits), f"{number(low, digits)} to {number(high, digits)}"


def small_number(value: float, least: int = 2) -> str:
    """Return a number with at least two significant digits and `least` after the point, so that 0.0012 is not 0.00."""
    return number(value, digits_of(value, least))


def digits_of(value: float, least: int = 2) -> int:
    """Return how many digits after the point show two significant ones of a number, and at least `least`."""
    return min(max(least, 2 - _leading(value)), MOST_OF_SMALL)


def digits_between(value: float, low: float, high: float) -> int:
    """Return how many digits after the point a number and its interval need, at least two.

    The interval is at least two units of the last digit wide, unless that took more than four significant digits. And
    where it doesn't cross 0, nothing in it looks like 0 that isn't.
    """
    parts = (value, low, high)
    largest = max(parts, key=abs)
    if not all(map(isfinite, parts)) or low == high:
        return digits_of(largest if isfinite(largest) else value)
    most = min(max(SIGNIFICANT, SIGNIFICANT - _leading(largest)), MOST_OF_SMALL)
    wide = next((digits for digits in range(2, most) if LEAST_APART * 10.0**-digits <= high - low), most)
    smallest = min((abs(each) for each in parts if each != 0.0), default=1.0)
    shown = range(wide, MOST_OF_SMALL)
    return next((d for d in shown if low < 0.0 < high or float(f"{smallest:.{d}f}") != 0.0), MOST_OF_SMALL)


def in_words(name: str) -> str:
    """Return a name as words, with a hyphen where the literature has one."""
    return name.replace("pseudo_a", "pseudo-a").replace("suboptimality_a", "suboptimality-a").replace("_", " ")


def weight_in_words(weight: str) -> str:
    """Return the weight of a feature, or of feature times drive, as words: sweet × hunger."""
    return in_words(weight).replace(".", " × ")


def capitalized(words: str) -> str:
    """Return words that begin with a capital letter."""
    return f"{words[:1].upper()}{words[1:]}"


def pluralize(count: int, one: str) -> str:
    """Return a number of things whose plural ends in s: 1 seed, 2 seeds, 1,000 seeds."""
    return f"{count:,} {one}{'s' * (count != 1)}"


def enumerated(words: list[str]) -> str:
    """Return words as a list in a sentence: a, b and c."""
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def planning(ahead: Mapping[str, float | None]) -> str:
    """Return the share of planners who plan ahead, by environment where it differs; empty if it was not measured."""
    known = {name: percent(share) for name, share in ahead.items() if share is not None and not isnan(share)}
    if len(set(known.values())) < 2:
        return f"{next(iter(known.values()))} of them plan ahead" if known else ""
    first, *others = known.items()
    rest = [f"{share} in {in_words(name)}" for name, share in others]
    return enumerated([f"{first[1]} of them plan ahead in {in_words(first[0])}", *rest])


def _is_round(share: float, digits: int) -> bool:
    """Whether a share strictly between 0 and 1 would be rounded to 0% or 100%."""
    return 0.0 < share < 1.0 and f"{100.0 * share:.{digits}f}" in (f"{0.0:.{digits}f}", f"{100.0:.{digits}f}")


def _leading(value: float) -> int:
    """Return the place of a number's first digit: 1 of 1 to 9, 0 of 0.1 to 0.9, −1 of 0.01; 1 of what has none."""
    return floor(log10(abs(value))) + 1 if isfinite(value) and value != 0.0 else 1


def _signed(value: float, digits: int) -> str:
    written = f"{value:.{digits}f}"
    return f"{0.0:.{digits}f}" if float(written) == 0.0 else written.replace("-", MINUS)
