"""The report of a run: one self-contained page that a researcher can attach to an email.

    with RunFile.open("runs/red_doors-1.evosim") as run:
        save_report(run, "red_doors.html")

Run files may come from strangers, so the template escapes everything it is given, and the page loads nothing.
"""

from viz.report.document import check_page
from viz.report.page import save_report

__all__ = ["check_page", "save_report"]
