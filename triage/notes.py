"""`triage notes`: all that the owner decided as one JSON text, and back again on another machine.

Schema 1 is an object:

    schema      1; a file with a higher number was written by a newer triage and is refused
    decisions   in the order in which they were made; each an object of `action`, `made_at`, `undone_at` (null while it
                holds), `message_id` and `mail` (on which it hangs), `conversation` (the ID that was seen), `account`
                (empty for every account), `value` and `words` (of the customer, from which triage learns)
    ids         the oldest first: `id`, `message_id`
    outcomes    by time: `message_id` (that opened the round), `account`, `kind`, `since`, `ended_at` (null where the
                time is unknown), `ending`, `target` (that held then)
    forgotten   who was forgotten: `hash`, `salt`, `until`; nobody can be read from it

Moments are ISO 8601 in UTC. Exporting what was imported into an empty data folder gives the same text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from triage.decisions import TEACHING, UNTIL_REPLY, Action, Decision
from triage.errors import UsageError
from triage.forgotten import Forgotten, Memory
from triage.i18n import _
from triage.model import Ending, Kind
from triage.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from triage.store import Store

SCHEMA = 1

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Notes:
    """All notes, each kind in the order in which it is written."""

    decisions: tuple[Decision, ...] = ()
    ids: tuple[tuple[str, str], ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    forgotten: tuple[Forgotten, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """How many notes of a file were new here, and how many were passed by since they are about the forgotten."""

    decisions: int
    ids: int
    outcomes: int
    passed_by: int


def notes_of(store: Store) -> Notes:
    """Gather all notes."""
    return Notes(
        tuple(store.decisions(undone=True)),
        tuple(store.anchors()),
        tuple(store.outcomes()),
        tuple(store.forgotten()),
    )


# -- as text -----------------------------------------------------------------------------------------------------------


def to_text(notes: Notes) -> str:
    """Write notes."""
    content = {
        "schema": SCHEMA,
        "decisions": [_decision_to(each) for each in notes.decisions],
        "ids": [{"id": identity, "message_id": message_id} for identity, message_id in notes.ids],
        "outcomes": [_outcome_to(each) for each in notes.outcomes],
        "forgotten": [{"hash": e.hash, "salt": e.salt, "until": _written(e.until)} for e in notes.forgotten],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _decision_to(decision: Decision) -> dict[str, object]:
    return {
        "action": decision.action,
        "made_at": _written(decision.made_at),
        "undone_at": _written(decision.undone_at),
        "message_id": decision.message_id,
        "mail": decision.mail,
        "conversation": decision.conversation_id,
        "account": decision.account,
        "value": decision.value,
        "words": sorted(decision.words),
    }


def _outcome_to(outcome: Outcome) -> dict[str, object]:
    return {
        "message_id": outcome.question_id,
        "account": outcome.account,
        "kind": outcome.kind,
        "since": _written(outcome.since),
        "ended_at": _written(outcome.ended_at),
        "ending": outcome.ending,
        "target": outcome.target,
    }


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def from_text(text: str, name: str) -> Notes:
    """Read notes; all of it is right or nothing is taken. `name` tells which file, for what is said.

    Raises:
        UsageError: It is no such file, or a newer version of triage wrote it.

    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise _unfit(name, _("it is no JSON")) from None
    schema = content.get("schema") if isinstance(content, dict) else None
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise _unfit(name, _("it names no schema"))
    if schema > SCHEMA:
        raise UsageError(
            _(
                "{name} was written by a newer version of triage (schema {schema}, this one knows {known}). "
                "Upgrade triage here and import it again."
            ).format(name=name, schema=schema, known=SCHEMA)
        )
    read = _Reader(content, name)
    ids = tuple(read.each("ids", lambda get: (_filled(get("id")), _filled(get("message_id")))))
    if len({identity for identity, _ in ids}) < len(ids):
        raise _unfit(name, _("an ID in it is given twice"))
    return Notes(
        tuple(read.each("decisions", _decision_from)),
        ids,
        tuple(read.each("outcomes", _outcome_from)),
        tuple(read.each("forgotten", _forgotten_from)),
    )


def _unfit(name: str, why: str) -> UsageError:
    return UsageError(
        _("{name} is no export of notes: {why}. Nothing was imported; make one with `triage notes export`.").format(
            name=name, why=why
        )
    )


class _Reader:
    """Reads lists of objects, and says which one cannot be read."""

    def __init__(self, content: dict[str, Any], name: str) -> None:
        self._content = content
        self._name = name

    def each(self, key: str, read: Callable[[Callable[[str], Any]], Value]) -> list[Value]:
        listed = self._content.get(key)
        if not isinstance(listed, list):
            raise _unfit(self._name, _('"{key}" is no list').format(key=key))
        found = []
        for number, item in enumerate(listed, 1):
            try:
                found.append(read(item.__getitem__))
            except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
                why = _('number {number} of "{key}" cannot be read').format(number=number, key=key)
                raise _unfit(self._name, why) from None
        return found


def _decision_from(get: Callable[[str], Any]) -> Decision:
    action, value = Action(get("action")), _text(get("value"))
    if action in TEACHING:
        Kind(value)
    if action is Action.SNOOZE and value != UNTIL_REPLY:
        _moment(value)
    words = get("words")
    if not isinstance(words, list) or any("\n" in _text(word) for word in words):
        raise TypeError
    undone_at = get("undone_at")
    return Decision(
        action, _moment(get("made_at")), _filled(get("message_id")), _text(get("conversation")), _text(get("account")),
        value, frozenset(words) - {""}, None if undone_at is None else _moment(undone_at), _filled(get("mail")),
    )  # fmt: skip


def _outcome_from(get: Callable[[str], Any]) -> Outcome:
    ended_at = get("ended_at")
    return Outcome(
        (_filled(get("message_id")),), _text(get("account")), Kind(get("kind")), _moment(get("since")),
        None if ended_at is None else _moment(ended_at), Ending(get("ending")), _target(get("target")),
    )  # fmt: skip


def _target(value: object) -> str:
    from triage.clock import parse_target

    text = _text(value)
    parse_target(text)
    return text


def _forgotten_from(get: Callable[[str], Any]) -> Forgotten:
    hashed, salt = _filled(get("hash")), _filled(get("salt"))
    bytes.fromhex(hashed + salt)
    return Forgotten(hashed, salt, _moment(get("until")))


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # half a pair of surrogates fits into no database
    return value


def _filled(value: object) -> str:
    if text := _text(value):
        return text
    raise ValueError


# -- merging -----------------------------------------------------------------------------------------------------------


def merge(store: Store, notes: Notes) -> Merged:
    """Take notes over; what is known already is not doubled, and nobody who was forgotten here comes back.

    A decision that was undone on either machine is undone. The IDs of the file hold, but none that names another
    conversation here; an outcome of the file replaces one that was worked out here. Call it in a transaction.
    """
    memory = Memory((*store.forgotten(), *notes.forgotten))
    kept = _without_forgotten(notes, memory)
    store.save_forgotten(notes.forgotten)
    new_decisions = _merge_decisions(store, kept.decisions)
    before = store.anchors()
    own = dict(before)
    anchors = {identity: own.get(identity, named) for identity, named in (*kept.ids, *before)}
    store.save_anchors(list(anchors.items()))
    known = {outcome.question_id for outcome in store.outcomes()}
    store.put_outcomes(kept.outcomes)
    return Merged(
        decisions=new_decisions,
        ids=len(anchors) - len(before),
        outcomes=sum(outcome.question_id not in known for outcome in kept.outcomes),
        passed_by=_count(notes) - _count(kept),
    )


def _count(notes: Notes) -> int:
    return len(notes.decisions) + len(notes.ids) + len(notes.outcomes)


def _without_forgotten(notes: Notes, memory: Memory) -> Notes:
    def stays(message_id: str) -> bool:
        return not memory.has(f"id:{message_id}")

    return replace(
        notes,
        decisions=tuple(
            replace(each, value=memory.cut_text(each.value)) for each in notes.decisions if stays(each.message_id)
        ),
        ids=tuple(each for each in notes.ids if stays(each[1])),
        outcomes=tuple(each for each in notes.outcomes if stays(each.question_id)),
    )


def _merge_decisions(store: Store, decisions: tuple[Decision, ...]) -> int:
    known = {replace(each, undone_at=None): each.undone_at for each in store.decisions(undone=True)}
    new: list[Decision] = []
    for decision in decisions:
        bare = replace(decision, undone_at=None)
        if bare not in known:
            known[bare] = decision.undone_at
            new.append(decision)
            continue
        undone = [moment for moment in (known[bare], decision.undone_at) if moment is not None]
        if undone and min(undone) != known[bare]:
            known[bare] = min(undone)
            store.take_back(replace(decision, undone_at=min(undone)))
    store.save_decisions(new)
    return len(new)
