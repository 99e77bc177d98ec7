"""`triage show ID`: a conversation, with its time line and its proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.complete import Ids
from cli.letter import Reading, print_words
from cli.options import Manners, Named, Which, takes
from cli.session import begin, derivation_of
from triage import pipeline
from triage.decisions import FOREVER
from triage.errors import UsageError
from triage.i18n import N_, _
from triage.model import Kind, Part

if TYPE_CHECKING:
    from cli.session import Session
    from cli.words import Words
    from triage.model import Conversation, Entry, Member
    from triage.proof import Step
    from triage.rank import Row

_SAID = {
    Part.QUESTION: N_("asks"),
    Part.FURTHER: N_("writes again"),
    Part.THANKS: N_("closes: thanks"),
    Part.WITHDRAWAL: N_("withdraws: no answer needed"),
    Part.AUTOMATIC: N_("sent by a machine, changes nothing"),
    Part.BOUNCE: N_("delivery report: a mail of ours never arrived"),
    Part.NOTHING: N_("needs no answer"),
    Part.ANSWER: N_("our answer"),
    Part.MORE: N_("ours, while nobody waited"),
    Part.BOUNCED: N_("ours, but it never arrived: no answer"),
    Part.ACKNOWLEDGEMENT: N_("ours, sent by a machine: no answer"),
    Part.FORWARD: N_("ours, to others: no answer"),
    Part.DISCARDED: N_("ours, but a draft or deleted: no answer"),
}
_PLACED = {
    "reference": N_("names a mail in it"),
    "thread": N_("same thread at Gmail"),
    "subject": N_("same subject"),
    "order": N_("same order number"),
    "only-open": N_("the only open conversation of this customer"),
}
_ANY = Which(no_sync=True)
_DAYS_SHOWN = 5  # of a clock that ran for long, half of them at its beginning and half at its end


@takes(Manners, Named)
def show(
    manners: Manners,
    named: Named,
    conversation_ids: Ids,
    history: Annotated[bool, typer.Option("--history", help="Also what is quoted and how it is signed.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="The words of every message, yours too, not of the newest question alone.")
    ] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The newest message's source, as far as it was fetched.")] = False,
) -> None:
    """Show conversations: the customer's words, who wrote when, and why they rank where they do."""
    which = named.which()
    with begin(manners, which) as session:
        found = [find(session, identity, which) for identity in dict.fromkeys(conversation_ids)]
        with session.screen.pages():
            for number, (row, conversation) in enumerate(found):
                if raw:
                    _print_source(session, conversation)
                    continue
                if number:
                    session.screen.rule()
                _print(session, row, conversation, Reading(history, everything))


def find(session: Session, prefix: str, which: Which = _ANY, *, ranked: bool = True) -> tuple[Row, Conversation]:
    """Find the conversation that an ID, or the beginning of one, names; `ranked` with its place in line.

    Raises:
        UsageError: None does in the accounts in question, or several do, or it did not exist at that moment.

    """
    wanted = prefix.strip().lower()
    everywhere = (session.store.matching(wanted) or _merged(session, wanted)) if wanted else []
    matches = _in_accounts(session, everywhere, which.account)
    if not matches:
        raise UsageError(_no_such(prefix, which.account if everywhere else None))
    if len(matches) > 1:
        names = ", ".join(match[0] for match in matches)
        raise UsageError(
            _('"{prefix}" is the beginning of several IDs: {names}. Type more of it.').format(
                prefix=prefix, names=names
            )
        )
    identity, family = matches[0]
    row = session.row(identity, ranked=ranked)
    if row is None:
        raise UsageError(
            _('At that moment the conversation "{id}" did not exist yet. Choose a later --at.').format(id=identity)
        )
    return row, _conversation(session, row, family)


def _no_such(prefix: str, accounts: list[str] | None) -> str:
    if accounts:
        said = _(
            'There is no conversation "{prefix}" in {accounts}. `triage queue` and `triage export --all` list the IDs.'
        )
        return said.format(prefix=prefix, accounts=", ".join(accounts))
    said = _('There is no conversation "{prefix}". `triage queue` and `triage export --all` list the IDs.')
    return said.format(prefix=prefix)


def _in_accounts(session: Session, matches: list[tuple[str, int]], accounts: list[str] | None) -> list[tuple[str, int]]:
    if not accounts:
        return matches
    cases = ((match, session.store.case(match[0])) for match in matches)
    return [match for match, case in cases if case is not None and case.account in accounts]


def _merged(session: Session, identity: str) -> list[tuple[str, int]]:
    """Find under which ID a conversation goes on that had one of its own until its mails were seen to belong to it."""
    store = session.store
    for message_id, family in store.anchored(identity):
        for conversation in pipeline.conversations_of(store, session.settings, family):
            names = pipeline.message_ids(conversation)
            if message_id in names:
                return [(store.identity(names), family)]
    return []


def _conversation(session: Session, row: Row, family: int) -> Conversation:
    built = pipeline.conversations_of(session.store, session.settings, family, session.at)
    named = [each for each in built if row.case.message_id in pipeline.message_ids(each)]
    return next((each for each in named if each.customer == row.case.customer), named[0])


def _print_source(session: Session, conversation: Conversation) -> None:
    """Print the newest message not ours as it came, but for what would act on the terminal."""
    from triage.mail.scrub import scrub

    newest = [member for member in conversation.members if not member.is_ours][-1].entry
    source = session.store.words([newest.key])[newest.key][1]
    if not source:
        raise UsageError(
            _("The source of that mail was purged here. It still lies on your mail server, if you kept it there.")
        )
    session.screen.data(scrub(source.decode("utf-8", "replace")))


def _print(session: Session, row: Row, conversation: Conversation, reading: Reading) -> None:
    from cli.links import url_of
    from cli.render import LANE_STYLES, QUIET_STYLE
    from cli.table import who
    from triage.rank import lane_of

    case, screen = row.case, session.screen
    name, email = who(row), case.customer.email
    style = LANE_STYLES[row.lane or lane_of(case.verdict.kind)]
    subject = case.subject or session.words.say("(no subject)")
    link = url_of(session, row) if screen.has_links else None
    screen.wrapped((f"{case.id}  ", style), (subject, screen.linked("bold", link)))
    person = name if name == email or not email else f"{name} <{email}>"
    screen.wrapped(person, (f"  {case.account} {case.mailbox}", QUIET_STYLE))
    screen.line()
    print_words(session, conversation, reading)
    _print_timeline(session, conversation)
    screen.line()
    _print_why(session, row, conversation)


def _print_timeline(session: Session, conversation: Conversation) -> None:
    from cli.render import QUIET_STYLE
    from triage.proof import time_line

    words, steps = session.words, time_line(conversation)
    moments = [words.full(step.member.entry.received_at) for step in steps]
    width = max(map(len, moments))
    for moment, step in zip(moments, steps, strict=True):
        places = [name if lies else words.say("{mailbox} (left)", mailbox=name) for name, lies in step.places]
        session.screen.wrapped(
            (_author(step.member, words), "bold"),
            f": {words.say(_SAID[step.member.part])}",
            (_proof(step, words), QUIET_STYLE),
            (f" [{', '.join(places)}]" if places else "", QUIET_STYLE),
            label=f"{moment:>{width}}  ",
        )


def _author(member: Member, words: Words) -> str:
    person = member.entry.sender if member.is_ours else member.entry.person
    joined = " (" + words.say("another address that joined") + ")" if member.is_joined else ""
    return f"{person.name or person.email or '?'}{joined}"


def _proof(step: Step, words: Words) -> str:
    member = step.member
    if step.names is not None:
        author = step.names.entry.sender
        proofs = [words.say("to the mail of {name}", name=author.name or author.email)]
    else:
        proofs = [words.say(_PLACED[member.link])] if member.link in _PLACED else []
    proofs += [step.sign] if step.sign else []
    if any(copy.answered for copy in member.entry.copies):
        proofs.append(words.say("flag \\Answered"))
    return f" ({'; '.join(proofs)})" if proofs else ""


def _print_why(session: Session, row: Row, conversation: Conversation) -> None:
    """Print the status, and below it what decided: the kind with its evidence, the promise, the rest."""
    words = session.words
    status = words.status(row.status)
    if row.rank is not None and row.lane is not None:
        status = (
            words.say("{status}, number {rank} in line", status=status, rank=row.rank) + f": {words.lane(row.lane)}"
        )
    session.screen.wrapped((f"{status[:1].upper()}{status[1:]}", "bold"))
    told = [
        *_kind(session, row, conversation),
        *_facts(row, words),
        (N_("the clock ran"), _running(session, row, conversation)),
    ]
    facts = [(words.say(label), fact) for label, fact in told if fact]
    width = max(len(label) for label, _ in facts)
    for label, fact in facts:
        session.screen.wrapped(fact, label=f"  {label:<{width}}  ")


def _kind(session: Session, row: Row, conversation: Conversation) -> list[tuple[str, str]]:
    """Say what it is, how sure that is or who said so, by which words, and without which it would be another."""
    from triage.cases import deciding_entry
    from triage.decisions import kinds_decided

    words, entry, verdict = session.words, deciding_entry(conversation), row.case.verdict
    kind = f"{words.kind(verdict.kind)} ({verdict.kind.value})"
    because = f"“{' · '.join(verdict.because)}”" if verdict.because else ""
    if entry.key in kinds_decided(session.store.decisions(session.at)):
        return [(N_("kind"), kind + ", " + words.say("as you said")), (N_("words"), because)]
    if verdict.confidence == 1:
        return [(N_("kind"), kind + ", " + words.say("by your rule")), (N_("words"), because)]
    percent = words.say("{percent} sure", percent=f"{verdict.confidence:.0%}")
    return [(N_("kind"), f"{kind}, {percent}"), (N_("words"), because), (N_("otherwise"), _otherwise(session, entry))]


def _otherwise(session: Session, entry: Entry) -> str:
    """Say without which words it would be of another kind."""
    found = pipeline.doubt_about(session.store, derivation_of(session), entry)
    if found is None:
        return ""
    words, without = session.words, " · ".join(found.without)
    if found.kind is None:
        return words.say("the same without these words")
    return words.say("without “{words}”: {kind}", words=without, kind=words.kind(found.kind))


def _facts(row: Row, words: Words) -> list[tuple[str, str]]:
    case, verdict = row.case, row.case.verdict
    besides = [*map(words.flag, sorted(verdict.flags)), *map(words.notice, sorted(case.notices))]
    besides += [words.say("order {number}", number=case.order_number)] if case.order_number else []
    besides += [case.carrier] if case.carrier else []
    return [
        (N_("reason"), words.reason(verdict.reason) if verdict.kind is not Kind.NONE else ""),
        (N_("besides"), ", ".join(besides)),
        (N_("for"), case.assigned_to),
        (N_("noted"), " · ".join(case.notes)),
        (N_("snoozed"), _snoozed(row, words)),
        (N_("promised"), _promise(row, words)),
        (N_("answered"), _answer(row, words)),
    ]


def _snoozed(row: Row, words: Words) -> str:
    if row.snoozed_until is None:
        return ""
    if row.snoozed_until == FOREVER:
        return words.say("until reply")
    return words.say("until {when}", when=words.full(row.snoozed_until))


def _promise(row: Row, words: Words) -> str:
    if row.due_at is None or row.target is None or row.case.since is None:
        return ""
    since, due = words.full(row.case.since), words.full(row.due_at)
    return words.say(
        "within {target} of {since}, so before {due}", target=words.target(row.target), since=since, due=due
    )


def _answer(row: Row, words: Words) -> str:
    if row.case.answered_at is None:
        return ""
    when = words.full(row.case.answered_at)
    if row.response is None:
        return when
    return words.say("{when}, after {span}", when=when, span=words.open_span(row.response))


def _running(session: Session, row: Row, conversation: Conversation) -> str:
    """Say when the clock of the newest round ran, day by day; between these times it stood still."""
    from triage.proof import running_clock

    if row.target is None or not conversation.rounds:
        return ""
    running = running_clock(conversation.rounds[-1], row.target, session.hours, session.moment)
    by_day: dict[str, list[str]] = {}
    for start, end in running.spans:
        local = [moment.astimezone(session.zone) for moment in (start, end)]
        until = "24:00" if local[1].date() > local[0].date() else f"{local[1]:%H:%M}"
        by_day.setdefault(session.words.brief_date(start), []).append(f"{local[0]:%H:%M}-{until}")
    days = [f"{day} {', '.join(times)}" for day, times in by_day.items()]
    if len(days) > _DAYS_SHOWN:
        half = _DAYS_SHOWN // 2
        days = [*days[: half + 1], session.words.say("{n} more days", n=len(days) - 2 * half - 1), *days[-half:]]
    return "; ".join(days)
