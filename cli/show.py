"""`triage show ID`: one conversation, with its time line and its proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Manners, Which, takes
from cli.queue import end
from cli.session import begin
from triage import pipeline
from triage.conversations import build_conversations
from triage.errors import UsageError
from triage.model import Part

if TYPE_CHECKING:
    from cli.session import Session
    from triage.cases import Case
    from triage.model import Conversation, Entry, Member
    from triage.rank import Row

_SAID = {
    Part.QUESTION: "asks",
    Part.FURTHER: "writes again",
    Part.THANKS: "closes: thanks",
    Part.WITHDRAWAL: "withdraws: no answer needed",
    Part.AUTOMATIC: "sent by a machine, changes nothing",
    Part.BOUNCE: "delivery report: a mail of ours never arrived",
    Part.NOTHING: "needs no answer",
    Part.ANSWER: "our answer",
    Part.MORE: "ours, while nobody waited",
    Part.BOUNCED: "ours, but it never arrived: no answer",
    Part.ACKNOWLEDGEMENT: "ours, sent by a machine: no answer",
    Part.FORWARD: "ours, to others: no answer",
    Part.DISCARDED: "ours, but a draft or deleted: no answer",
}
_PLACED = {
    "reference": "names a mail in it",
    "thread": "same thread at Gmail",
    "subject": "same subject",
    "order": "same order number",
    "only-open": "the only open conversation of this customer",
}


@takes(Manners)
def show(
    manners: Manners,
    conversation_id: Annotated[str, typer.Argument(metavar="ID", help="As the queue shows it, or its beginning.")],
    raw: Annotated[bool, typer.Option("--raw", help="The newest message's source.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="DATETIME", help="As if it were this moment.")] = None,
) -> None:
    """Show one conversation: the customer's words, who wrote when, and why it ranks where it does."""
    session = begin(manners, Which(at=at, no_sync=True))
    case, family = find(session, conversation_id)
    conversation = _conversation(session, case, family)
    if raw:
        newest = [m for m in conversation.members if not m.is_ours][-1].entry
        session.screen.data(session.store.words([newest.key])[newest.key][1].decode("utf-8", "replace"))
    else:
        _print(session, case, conversation)
    end(session)


def find(session: Session, prefix: str) -> tuple[Case, int]:
    """Find the conversation that an ID, or the beginning of one, names.

    Raises:
        UsageError: None does, or several do.

    """
    matches = session.store.matching(prefix.strip().lower())
    if not matches:
        raise UsageError(f'There is no conversation "{prefix}". `triage queue` and `triage export --all` list the IDs.')
    if len(matches) > 1:
        names = ", ".join(name for name, _ in matches)
        raise UsageError(f'"{prefix}" is the beginning of several IDs: {names}. Type more of it.')
    case = session.store.case(matches[0][0])
    if case is None:
        raise AssertionError
    return case, matches[0][1]


def _conversation(session: Session, case: Case, family: int) -> Conversation:
    """Build the conversation again from its messages, for the time line."""
    ours = pipeline.our_addresses(session.settings)
    entries = session.store.entries(family, session.at)
    bulk = session.store.bulk({entry.fingerprint for entry in entries}, and_family=False)
    for conversation in build_conversations(entries, ours, bulk):
        if case.message_id in pipeline.message_ids(conversation) or session.at:
            return conversation
    raise UsageError("At that moment this conversation did not exist yet. Choose a later --at.")


def _print(session: Session, case: Case, conversation: Conversation) -> None:
    from cli.render import LANE_STYLES, QUIET_STYLE
    from cli.table import who
    from triage.rank import lane_of

    line, words = session.screen.line, session.words
    row = next((row for row in session.rows(everything=True) if row.case.id == case.id), None)
    if row is None:
        raise UsageError("At that moment this conversation did not exist yet. Choose a later --at.")
    lane = row.lane or lane_of(case.verdict.kind)
    line((f"{case.id}  ", LANE_STYLES[lane]), (case.subject or words.say("(no subject)"), "bold"))
    line(f"{who(row)} <{case.customer.email}>", (f"  {case.account} {case.mailbox}", QUIET_STYLE))
    line()
    _print_words(session, conversation)
    _print_timeline(session, conversation)
    _print_why(session, row)


def _print_words(session: Session, conversation: Conversation) -> None:
    """Print what the customer wrote in the newest round, else the newest mail that is not ours."""
    theirs = [member for member in conversation.members if not member.is_ours]
    members = conversation.rounds[-1].questions if conversation.rounds else (theirs[-1],)
    stored = session.store.words([member.entry.key for member in members])
    for member in members:
        text = stored.get(member.entry.key, ("", b""))[0]
        for line in text.splitlines() or [""]:
            session.screen.line("  " + line)
        session.screen.line()


def _print_timeline(session: Session, conversation: Conversation) -> None:
    for member in conversation.members:
        entry = member.entry
        moment = session.words.full(entry.received_at)
        places = ", ".join(dict.fromkeys(f"{copy.mailbox}{'' if copy.present else ' (left)'}" for copy in entry.copies))
        session.screen.line(
            (f"{moment:>26}  ", "color(102)"),
            (_author(member), "bold"),
            f": {_SAID[member.part]}",
            (_proof(member, conversation), "color(102)"),
            (f"  [{places}]" if places else "", "color(102)"),
        )


def _author(member: Member) -> str:
    person = member.entry.sender if member.is_ours else member.entry.person
    joined = " (another address that joined)" if member.is_joined else ""
    return f"{person.name or person.email or '?'}{joined}"


def _proof(member: Member, conversation: Conversation) -> str:
    entry = member.entry
    proofs = [_PLACED[member.link]] if member.link in _PLACED else []
    if named := _names(entry, conversation):
        proofs = [f"to the mail of {named}"]
    if entry.automatic.signs and member.part in {Part.AUTOMATIC, Part.ACKNOWLEDGEMENT, Part.BOUNCE, Part.NOTHING}:
        proofs.append(entry.automatic.signs[0])
    if any(copy.answered for copy in entry.copies):
        proofs.append("flag \\Answered")
    return f" ({'; '.join(proofs)})" if proofs else ""


def _names(entry: Entry, conversation: Conversation) -> str:
    """Name the mail in the conversation that this one answers, by its sender."""
    by_id = {member.entry.message_id: member.entry for member in conversation.members}
    named = next((by_id[link] for link in entry.links if link in by_id), None)
    return f"{named.sender.name or named.sender.email}" if named else ""


def _print_why(session: Session, row: Row) -> None:
    words, case = session.words, row.case
    session.screen.line()
    status = words.code(row.status)
    if row.rank is not None and row.lane is not None:
        status = f"{status}, number {row.rank}: {words.lane(row.lane)}"
    session.screen.line((status, "bold"))
    sure = f"{case.verdict.kind.value}, {case.verdict.confidence:.0%} sure"
    because = " · ".join(case.verdict.because)
    session.screen.line(f"  kind: {sure}" + (f", because of “{because}”" if because else ""))
    facts = [*sorted(case.verdict.flags), *(f"[{notice}]" for notice in sorted(case.notices))]
    facts += [f"order {case.order_number}"] if case.order_number else []
    if facts:
        session.screen.line("  " + ", ".join(facts))
    if row.due_at is not None and row.target is not None and case.since is not None:
        session.screen.line(
            f"  waits since {words.full(case.since)}; target {row.target}, due {words.full(row.due_at)}"
            if row.rank is not None
            else f"  asked {words.full(case.since)}; target {row.target}, was due {words.full(row.due_at)}"
        )
    if case.answered_at is not None and row.response is not None:
        session.screen.line(f"  answered {words.full(case.answered_at)}, after {words.span(row.response)}")
