"""Fetch what is new, and nothing but that: `plan_mailbox()` decides (pure), `sync_account()` acts.

A sync may be interrupted at any moment: each batch is committed as it comes, and what a mailbox has brought is settled
only when all of it is there. The ground of correctness is the set of numbers on the server; UIDNEXT and the count of
messages only spare us from asking for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from triage.errors import MailboxMissingError
from triage.i18n import N_, _
from triage.mail.source import LostConnectionError, MailboxName
from triage.model import Copy, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from triage.mail.source import Fetched, MailboxState, MailSource
    from triage.settings import AccountSettings
    from triage.store import Arrival, KnownMailbox, Store

SENT_NAMES = (
    "sent", "sent items", "sent messages", "sent mail", "sent-mail", "verzonden", "verzonden items",
    "verzonden berichten", "verzonden objecten", "verzonden e-mail", "gesendet", "gesendete elemente",
    "gesendete objekte", "gesendete nachrichten", "envoyés", "éléments envoyés", "messages envoyés",
    "objets envoyés", "courrier envoyé", "inviati", "posta inviata", "enviados", "elementos enviados", "wysłane",
)  # fmt: skip
"""Names under which programs keep what was sent, the likeliest first (mail-facts, section 1)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A mailbox to read, what it is to us, and why that one: `special use`, `name`, or `configuration`."""

    mailbox: MailboxName
    role: Role
    why: str


def choose_mailboxes(listed: Sequence[MailboxName], account: AccountSettings) -> list[Choice]:
    """Choose the watched mailboxes and the one that holds our answers.

    Raises:
        MailboxMissingError: One that the configuration names is not there.

    """
    watched = [Choice(_named(listed, name, account), Role.WATCHED, N_("configuration")) for name in account.mailboxes]
    if account.sent:
        sent = [Choice(_named(listed, name, account), Role.SENT, N_("configuration")) for name in account.sent]
    else:
        sent = _find_sent(listed)
    names = {choice.mailbox.name for choice in watched}
    return [*watched, *(choice for choice in sent if choice.mailbox.name not in names)]


def _named(listed: Sequence[MailboxName], name: str, account: AccountSettings) -> MailboxName:
    for mailbox in listed:
        is_inbox = mailbox.name.upper() == name.upper() == "INBOX"
        if is_inbox or name in {mailbox.name, mailbox.wire}:
            return mailbox
    names = ", ".join(f'"{mailbox.name}"' for mailbox in listed[:12])
    raise MailboxMissingError(
        _('Account "{account}" has no mailbox "{name}". It has {names}: correct mailboxes or sent.').format(
            account=account.name, name=name, names=names or _("none at all")
        )
    )


def _find_sent(listed: Sequence[MailboxName]) -> list[Choice]:
    special = [Choice(mailbox, Role.SENT, N_("special use")) for mailbox in listed if r"\sent" in mailbox.uses]
    if special:
        return special
    by_name = {_last_part(mailbox): mailbox for mailbox in reversed(listed) if r"\noselect" not in mailbox.uses}
    found = [Choice(by_name[name], Role.SENT, N_("name")) for name in SENT_NAMES if name in by_name]
    return found[:1]


def _last_part(mailbox: MailboxName) -> str:
    """`INBOX.Sent` and `[Gmail]/Verzonden berichten` are known by their last part."""
    name = mailbox.name.casefold()
    return name.rpartition(mailbox.delimiter)[2] if mailbox.delimiter else name


@dataclass(frozen=True, slots=True)
class Listing:
    """Which numbers the server has: `within` the time that is looked back, and all of them (None: not asked for)."""

    within: frozenset[int]
    everything: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about a mailbox: numbers to fetch, and copies that have left or come back."""

    fetch: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()
    back: frozenset[int] = frozenset()


def is_unchanged(known: KnownMailbox, state: MailboxState, new: int) -> bool:
    """Say whether nothing but `new` messages has come and nothing has left, by UIDNEXT and the count alone."""
    has_numbers = known.uidnext > 0 and state.uidnext > 0
    return has_numbers and known.uidvalidity == state.uidvalidity and known.exists + new == state.exists


def plan_mailbox(present: frozenset[int], absent: frozenset[int], listing: Listing) -> Plan:
    """Compare the copies that are known (present, or absent since) with what the server has."""
    everything = listing.within if listing.everything is None else listing.everything
    return Plan(
        fetch=listing.within - present - absent,
        gone=frozenset() if listing.everything is None else present - everything,
        back=absent & everything,
    )


@dataclass(frozen=True, slots=True)
class MailboxReport:
    """What a sync did with a mailbox: messages that came, and the count check; `failed` could not be fetched."""

    account: str
    name: str
    role: Role
    new: int
    server: int
    known: int
    failed: int = 0


class Reader(Protocol):
    """Turns what was fetched into what is kept."""

    def __call__(self, batches: Iterable[list[Fetched]], copy: Copy, expected: int) -> Iterable[list[Arrival]]:
        """Read messages that lie in a place, batch by batch; never raises on bad mail.

        `expected` is how many will come at most.
        """
        ...


@dataclass(slots=True)
class Progress:
    """Told how far a sync is, for whoever wants to show it."""

    tell: Callable[[str, str, int, int], None] = field(default=lambda _account, _mailbox, _done, _total: None)


def sync_account(
    account: AccountSettings,
    connect: Callable[[], MailSource],
    store: Store,
    read: Reader,
    since: date,
    progress: Progress | None = None,
) -> list[MailboxReport]:
    """Bring the mirror of one account up to date; a connection that breaks is made once more.

    Raises:
        TriageError: What a user can mend; what came in until then is kept.

    """
    source = connect()
    try:
        try:
            return _Sync(account, source, store, read, since, progress or Progress()).run()
        except LostConnectionError:
            source.close()
            source = connect()
            return _Sync(account, source, store, read, since, progress or Progress()).run()
    finally:
        source.close()


class _Sync:
    """One pass over the mailboxes of an account on one connection."""

    def __init__(
        self,
        account: AccountSettings,
        source: MailSource,
        store: Store,
        read: Reader,
        since: date,
        progress: Progress,
    ) -> None:
        self._account = account
        self._source = source
        self._store = store
        self._read = read
        self._since = since
        self._progress = progress

    def run(self) -> list[MailboxReport]:
        choices = choose_mailboxes(self._source.mailboxes(), self._account)
        reports = [self._sync_mailbox(choice) for choice in choices]
        with self._store.transaction():
            self._store.forget_mailboxes(self._account.name, {choice.mailbox.name for choice in choices})
        return reports

    def _sync_mailbox(self, choice: Choice) -> MailboxReport:
        state = self._source.examine(choice.mailbox)
        with self._store.transaction():
            known = self._store.mailbox(self._account.name, choice.mailbox.name, choice.role)
            if known.uidvalidity != state.uidvalidity:
                known = self._store.renew_mailbox(known, state.uidvalidity)
        new = self._new_numbers(known, state)
        # A number that is known already came while an earlier run was under way: its counts hold no longer.
        if new is not None and is_unchanged(known, state, len(new)) and not self._store.knows_any(known.id, new):
            return self._settle(known, state, Plan(fetch=frozenset(new)), None)
        listing = self._list(known)
        copies = self._store.copies(known.id)
        present = frozenset(uid for uid, is_present in copies if is_present and uid > 0)
        absent = frozenset(uid for uid, is_present in copies if not is_present and uid > 0)
        return self._settle(known, state, plan_mailbox(present, absent, listing), listing)

    def _new_numbers(self, known: KnownMailbox, state: MailboxState) -> list[int] | None:
        """Ask for the numbers above those that are known; None when the server gives no UIDNEXT to go by."""
        if not known.uidnext or not state.uidnext:
            return None
        return self._source.uids(above=known.uidnext - 1) if state.uidnext > known.uidnext else []

    def _list(self, known: KnownMailbox) -> Listing:
        within = frozenset(self._source.uids(since=self._since))
        older = any(uid not in within for uid, is_present in self._store.copies(known.id) if is_present and uid > 0)
        is_known = bool(self._store.copies(known.id))
        everything = frozenset(self._source.uids()) if older else (within if is_known else None)
        return Listing(within, everything)

    def _settle(self, known: KnownMailbox, state: MailboxState, plan: Plan, listing: Listing | None) -> MailboxReport:
        wanted = plan.fetch | self._store.postponed(known.id)
        # What the server found by date is trusted; what is merely new may be an old mail that was moved here.
        stored, skipped, missing = self._fetch(known, wanted, self._since if listing is None else None)
        failed = self._source.existing(sorted(missing)) if missing else set()
        with self._store.transaction():
            self._store.mark_gone(known.id, plan.gone)
            self._store.mark_present(known.id, plan.back)
            self._store.forget_postponed(known.id)
            self._store.postpone(known.id, failed)
            if not known.uidnext:
                self._store.forget_lost(known.id, self._since)
            settled = self._counted(known, state, listing, len(stored), len(plan.fetch) - len(skipped - failed))
            self._store.save_mailbox(settled)
        if state.exists:
            self._refresh_flags(known, state)
        return MailboxReport(
            self._account.name,
            known.name,
            known.role,
            len(stored),
            settled.server_count,
            settled.known_count,
            len(failed),
        )

    def _counted(
        self, known: KnownMailbox, state: MailboxState, listing: Listing | None, stored: int, arrived: int
    ) -> KnownMailbox:
        """Count what the server has and what is known of it, within the time that is looked back."""
        if listing is None:
            server, mirrored = known.server_count + arrived, known.known_count + stored
        else:
            present = {uid for uid, is_present in self._store.copies(known.id) if is_present}
            server, mirrored = len(listing.within), len(listing.within & present)
        return replace(
            known,
            uidvalidity=state.uidvalidity,
            uidnext=state.uidnext,
            exists=state.exists,
            server_count=server,
            known_count=mirrored,
        )

    def _fetch(
        self, known: KnownMailbox, wanted: Iterable[int], since: date | None
    ) -> tuple[set[int], set[int], set[int]]:
        """Fetch and keep messages: those kept, those received before `since`, and those that did not come."""
        missing = set(wanted)
        place = Copy(known.account, known.name, known.role)
        stored: set[int] = set()
        skipped: set[int] = set()
        total = len(missing)

        def recent() -> Iterator[list[Fetched]]:
            for batch in self._source.fetch(sorted(missing)) if missing else ():
                old = {item.uid for item in batch if since and item.received_at and item.received_at.date() < since}
                skipped.update(old)
                yield [item for item in batch if item.uid not in old]

        for arrivals in self._read(recent(), place, total):
            with self._store.transaction():
                self._store.add(known, arrivals)
            stored.update(arrival.uid for arrival in arrivals)
            self._progress.tell(self._account.name, known.name, len(stored) + len(skipped), total)
        return stored, skipped, missing - stored - skipped

    def _refresh_flags(self, known: KnownMailbox, state: MailboxState) -> None:
        """Take over the flags of what is open, and what was marked as deleted or no longer is."""
        changed = state.deleted ^ self._store.deleted_uids(known.id)
        wanted = sorted({*self._store.flags_to_refresh(known.id), *changed})
        flags = self._source.flags(wanted) if wanted else {}
        silent = sorted(set(wanted) - set(flags))
        left = set(silent) - self._source.existing(silent) if silent else set()
        with self._store.transaction():
            self._store.save_flags(known.id, flags.items())
            self._store.mark_gone(known.id, left)
