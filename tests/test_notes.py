"""All notes as one text: whole or not at all, the same again after a round trip, and merged without doubles."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.decisions import Action, Decision
from triage.errors import UsageError
from triage.forgotten import Forgotten, hash_of
from triage.model import Ending, Kind
from triage.notes import SCHEMA, Merged, Notes, from_text, merge, notes_of, to_text
from triage.outcomes import Outcome
from triage.store import Store

NOON = datetime(2026, 11, 18, 11, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
SALT = "00ff"

_texts = st.text(st.characters(codec="utf-8"), max_size=20)
_names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
_moments = st.datetimes(datetime(1980, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_words = st.frozensets(st.text("abcdefgé’ ", min_size=1, max_size=8), max_size=4)


@st.composite
def _decisions(draw: st.DrawFn) -> Decision:
    action = draw(st.sampled_from(Action))
    values: dict[Action, Any] = {
        Action.CORRECT: st.sampled_from([str(kind) for kind in Kind]),
        Action.CONFIRM: st.sampled_from([str(kind) for kind in Kind]),
        Action.SNOOZE: st.one_of(st.just("until-reply"), _moments.map(datetime.isoformat)),
    }
    return Decision(
        action, draw(_moments), draw(_names), draw(_texts), draw(_texts), draw(values.get(action, _texts)),
        draw(_words), draw(st.none() | _moments), draw(_names),
    )  # fmt: skip


_outcomes = st.builds(
    Outcome, st.tuples(_names), _texts, st.sampled_from(Kind), _moments, st.none() | _moments, st.sampled_from(Ending),
    st.sampled_from(["4h", "3d", "90m"]),
)  # fmt: skip
_all = st.builds(
    Notes,
    st.lists(_decisions(), max_size=6, unique_by=lambda each: replace(each, undone_at=None)).map(tuple),
    st.lists(st.tuples(_names, _names), max_size=6, unique_by=lambda each: each[0]).map(tuple),
    st.lists(_outcomes, max_size=6, unique_by=lambda each: each.question_id).map(tuple),
    st.lists(
        st.builds(Forgotten, st.binary(min_size=4, max_size=8).map(bytes.hex), st.just(SALT), _moments),
        max_size=3, unique_by=lambda each: each.hash,
    ).map(tuple),
)  # fmt: skip


def put(store: Store, notes: Notes) -> Merged:
    with store.transaction():
        return merge(store, notes)


@given(_all)
@settings(max_examples=40, deadline=None)
def test_what_is_exported_and_imported_into_nothing_exports_the_same(notes: Notes) -> None:
    with TemporaryDirectory() as folder, Store(Path(folder) / "one") as one, Store(Path(folder) / "two") as two:
        put(one, notes)
        text = to_text(notes_of(one))
        put(two, from_text(text, "notes.json"))
        again = put(two, from_text(text, "notes.json"))

        assert to_text(notes_of(two)) == text
        assert again == Merged(0, 0, 0, 0)


def decision(**changes: Any) -> Decision:  # noqa: ANN401
    plain = Decision(Action.DONE, NOON, "q@klant.example", "bcdf", "shop", mail="00aa")
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("here", "there", "holds"),
    [
        pytest.param(None, None, None, id="nowhere"),
        pytest.param(None, HOUR, HOUR, id="there"),
        pytest.param(HOUR, None, HOUR, id="here: an older file does not bring it back"),
        pytest.param(2 * HOUR, HOUR, HOUR, id="on both, the earlier holds"),
    ],
)
def test_a_decision_that_was_undone_on_either_machine_is_undone(
    tmp_path: Path, here: timedelta | None, there: timedelta | None, holds: timedelta | None
) -> None:
    def undone(after: timedelta | None) -> Decision:
        return decision(undone_at=None if after is None else NOON + after)

    with Store(tmp_path) as store:
        put(store, Notes((undone(here),)))
        put(store, Notes((undone(there),)))

        assert store.decisions(undone=True) == [undone(holds)]


def test_ids_of_the_file_hold_and_none_that_was_seen_here_means_something_else(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        put(store, Notes(ids=(("bbbb", "m1"), ("cccc", "m2"))))
        merged = put(store, Notes(ids=(("dddd", "m1"), ("cccc", "m9"))))

        assert store.anchors() == [("dddd", "m1"), ("cccc", "m2"), ("bbbb", "m1")]
        assert (merged.ids, store.identity(("m1",))) == (1, "dddd")


def test_a_target_that_was_written_down_then_replaces_one_of_today(tmp_path: Path) -> None:
    here = Outcome(("q",), "shop", Kind.BUY, NOON, NOON + HOUR, Ending.ANSWERED, "8h")
    with Store(tmp_path) as store:
        put(store, Notes(outcomes=(here,)))
        put(store, Notes(outcomes=(replace(here, target="1h"),)))

        assert store.outcomes() == [replace(here, target="1h")]


def test_notes_about_the_forgotten_are_passed_by(tmp_path: Path) -> None:
    gone = (Forgotten(hash_of("id:q@klant.example", SALT), SALT, NOON),)
    outcome = Outcome(("q@klant.example",), "shop", Kind.BUY, NOON, None, Ending.FLAG, "8h")
    other = decision(message_id="other@klant.example")
    with Store(tmp_path) as store:
        put(store, Notes(forgotten=gone))
        merged = put(store, Notes((decision(), other), (("bcdf", "q@klant.example"),), (outcome,)))

        assert (merged.passed_by, notes_of(store)) == (3, Notes((other,), forgotten=gone))


GOOD = json.loads(
    to_text(
        Notes(
            (decision(), decision(action=Action.CORRECT, value="buy", words=frozenset({"veters"}))),
            (("bcdf", "q@klant.example"),),
            (Outcome(("q",), "shop", Kind.BUY, NOON, None, Ending.FLAG, "8h"),),
            (Forgotten("00", SALT, NOON),),
        )
    )
)


def broken(*path: str | int, value: object) -> str:
    """Change one place in a good file."""
    content = json.loads(json.dumps(GOOD))
    place = content
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is no JSON"),
        ('{"schema": 1, "decisions": [', "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("[]", "it names no schema"),
        ('{"schema": true}', "it names no schema"),
        ('{"schema": 1}', '"ids" is no list'),
        (broken("decisions", value={}), '"decisions" is no list'),
        (broken("decisions", 1, value=7), 'number 2 of "decisions" cannot be read'),
        (broken("decisions", 1, "value", value="bargain"), 'number 2 of "decisions" cannot be read'),
        (broken("decisions", 0, "action", value="explode"), 'number 1 of "decisions" cannot be read'),
        (broken("decisions", 0, "action", value=[]), 'number 1 of "decisions" cannot be read'),
        (broken("decisions", 0, "action", value="snooze"), 'number 1 of "decisions" cannot be read'),
        (broken("decisions", 0, "made_at", value="2026-11-18T11:00"), 'number 1 of "decisions" cannot be read'),
        (broken("decisions", 0, "made_at", value="0001-01-01T00:00+14:00"), 'number 1 of "decisions" cannot be read'),
        (broken("decisions", 0, "mail", value=""), 'number 1 of "decisions" cannot be read'),
        (broken("decisions", 0, "account", value="\ud800"), 'number 1 of "decisions" cannot be read'),
        (broken("decisions", 0, "words", value="veters"), 'number 1 of "decisions" cannot be read'),
        (broken("decisions", 0, "words", value=[1]), 'number 1 of "decisions" cannot be read'),
        (broken("ids", value=[*GOOD["ids"], *GOOD["ids"]]), "an ID in it is given twice"),
        (broken("outcomes", 0, "target", value="soon"), 'number 1 of "outcomes" cannot be read'),
        (broken("forgotten", 0, "salt", value="salt"), 'number 1 of "forgotten" cannot be read'),
    ],
)
def test_a_broken_file_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(UsageError) as refused:
        from_text(text, "notes.json")

    assert str(refused.value) == (
        f"notes.json is no export of notes: {why}. Nothing was imported; make one with `triage notes export`."
    )


def test_a_file_of_a_newer_version_is_refused() -> None:
    with pytest.raises(UsageError, match=rf"newer version of triage \(schema {SCHEMA + 1}, this one knows {SCHEMA}\)"):
        from_text(broken("schema", value=SCHEMA + 1), "notes.json")


def test_moments_of_other_zones_are_read() -> None:
    east = NOON.astimezone(timezone(2 * HOUR)).isoformat()

    assert from_text(broken("decisions", 0, "made_at", value=east), "").decisions[0].made_at == NOON


def test_a_file_that_names_more_than_is_known_is_read() -> None:
    assert from_text(broken("further", value=[1]), "") == from_text(json.dumps(GOOD), "")
