"""`triage sync`: only fetch, and say what came in."""

from __future__ import annotations

from cli.options import Manners, Which, takes
from cli.queue import end
from cli.session import begin, fetch
from triage.errors import ExitStatus


@takes(Manners)
def sync(manners: Manners) -> None:
    """Only fetch; say what came in, and whether all of it is known."""
    from cli.render import clean

    session = begin(manners, Which())
    fetch(session)
    for report in session.reports:
        words = f"{report.account} {report.name}: {report.new} new; {report.server} on the server, {report.known} known"
        failed = f"; {report.failed} could not be fetched, triage will try again" if report.failed else ""
        if not manners.quiet or report.failed:
            session.screen.line(clean(words + failed))
    incomplete = any(report.failed for report in session.reports)
    end(session, ExitStatus.INCOMPLETE if incomplete else ExitStatus.FINE)
