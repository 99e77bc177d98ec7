"""`triage purge`: the words of old mail go; who waits, who was answered and when stays as it was.

The hard truth: a conversation is built anew from its mails whenever one comes in, so each stays as its bare entry: who
wrote to whom and when, what it names, and what it was judged to be. Its words go: subject (but for a hash by which a
later reply finds its conversation), text, source, evidence, and the sender's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from triage import pipeline
from triage.conversations import hashed_subject
from triage.errors import UsageError
from triage.i18n import _
from triage.model import Ending

if TYPE_CHECKING:
    from datetime import datetime

    from triage.model import Conversation, Entry
    from triage.settings import Settings
    from triage.store import Store

_UNITS = {"h": "hours", "d": "days", "w": "weeks", "m": "months", "y": "years"}


def moment_before(now: datetime, age: str) -> datetime:
    """Give the moment that lies an age before another: 36h, 90d, 12w, 6m (calendar months) or 2y.

    Raises:
        UsageError: It is no such age.

    """
    from dateutil.relativedelta import relativedelta

    found = re.fullmatch(r"(\d{1,5}) ?([hdwmy])", age.strip().lower(), re.ASCII)
    try:
        if found is not None and int(found[1]):
            return now - relativedelta(**{_UNITS[found[2]]: int(found[1])})  # type: ignore[arg-type]
    except (ValueError, OverflowError):  # before the year 1
        pass
    raise UsageError(_('"{age}" is no age. Write for example 90d, 12w, 6m (months) or 2y.').format(age=age))


@dataclass(frozen=True, slots=True)
class Stale:
    """What may go: mails, how many conversations they were, and how many bytes their words take."""

    entries: tuple[Entry, ...] = ()
    conversations: int = 0
    bytes: int = 0


def stale(store: Store, settings: Settings, cutoff: datetime, weights: str) -> Stale:
    """Find the mails whose words may go: those of conversations in which nothing came since, and nothing waits.

    What the network (`weights`) has yet to read may turn out to wait, so it stays.
    """
    unread = store.unread_keys(weights) if weights else set[str]()
    over: list[set[str]] = []
    kept: set[str] = set()
    for conversation in pipeline.every_conversation(store, settings):
        mails = {member.entry.key for member in conversation.members}
        if _is_over(conversation, cutoff, unread):
            over.append(mails)
        else:
            kept |= mails
    old = [entry for entry in store.entries() if entry.received_at < cutoff and entry.key not in kept]
    sizes = store.words_kept([entry.key for entry in old])
    gone = tuple(entry for entry in old if entry.key in sizes)
    return Stale(gone, sum(not mails.isdisjoint(sizes) for mails in over), sum(sizes.values()))


def _is_over(conversation: Conversation, cutoff: datetime, unread: set[str]) -> bool:
    """Say whether nothing came since, nobody waits (snoozed or not), and nothing is to be read."""
    if conversation.rounds and conversation.rounds[-1].ending is Ending.OPEN:
        return False
    return all(m.entry.received_at < cutoff and m.entry.key not in unread for m in conversation.members)


def purge(store: Store, settings: Settings, found: Stale) -> int:
    """Delete these words, and say how many bytes that freed on the disk; all numbers and statuses stay."""
    before = store.size()
    with store.transaction():
        for entry in found.entries:
            store.lay_bare(bare(entry))
    pipeline.update_conversations(store, settings)
    store.erase()
    return max(0, before - store.size())


def bare(entry: Entry) -> Entry:
    """Give what stays of a mail whose words go."""
    return replace(
        entry,
        sender=replace(entry.sender, name=""),
        person=replace(entry.person, name=""),
        subject="",
        subject_key=hashed_subject(entry.subject_key),
        snippet="",
        verdict=replace(entry.verdict, because=()),
    )
