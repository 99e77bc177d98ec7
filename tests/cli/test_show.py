"""`triage show`: one conversation with its words, its time line and its proofs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cli.on_disk import AT, DAY, STORED, DiskShop
from tests.cli.snapshots import assert_snapshot
from tests.shop import NOON, OURS, write_mail


@pytest.fixture
def answered(disk: DiskShop) -> DiskShop:
    """A question, our answer, which bounced, a second question and an out-of-office."""
    first = NOON - 3 * DAY
    disk.mail.deliver(received_at=first, message_id="q1@klant.example", text="Ik wil ze graag kopen.\n\nGroet, Jan")
    disk.mail.deliver(
        "Sent", first + timedelta(hours=2), sender=f"Shop <{OURS}>", to="jan@klant.example", subject="Re: Maat 42?",
        text="Ja hoor, ze staan klaar.", message_id="a1@shop.example", answers="q1@klant.example",
    )  # fmt: skip
    disk.mail.deliver(
        received_at=NOON - DAY, message_id="q2@klant.example", answers="a1@shop.example", subject="Re: Maat 42?",
        text=f"Ik wil ze graag kopen, ook in het zwart. {'Heel graag. ' * 12}",
    )  # fmt: skip
    disk.mail.put(
        write_mail(
            message_id="x1@klant.example", answers="a1@shop.example", subject="Automatisch antwoord: Maat 42?",
            text="Ik ben er niet.", Auto_Submitted="auto-replied",
        ),
        NOON - DAY + timedelta(minutes=1),
    )  # fmt: skip
    disk.open()
    disk.run("sync")
    return disk


def identity(shop: DiskShop) -> str:
    return shop.run("export", "--all", "--columns", "id", *STORED).csv[0]["id"]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_conversation_looks_like_its_picture(answered: DiskShop, language: str) -> None:
    answered.open(language)

    result = answered.run("show", identity(answered), *AT)

    assert (result.status, result.err) == (0, "")
    assert_snapshot(f"show-{language}.txt", result.out)


def test_the_beginning_of_an_id_will_do_in_any_letter_case(answered: DiskShop) -> None:
    whole = identity(answered)

    assert answered.run("show", whole[:2].upper(), *AT) == answered.run("show", whole, *AT)


def test_an_earlier_moment_shows_what_was_known_then(answered: DiskShop) -> None:
    out = answered.run("show", identity(answered), "--at", (NOON - 2 * DAY).isoformat()).out

    assert "ook in het zwart" not in out
    assert "our answer" in out
    assert "Answered" in out.splitlines()


def test_raw_is_the_source_of_the_newest_message_of_the_customer(answered: DiskShop) -> None:
    out = answered.run("show", identity(answered), "--raw", *AT).out

    assert out.startswith("From: Jan Peeters <jan@klant.example>\n")
    assert "Auto-Submitted: auto-replied\n" in out


def test_every_row_of_an_export_can_be_shown(wednesday: DiskShop) -> None:
    for row in wednesday.run("export", "--all", *STORED).csv:
        result = wednesday.run("show", row["id"])
        assert (result.status, result.err) == (0, "")
        assert result.out.startswith(f"{row['id']}  ")


QUOTING = """Ik wil ze graag kopen.

Op wo 18 nov 2026 om 10:00 schreef Shop <info@shop.example>:
> Beste Jan,
> Ze zijn er.
"""


@pytest.fixture
def quoting(disk: DiskShop) -> DiskShop:
    """A question, our answer, and a mail that quotes it."""
    first = NOON - DAY
    disk.mail.deliver(received_at=first, message_id="q1@klant.example", text="Zijn ze er nog?")
    disk.mail.deliver(
        "Sent", first + timedelta(hours=2), sender=f"Shop <{OURS}>", to="jan@klant.example", subject="Re: Maat 42?",
        text="Beste Jan,\n\nZe zijn er.", message_id="a1@shop.example", answers="q1@klant.example",
    )  # fmt: skip
    disk.mail.deliver(
        received_at=NOON, message_id="q2@klant.example", answers="a1@shop.example", subject="Re: Maat 42?", text=QUOTING
    )
    disk.open()
    disk.run("sync")
    return disk


def words_shown(shop: DiskShop, *options: str) -> list[str]:
    """What stands between the head and the time line."""
    lines = shop.run("show", identity(shop), *AT, *options).out.splitlines()
    return lines[3 : next(number for number, line in enumerate(lines) if "Jan Peeters: asks" in line) - 1]


def test_what_is_quoted_is_folded_to_one_line(quoting: DiskShop) -> None:
    assert words_shown(quoting) == [
        "  Ik wil ze graag kopen.",
        "  … 3 lines of quotes and signature; --history shows them",
    ]


def test_history_unfolds_it(quoting: DiskShop) -> None:
    assert words_shown(quoting, "--history") == [
        "  Ik wil ze graag kopen.",
        "",
        "  Op wo 18 nov 2026 om 10:00 schreef Shop <info@shop.example>:",
        "  > Beste Jan,",
        "  > Ze zijn er.",
    ]


def test_all_shows_every_message_ours_too(quoting: DiskShop) -> None:
    assert words_shown(quoting, "--all") == [
        "Jan Peeters  Tuesday 17 Nov 12:00",
        "  Zijn ze er nog?",
        "",
        "Shop  Tuesday 17 Nov 14:00",
        "  Beste Jan,",
        "",
        "  Ze zijn er.",
        "",
        "Jan Peeters  Wednesday 18 Nov 12:00",
        "  Ik wil ze graag kopen.",
        "  … 3 lines of quotes and signature; --history shows them",
    ]


def test_a_mail_without_words_says_so(disk: DiskShop) -> None:
    disk.mail.deliver(text="")
    disk.open()
    disk.run("sync")

    assert "  (no words)" in disk.run("show", identity(disk), *AT).out.splitlines()


def test_several_are_shown_one_after_the_other(wednesday: DiskShop) -> None:
    names = [row["id"] for row in wednesday.run("export", *STORED).csv[:2]]
    each = [wednesday.run("show", name, *AT).out for name in names]

    both = wednesday.run("show", *names, names[0], *STORED)

    assert both.out == f"{each[0]}\n{'─' * 80}\n\n{each[1]}"
    assert wednesday.run("show", *names, "--plain", *AT).out == f"{each[0]}\n{each[1]}"


def test_an_account_narrows_what_an_id_may_be(wednesday: DiskShop) -> None:
    (wednesday.folder / "second" / "cur").mkdir(parents=True)
    wednesday.configure(wednesday.account(), wednesday.account("web", "second"))
    name = wednesday.run("export", *STORED).csv[0]["id"]

    shown, refused = (wednesday.run("show", name, *AT, "--account", account) for account in ("shop", "web"))

    assert (shown.status, shown.out[:4]) == (0, name)
    assert (refused.status, refused.out, refused.err) == (
        2,
        "",
        f'triage: There is no conversation "{name}" in web. `triage queue` and `triage export --all` list the IDs.\n',
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Kort.\nOok kort.", ["Kort.", "Ook kort."], id="short lines stay"),
        pytest.param(f"{'lang ' * 10}\nen verder.", [f"{'lang ' * 10}".rstrip() + " en verder."], id="broken twice"),
        pytest.param(f"{'lang ' * 10}\n- een punt", [f"{'lang ' * 10}", "- een punt"], id="a list"),
        pytest.param(f"{'lang ' * 10}\n\nNieuw.", [f"{'lang ' * 10}", "", "Nieuw."], id="a paragraph ends"),
        pytest.param(f"> {'lang ' * 10}\n> en meer", [f"> {'lang ' * 10}", "> en meer"], id="a quote"),
        pytest.param(f"https://{'x' * 60}\nZie daar.", [f"https://{'x' * 60}", "Zie daar."], id="an address"),
    ],
)
def test_a_line_that_would_be_broken_twice_flows_on(text: str, expected: list[str]) -> None:
    from cli.letter import flowed

    assert flowed(text.splitlines(), 40) == expected


@pytest.mark.parametrize("language", ["en", "nl"])
def test_check_looks_like_its_picture(wednesday: DiskShop, language: str) -> None:
    wednesday.open(language)

    result = wednesday.run("check")

    assert (result.status, result.err) == (0, "")
    lines = result.out.replace(str(wednesday.folder), "FOLDER").splitlines(keepends=True)
    assert_snapshot(f"check-{language}.txt", "".join((*lines[:2], *lines[3:])))  # the third tells the time


def test_quiet_check_prints_nothing_when_all_is_well(wednesday: DiskShop) -> None:
    result = wednesday.run("check", "--quiet")

    assert (result.status, result.out, result.err) == (0, "", "")


def test_an_id_outlives_the_conversation_that_joins_another(disk: DiskShop) -> None:
    disk.mail.deliver(received_at=NOON - 3 * DAY, message_id="q1@klant.example", subject="Maat 42?")
    disk.mail.deliver(
        received_at=NOON - DAY, message_id="q3@klant.example", subject="Nog iets", answers="q2@klant.example"
    )
    disk.open()
    disk.run("sync")
    before = {row["subject"]: row["id"] for row in disk.run("export", "--all", *STORED).csv}
    disk.mail.deliver(
        received_at=NOON - 2 * DAY, message_id="q2@klant.example", subject="Iets anders", answers="q1@klant.example"
    )
    disk.run("sync")
    (after,) = disk.run("export", "--all", "--columns", "id", *STORED).csv

    shown = [disk.run("show", name, *AT) for name in before.values()]

    assert len(before) == 2
    assert after["id"] in before.values()
    assert shown[0] == shown[1]


def test_a_long_quoted_line_keeps_its_mark(disk: DiskShop) -> None:
    text = f"Ja.\n\nOp wo 18 nov 2026 om 10:00 schreef Shop <info@shop.example>:\n> > {'lang ' * 20}\n"
    disk.mail.deliver(text=text)
    disk.open()
    disk.run("sync")

    shown = disk.run("show", identity(disk), "--history", *AT).out.splitlines()

    assert [line.rstrip() for line in shown if "lang" in line and "“" not in line] == [
        f"  > > {'lang ' * 15}".rstrip(),
        f"  > > {'lang ' * 5}".rstrip(),
    ]
