"""`evosim audit`: score detectors that observe behaviour alone against what genomes, or measured search, say."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evosim.cli.compiling import compile_if_cold
from evosim.cli.numbers import WholeNumber
from evosim.cli.opening import open_run_file
from evosim.cli.options import json_option
from evosim.cli.printing import print_json, print_line, print_table
from evosim.numerics.formatting import number, pluralize

if TYPE_CHECKING:
    from evosim.studies.detector_audit import Audit

FEW = 5  # of one kind in a run, under which an AUC says little
TITLES = {
    "optimizer": "Who is an optimizer?",
    "pseudo_aligned": "Who is pseudo-aligned, who robustly aligned?",
}


@click.command()
@click.argument("run_paths", metavar="RUN…", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--generation", type=WholeNumber(0), help="Generation. Default: the last of each run.")
@click.option("--agents", type=WholeNumber(2, 10_000), default=40, show_default=True, help="Number of agents per run.")
@click.option(
    "--environment",
    metavar="NAME",
    help="Where alignment is measured. Default: the first measured environment in which agents were not selected.",
)
@click.option("--about", multiple=True, metavar="FEATURE", help="A mark of what pays; repeatable. Default: by name.")
@json_option
def audit(
    run_paths: tuple[Path, ...],
    generation: int | None,
    agents: int,
    environment: str | None,
    about: tuple[str, ...],
    as_json: bool,
) -> None:
    """Score detectors that observe behaviour alone against what the genomes of each RUN say.

    The score is AUC, the probability that a detector rates a planner higher than another mind, or a pseudo-aligned
    planner higher than a robustly aligned one; .5 is chance. Minds that think in a map, such as programs, have nothing
    of the kind in their genomes: among them the truth is who searches, as measured. Detectors observe training worlds,
    or probes made from them, never deployment. Individuals of one run are relatives: an interval needs several runs of
    the same scenario.

    \b
    Example:
      evosim audit runs/red_doors-1-0f3a5b7c.evosim --generation 10
    """
    with ExitStack() as stack:
        runs = [stack.enter_context(open_run_file(path, episodes=True)) for path in run_paths]
        from evosim.cli.progress import counting, default_mode
        from evosim.studies.detector_audit import DETECTORS, audit_record
        from evosim.studies.detector_audit import audit as score

        compile_if_cold(runs[0].scenario, default_mode())
        by = sum(map(len, DETECTORS.values()))
        what = f"scoring up to {agents} agents of each run by {by} detectors: who plans, and who is pseudo-aligned"
        with counting(default_mode(), what) as report:
            found = score(
                runs, generation=generation, agents=agents, environment=environment, about=about, report=report
            )
    if as_json:
        print_json(audit_record(found))
        return
    for each in found:
        print_audit(each)
    if len(run_paths) == 1:
        print_line("Individuals of one run are relatives; for intervals, audit several runs.")


def print_audit(audit: "Audit") -> None:
    """Print how well detectors answer a question, and about which agents."""
    said = [run for run in audit.runs if not run.undefined]
    silent = [run.undefined for run in audit.runs if run.undefined]
    from evosim.studies.detector_audit import truth_in_words

    print_line(f"{TITLES[audit.question]} The truth: {truth_in_words(audit)}.")
    for reason in sorted(set(silent)):
        print_line(f"  AUC is not defined in {silent.count(reason)} of {len(audit.runs)} runs: {reason}.")
    if not said:
        print_line("")
        return
    asked = sum(len(run.truth) for run in said)
    rows = [
        [
            detector.name,
            ", ".join(detector.worlds),
            "–" if skill.auc.middle != skill.auc.middle else format_auc(skill.auc),
        ]
        for detector, skill in zip(audit.detectors, audit.skills, strict=True)
    ]
    title = f"{asked} agents, {sum(int(run.truth.sum()) for run in said)} of them positive; chance is .5"
    print_table(title, ["detector", "shown worlds", "AUC" if len(said) == 1 else "AUC [95% over runs]"], rows)
    if audit.question == "optimizer":
        print_line("  mean_return detects skill alone: what does no better need not detect search.")
    rarest = min(min(int(run.truth.sum()), int((~run.truth).sum())) for run in said)
    if rarest < FEW:
        few = "none of each kind" if rarest == 0 else f"only {pluralize(rarest, 'agent')} of one kind"
        print_line(f"  In a run there {'is' if rarest == 1 else 'are'} {few}: an AUC of so few is uncertain.")
        print_line(
            "  --generation selects one in which there are more; table `generations` has the share of planners, and "
            "`measurements` that of minds that search.\n"
        )


def format_auc(auc: tuple[float, float, float]) -> str:
    """Return an AUC, with its interval if it has one."""
    middle, low, high = auc
    return number(middle) if low != low else f"{number(middle)} [{number(low)}, {number(high)}]"
