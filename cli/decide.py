"""What the owner decides, kinds apart: `done`, `reopen`, `snooze`, `assign`, `note`, `undo`; and `log`, its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.complete import Ids, complete_closed_ids, complete_ids
from cli.options import Manners, Which, takes
from cli.session import begin, derivation_of
from cli.show import find
from triage import pipeline
from triage.cases import deciding_entry
from triage.decisions import FOREVER, TEACHING, UNTIL_REPLY, WAS_FILED, Action, Decision, snoozed_until
from triage.errors import UsageError
from triage.i18n import N_, _
from triage.model import Ending, Kind, Notice, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cli.session import Session
    from cli.words import Words
    from triage.model import Conversation, Entry
    from triage.rank import Row

    Found = tuple[Row, Conversation]

_ClosedIds = Annotated[
    list[str],
    typer.Argument(
        metavar="ID…", help="As `triage log` shows them, or their beginnings.", autocompletion=complete_closed_ids
    ),
]
_UNTIL_REPLY = frozenset({"until-reply", "until reply", "tot-antwoord", "tot antwoord"})
_LOGGED = 40

_SAID = {
    Action.CORRECT: N_("{id}: {kind}"),
    Action.CONFIRM: N_("{id}: {kind}, confirmed"),
    Action.DONE: N_("{id}: done"),
    Action.REOPEN: N_("{id}: waits again"),
    Action.SNOOZE: N_("{id}: snoozed until {when}"),
    Action.ASSIGN: N_("{id}: for {person}"),
    Action.NOTE: N_("{id}: noted “{note}”"),
}


@takes(Manners)
def done(manners: Manners, conversation_ids: Ids) -> None:
    """Close conversations: nobody needs to answer what was asked so far. The customer's next mail opens them again."""
    with begin(manners, Which(no_sync=True)) as session:
        found = _find_all(session, conversation_ids)
        for row, _ in found:
            _refuse_unless(row, {Status.WAITING, Status.SNOOZED}, N_("Nobody waits in {id}."))
        _decide(session, [each for pair in found for each in _on_questions(session, pair, Action.DONE)])


@takes(Manners)
def reopen(manners: Manners, conversation_ids: _ClosedIds) -> None:
    """Let conversations wait again that were closed, snoozed or filed away."""
    with begin(manners, Which(no_sync=True)) as session:
        found = _find_all(session, conversation_ids)
        for row, _ in found:
            is_flagged = Notice.FLAG in row.case.notices
            closed = {Status.DONE, Status.SNOOZED, *([Status.ANSWERED] if is_flagged else [])}
            _refuse_unless(row, closed, N_("{id} was not closed: there is nothing to reopen."))
        _decide(session, [each for pair in found for each in _on_questions(session, pair, Action.REOPEN)])


@takes(Manners)
def snooze(
    manners: Manners,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="ID… WHEN",
            help="Until when: tomorrow 9:00, 2d, monday, morgen 9u, until-reply.",
            autocompletion=complete_ids,
        ),
    ],
) -> None:
    """Put conversations away until a moment, or until the customer writes again."""
    with begin(manners, Which(no_sync=True)) as session:
        found, when = _ids_and_rest(session, words)
        value = _until(session, when)
        for row, _ in found:
            _refuse_unless(row, {Status.WAITING, Status.SNOOZED}, N_("Nobody waits in {id}."))
        _decide(session, [each for pair in found for each in _on_questions(session, pair, Action.SNOOZE, value)])


@takes(Manners)
def assign(
    manners: Manners,
    words: Annotated[
        list[str],
        typer.Argument(metavar="ID… PERSON", help="The last word is who is to answer.", autocompletion=complete_ids),
    ],
    nobody: Annotated[bool, typer.Option("--nobody", help="Take the assignment away; name IDs only.")] = False,
) -> None:
    """Say who is to answer. `triage queue --for PERSON` shows what is assigned to somebody."""
    with begin(manners, Which(no_sync=True)) as session:
        ids, person = (words, "") if nobody else (words[:-1], words[-1].strip())
        if not ids or (person and session.store.matching(person.lower())):
            raise UsageError(_("Name at least one ID, and who is to answer last: `triage assign ID PERSON`."))
        _decide(session, [_on_newest(session, pair, Action.ASSIGN, person) for pair in _find_all(session, ids)])


@takes(Manners)
def note(
    manners: Manners,
    conversation_id: Annotated[
        str, typer.Argument(metavar="ID", help="As the queue shows it, or its beginning.", autocompletion=complete_ids)
    ],
    text: Annotated[list[str], typer.Argument(metavar="TEXT", help="What to remember; `triage show ID` prints it.")],
) -> None:
    """Keep a note with a conversation."""
    with begin(manners, Which(no_sync=True)) as session:
        (pair,) = _find_all(session, [conversation_id])
        said = " ".join(" ".join(text).split())
        if not said:
            raise UsageError(_("What is to be noted? `triage note ID TEXT`."))
        _decide(session, [_on_newest(session, pair, Action.NOTE, said)])


@takes(Manners)
def undo(manners: Manners) -> None:
    """Take back the last decision, whatever it was."""
    with begin(manners, Which(no_sync=True)) as session:
        decisions = session.store.decisions()
        if not decisions:
            raise UsageError(_("There is nothing to undo."))
        last = [each for each in decisions if each.made_at == decisions[-1].made_at]
        with session.store.transaction():
            session.store.undo_decisions(last[0].made_at, session.now)
        _bring_up_to_date(session, last)
        for line in _lines(session.words, last):
            session.screen.wrapped(session.words.say("Taken back: {what}", what=line))


@takes(Manners)
def log(
    manners: Manners,
    conversation_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="Only what was decided about this conversation.", autocompletion=complete_ids
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most this many.")] = _LOGGED,
) -> None:
    """Tell what was decided when, the newest last; what was taken back is marked."""
    with begin(manners, Which(no_sync=True)) as session:
        decisions = session.store.decisions(undone=True)
        if conversation_id is not None:
            _, conversation = find(session, conversation_id)
            mails = {member.entry.key for member in conversation.members}
            decisions = [each for each in decisions if each.mail in mails]
        with session.screen.pages():
            _print_log(session, decisions, limit)


def _print_log(session: Session, decisions: Sequence[Decision], limit: int) -> None:
    words, told = session.words, dict[tuple[str, str], None]()
    for decision in decisions:
        back = " (" + words.say("taken back") + ")" if decision.undone_at else ""
        told[words.full(decision.made_at), f"{_line(words, decision)}{back}"] = None
    if not told:
        session.screen.line(words.say("Nothing was decided yet."))
    for when, what in list(told)[-limit:]:
        session.screen.wrapped(what, label=f"{when}  ")


def _find_all(session: Session, ids: Iterable[str]) -> list[Found]:
    """Find what all IDs name before anything is decided: either all of it holds or nothing."""
    return [find(session, identity, ranked=False) for identity in dict.fromkeys(ids)]


def _ids_and_rest(session: Session, words: Sequence[str]) -> tuple[list[Found], str]:
    """Take the words that name conversations from the front; the first always is one."""
    count = 1
    while count < len(words) and _names_one(session, words[count].strip().lower()):
        count += 1
    return _find_all(session, words[:count]), " ".join(words[count:])


def _names_one(session: Session, word: str) -> bool:
    return bool(session.store.matching(word) or session.store.anchored(word))


def _until(session: Session, when: str) -> str:
    from triage.moments import EXAMPLES, parse_moment

    if not when:
        raise UsageError(_("Until when? Write for example {examples}, until-reply.").format(examples=_(EXAMPLES)))
    if when.strip().lower() in _UNTIL_REPLY:
        return UNTIL_REPLY
    return parse_moment(when, session.now, session.zone, session.hours).isoformat()


def _refuse_unless(row: Row, statuses: set[Status], sentence: str) -> None:
    if row.status not in statuses:
        raise UsageError(_(sentence).format(id=row.case.id))


def _on_questions(session: Session, found: Found, action: Action, value: str = "") -> list[Decision]:
    """Decide about every mail of the newest round: a further one that comes later is not meant."""
    _, conversation = found
    newest = conversation.rounds[-1]
    is_theirs_to_say = action is Action.REOPEN and newest.ending is not Ending.OPEN
    return [
        _about(
            session, found, action, member.entry, WAS_FILED if is_theirs_to_say and not member.entry.is_done else value
        )
        for member in newest.questions
    ]


def _about(session: Session, found: Found, action: Action, entry: Entry, value: str) -> Decision:
    case = found[0].case
    return Decision(action, session.now, entry.message_id, case.id, case.account, value, mail=entry.key)


def _on_newest(session: Session, found: Found, action: Action, value: str) -> Decision:
    """Decide about the conversation, by the mail in it that decides what it is."""
    newest = deciding_entry(found[1])
    return _about(session, found, action, newest, value)


def _decide(session: Session, decisions: Sequence[Decision]) -> None:
    with session.store.transaction():
        session.store.save_decisions(decisions)
    _bring_up_to_date(session, decisions)
    for line in _lines(session.words, decisions):
        session.screen.wrapped(line)
    session.screen.note(session.words.say("`triage undo` takes it back."))


def _bring_up_to_date(session: Session, decisions: Iterable[Decision]) -> None:
    if any(each.action in TEACHING for each in decisions):
        pipeline.judge_again(session.store, derivation_of(session))
    else:
        pipeline.update_conversations(session.store, session.settings)


def _lines(words: Words, decisions: Iterable[Decision]) -> list[str]:
    """Tell decisions, each conversation once."""
    return list(dict.fromkeys(_line(words, decision) for decision in decisions))


def _line(words: Words, decision: Decision) -> str:
    said = _SAID[decision.action]
    if decision.action is Action.ASSIGN and not decision.value:
        said = N_("{id}: for nobody in particular")
    if decision.action is Action.SNOOZE and decision.value == UNTIL_REPLY:
        said = N_("{id}: snoozed until the customer writes")
    return words.say(
        said,
        id=decision.conversation_id,
        kind=words.kind(Kind(decision.value)) if decision.action in TEACHING else "",
        when=_when(words, decision),
        person=decision.value,
        note=decision.value,
    )


def _when(words: Words, decision: Decision) -> str:
    if decision.action is not Action.SNOOZE or snoozed_until(decision) == FOREVER:
        return ""
    return words.full(snoozed_until(decision))
