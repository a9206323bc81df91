"""`evosim doctor`: check the installation."""

import click

from evosim.cli.options import json_option
from evosim.cli.printing import print_json, print_line
from evosim.cli.program import FAILED


@click.command()
@json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check this installation: versions, pygame, threads, cache, display. Exit code 1 if something must be fixed.

    \b
    Example:
      evosim doctor
    """
    from evosim.cli.installation import check_installation, is_broken

    findings = check_installation()
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            print_line(f"{finding.name:<{width}} {finding.found}{f'  →  {finding.advice}' if finding.advice else ''}")
    ctx.exit(FAILED if is_broken(findings) else 0)
