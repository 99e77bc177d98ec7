"""What leads back to a customer is found and cut, and nobody else's words are."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import MONDAY, SHOP, entry
from triage.forgotten import Forgotten, Memory, Traces, everything_in, hash_of

RONALD = "ronald@klant.example"
SALT = "00ff"
QUOTED = "Mijn klapspaan is van de boom gevallen."
TRACES = Traces(
    frozenset({RONALD}),
    frozenset({"Ronald van der Blom"}),
    frozenset({"r1@klant.example"}),
    frozenset({QUOTED.casefold()}),
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Mail ronald@klant.example, of Ronald@Klant.EXAMPLE.", "Mail …, of …."),
        (
            "Mail de-ronald@klant.example of ronald@klant.example.org.",
            "Mail de-…@klant.example of …@klant.example.org.",
        ),
        ("Volgens ronald van der blom, en meneer Blom", "Volgens …, en meneer …"),
        ("blom, ronaldinho en van alles der dingen", "blom, ronaldinho en van alles der dingen"),
        (f"Zie:\n> {QUOTED[:20]}\n>>  {QUOTED.upper()} \nEva", f"Zie:\n> {QUOTED[:20]}\nEva"),
    ],
)
def test_a_text_loses_what_leads_back(text: str, kept: str) -> None:
    assert TRACES.cut_text(text) == kept


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (b"To: x\n\nschrijf RONALD@klant.example.", True),
        (b"References: <q0@shop.example>\n <r1@klant.example>\n\nDag", True),
        (b"References: <r1@klant.example.org>\n\nmail de-ronald@klant.example", False),
        (b"Content-Transfer-Encoding: quoted-printable\n\nschrijf ronald@kl=\nant.example", True),
        (b"Content-Transfer-Encoding: base64\n\ncm9uYWxkQGtsYW50LmV4YW1wbGU=", True),
    ],
)
def test_whoever_is_named_is_found_whatever_the_encoding(source: bytes, named: bool) -> None:
    mail = entry("q", "eva@klant.example", SHOP)
    found = TRACES.stand_in(everything_in(source, mail, ""), closely=False)

    assert (found, TRACES.may_stand_in(source, mail, "") or not named) == (named, True)


def test_only_what_was_there_already_is_passed_by() -> None:
    memory = Memory([Forgotten(hash_of(RONALD, SALT), SALT, MONDAY)])
    theirs, ours = entry("q", RONALD, SHOP), entry("a", SHOP, RONALD)
    other = entry("b", "eva@klant.example", SHOP)
    later = replace(theirs, received_at=MONDAY + timedelta(seconds=1))

    remains = [
        memory.remains(mail, "Dag.", b"", is_ours=mail is ours) is not None for mail in (theirs, ours, other, later)
    ]
    quoting = memory.remains(other, f"Vraag {RONALD}.", b"")

    assert (remains, quoting and quoting.text) == ([False, False, True, True], "Vraag ….")


@pytest.mark.parametrize("piece", ["a", "a@", "ronald@", "Ronald van der ", ".", "> ", "=?", "<r1@"])
def test_hostile_texts_take_no_longer_than_others(piece: str) -> None:
    text = piece * (50_000 // len(piece))
    memory, mail = Memory([Forgotten("00", SALT, MONDAY)]), entry("q", "eva@klant.example", SHOP)
    begun = time.perf_counter()

    TRACES.cut_text(text)
    TRACES.stand_in(everything_in(text.encode(), mail, text), closely=True)
    memory.cut_text(text[:100])

    assert time.perf_counter() - begun < 2.0
