"""`triage correct`, `triage confirm`: what the owner teaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.complete import complete_ids
from cli.options import Manners, Which, takes
from cli.session import begin, derivation_of
from cli.show import find
from triage import pipeline
from triage.cases import to_decide
from triage.decisions import EVERY_ACCOUNT, Action, Decision
from triage.i18n import N_
from triage.model import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.session import Session
    from triage.model import Conversation
    from triage.rank import Row

_KINDS = ", ".join(Kind)
_Id = Annotated[
    str, typer.Argument(metavar="ID", help="As the queue shows it, or its beginning.", autocompletion=complete_ids)
]
_Everywhere = Annotated[bool, typer.Option("--everywhere", help="Learn it for every account, not for this one alone.")]
_MOST_NAMED = 5


@takes(Manners)
def correct(
    manners: Manners,
    conversation_id: _Id,
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help=f"What it is: {_KINDS}.")],
    everywhere: _Everywhere = False,
) -> None:
    """Say what a conversation is. It holds at once, and triage learns from the words in it."""
    with begin(manners, Which(no_sync=True)) as session:
        row, conversation = find(session, conversation_id)
        _teach(session, row, conversation, kind, everywhere=everywhere)


@takes(Manners)
def confirm(manners: Manners, conversation_id: _Id, everywhere: _Everywhere = False) -> None:
    """Say that triage is right about a conversation, so that it is surer of the next one like it."""
    with begin(manners, Which(no_sync=True)) as session:
        row, conversation = find(session, conversation_id)
        _teach(session, row, conversation, row.case.verdict.kind, everywhere=everywhere)


def _teach(session: Session, row: Row, conversation: Conversation, kind: Kind, *, everywhere: bool) -> None:
    """Note what was said of each message that decides, and judge anew what nobody has answered yet."""
    was, before = row.case.verdict.kind, _kinds(session)
    decisions = _decisions(session, row, conversation, kind, everywhere=everywhere)
    with session.store.transaction():
        session.store.save_decisions(decisions)
    pipeline.judge_again(session.store, derivation_of(session))
    words = session.words
    said = N_("{id}: {kind}, as you say.") if was is kind else N_("{id}: {kind}, no longer {was}.")
    session.screen.wrapped(words.say(said, id=row.case.id, kind=words.kind(kind), was=words.kind(was)))
    _tell_changes(session, before, row.case.id)
    if not session.screen.quiet:
        session.screen.note(words.say("`triage undo` takes it back."))


def _decisions(
    session: Session, row: Row, conversation: Conversation, kind: Kind, *, everywhere: bool
) -> list[Decision]:
    from triage.classify.learn import words_of

    entries = to_decide(conversation, kind)
    texts = session.store.words([entry.key for entry in entries])
    action = Action.CONFIRM if row.case.verdict.kind is kind else Action.CORRECT
    return [
        Decision(
            action, session.now, entry.message_id, row.case.id, EVERY_ACCOUNT if everywhere else row.case.account,
            kind, words_of(entry.subject, texts[entry.key][0]), mail=entry.key,
        )
        for entry in entries
    ]  # fmt: skip


def _kinds(session: Session) -> dict[str, Kind]:
    return {case.id: case.verdict.kind for case in session.store.all_cases()}


def _tell_changes(session: Session, before: Mapping[str, Kind], but: str) -> None:
    """Name the other conversations that are of another kind now."""
    after = _kinds(session)
    changed = [name for name, kind in after.items() if name != but and before.get(name, kind) is not kind]
    for name in changed[:_MOST_NAMED]:
        session.screen.wrapped(
            session.words.say("{id}: {kind} as well.", id=name, kind=session.words.kind(after[name]))
        )
    if len(changed) > _MOST_NAMED:
        more = len(changed) - _MOST_NAMED
        session.screen.wrapped(session.words.count(more, "and 1 more", "and {n} more"))
