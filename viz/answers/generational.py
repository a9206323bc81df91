"""The answer to a scenario's question: what is rewarded, and a sentence of measured numbers."""

import numpy as np

from evosim.numerics.formatting import in_words, number, percent
from evosim.scenario.first_entries import is_first_entry_sufficient, rewarded_types
from evosim.scenario.schema.names import outcomes_in
from evosim.simulation.generational.columns.measurements import went_for
from viz.answers.objectives.minds import write_minds
from viz.answers.reading import Reading
from viz.names import with_article

LEAST_SAID = 0.05  # smaller shares are left out of the sentence
MOST_SAID = 3


def entry_counts(reading: Reading, environment: str) -> dict[str, float]:
    """Return the mean number of entries per episode by object type, in the last measured generation."""
    frame = reading.measurements[environment]
    kinds = reading.scenario.environments[environment].objects
    return {name: float(frame[f"entered.{name}"][-1]) for name, kind in kinds.items() if kind.count > 0}


def final_place_shares(reading: Reading, environment: str) -> dict[str, float]:
    """Return the share of episodes that ended at each place, in the last measured generation."""
    frame = reading.measurements[environment]
    places = reading.scenario.environments[environment].places
    ended = {name: frame[f"ended_at.{name}"][-1] for name in places if f"ended_at.{name}" in frame}
    return {name: float(share) for name, share in ended.items() if not np.isnan(share)}


def first_entry_shares(reading: Reading, environment: str) -> dict[str, float]:
    """Return the share of episodes by what was entered first, in the last measured generation.

    Episodes without an entry count under the place where they ended, or under `nothing`.
    """
    frame = reading.measurements[environment]
    return {name: float(share[-1]) for name, share in went_for(frame).items()}


def rewarded_first_share(reading: Reading, environment: str) -> np.ndarray:
    """Return the share of episodes `[M]` in which a rewarded object is entered first."""
    frame = reading.measurements[environment]
    names = rewarded_types(reading.scenario, environment)
    return np.asarray(np.sum([frame[f"entered_first.{name}"] for name in names], axis=0))


def outcome_means(reading: Reading, environment: str) -> dict[str, np.ndarray]:
    """Return the mean of each outcome that an environment produces, by name, `[M]` each."""
    frame = reading.measurements[environment]
    return {name: frame[f"outcome.{name}"] for name in outcomes_in(reading.scenario.environments[environment])}


def answer_generational(reading: Reading) -> str:
    """Answer the scenario's question in a sentence built from the numbers measured last."""
    if not is_first_entry_sufficient(reading.scenario):
        return _answer_by_counts(reading)
    said: list[str] = []
    before: list[str] = []
    for environment in reading.environments:
        wanted = rewarded_types(reading.scenario, environment)
        if wanted:
            shares = first_entry_shares(reading, environment)
            words = f"{in_words(environment)}: {percent(sum(shares[name] for name in wanted))}"
            if wanted != before:
                words += f" of episodes enter {join_alternatives(wanted)} first"
        else:
            base = number(reading.measurements[environment]["base_mean"][-1])
            words = f"{in_words(environment)}: the base objective is {base}"
        added = _describe_others(reading, environment, wanted)
        said.append(f"{words} ({added})" if added else words)
        before = wanted
    sentence = "; ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}. {write_minds(reading)}"


def _answer_by_counts(reading: Reading) -> str:
    """Describe how often each object type was entered, rewarded ones first."""
    said = []
    for environment in reading.environments:
        wanted, counts = rewarded_types(reading.scenario, environment), entry_counts(reading, environment)
        order = sorted(counts, key=lambda name: (name not in wanted, -counts[name]))
        named = ", ".join(f"{in_words(name)} {number(counts[name])}" for name in order[: MOST_SAID + 1])
        ends = _describe_endings(reading, environment)
        named = named or _describe_others(reading, environment, wanted)
        said.append(f"{in_words(environment)}: {f'{named} ({ends})' if named and ends else named or ends}")
    return f"Entered per episode · {'; '.join(said)}. {write_minds(reading)}"


def _describe_endings(reading: Reading, environment: str) -> str:
    """Describe the share of episodes that ended at each place."""
    named = [
        f"at the {in_words(place)} {percent(share)}"
        for place, share in final_place_shares(reading, environment).items()
    ]
    return f"ended {', '.join(named)}" if named else ""


def _describe_others(reading: Reading, environment: str, wanted: list[str]) -> str:
    """Describe what else is entered first or, in a world without objects, the outcomes."""
    if not reading.scenario.environments[environment].objects:
        amounts = outcome_means(reading, environment).items()
        return ", ".join([f"{in_words(name)} {number(amount[-1])}" for name, amount in amounts][:MOST_SAID])
    shares = first_entry_shares(reading, environment)
    others = sorted((item for item in shares.items() if item[0] not in wanted), key=lambda item: -item[1])
    places = reading.scenario.environments[environment].places
    labels = {name: f"ended at the {in_words(name)}" if name in places else in_words(name) for name in shares}
    named = [f"{labels[name]} {percent(share)}" for name, share in others if share >= LEAST_SAID][:MOST_SAID]
    return f"{'instead' if wanted else 'entered first:'} {', '.join(named)}" if named else ""


def join_alternatives(names: list[str]) -> str:
    """Join names as alternatives: a key, a gem or an apple."""
    *before, last = [with_article(name) for name in names]
    return f"{', '.join(before)} or {last}" if before else last
