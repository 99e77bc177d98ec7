"""What a command begins with: settings, store, hours, and the mail fetched if it is to be fetched."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cli.words import Words, language_of
from triage import pipeline, rank
from triage.config import find_config, load_settings
from triage.errors import ExitStatus, TriageError, UsageError
from triage.i18n import N_, _, choose_language
from triage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from zoneinfo import ZoneInfo

    from cli.options import Manners, Which
    from cli.render import Screen
    from triage.beside import Readers
    from triage.clock import OpeningHours
    from triage.rank import Row
    from triage.settings import AccountSettings, Settings
    from triage.sync import MailboxReport


_YEARS = range(1980, 2200)
"""In which mail is judged: beyond them no holidays are known and the calendar ends."""


@dataclass
class Session:
    """One run of a command."""

    settings: Settings
    store: Store
    now: datetime
    at: datetime | None
    hours: OpeningHours
    words: Words
    screen: Screen
    reports: list[MailboxReport] = field(default_factory=list)
    problems: list[TriageError] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the database."""
        self.store.close()

    def tell_holder(self, holder: str) -> None:
        """Say which other run we wait for."""
        waiting = N_("Another run of triage is fetching ({holder}); waiting for it.")
        self.screen.note(self.words.say(waiting, holder=holder))

    def say_report(self, report: MailboxReport) -> str:
        """Say what a sync did with a mailbox, and the count check."""
        where = f"{report.account} {report.name}"
        said = N_("{where}: {new} new; {server} on the server, {known} known")
        text = self.words.say(said, where=where, new=report.new, server=report.server, known=report.known)
        if report.failed:
            text += self.words.say("; {failed} could not be fetched, triage will try again", failed=report.failed)
        return text

    def progress(self) -> AbstractContextManager[Progress]:
        """Show how far fetching is, and reading what came in, if it takes long."""
        return self.screen.progress(self.words.say("Fetching mail"), self.words.say("Reading mail"))

    def catch_up(self) -> None:
        """Bring what is stored up to date with the configuration, without asking any server."""
        _catch_up(self)

    @property
    def last_sync(self) -> datetime | None:
        """When every account that ever was fetched completely last was."""
        runs = self.store.runs()
        return min((runs[account.name][1] for account in self.settings.accounts if account.name in runs), default=None)

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return self.settings.shop.timezone

    @property
    def moment(self) -> datetime:
        """The moment for which is judged: `--at`, else now."""
        return self.at or self.now

    @property
    def status(self) -> ExitStatus:
        """What the sync ends with: the status of the first account that failed."""
        return self.problems[0].status if self.problems else ExitStatus.FINE

    def rows(self, *, everything: bool = False) -> tuple[Row, ...]:
        """Give the rows of the queue at this moment, snoozed ones last; `everything` also where nobody waits."""
        if self.at is not None:
            rows = pipeline.build_queue_at(self.store, self.settings, self.hours, self.at)
            return rows if everything else tuple(row for row in rows if row.lane is not None)
        return pipeline.build_queue(self.store, self.settings, self.hours, self.now, everything=everything)

    def every_row(self) -> Iterable[Row]:
        """Give the rows of all conversations at this moment, one at a time."""
        if self.at is not None:
            return self.rows(everything=True)
        return pipeline.every_row(self.store, self.settings, self.hours, self.now)

    def row(self, identity: str, *, ranked: bool = True) -> Row | None:
        """Give one row at this moment, ranked if it waits; None when the conversation did not exist then.

        Its rank costs what is open, so who does not need it leaves it out.
        """
        if ranked or self.at is not None:
            found = next((row for row in self.rows(everything=self.at is not None) if row.case.id == identity), None)
            if found is not None or self.at is not None:
                return found
        case = self.store.case(identity)
        return rank.judge(case, self.now, self.hours, self.settings.targets) if case else None


def data_folder() -> Path:
    """Give the folder of the database: `TRIAGE_DATA_DIR`, else the platform's."""
    if chosen := os.environ.get("TRIAGE_DATA_DIR"):
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("triage", appauthor=False))


def load(manners: Manners) -> Settings:
    """Find and read the configuration; from now on its language is spoken."""
    settings = load_settings(find_config(manners.config, os.environ), os.environ)
    choose_language(language_of(settings))
    return settings


def begin(manners: Manners, which: Which, *, sync: bool = False, catch_up: bool = True) -> Session:
    """Open the store and, where a command wants it, fetch what is new; what fails there is told, not raised."""
    from cli.render import Screen

    settings = load(manners)
    now = datetime.now(UTC)
    at = parse_moment(which.at, settings.shop.timezone) if which.at else None
    _check_accounts(settings, which)
    store = Store(data_folder())
    try:
        hours = pipeline.opening_hours(store, settings, (now, at or now))
        words = Words(language_of(settings), settings.shop.timezone, at or now)
        session = Session(settings, store, now, at, hours, words, Screen(manners))
        if sync and not which.no_sync:
            fetch(session)
        elif catch_up:
            _catch_up(session)
    except BaseException:
        store.close()
        raise
    return session


def _check_accounts(settings: Settings, which: Which) -> None:
    for name in which.account or ():
        if settings.account(name) is None:
            known = ", ".join(f'"{account.name}"' for account in settings.accounts)
            raise UsageError(
                _('There is no account "{name}". The configuration has {known}.').format(name=name, known=known)
            )


def parse_moment(text: str, zone: ZoneInfo) -> datetime:
    """Read `--at`: ISO 8601; without offset, in the shop's zone.

    Raises:
        UsageError: It is no such moment.

    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.year in _YEARS:
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except ValueError:
        pass
    raise UsageError(
        _('"{text}" is no moment. Write --at like 2026-11-23T10:00 or 2026-11-23T10:00+01:00.').format(text=text)
    )


def derivation_of(session: Session) -> pipeline.Derivation:
    """Say how messages are read at this moment: by these settings, these weights and what was taught."""
    from triage.classify import classify, read_closely
    from triage.classify.learnt import weights_name
    from triage.decisions import teaching

    ours, lessons = pipeline.our_addresses(session.settings), teaching(session.store.decisions())
    return pipeline.Derivation(ours, session.settings, classify, session.now, read_closely, weights_name(), lessons)


def _catch_up(session: Session) -> None:
    ours = pipeline.our_addresses(session.settings)
    if session.store.signature() != pipeline.signature(session.settings, ours):
        from triage.beside import Readers

        derivation = derivation_of(session)
        with session.progress() as tell, Readers(derivation) as readers:
            pipeline.derive_again(session.store, derivation, lambda done: tell("", "", done, 0), readers.again)
    pipeline.update_conversations(session.store, session.settings)


def fetch(session: Session) -> None:
    """Fetch every account; one that fails does not keep the others from being fetched."""
    from triage.beside import Readers
    from triage.lock import sync_lock

    try:
        with sync_lock(data_folder(), session.now, session.tell_holder), session.progress() as tell:
            derivation = derivation_of(session)
            with Readers(derivation) as readers:
                pipeline.derive_again(session.store, derivation, lambda done: tell("", "", done, 0), readers.again)
                _fetch_accounts(session, readers, tell)
                tell("", "", 0, 0)
                pipeline.settle(session.store, derivation, lambda done, total: tell("", "", done, total), readers.learn)
    except TriageError as error:
        session.problems.append(error)
    for report in session.reports if session.screen.verbose else ():
        session.screen.note(session.say_report(report))


def _fetch_accounts(session: Session, readers: Readers, tell: Progress) -> None:
    from cli.connecting import Connections, way_to

    def quietly(account: AccountSettings) -> Way:
        with session.screen.without_progress() if account.password_command else nullcontext():
            return way_to(account)

    accounts = session.settings.accounts
    with Connections(accounts, quietly) as connections:
        for account in accounts:
            tell(account.name, "", 0, 0)
            try:
                connect = connections.connector(account)
                session.reports.extend(_fetch_account(session, account, connect, readers, tell))
            except TriageError as error:
                session.problems.append(of_account(account, error) if len(accounts) > 1 else error)


def of_account(account: AccountSettings, error: TriageError) -> TriageError:
    """Say of which account an error speaks, unless it does so itself."""
    if f'"{account.name}"' in str(error):
        return error
    told = TriageError(_('Account "{name}": {error}').format(name=account.name, error=error))
    told.status = error.status
    return told


def _fetch_account(
    session: Session, account: AccountSettings, connect: Connector, readers: Readers, tell: Progress
) -> Iterator[MailboxReport]:
    from triage import sync

    since = pipeline.since_date(session.now, account.since)
    reports = sync.sync_account(account, connect, session.store, readers.arrivals, since, sync.Progress(tell))
    with session.store.transaction():
        session.store.save_run(account.name, session.now)
    yield from reports


def current_time() -> datetime:
    """Ask what time it is."""
    return datetime.now(UTC)


def choose(rows: Iterable[Row], which: Which) -> tuple[Row, ...]:
    """Keep the rows that were asked for; ranks stay those of the whole queue."""
    return tuple(chosen(rows, which))


def chosen(rows: Iterable[Row], which: Which) -> Iterator[Row]:
    """Do what `choose` does, one row at a time."""
    kept = (
        row
        for row in rows
        if (not which.account or row.case.account in which.account)
        and (not which.kind or row.case.verdict.kind in which.kind)
        and (not which.lane or row.lane in which.lane)
        and (not which.status or row.status in which.status)
        and (not which.person or row.assigned_to.casefold() == which.person.casefold())
    )
    return islice(kept, which.limit)


if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.connecting import Connector, Way

    Progress = Callable[[str, str, int, int], None]
