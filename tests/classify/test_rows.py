"""Labelled mails as JSON Lines."""

from __future__ import annotations

import json

import pytest

from triage.classify.rows import Row, message_of, read_rows
from triage.errors import UsageError
from triage.model import Address, Flag, Kind, Reason, Sender

FULL = {
    "id": "x-1",
    "lang": "fr",
    "from": "Zoé Déschamps <zoe@exemple.example>",
    "subject": "Où est mon colis ?",
    "body": "Bonjour,\n\nça n'arrive pas.\n\n> vieux mots",
    "headers": {"List-Id": "<a.example>"},
    "html": False,
    "kind": "bought",
    "reason": "where",
    "flags": ["carrier", "legal"],
    "author": "fr-09",
}


def test_every_field_of_a_row_is_read() -> None:
    expected = Row(
        id="x-1",
        language="fr",
        sender="Zoé Déschamps <zoe@exemple.example>",
        subject="Où est mon colis ?",
        body="Bonjour,\n\nça n'arrive pas.\n\n> vieux mots",
        kind=Kind.BOUGHT,
        reason=Reason.WHERE,
        flags=frozenset({Flag.CARRIER, Flag.LEGAL}),
        headers=(("List-Id", "<a.example>"),),
        author="fr-09",
    )
    assert list(read_rows(["", json.dumps(FULL), "  \n"])) == [expected]


def test_a_row_may_hold_only_its_kind_and_body() -> None:
    assert list(read_rows(['{"kind": "buy", "body": "te koop?"}'])) == [Row("", "", "", "", "te koop?", Kind.BUY)]


@pytest.mark.parametrize("line", ["{", "[]", "3", '{"body": "x"}', '{"kind": "bye", "body": "x"}'])
def test_what_is_no_row_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(UsageError, match="Line 2 is no labelled mail"):
        list(read_rows(['{"kind": "buy"}', line]))


def test_a_row_is_judged_as_the_mail_that_it_stands_for() -> None:
    (row,) = read_rows([json.dumps(FULL)])
    message = message_of(row)
    found = (message.sender, message.subject, message.text, message.history, message.automatic.sender)
    sender = Address("zoe@exemple.example", "Zoé Déschamps")
    assert found == (sender, "Où est mon colis ?", "Bonjour,\n\nça n'arrive pas.", "> vieux mots", Sender.BULK)


def test_html_is_read_as_html() -> None:
    (row,) = read_rows(['{"kind": "buy", "html": true, "body": "<p>Te <b>koop</b>?</p>"}'])
    assert message_of(row).text == "Te koop?"
