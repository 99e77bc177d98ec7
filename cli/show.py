"""`triage show ID`: one conversation, with its time line and its proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Manners, Which, takes
from cli.session import begin
from triage import pipeline
from triage.conversations import build_conversations
from triage.errors import UsageError
from triage.model import Kind, Part

if TYPE_CHECKING:
    from cli.session import Session
    from cli.words import Words
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
_BY_MACHINE = frozenset({Part.AUTOMATIC, Part.ACKNOWLEDGEMENT, Part.BOUNCE, Part.NOTHING})


@takes(Manners)
def show(
    manners: Manners,
    conversation_id: Annotated[str, typer.Argument(metavar="ID", help="As the queue shows it, or its beginning.")],
    raw: Annotated[bool, typer.Option("--raw", help="The newest message's source, as far as it was fetched.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="DATETIME", help="As if it were this moment.")] = None,
) -> None:
    """Show one conversation: the customer's words, who wrote when, and why it ranks where it does."""
    with begin(manners, Which(at=at, no_sync=True)) as session:
        row, conversation = find(session, conversation_id)
        if raw:
            _print_source(session, conversation)
        else:
            _print(session, row, conversation)


def find(session: Session, prefix: str) -> tuple[Row, Conversation]:
    """Find the conversation that an ID, or the beginning of one, names.

    Raises:
        UsageError: None does, or several do, or it did not exist at that moment.

    """
    matches = session.store.matching(prefix.strip().lower())
    if not matches:
        raise UsageError(f'There is no conversation "{prefix}". `triage queue` and `triage export --all` list the IDs.')
    if len(matches) > 1:
        names = ", ".join(name for name, _ in matches)
        raise UsageError(f'"{prefix}" is the beginning of several IDs: {names}. Type more of it.')
    identity, family = matches[0]
    row = session.row(identity)
    if row is None:
        raise UsageError(f'At that moment the conversation "{identity}" did not exist yet. Choose a later --at.')
    return row, _conversation(session, row, family)


def _conversation(session: Session, row: Row, family: int) -> Conversation:
    """Build the conversation again from its messages, for the time line."""
    ours = pipeline.our_addresses(session.settings)
    entries = session.store.entries(family, session.at)
    bulk = session.store.bulk({entry.fingerprint for entry in entries}, and_family=False)
    built = build_conversations(entries, ours, bulk)
    return next(each for each in built if row.case.message_id in pipeline.message_ids(each))


def _print_source(session: Session, conversation: Conversation) -> None:
    """Print the newest message not ours as it came, but for what would act on the terminal."""
    from triage.mail.scrub import scrub

    newest = [member for member in conversation.members if not member.is_ours][-1].entry
    source = session.store.words([newest.key])[newest.key][1]
    session.screen.data(scrub(source.decode("utf-8", "replace")))


def _print(session: Session, row: Row, conversation: Conversation) -> None:
    from cli.render import LANE_STYLES, QUIET_STYLE
    from cli.table import who
    from triage.rank import lane_of

    case, screen = row.case, session.screen
    name, email = who(row), case.customer.email
    style = LANE_STYLES[row.lane or lane_of(case.verdict.kind)]
    subject = case.subject or session.words.say("(no subject)")
    screen.wrapped((f"{case.id}  ", style), (subject, "bold"))
    person = name if name == email or not email else f"{name} <{email}>"
    screen.wrapped(person, (f"  {case.account} {case.mailbox}", QUIET_STYLE))
    screen.line()
    _print_words(session, conversation)
    _print_timeline(session, conversation)
    screen.line()
    _print_why(session, row)


def _print_words(session: Session, conversation: Conversation) -> None:
    """Print what the customer wrote in the newest round, else the newest mail that is not ours."""
    theirs = [member for member in conversation.members if not member.is_ours]
    members = conversation.rounds[-1].questions if conversation.rounds else (theirs[-1],)
    stored = session.store.words([member.entry.key for member in members])
    for member in members:
        text = stored.get(member.entry.key, ("", b""))[0]
        for line in text.splitlines():
            session.screen.wrapped(line, label="  ")
        session.screen.line()


def _print_timeline(session: Session, conversation: Conversation) -> None:
    from cli.render import QUIET_STYLE

    words = session.words
    moments = [words.full(member.entry.received_at) for member in conversation.members]
    width = max(map(len, moments))
    for moment, member in zip(moments, conversation.members, strict=True):
        copies = member.entry.copies
        places = [
            copy.mailbox if copy.present else words.say("{mailbox} (left)", mailbox=copy.mailbox) for copy in copies
        ]
        session.screen.wrapped(
            (_author(member, words), "bold"),
            f": {words.say(_SAID[member.part])}",
            (_proof(member, conversation, words), QUIET_STYLE),
            (f" [{', '.join(dict.fromkeys(places))}]" if places else "", QUIET_STYLE),
            label=f"{moment:>{width}}  ",
        )


def _author(member: Member, words: Words) -> str:
    person = member.entry.sender if member.is_ours else member.entry.person
    joined = f" ({words.say('another address that joined')})" if member.is_joined else ""
    return f"{person.name or person.email or '?'}{joined}"


def _proof(member: Member, conversation: Conversation, words: Words) -> str:
    entry = member.entry
    proofs = [words.say(_PLACED[member.link])] if member.link in _PLACED else []
    if named := _named(entry, conversation):
        proofs = [words.say("to the mail of {name}", name=named)]
    if entry.automatic.signs and member.part in _BY_MACHINE:
        proofs.append(entry.automatic.signs[0])
    if any(copy.answered for copy in entry.copies):
        proofs.append(words.say("flag \\Answered"))
    return f" ({'; '.join(proofs)})" if proofs else ""


def _named(entry: Entry, conversation: Conversation) -> str:
    """Name the mail in the conversation that this one answers, by its sender."""
    by_id = {member.entry.message_id: member.entry for member in conversation.members}
    named = next((by_id[link] for link in entry.links if link in by_id), None)
    return f"{named.sender.name or named.sender.email}" if named else ""


def _print_why(session: Session, row: Row) -> None:
    """Print the status, and below it what decided: the kind with its evidence, the promise, the rest."""
    words = session.words
    status = words.status(row.status)
    if row.rank is not None and row.lane is not None:
        status = (
            words.say("{status}, number {rank} in line", status=status, rank=row.rank) + f": {words.lane(row.lane)}"
        )
    session.screen.wrapped((f"{status[:1].upper()}{status[1:]}", "bold"))
    facts = [(words.say(label), fact) for label, fact in _facts(row, words) if fact]
    width = max(len(label) for label, _ in facts)
    for label, fact in facts:
        session.screen.wrapped(fact, label=f"  {label:<{width}}  ")


def _facts(row: Row, words: Words) -> list[tuple[str, str]]:
    case, verdict = row.case, row.case.verdict
    percent = words.say("{percent} sure", percent=f"{verdict.confidence:.0%}")
    besides = [*map(words.flag, sorted(verdict.flags)), *map(words.notice, sorted(case.notices))]
    besides += [words.say("order {number}", number=case.order_number)] if case.order_number else []
    besides += [case.carrier] if case.carrier else []
    return [
        ("kind", f"{words.kind(verdict.kind)} ({verdict.kind.value}), {percent}"),
        ("words", f"“{' · '.join(verdict.because)}”" if verdict.because else ""),
        ("reason", words.reason(verdict.reason) if verdict.kind is not Kind.NONE else ""),
        ("besides", ", ".join(besides)),
        ("promised", _promise(row, words)),
        ("answered", _answer(row, words)),
    ]


def _promise(row: Row, words: Words) -> str:
    if row.due_at is None or row.target is None or row.case.since is None:
        return ""
    since, due = words.full(row.case.since), words.full(row.due_at)
    return words.say("within {target} of {since}, so before {due}", target=row.target, since=since, due=due)


def _answer(row: Row, words: Words) -> str:
    if row.case.answered_at is None:
        return ""
    when = words.full(row.case.answered_at)
    if row.response is None:
        return when
    return words.say("{when}, after {span}", when=when, span=words.open_span(row.response))
