"""Vital statistics: what an interval of an ecology is told as, row by row, and that every column is documented."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from samples import PLANNER

from evosim.ecology import state
from evosim.ecology.rules import rules_of
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import Names, names_of
from evosim.simulation.ecology.columns import generations, tables
from evosim.simulation.ecology.columns.views import EcologySnapshot
from evosim.simulation.ecology.intervals import Interval, intervals
from evosim.simulation.ecology.process import EcologyProcess
from evosim.simulation.laboratory import Laboratory
from evosim.storage.columns import columns_of

DOCS = Path(__file__).parents[2] / "docs"
SMALL = [
    "world.size=[24,24]", "evolution.population=60", "evolution.generations=10", "evolution.interval=40",
    "world.objects.fruit.count=60", "world.objects.fruit.grows=7", "life_is_short", "measure.every=2",
    "environments.modern.objects.fruit.grows=11",
]  # fmt: skip
SHORT_LIVES = "world.life={ adult_at = 10, lifespan = 100, spread = 0.2, accident = 0.001 }"
SCHEDULE = 'evolution.schedule=[{ from = 0, environment = "ancestral" }, { from = 240, environment = "modern" }]'
SCENARIO = load_scenario(
    "contraception", [*(SHORT_LIVES if each == "life_is_short" else each for each in SMALL), SCHEDULE]
)
LABORATORY = Laboratory(SCENARIO, 5)
LAYOUT = LABORATORY.layout


@pytest.fixture(scope="module")
def told() -> list[Interval]:
    return list(intervals(SCENARIO, 5))


def row_of(interval: Interval, table: str = "generations") -> list[dict[str, object]]:
    (asked,) = [each for each in tables(names_of(SCENARIO)) if each.name == table]
    return asked.named_rows(EcologySnapshot(LABORATORY, interval))


def test_every_column_is_documented_with_definition_and_unit():
    page = (DOCS / "vital_statistics.md").read_text()
    names = Names(
        ["<weight>"], ["<outcome>"], ["<food>"], ["<place>"], ["<environment>"], assessed=True, kinds=["<kind>"]
    )
    for name, columns in columns_of(tables(names)).items():
        section = page.split(f"## `{name}`")[1].split("\n## ")[0]
        rows = [f"| `{c.name}` | {c.unit} | {c.definition} |" for c in columns]
        assert [line for line in section.splitlines() if line.startswith("| `")] == rows
    section = page.split("## `lineage`")[1]
    for column in EcologyProcess.lineage_columns:
        assert f"| `{column.name}` | {column.unit} | {column.definition} |" in section.splitlines()


def test_the_population_changes_by_births_and_deaths_and_nothing_else(told):
    before = SCENARIO.evolution.population
    for interval in told:
        (row,) = row_of(interval)
        assert row["population"] == before + row["births"] - row["deaths"] == interval.alive
        before = row["population"]
    assert sum(row_of(interval)[0]["births"] for interval in told) > 20


def test_rates_are_per_agent_and_tick_and_causes_add_up(told):
    for interval in told:
        (row,) = row_of(interval)
        assert row["births_per_capita"] * interval.lived == pytest.approx(row["births"])
        causes = sum(row[f"deaths_{cause}_per_capita"] for cause in ("hunger", "age", "accident", "culled"))
        assert causes == pytest.approx(row["deaths_per_capita"])
        assert row["deaths_per_capita"] * interval.lived == pytest.approx(row["deaths"])
        eaten = (row["eaten.fruit_per_capita"] + row["eaten.candy_per_capita"]) * interval.lived
        assert eaten == pytest.approx(interval.tally.eaten.sum())


def test_contraception_is_there_from_the_change_on(told):
    shares = [row_of(interval)[0]["contraception_share"] for interval in told]
    assert all(not share for share in shares[:6])
    assert all(share is None or share > 0 for share in shares[6:])


def test_utility_with_frozen_weights_is_what_was_felt_times_them(told):
    names = [f"felt.{name}" for name in names_of(SCENARIO).weights]
    for interval in told:
        (row,) = row_of(interval)
        felt = np.array([row[name] for name in names])
        assert row["mesa_utility_frozen_per_capita"] == pytest.approx(felt @ interval.frozen)
    assert np.linalg.norm(told[-1].frozen) == pytest.approx(1)


def test_weights_are_frozen_at_the_change_and_not_before(told):
    frozen = [interval.frozen for interval in told]
    assert not np.array_equal(frozen[1], frozen[2])
    assert all(np.array_equal(each, frozen[6]) for each in frozen[7:])
    alive = told[5].genomes[told[5].memory["controller"] == PLANNER]
    mean = alive[:, LAYOUT.slice_of("objective")].mean(axis=0, dtype=np.float64)
    assert frozen[6] == pytest.approx(mean / np.linalg.norm(mean))


def test_who_felt_what_everybody_wants_got_the_utility_of_it():
    """Everybody has the same objective, so utility is what was felt times it: planners are all there are."""
    same = ["mind.objective={ evolves = false, initial = { sweet = 0.5, company = 0.25, child = -0.5 } }"]
    scenario = load_scenario("contraception", [*(SHORT_LIVES if e == "life_is_short" else e for e in SMALL), *same])
    for interval in islice(intervals(scenario, 1), 3):
        felt = interval.tally.felt
        assert interval.tally.utility[0] == pytest.approx(0.5 * felt[0] + 0.25 * felt[1] - 0.5 * felt[2])
        assert felt[0] == pytest.approx(0.5 * interval.tally.eaten[0])
        assert felt[1] == 2 * interval.tally.counts[state.MATINGS]
        assert felt[2] == 2 * interval.tally.counts[state.BIRTHS]


def test_individuals_are_reported_when_an_interval_is_measured(told):
    for interval in told:
        rows = row_of(interval, "individuals")
        assert len(rows) == (interval.alive if interval.number % 2 == 0 or interval.number == 9 else 0)
        for row, genome in zip(rows, interval.genomes, strict=False):
            assert row["objective.sweet"] == pytest.approx(float(genome[LAYOUT.loci.index("objective.sweet")]))
            assert 0 <= row["age"] <= 120
            assert (row["parent_1"] is None) == (row["id"] < SCENARIO.evolution.population)


def test_adults_are_those_of_the_environment_in_which_they_live():
    """[world] says 60, the environment 5, half a mixture 32.5, of which 33 ticks are enough."""
    change = "environments.ancestral.life={ adult_at = 5, lifespan = 59, spread = 0 }"
    half = "evolution.schedule=[{ from = 0, environment = { ancestral = 0.5, modern = 0.5 } }]"
    small = [each for each in SMALL if each != "life_is_short"]
    for schedule, adult_at in ((SCHEDULE, 5), (half, 33)):
        scenario = load_scenario("contraception", [*small, change, schedule])
        laboratory, some = Laboratory(scenario, 5), 0
        for interval in islice(intervals(scenario, 5), 3):
            (row,) = generations.table(names_of(scenario)).named_rows(EcologySnapshot(laboratory, interval))
            age = interval.tick - interval.memory["born"]
            assert row["adult_fraction"] == pytest.approx((age >= adult_at).mean())
            some += 0 < row["adult_fraction"] < 1
        assert some


def test_cohorts_are_reported_once_when_the_last_of_them_has_died(told):
    cohorts = [(cohort.interval, interval.number) for interval in told for cohort in interval.closed]
    assert len({born for born, _ in cohorts}) == len(cohorts) >= 3
    assert all(0 <= born < closed for born, closed in cohorts)
    born = {number: len(interval.births) - (60 if number == 0 else 0) for number, interval in enumerate(told)}
    for interval in told:
        rows = row_of(interval, "selection")
        assert [row["locus"] for row in rows] == [*LAYOUT.loci] * len(interval.closed)
        for cohort in interval.closed:
            assert cohort.members == born[cohort.interval]
            assert {row["members"] for row in rows if row["generation"] == cohort.interval} == {cohort.members}


def test_rules_between_environments_are_weighted_means():
    from evosim.ecology.rules import mixed, shares_at
    from evosim.scenario.schema.evolution import Phase

    rules = rules_of(SCENARIO)
    half = mixed(rules, {"ancestral": 0.5, "modern": 0.5})
    assert half.grows == pytest.approx((rules["ancestral"].grows + rules["modern"].grows) / 2)
    assert half.contraception == 0.5
    assert half.protected_fertility == pytest.approx(0.02)
    few = {"none": rules["ancestral"], "few": rules["modern"]._replace(ceiling=300.0)}
    assert mixed(few, {"none": 0.5, "few": 0.5}).ceiling == pytest.approx(600, rel=1e-5)
    phases = [
        Phase.model_validate({"from": 0, "environment": "a"}),
        Phase.model_validate({"from": 100, "environment": "b", "over": 200}),
        Phase.model_validate({"from": 200, "environment": {"a": 0.25, "c": 0.75}}),
    ]
    assert shares_at(phases, 99) == {"a": 1.0}
    assert shares_at(phases, 100) == {"a": 1.0}
    assert shares_at(phases, 150) == {"a": 0.75, "b": 0.25}
    assert shares_at(phases, 400) == {"a": 0.25, "c": 0.75}
