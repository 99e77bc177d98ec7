"""The queue as people see it: lane by lane, who waits since when and until when, in their own words."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from cli.render import LANE_STYLES, QUIET_STYLE, URGENCY_STYLES, WORRYING, clean, styled
from triage.clock import is_open, next_opening, spans_between
from triage.model import Lane, Status, Urgency
from triage.settings import Sort

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from cli.options import Which
    from cli.session import Session
    from triage.rank import Row

_ONE_LINE = 150
"""From this width on the customer's words stand beside the subject, else below it."""

_LEFT, _DUE = 11, 15  # cells of rank and ID, and of what is left


def print_queue(session: Session, rows: tuple[Row, ...], chosen: tuple[Row, ...], which: Which) -> None:
    """Print the head, the chosen rows by lane, the summary, and the line of the forgotten."""
    folded = _folded(session, which)
    shown = [row for row in chosen if row.case.id not in folded]
    _print_head(session)
    if session.screen.plain:
        _print_plain(session, shown)
    else:
        _print_lanes(session, shown)
    _print_summary(session, rows)
    _print_forgotten(session, rows, was_folded=bool(folded))


def _folded(session: Session, which: Which) -> frozenset[str]:
    """Name what was forgotten before the first sync: it stands in one line then, not in a flood of rows."""
    if which.lane or which.status:
        return frozenset()
    runs = session.store.runs()
    first = {name: first_at for name, (first_at, _, count) in runs.items() if count == 1}
    return frozenset(
        row.case.id
        for row in session.rows()
        if row.urgency is Urgency.FORGOTTEN and first.get(row.case.account) is not None
    )


def _print_head(session: Session) -> None:
    words, name = session.words, session.settings.shop.name or "triage"
    moment = words.full(session.moment)
    if session.at is not None or session.problems:
        stand = session.at or _last_sync(session)
        moment = words.say("as of {when}", when=words.full(stand) if stand else "?")
    session.screen.line((clean(name), "bold"), ("  " + moment, QUIET_STYLE), ("  " + _opening(session), QUIET_STYLE))


def _opening(session: Session) -> str:
    words, now = session.words, session.moment
    if is_open(now, session.hours):
        until = next(spans_between(now, _much_later(now), session.hours), None)
        return words.say("open until {when}", when=words.moment(until[1])) if until else words.say("open")
    opens = next_opening(now, session.hours)
    return words.say("closed until {when}", when=words.moment(opens)) if opens else words.say("closed")


def _much_later(now: datetime) -> datetime:
    from datetime import timedelta

    return now + timedelta(days=2)


def _last_sync(session: Session) -> datetime | None:
    return min((last for _, last, _ in session.store.runs().values()), default=None)


# -- rows ------------------------------------------------


def _print_lanes(session: Session, rows: Iterable[Row]) -> None:
    by_lane = session.settings.queue.sort is Sort.LANE
    groups = groupby(rows, key=lambda row: row.lane) if by_lane else [(None, rows)]
    for lane, group in groups:
        some = list(group)
        session.screen.line()
        if lane is not None:
            session.screen.line((f"{session.words.lane(lane)} ({len(some)})", f"bold {LANE_STYLES[lane]}"))
        for row in some:
            _print_row(session, row)


def _print_row(session: Session, row: Row) -> None:
    """Print a row on one line of a wide screen, on two of a narrower one."""
    width = session.screen.width
    style = LANE_STYLES[row.lane] if row.lane else QUIET_STYLE
    due_style = URGENCY_STYLES[row.urgency] if row.urgency else QUIET_STYLE
    due, subject = _due(session, row), clean(row.case.subject) or session.words.say("(no subject)")
    who_width = max(14, min(30, width // 5))
    text_width = width - _LEFT - who_width - _DUE - 3
    first = [
        styled((f"{row.rank or '':>3}  {row.case.id:<6}", style)),
        _fit(styled((who(row), "bold")), who_width),
    ]
    quote = _quote(session, row)
    if width >= _ONE_LINE:
        middle = [_fit(styled(subject), text_width * 2 // 5), _fit(quote, text_width - text_width * 2 // 5 - 1)]
        session.screen.out.print(_joined([*first, *middle, _fit(styled((due, due_style)), _DUE, right=True)]))
        return
    session.screen.out.print(
        _joined([*first, _fit(styled(subject), text_width), _fit(styled((due, due_style)), _DUE, right=True)])
    )
    wait = _fit(styled((_wait(session, row), QUIET_STYLE)), who_width)
    session.screen.out.print(_joined([Text(" " * _LEFT), wait, _fit(quote, text_width + _DUE + 1)]))


def _fit(text: Text, width: int, *, right: bool = False) -> Text:
    """Cut a text to a width in cells (a Chinese sign takes two), or fill it up."""
    text.truncate(width, overflow="ellipsis")
    padding = max(0, width - cell_len(text.plain))
    return Text(" " * padding) + text if right else text + Text(" " * padding)


def _joined(parts: Iterable[Text]) -> Text:
    line = Text(" ").join(parts)
    line.rstrip()
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def who(row: Row) -> str:
    """Name the customer; a name that is none of the address's comes with its domain, for names lie."""
    name, email = clean(row.case.customer.name), clean(row.case.customer.email)
    if not name:
        return email or "?"
    domain = email.rpartition("@")[2]
    return f"{name} ({domain})" if "@" in name and email not in name else name


def _wait(session: Session, row: Row) -> str:
    if row.waited is None or row.case.since is None:
        return session.words.code(row.status)
    return session.words.waited(row.waited, row.case.since)


def _quote(session: Session, row: Row) -> Text:
    """Give the reason in the customer's words: what decided, else how the mail begins; and what is to be known."""
    notices = [session.words.code(notice) for notice in sorted(row.case.notices)]
    because = [clean(words) for words in row.case.verdict.because]
    quote = " · ".join(because) or clean(row.case.snippet)
    worries = row.case.notices & WORRYING
    text = styled((f"“{quote}”" if quote else "", QUIET_STYLE))
    if notices:
        text = styled((f"[{', '.join(notices)}] ", "color(167)" if worries else "color(172)"))
        text.append(f"“{quote}”" if quote else "", style=QUIET_STYLE)
    return text


def _due(session: Session, row: Row) -> str:
    """Say how much time is left, or how late it is, as people say it."""
    words, now = session.words, session.moment
    if row.due_at is None:
        return ""
    if row.status is not Status.WAITING or row.urgency is None:
        return words.code(row.status)
    from triage.clock import open_time_between

    if row.urgency is Urgency.FORGOTTEN:
        return _wait(session, row)
    if now > row.due_at:
        late = open_time_between(row.due_at, now, session.hours)
        near = late.total_seconds() < 8 * 3600
        said = words.span(late) if near else words.day(row.due_at)
        return words.say("{span} late", span=said) if near else words.say("was due {when}", when=said)
    left = open_time_between(now, row.due_at, session.hours)
    if left.total_seconds() < 8 * 3600:
        return words.say("{span} left", span=words.span(left))
    return words.say("before {when}", when=words.moment(row.due_at))


def _print_plain(session: Session, rows: Iterable[Row]) -> None:
    """Print each conversation as sentences, for a screen reader."""
    for row in rows:
        lane = session.words.lane(row.lane) if row.lane else session.words.code(row.status)
        parts = [
            f"{row.rank or '-'}. {lane}",
            who(row),
            clean(row.case.subject),
            _wait(session, row),
            _due(session, row),
        ]
        notices = [session.words.code(notice) for notice in sorted(row.case.notices)]
        quote = " · ".join(map(clean, row.case.verdict.because)) or clean(row.case.snippet)
        said = ". ".join(filter(None, (*dict.fromkeys(parts), *notices, f"“{quote}”" if quote else "")))
        session.screen.line(f"{said}. {row.case.id}")


# -- below the rows ------------------------------------------------


def _print_summary(session: Session, rows: tuple[Row, ...]) -> None:
    words = session.words
    waiting = [row for row in rows if row.rank is not None]
    session.screen.line()
    if not waiting:
        session.screen.line((words.say("Nobody waits. All is answered."), "bold"))
    late = sum(row.urgency is Urgency.OVERDUE for row in waiting)
    forgotten = sum(row.urgency is Urgency.FORGOTTEN for row in waiting)
    counts = [words.say("{n} waiting", n=len(waiting))] if waiting else []
    counts += [words.say("{n} overdue", n=late)] if late else []
    counts += [words.say("{n} forgotten", n=forgotten)] if forgotten else []
    oldest = min((row.case.since for row in waiting if row.case.since), default=None)
    counts += [words.say("oldest {when}", when=words.day(oldest))] if oldest else []
    last = _last_sync(session)
    counts.append(words.say("synced {when}", when=words.moment(last)) if last else words.say("never synced"))
    session.screen.line((" · ".join(counts), ""), (" · " + count_check(session), QUIET_STYLE))


def count_check(session: Session) -> str:
    """Say of each mailbox how many messages the server has and how many are known."""
    known = [mailbox for mailbox in session.store.mailboxes() if mailbox.uidnext or mailbox.server_count]
    return ", ".join(f"{clean(mailbox.name)} {mailbox.known_count}/{mailbox.server_count}" for mailbox in known)


def _print_forgotten(session: Session, rows: tuple[Row, ...], *, was_folded: bool) -> None:
    ids = [row.case.id for row in rows if row.lane is Lane.FORGOTTEN]
    if not ids:
        return
    words = session.words
    text = f"{'1' if len(ids) == 1 else '{n}'} forgotten: answer now, with an apology: {{ids}}"
    session.screen.out.print(
        Text(words.say(text, n=len(ids), ids=" ".join(ids)), style="bold color(172)"), soft_wrap=True
    )
    if was_folded:
        hint = "These were waiting before triage came; `triage queue --lane forgotten` lists them."
        session.screen.line((words.say(hint), QUIET_STYLE))
