"""`triage forget`: every trace of a customer goes, and what is left of others stands as it stood.

Theirs are the mails that they sent, that came on their behalf or are to be answered to them; they go, with what we
wrote to them alone, what machines wrote about them, and all that was noted. A mail of somebody else that names them
stays, for that person may be waiting: without its source, and without their addresses, names, Message-IDs and quoted
lines. A mail of ours that answered somebody else as well stays as the proof of that answer, without its words.
Outcomes go too: each holds the moment of receipt, by which the mail on the server could be found again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from triage import pipeline
from triage.answers import is_report
from triage.conversations import family_names, hashed_subject, is_ours
from triage.forgotten import Forgotten, Traces, everything_in, hash_of, long_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from triage.decisions import Decision
    from triage.model import Conversation, Entry
    from triage.settings import OurAddresses, Settings
    from triage.store import Store

_AT_ONCE = 200  # mails of which the sources are held


@dataclass(frozen=True, slots=True)
class Plan:
    """What forgetting means: mails that go, what stays of others (entry and text), and decisions that go.

    `also` are other addresses under which somebody of the same name wrote.
    """

    traces: Traces
    theirs: tuple[Entry, ...] = ()
    answers: tuple[Entry, ...] = ()
    machines: tuple[Entry, ...] = ()
    cut: tuple[tuple[Entry, str], ...] = ()
    decisions: int = 0
    also: tuple[str, ...] = ()

    @property
    def gone(self) -> tuple[Entry, ...]:
        """All mails that go."""
        return (*self.theirs, *self.answers, *self.machines)

    @property
    def others(self) -> int:
        """How many mails stay without what they hold of them."""
        return len(self.cut)


def plan_to_forget(
    store: Store,
    settings: Settings,
    addresses: frozenset[str],
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> Plan:
    """Find every trace of the customer behind these addresses (lower case)."""
    ours, entries = pipeline.our_addresses(settings), store.entries()
    theirs = {entry.key: entry for entry in entries if Traces(addresses).is_theirs(entry)}
    traces = _traces(store, addresses, theirs.values(), ours)
    to_them = {e.key for e in entries if not addresses.isdisjoint(e.recipients)}
    families = store.families({*theirs, *to_them})
    tied = {entry.key for family in families for entry in store.entries(family)}
    named = to_them | _naming(store, [e for e in entries if e.key not in theirs], traces, tied, tell)
    machines = {
        e.key for e in entries
        if e.key in named and e.key not in theirs and not is_ours(e, ours) and traces.is_machines(e)
    }  # fmt: skip
    built = [each for family in families for each in pipeline.conversations_of(store, settings, family)]
    standing = _Standing(built, {*theirs, *machines})
    machines |= standing.reports - theirs.keys()
    rest = [entry for entry in entries if entry.key not in theirs and entry.key not in machines]
    answers = {
        e.key for e in rest
        if is_ours(e, ours) and (e.key in named or e.key in standing.dropped) and e.key not in standing.kept
        and not any(email not in addresses and not ours.contains(email) for email in e.recipients)
    }  # fmt: skip
    gone = {*theirs, *machines, *answers}
    stays = [entry for entry in rest if entry.key not in gone]
    claimed = {entry.message_id for entry in stays}
    ids = frozenset(entry.message_id for entry in entries if entry.key in gone) - claimed
    traces = replace(traces, message_ids=ids)
    cut = [e for e in stays if e.key in named or e.key in standing.dropped or not ids.isdisjoint(e.links)]
    return Plan(
        traces,
        tuple(theirs.values()),
        tuple(entry for entry in rest if entry.key in answers),
        tuple(entry for entry in entries if entry.key in machines),
        tuple(_cut(store, entry, traces, standing, ours) for entry in cut),
        sum(decision.mail in gone for decision in store.decisions(undone=True)),
        _same_name(stays, traces),
    )


class _Standing:
    """Where the mails of conversations stand when some of them are gone."""

    def __init__(self, conversations: Iterable[Conversation], gone: Collection[str]) -> None:
        self.reports: set[str] = set()  # that belong to nobody any more
        self.dropped: set[str] = set()  # ours, in conversations in which nobody is left
        self.kept: dict[str, set[str]] = defaultdict(set)  # ours that answered whoever is left, with the addresses
        for conversation in conversations:
            theirs = [member.entry for member in conversation.members if not member.is_ours]
            left = [entry for entry in theirs if entry.key not in gone and not is_report(entry)]
            if not left and any(entry.key in gone for entry in theirs):
                self.reports.update(entry.key for entry in theirs)
                self.dropped.update(member.entry.key for member in conversation.members if member.is_ours)
            for past in conversation.rounds:
                asked = {q.entry.person.email for q in past.questions if q.entry.key not in gone}
                if asked and past.answer:
                    self.kept[past.answer.entry.key] |= asked


def _traces(store: Store, addresses: frozenset[str], theirs: Iterable[Entry], ours: OurAddresses) -> Traces:
    theirs = list(theirs)
    people = {address for entry in theirs for address in (entry.sender, entry.person) if address.email in addresses}
    names = frozenset(person.name for person in people if person.name and not ours.contains(person.name))
    texts = store.words([entry.key for entry in theirs]).values()
    lines = frozenset(line for text, _ in texts for line in long_lines(text))
    subjects = frozenset(entry.subject_key for entry in theirs if entry.subject_key)
    return Traces(addresses, names, frozenset(entry.message_id for entry in theirs), lines, subjects)


def _naming(
    store: Store, entries: list[Entry], traces: Traces, tied: Collection[str], tell: Callable[[int, int], None]
) -> set[str]:
    """Find the mails that name them anywhere, whatever the encoding."""
    found: set[str] = set()
    for start in range(0, len(entries), _AT_ONCE):
        some = entries[start : start + _AT_ONCE]
        words = store.words([entry.key for entry in some])
        tell(start, len(entries))
        for entry in some:
            text, source = words[entry.key]
            if entry.key not in tied and not traces.may_stand_in(source, entry, text):
                continue
            if traces.stand_in(everything_in(source, entry, text), closely=entry.key in tied):
                found.add(entry.key)
    return found


def _cut(store: Store, entry: Entry, traces: Traces, standing: _Standing, ours: OurAddresses) -> tuple[Entry, str]:
    """Give what stays of a mail: of ours no words; whom it answered besides stays known."""
    our = is_ours(entry, ours)
    own = frozenset(part for name in (entry.sender.name, entry.person.name) for part in name.split())
    spared = traces if our else replace(traces, names=frozenset(n for n in traces.names if own.isdisjoint(n.split())))
    text = "" if our else spared.cut_text(store.words([entry.key])[entry.key][0])
    remains = spared.cut(entry, text)
    if our:
        remains = replace(remains, subject="", subject_key=hashed_subject(remains.subject_key))
    if our and all(map(ours.contains, remains.recipients)):
        remains = replace(remains, recipients=(*remains.recipients, *sorted(standing.kept.get(entry.key, ()))))
    return remains, text


def _same_name(entries: Iterable[Entry], traces: Traces) -> tuple[str, ...]:
    names = {name.casefold() for name in traces.names}
    found = {entry.person.email for entry in entries if entry.person.name.casefold() in names}
    return tuple(sorted(found - traces.addresses - {""}))


def forget(store: Store, settings: Settings, plan: Plan, salt: str, until: datetime) -> None:
    """Forget, so that the bytes of the database hold no trace; mail received `until` then is not taken in again."""
    ours = pipeline.our_addresses(settings)
    gone = {entry.key for entry in plan.gone}
    with store.transaction():
        families = store.families(gone | {entry.key for entry, _ in plan.cut})
        store.keep_bulk(plan.traces.addresses)
        for entry, text in plan.cut:
            store.lay_bare(entry, text)
        store.forget_notes(plan.traces.message_ids, gone)
        store.take_out(gone)
        left = [entry for family in sorted(families) for entry in store.entries(family)]
        store.take_apart(families)
        for entry in left:
            store.regroup(entry.key, family_names(entry, ours), is_ours=is_ours(entry, ours))
        cut = {entry.key: entry for entry, _ in plan.cut}
        store.rewrite_decisions(lambda decision: _without(decision, plan.traces, cut))
        store.save_forgotten(_marks(plan, salt, until))
    pipeline.update_conversations(store, settings)
    store.erase()


def _without(decision: Decision, traces: Traces, cut: Mapping[str, Entry]) -> Decision:
    """Cut them out of what was noted about others: addresses everywhere, names only where they were written to us."""
    if decision.mail not in cut:
        return replace(decision, value=Traces(traces.addresses).cut_text(decision.value))
    return replace(decision, value=traces.cut_text(decision.value), words=traces.cut_words(decision.words))


def _marks(plan: Plan, salt: str, until: datetime) -> list[Forgotten]:
    newest = max((entry.received_at for entry in plan.gone), default=until)
    names = (*plan.traces.addresses, *(f"id:{message_id}" for message_id in plan.traces.message_ids))
    return [Forgotten(hash_of(name, salt), salt, max(until, newest)) for name in sorted(names)]
