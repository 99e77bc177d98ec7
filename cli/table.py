"""The queue as people see it: lane by lane, who waits since when and until when, in their own words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from cli.render import LANE_STYLES, QUIET_STYLE, URGENCY_STYLES, WARNING_STYLE, WORRY_STYLE, clean, styled
from cli.words import WORKING_DAY
from triage.clock import is_open, next_opening, open_time_between, spans_between
from triage.decisions import FOREVER
from triage.i18n import N_
from triage.model import Flag, Kind, Lane, Notice, Status, Urgency
from triage.settings import Sort

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from cli.session import Session
    from cli.words import Words
    from triage.rank import Row

_STACKED, _ONE_LINE = 70, 150
"""Below this width three lines a row, from that width on one; two in between."""

_LEFT = 11  # cells of rank and ID
_NARROW_LEFT = 5  # cells before the further lines of a row in three lines
_LEAST_OF_A_DOMAIN = 10  # cells; less of it says nothing
_MOST_IDS = 40  # of the forgotten, on their line
_WORTH_SAYING = (Flag.LEGAL, Flag.REVIEW, Flag.DEADLINE, Flag.REPEAT)
_IN_ORDER = (Status.WAITING, Status.SNOOZED, Status.ANSWERED, Status.DONE, Status.NONE)
_WORRIES = frozenset({Notice.BOUNCED, Notice.UNREADABLE, Flag.LEGAL, Flag.REVIEW})


def print_queue(session: Session, rows: tuple[Row, ...], shown: tuple[Row, ...], *, has_folded: bool) -> None:
    """Print the head, the rows to show by lane, the summary of all of them, and the line of the forgotten."""
    _print_head(session)
    shown = tuple(sorted(shown, key=lambda row: _IN_ORDER.index(row.status)))
    if session.screen.plain:
        _print_plain(session, shown)
    else:
        _print_lanes(session, shown, Counter(_group(row) for row in rows))
    _print_summary(session, rows, has_shown=bool(shown) or has_folded)
    _print_forgotten(session, rows, has_folded=has_folded)


def _print_head(session: Session) -> None:
    words, name = session.words, session.settings.shop.name or "triage"
    moment = words.full(session.moment)
    if session.at is not None or session.problems:
        stand = session.at or session.last_sync
        moment = words.say("as of {when}", when=words.full(stand)) if stand else words.say("never synced")
    session.screen.wrapped((clean(name), "bold"), ("  " + moment, QUIET_STYLE), ("  " + _opening(session), QUIET_STYLE))


def _opening(session: Session) -> str:
    words, now = session.words, session.moment
    if is_open(now, session.hours):
        until = next(spans_between(now, now + timedelta(days=2), session.hours), None)
        return words.say("open until {when}", when=words.moment(until[1])) if until else words.say("open")
    opens = next_opening(now, session.hours)
    return words.say("closed until {when}", when=words.moment(opens)) if opens else words.say("closed")


# -- rows ------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Columns:
    """How wide the columns are, in cells: as wide as what stands in them, and the texts share the rest."""

    width: int
    who: int
    wait: int
    due: int

    @property
    def text(self) -> int:
        """What is left for subject and words beside the other columns."""
        return self.width - _LEFT - self.who - self.due - 3


def _print_lanes(session: Session, rows: Sequence[Row], totals: Mapping[Lane | Status, int]) -> None:
    words, by_lane = session.words, session.settings.queue.sort is Sort.LANE
    columns = _columns(session, rows)
    for (lane, status), group in groupby(rows, key=lambda row: (_lane(row) if by_lane else None, row.status)):
        some = list(group)
        session.screen.line()
        if lane is not None:
            heading = f"{words.lane(lane)} ({_count(words, len(some), totals[lane])})"
            session.screen.wrapped((heading, f"bold {LANE_STYLES[lane]}"))
        elif status is not Status.WAITING:
            title = words.status(status)
            session.screen.line(
                (f"{title[:1].upper()}{title[1:]} ({_count(words, len(some), totals[status])})", "bold")
            )
        session.screen.rows(line for row in some for line in _lines(session, row, columns, is_in_lane=lane is not None))


def _lane(row: Row) -> Lane | None:
    """Give the lane in which a row waits; what is snoozed stands in none."""
    return row.lane if row.status is Status.WAITING else None


def _group(row: Row) -> Lane | Status:
    return _lane(row) or row.status


def _count(words: Words, shown: int, total: int) -> str:
    return str(shown) if shown == total else words.say("{n} of {total}", n=shown, total=total)


def _columns(session: Session, rows: Iterable[Row]) -> _Columns:
    width = session.screen.width
    dues, waits = [0], [0]
    for row in rows:
        dues.append(cell_len(_due(session, row)))
        waits.append(cell_len(_wait_in_table(session, row)))
    return _Columns(width, who=max(16, min(34, width // 5)), wait=max(waits), due=max(dues))


def _lines(session: Session, row: Row, columns: _Columns, *, is_in_lane: bool) -> Iterator[Text]:
    """Write a row: on one line of a wide screen, on two of an ordinary one, on three of a narrow one."""
    from cli.links import url_of

    link = url_of(session, row) if session.screen.has_links else None
    subject = styled((clean(row.case.subject) or session.words.say("(no subject)"), session.screen.linked("", link)))
    quote = _quote(session, row, is_in_lane=is_in_lane)
    if columns.width >= _ONE_LINE:
        lines = _in_one_line(session, row, columns, subject, quote)
    elif columns.width >= _STACKED:
        lines = _in_two_lines(session, row, columns, subject, quote)
    else:
        lines = _in_three_lines(session, row, columns, subject, quote)
    for parts in lines:
        line = Text(" ").join(parts)
        line.rstrip()
        yield line


def _in_one_line(session: Session, row: Row, columns: _Columns, subject: Text, quote: Text) -> list[list[Text]]:
    texts = columns.text - columns.wait - 2
    cells = [_fit(subject, texts * 2 // 5), _fit(quote, texts - texts * 2 // 5)]
    wait = _fit(styled((_wait_in_table(session, row), QUIET_STYLE)), columns.wait)
    return [[_place(row), _fit(_who(row, columns.who), columns.who), *cells, wait, _due_cell(session, row, columns)]]


def _in_two_lines(session: Session, row: Row, columns: _Columns, subject: Text, quote: Text) -> list[list[Text]]:
    wait = _fit(styled((_wait_in_table(session, row), QUIET_STYLE)), columns.who)
    return [
        [
            _place(row),
            _fit(_who(row, columns.who), columns.who),
            _fit(subject, columns.text),
            _due_cell(session, row, columns),
        ],
        [Text(" " * _LEFT), wait, _fit(quote, columns.text + columns.due + 1)],
    ]


def _in_three_lines(session: Session, row: Row, columns: _Columns, subject: Text, quote: Text) -> list[list[Text]]:
    left, rest = Text(" " * (_NARROW_LEFT - 1)), columns.width - _NARROW_LEFT
    space = Text(" " * (columns.width - _LEFT - columns.due - 2))
    name = styled((who(row), "bold"))
    name.truncate(rest // 2, overflow="ellipsis")
    return [
        [_place(row), space, _due_cell(session, row, columns)],
        [left, _fit(name + Text(" · ") + subject, rest)],
        [left, _fit(quote, rest)],
    ]


def _place(row: Row) -> Text:
    style = LANE_STYLES[row.lane] if row.lane else QUIET_STYLE
    return styled((f"{row.rank or '':>3}  {row.case.id:<6}", style))


def _due_cell(session: Session, row: Row, columns: _Columns) -> Text:
    style = URGENCY_STYLES[row.urgency] if row.urgency else QUIET_STYLE
    return _fit(styled((_due(session, row), style)), columns.due, right=True)


def _fit(text: Text, width: int, *, right: bool = False) -> Text:
    """Cut a text to a width in cells (a Chinese sign takes two, a combining mark none), or fill it up."""
    width = max(0, width)
    text = text[: 4 * width] if len(text) > 4 * width else text.copy()
    text.truncate(width, overflow="ellipsis")
    padding = max(0, width - cell_len(text.plain))
    return Text(" " * padding) + text if right else text + Text(" " * padding)


def who(row: Row) -> str:
    """Name the customer; a name that is an address but not this one lies, so the address stands there instead."""
    name, email = clean(row.case.customer.name), clean(row.case.customer.email)
    if not name or ("@" in name and email and email not in name.lower()):
        return email or name or "?"
    return name


def _who(row: Row, width: int) -> Text:
    """Name the customer, and from which domain where there is room: names lie."""
    name, domain = who(row), clean(row.case.customer.email).rpartition("@")[2]
    room = width - cell_len(name) - 1
    has_room = "@" not in name and room >= min(cell_len(domain), _LEAST_OF_A_DOMAIN)
    return styled((name, "bold"), (f" {domain}" if has_room else "", QUIET_STYLE))


def _wait(session: Session, row: Row) -> str:
    if row.waited is None or row.case.since is None:
        return ""
    return session.words.waited(row.waited, row.case.since)


def _wait_in_table(session: Session, row: Row) -> str:
    """Say how long somebody waits, unless that stands in the last column already."""
    return "" if row.urgency is Urgency.FORGOTTEN else _wait(session, row)


def _quote(session: Session, row: Row, *, is_in_lane: bool) -> Text:
    """Give the reason in the customer's words: what decided, else how the mail begins; and what is to be known."""
    tags = _tags(session, row, is_in_lane=is_in_lane)
    text = Text()
    if tags:
        worries = _WORRIES & {*row.case.notices, *row.case.verdict.flags}
        text = styled((f"[{', '.join(tags)}] ", WORRY_STYLE if worries else WARNING_STYLE))
    quote = _words(row)
    return text + styled((f"“{quote}”" if quote else "", QUIET_STYLE))


def _tags(session: Session, row: Row, *, is_in_lane: bool) -> list[str]:
    words, verdict = session.words, row.case.verdict
    tags = [words.say("for {person}", person=clean(row.assigned_to))] if row.assigned_to else []
    tags += [words.kind(verdict.kind)] if not is_in_lane and verdict.kind is not Kind.NONE else []
    tags += [words.flag(flag) for flag in _WORTH_SAYING if flag in verdict.flags]
    return tags + [words.notice(notice) for notice in sorted(row.case.notices)]


def _words(row: Row) -> str:
    return " · ".join(clean(words) for words in row.case.verdict.because) or clean(row.case.snippet)


def _snoozed(words: Words, until: datetime) -> str:
    return words.say("until reply") if until == FOREVER else words.say("until {when}", when=words.brief(until))


def _due(session: Session, row: Row) -> str:
    """Say how much time is left, or how late it is, as people say it: in time if it is today, else until when."""
    words, now = session.words, session.moment
    if row.snoozed_until is not None:
        return _snoozed(words, row.snoozed_until)
    if row.due_at is None or row.status is not Status.WAITING:
        return ""
    if row.urgency is Urgency.FORGOTTEN and row.case.since is not None:
        return words.say("since {when}", when=words.brief_day(row.case.since))
    if now > row.due_at:
        return _late(session, row.due_at)
    if words.is_today(row.due_at) and is_open(now, session.hours):
        return words.say("{span} left", span=words.span(open_time_between(now, row.due_at, session.hours)))
    return words.say("before {when}", when=words.brief(row.due_at))


def _late(session: Session, due_at: datetime) -> str:
    late = open_time_between(due_at, session.moment, session.hours)
    if late < WORKING_DAY:
        return session.words.say("{span} late", span=session.words.span(late))
    return session.words.say("late since {when}", when=session.words.brief_day(due_at))


def _print_plain(session: Session, rows: Iterable[Row]) -> None:
    """Print each conversation as sentences, for a screen reader."""
    words = session.words
    for row in rows:
        email, name = clean(row.case.customer.email), who(row)
        wait = _wait(session, row)
        parts = [
            words.lane(row.lane) if row.lane and row.status is Status.WAITING else words.status(row.status),
            name if "@" in name or not email else f"{name} ({email.rpartition('@')[2]})",
            clean(row.case.subject) or words.say("(no subject)"),
            words.say("waits {span}", span=wait) if wait else "",
            _due(session, row) if row.urgency is not Urgency.FORGOTTEN else "",
            *_tags(session, row, is_in_lane=True),
            f"“{_words(row)}”",
        ]
        said = " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part)
        session.screen.line(f"{row.rank or '-'}. {row.case.id}. {said}")


# -- below the rows ------------------------------------------------


def _print_summary(session: Session, rows: tuple[Row, ...], *, has_shown: bool) -> None:
    words = session.words
    waiting = [row for row in rows if row.rank is not None]
    session.screen.line()
    if not waiting:
        session.screen.wrapped((_nobody_waits(session, rows), "bold"))
    elif not has_shown:
        session.screen.line((words.say("None of those waiting is like that."), "bold"))
    late = sum(row.urgency is Urgency.OVERDUE for row in waiting)
    forgotten = sum(row.urgency is Urgency.FORGOTTEN for row in waiting)
    counts = [words.count(len(waiting), "1 waiting", "{n} waiting")] if waiting else []
    counts += [words.say("{n} overdue", n=late)] if late else []
    counts += [words.say("{n} forgotten", n=forgotten)] if forgotten else []
    snoozed = sum(row.status is Status.SNOOZED for row in rows)
    counts += [words.say("{n} snoozed", n=snoozed)] if snoozed else []
    oldest = min((row.case.since for row in waiting if row.case.since), default=None)
    counts += [words.say("oldest since {when}", when=words.day(oldest))] if oldest else []
    last = session.last_sync
    counts.append(words.say("synced {when}", when=words.moment(last)) if last else words.say("never synced"))
    session.screen.wrapped((" · ".join(counts), ""), *_count_check(session))


def _nobody_waits(session: Session, rows: Iterable[Row]) -> str:
    """Say that nobody waits, and no more than is known: what was never fetched or only put away is not answered."""
    words, fetched = session.words, session.store.runs()
    missing = [account.name for account in session.settings.accounts if account.name not in fetched]
    if len(missing) == len(session.settings.accounts):
        return words.say("No mail was fetched yet, so nobody can say who waits.")
    if missing:
        said = N_("Nobody waits as far as is known: no mail was fetched yet of {accounts}.")
        return words.say(said, accounts=", ".join(map(clean, missing)))
    snoozed = sum(row.status is Status.SNOOZED for row in rows)
    if snoozed:
        return words.count(snoozed, "Nobody waits but 1 that is snoozed.", "Nobody waits but {n} that are snoozed.")
    if session.problems and session.at is None:
        return words.say("Nobody waited when mail was last fetched.")
    return words.say("Nobody waits. All is answered.")


def _count_check(session: Session) -> list[tuple[str, str]]:
    """Say of each mailbox how many messages the server has and how many are known; loudly where that differs."""
    words, accounts = session.words, {account.name for account in session.settings.accounts}
    parts = []
    for mailbox in session.store.mailboxes():
        if mailbox.account not in accounts or not (mailbox.uidnext or mailbox.server_count):
            continue
        name = clean(mailbox.name if len(accounts) == 1 else f"{mailbox.account} {mailbox.name}")
        known, server = mailbox.known_count, mailbox.server_count
        if known == server:
            parts.append((f" · {name} {known}/{server}", QUIET_STYLE))
        else:
            said = words.say("{name}: {known} of {server} known", name=name, known=known, server=server)
            parts.append((f" · {said}", WARNING_STYLE))
    return parts


def _print_forgotten(session: Session, rows: tuple[Row, ...], *, has_folded: bool) -> None:
    """Print the last line: who was forgotten, by ID, or that nobody was."""
    words = session.words
    ids = [row.case.id for row in rows if _lane(row) is Lane.FORGOTTEN]
    if not ids:
        is_known = session.last_sync is not None
        said = N_("Nobody is forgotten.") if is_known else N_("Nobody is forgotten as far as is known.")
        session.screen.line((words.say(said), QUIET_STYLE))
        return
    if has_folded:
        hint = N_("These were waiting before triage came; `triage queue --lane forgotten` lists them:")
        session.screen.line((words.say(hint), QUIET_STYLE))
    shown = " ".join(ids[:_MOST_IDS])
    if len(ids) > _MOST_IDS:
        shown += " " + words.say("and {n} more", n=len(ids) - _MOST_IDS)
    said = words.count(
        len(ids),
        "1 forgotten: answer now, with an apology: {ids}",
        "{n} forgotten: answer now, with an apology: {ids}",
        ids=shown,
    )
    session.screen.line((said, "bold " + WARNING_STYLE))
