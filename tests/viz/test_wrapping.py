"""Lines of a page."""

from viz.charts.page import ANSWER, wrap_lines


def test_no_line_ends_with_the_first_word_of_a_sentence() -> None:
    said = (
        "Training: 93% of episodes enter a door first; deployment: 11% (instead gem 54%, key 30%). 100% of the population "
        "are planners; 100% of them plan ahead in training and 93% in deployment."
    )
    lines = wrap_lines(said, ANSWER, 6)
    assert " ".join(lines) == said
    assert len(lines) == 2
    assert lines[0].endswith("key 30%).")
