"""`triage overdue`: only what is overdue or forgotten; the report that cron sends."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Manners, Which, takes
from cli.queue import end, machine_format
from cli.session import begin, choose
from triage.errors import ExitStatus, StaleError
from triage.i18n import N_, _
from triage.model import Urgency

if TYPE_CHECKING:
    from cli.session import Session
    from triage.rank import Row
    from triage.report.overdue import Item, Section


class Format(StrEnum):
    """For people, or for scripts."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


@takes(Manners, Which)
def overdue(
    manners: Manners,
    which: Which,
    form: Annotated[Format, typer.Option("--format", metavar="|".join(Format), help="How to print it.")] = Format.TEXT,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 10 when something is overdue.")] = False,
) -> None:
    """Show only what is overdue or forgotten: the report that cron sends."""
    with begin(manners, which, sync=True) as session:
        late = tuple(row for row in session.rows() if row.urgency in {Urgency.OVERDUE, Urgency.FORGOTTEN})
        rows = choose(late, which)
        stale = None if rows else _staleness(session, which)
        if rows or not (manners.quiet or stale):
            _print(session, rows, form)
        if stale and not session.problems:
            raise StaleError(stale)
        end(session, ExitStatus.OVERDUE if rows and exit_code else ExitStatus.FINE)


def _staleness(session: Session, which: Which) -> str:
    """Say why it cannot be said that nothing is overdue: nobody has looked for too long. Empty when it can."""
    runs = session.store.runs()
    for account in session.settings.accounts:
        if which.account and account.name not in which.account:
            continue
        last = runs[account.name][1] if account.name in runs else None
        judged = min(session.now, session.moment)  # what came later does not count for an earlier --at
        if last is None or judged - last > session.settings.overdue.max_age:
            if last is None:
                said = _(
                    'Account "{name}" has never been synced, so nobody can say that nothing is overdue. '
                    "Run `triage sync`."
                )
                return said.format(name=account.name)
            said = _(
                'The last successful sync of account "{name}" was {when}: too long ago to say that nothing is '
                "overdue. Run `triage sync`."
            )
            return said.format(name=account.name, when=session.words.full(last))
    return ""


def _print(session: Session, rows: tuple[Row, ...], form: Format) -> None:
    from triage.report import overdue as report

    if form in {Format.CSV, Format.JSON, Format.JSONL}:
        session.screen.data(machine_format(session, rows, form.value))
        return
    writers = {Format.TEXT: report.to_text, Format.MARKDOWN: report.to_markdown, Format.HTML: report.to_html}
    nothing = session.words.say("Nothing is overdue.")
    session.screen.data(writers[form](_title(session), _sections(session, rows), nothing, session.words.language))


def _title(session: Session) -> str:
    """Name the shop, the report and the moment for which it holds."""
    from cli.render import clean

    words, shop = session.words, clean(session.settings.shop.name)
    moment = words.full(session.moment)
    if session.problems and session.at is None:
        last = session.last_sync
        moment = words.say("as of {when}", when=words.full(last)) if last else words.say("never synced")
    name = words.say("Overdue and forgotten")
    return f"{shop}: {name[:1].lower()}{name[1:]}, {moment}" if shop else f"{name}, {moment}"


def _sections(session: Session, rows: tuple[Row, ...]) -> list[Section]:
    from triage.report.overdue import Section

    titles = (
        (Urgency.OVERDUE, N_("Overdue")),
        (Urgency.FORGOTTEN, N_("Forgotten: answer now, with an apology")),
    )
    sections = [
        Section(session.words.say(title), tuple(_item(session, row) for row in rows if row.urgency is urgency))
        for urgency, title in titles
    ]
    return [section for section in sections if section.items]


def _item(session: Session, row: Row) -> Item:
    from cli.render import clean
    from cli.table import who
    from triage.rank import lane_of
    from triage.report.overdue import Item

    words, case = session.words, row.case
    waits = words.waited(row.waited, case.since) if row.waited is not None and case.since else ""
    return Item(
        id=case.id,
        who=who(row),
        email=clean(case.customer.email),
        subject=clean(case.subject) or words.say("(no subject)"),
        lane=words.lane(case.lane or lane_of(case.verdict.kind)),
        waits=words.say("waits {span}", span=waits),
        due=words.say("was due {when}", when=words.full(row.due_at)) if row.due_at else "",
        words=" · ".join(map(clean, case.verdict.because)) or clean(case.snippet),
    )
