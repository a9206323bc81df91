"""The benchmark that points the instruments at evolved minds: its rows and its tables."""

from benchmarks.evolved_searchers import NAMES, auc_table, groups, note, over_seeds, probes_table, read, skills

SEARCHES = {
    "compared as": "evolved",
    "condition": "search_from_parts",
    "agent": "0",
    "searching": "1",
    "way own": "0.90",
}
LACKS = SEARCHES | {"condition": "one_thought", "searching": "0", "way own": "0.50"}


def rows_of(seed: int, good: float, bad: float) -> list[dict[str, str]]:
    return [
        row | {"seed": str(seed), NAMES[0]: repr(score)} | dict.fromkeys(NAMES[1:], "0.0")
        for row, score in ((SEARCHES, good), (LACKS, bad))
    ]


def test_rows_are_read_as_they_were_noted(tmp_path):
    rows = rows_of(1, 0.9, 0.2)
    note(tmp_path / "rows.csv", rows[:1])
    note(tmp_path / "rows.csv", rows[1:])
    again = read(tmp_path / "rows.csv")
    assert [{name: row[name] for name in rows[0]} for row in again] == rows
    assert again[0]["program"] == ""
    assert read(tmp_path / "none.csv") == []


def test_each_seed_gives_one_auc_and_seeds_with_one_kind_of_agents_none():
    rows = [*rows_of(1, 0.9, 0.2), *rows_of(2, 0.1, 0.2), *rows_of(3, 0.9, 0.2)[:1]]
    assert skills(rows, NAMES[:2])[0].by_run[:2] == (1.0, 0.0)
    assert skills(rows, NAMES[:2])[0].undefined == 1
    assert skills(rows, NAMES[:2])[1].by_run[:2] == (0.5, 0.5)
    assert f"| {NAMES[0]} | 0.50 [0.00, 1.00] | – |" in auc_table(rows, NAMES[:2], ("evolved", "planted"))


def test_those_who_search_stand_apart_from_others_of_their_condition():
    rows = [*rows_of(1, 0.9, 0.2), *rows_of(2, 0.9, 0.2)]
    rows[3]["condition"] = "search_from_parts"
    assert [(label, len(some)) for label, some in groups(rows)] == [
        ("search_from_parts, searching", 2), ("search_from_parts, not searching", 1), ("one_thought, not searching", 1)
    ]  # fmt: skip
    assert over_seeds(rows[:1], "way own") == "0.90"
    assert over_seeds(rows, "flip") == "–"
    assert "| one_thought, not searching | – " in probes_table(rows, "way")
