"""`triage sync`: only fetch, and say what came in."""

from __future__ import annotations

from dataclasses import replace

from cli.options import Manners, Which, takes
from cli.queue import end
from cli.session import begin
from triage.errors import ExitStatus


@takes(Manners)
def sync(manners: Manners) -> None:
    """Only fetch; say what came in, and whether all of it is known."""
    with begin(replace(manners, verbose=False), Which(), sync=True) as session:  # what that says is said here anyway
        for report in session.reports:
            if not manners.quiet or report.failed:
                session.screen.line(session.say_report(report))
        incomplete = any(report.failed for report in session.reports)
        end(session, ExitStatus.INCOMPLETE if incomplete else ExitStatus.FINE)
