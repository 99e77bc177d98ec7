"""`triage forget`: no trace of a customer is left in the bytes, nothing comes back, and nobody else is harmed."""

from __future__ import annotations

import base64
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.on_disk import DAY, MINUTE, DiskShop
from tests.shop import OURS, write_mail
from triage.errors import ExitStatus
from triage.model import Role
from triage.store import DATABASE, Store

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC)
HOUR = 60 * MINUTE
RONALD = "ronald.blomsma@kwartelnest.example"
TRACES = (
    "ronald",
    "blomsma",
    "kwartelnest",
    "klapspaan",
    "moerbeiboom",
    "zeppelinveer",
    "onze-reactie",
    "bijzondernoot",
)
"""Parts of the address and the name, and words that stand in mails of theirs, in our answers and in our notes only."""
QUOTED = "Mijn klapspaan is van de moerbeiboom gevallen en nu is hij stuk."


def put_ronald(shop: DiskShop) -> None:
    """Let Ronald ask, be answered, thank, and ask by way of a form."""
    mine: dict[str, Any] = {"sender": f"Ronald Blomsma <{RONALD}>", "subject": "Klapspaan kapot"}
    shop.mail.deliver(received_at=NOW - 3 * DAY, message_id="r1@kwartelnest.example", text=QUOTED, **mine)
    shop.mail.deliver(
        "Sent", NOW - 3 * DAY + HOUR, sender=f"Shop <{OURS}>", to=f"Ronald Blomsma <{RONALD}>", text="Onze-reactie.",
        subject="Re: Klapspaan kapot", message_id="a1@shop.example", answers="r1@kwartelnest.example",
    )  # fmt: skip
    encoded = base64.encodebytes(b"Dit is een schande! Het zeppelinveer was stuk.").decode()
    shop.mail.put(
        write_mail(message_id="r2@kwartelnest.example", **mine).partition(b"Content-Type")[0]
        + f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{encoded}".encode(),
        NOW - 2 * HOUR,
    )
    shop.mail.deliver(
        received_at=NOW - 2 * DAY, sender=f"Formulier <{OURS}>", message_id="form@shop.example", Reply_To=RONALD,
        subject="Contactformulier", text="Zijn jullie zaterdag open? Moerbeiboom.",
    )  # fmt: skip
    shop.mail.deliver(
        received_at=NOW - 2 * DAY, sender="Winkel <noreply@platform.example>", message_id="order@platform.example",
        subject="Nieuwe bestelling", text=f"Ronald Blomsma <{RONALD}> bestelde een klapspaan.",
        Auto_Submitted="auto-generated", Precedence="bulk",
    )  # fmt: skip
    shop.mail.put(
        b"From: MAILER-DAEMON@mx.example\nTo: info@shop.example\nSubject: Undelivered Mail\nReturn-Path: <>\n"
        b"Message-ID: <b1@mx.example>\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\n\n--x\n'
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; "
        + RONALD.encode() + b"\nAction: delayed\nStatus: 4.1.1\n\n--x--\n",
        NOW - DAY,
    )  # fmt: skip


def put_others(shop: DiskShop) -> None:
    """Let others write: one for herself, one with Ronald in Cc, one who quotes him; two got one answer."""
    shop.mail.deliver(
        received_at=NOW - HOUR, message_id="eva@klant.example", sender="Eva <eva@klant.example>", subject="Maat 42?",
        text="Ik wil ze graag kopen.",
    )  # fmt: skip
    shop.mail.deliver(
        received_at=NOW - HOUR, message_id="ida@klant.example", sender="Ida <ida@klant.example>", subject="Samen",
        text="Ik wil ze graag kopen, net als meneer Blomsma.", Cc=f"Ronald Blomsma <{RONALD}>",
    )  # fmt: skip
    shop.mail.deliver(
        received_at=NOW - HOUR, message_id="joop@klant.example", sender="Joop <joop@klant.example>",
        subject="Re: Klapspaan kapot", answers="a1@shop.example",
        text=f"Mijn pakket is er nog niet.\n\nOp maandag schreef Ronald Blomsma <{RONALD}>:\n> {QUOTED}\n",
    )  # fmt: skip
    for name, at in (("an", 5), ("bo", 4)):
        shop.mail.deliver(
            received_at=NOW - at * DAY, message_id=f"{name}@klant.example", sender=f"{name}@klant.example",
            subject="Open?", text="Zijn jullie zaterdag open?",
        )  # fmt: skip
    shop.mail.deliver(
        "Sent", NOW - DAY, sender=f"Shop <{OURS}>", to=f"an@klant.example, {RONALD}", subject="Re: Open?",
        message_id="both@shop.example", answers="an@klant.example", text="Beste Ronald, ja hoor. Onze-reactie.",
    )  # fmt: skip


@pytest.fixture
def shop(disk: DiskShop) -> DiskShop:
    """A shop that has fetched it all and decided something about everybody."""
    put_ronald(disk)
    put_others(disk)
    disk.open()
    assert disk.run("sync").status == 0
    for row in rows(disk):
        disk.run("note", row["id"], "bijzondernoot" if row["from_email"] == RONALD else f"Zie {RONALD}.")
    waiting = next(row["id"] for row in rows(disk) if row["from_email"] == RONALD and row["status"] == "waiting")
    assert disk.run("correct", waiting, "angry").status == 0
    return disk


def rows(shop: DiskShop) -> list[dict[str, Any]]:
    return shop.run("export", "--all", "--format", "json", "--no-sync").rows


def of_others(shop: DiskShop) -> dict[str, tuple[object, ...]]:
    return {
        row["from_email"]: (row["id"], row["status"], row["kind"], row["waiting_since"], row["answered_at"])
        for row in rows(shop)
        if row["from_email"] not in {RONALD, "noreply@platform.example", "mailer-daemon@mx.example"}
    }


def traces_in(folder: Path) -> dict[str, list[str]]:
    """Find what leads back, in the bytes of every file, and in every source and text as it was before compression."""
    with Store(folder) as store:
        unpacked = "".join(f"{text}{source!r}" for text, source in store.words(e.key for e in store.entries()).values())
        found = {"unpacked": [trace for trace in TRACES if trace in unpacked.lower()]}
        for file in folder.iterdir():  # while it is open: -wal and -shm lie beside it
            found[file.name] = [trace for trace in TRACES if trace.encode() in file.read_bytes().lower()]
    return {name: traces for name, traces in found.items() if traces}


def test_no_byte_of_the_database_leads_back(shop: DiskShop) -> None:
    data = shop.folder / "data"
    assert set(traces_in(data)[DATABASE]) | set(traces_in(data)["unpacked"]) == set(TRACES), "they stood there before"

    result = shop.run("forget", RONALD.upper(), "--yes")

    assert (result.status, traces_in(data)) == (0, {})
    assert "3 mails of theirs" not in result.err


def test_others_stand_as_they_stood(shop: DiskShop) -> None:
    """Joop, who had joined the conversation of Ronald, has one of his own now, and still waits."""
    before = of_others(shop)

    shop.run("forget", RONALD, "--yes")

    after = of_others(shop)
    assert {email: row for email, row in after.items() if email != "joop@klant.example"} == before
    assert {email: row[1] for email, row in after.items()} == {
        "eva@klant.example": "waiting", "ida@klant.example": "waiting", "joop@klant.example": "waiting",
        "an@klant.example": "answered", "bo@klant.example": "waiting",
    }  # fmt: skip


def test_the_words_of_others_can_still_be_read(shop: DiskShop) -> None:
    shop.run("forget", RONALD, "--yes")

    shown = {row["from_email"]: shop.run("show", row["id"]).out for row in rows(shop)}

    assert "Ik wil ze graag kopen, net als meneer …." in shown["ida@klant.example"]
    assert "Mijn pakket is er nog niet." in shown["joop@klant.example"]
    assert "Zie …." in shown["eva@klant.example"]


def test_the_next_sync_brings_nothing_back_and_is_not_worried(shop: DiskShop) -> None:
    shop.run("forget", RONALD, "--yes")
    before = rows(shop)
    shop.mail.deliver(received_at=NOW, message_id="n@klant.example", sender="nu@klant.example", subject="Nieuw")

    said = shop.run("sync")

    assert said.out == "shop INBOX: 1 new; 11 on the server, 11 known\nshop Sent: 0 new; 2 on the server, 2 known\n"
    assert {row["from_email"] for row in rows(shop)} - {row["from_email"] for row in before} == {"nu@klant.example"}
    assert traces_in(shop.folder / "data") == {}


def test_neither_does_a_mirror_that_is_fetched_anew(shop: DiskShop) -> None:
    """A changed UIDVALIDITY, or an owner who moves all mail."""
    shop.run("forget", RONALD, "--yes")
    expected = of_others(shop)
    with Store(shop.folder / "data") as store, store.transaction():
        for known in store.mailboxes():
            assert known.role in Role
            store.renew_mailbox(known, 1)
        store._run("DELETE FROM mirror_message")  # noqa: SLF001
        store.forget_families()

    shop.run("sync")

    assert {email: row[1:3] for email, row in of_others(shop).items()} == {e: row[1:3] for e, row in expected.items()}
    with Store(shop.folder / "data") as store:
        words = repr(store.words(entry.key for entry in store.entries())).lower()
    assert RONALD not in words


def test_a_new_mail_of_theirs_comes_in_as_always(shop: DiskShop) -> None:
    shop.run("forget", RONALD, "--yes")
    shop.mail.deliver(
        received_at=datetime.now(UTC) + MINUTE, message_id="r9@kwartelnest.example", sender=f"Ronald <{RONALD}>",
        subject="Toch nog iets", text="Ik wil ze graag kopen.",
    )  # fmt: skip
    shop.run("sync")

    assert [(row["status"], row["messages"]) for row in rows(shop) if row["from_email"] == RONALD] == [("waiting", 1)]


def test_an_old_export_does_not_bring_the_notes_back(shop: DiskShop) -> None:
    shop.run("notes", "export", "--output", str(shop.folder / "before.json"))
    shop.run("forget", RONALD, "--yes")

    result = shop.run("notes", "import", str(shop.folder / "before.json"))

    assert (result.status, "left out" in result.err) == (0, True)
    assert "bijzondernoot" not in shop.run("log").out
    assert traces_in(shop.folder / "data") == {}, "the address is cut from the notes about others, too"


def test_machines_stay_machines_without_one_of_three_customers(disk: DiskShop) -> None:
    """The same acknowledgement reached three customers: with one of them forgotten it still answers nobody."""
    for name in ("an", "bo", "cor"):
        disk.mail.deliver(
            received_at=NOW - HOUR, message_id=f"{name}@klant.example", sender=f"{name}@klant.example",
            subject=f"Vraag {name}", text="Zijn jullie zaterdag open?",
        )  # fmt: skip
        disk.mail.deliver(
            "Sent", NOW - HOUR + MINUTE / 6, sender=OURS, to=f"{name}@klant.example", subject=f"Re: Vraag {name}",
            message_id=f"ack-{name}@shop.example", answers=f"{name}@klant.example",
            text="Wij hebben je bericht ontvangen en komen erop terug zodra dat kan.",
        )  # fmt: skip
    disk.open()
    disk.run("sync")

    disk.run("forget", "an@klant.example", "--yes")
    disk.open(rest='[[rule]]\nsubject = "iets anders"\nkind = "buy"\n')  # everything is read anew

    assert {row["from_email"]: row["status"] for row in rows(disk)} == {
        "bo@klant.example": "waiting", "cor@klant.example": "waiting",
    }  # fmt: skip


def test_an_address_that_ends_like_theirs_is_somebody_else(disk: DiskShop) -> None:
    for sender in ("jan@klant.example", "de-jan@klant.example", "jan@klant.example.org"):
        disk.mail.deliver(
            received_at=NOW - HOUR, message_id=f"1-{sender}", sender=sender, text="Ik wil ze graag kopen."
        )
    disk.open()
    disk.run("sync")

    disk.run("forget", "jan@klant.example", "--yes")

    with Store(disk.folder / "data") as store:
        kept = {entry.sender.email: bool(store.words([entry.key])[entry.key][1]) for entry in store.entries()}
    assert kept == {"de-jan@klant.example": True, "jan@klant.example.org": True}


def test_who_cannot_be_asked_has_to_say_yes(shop: DiskShop) -> None:
    before = rows(shop)

    result = shop.run("forget", RONALD)

    assert (result.status, rows(shop)) == (ExitStatus.USAGE, before)
    assert "nothing was deleted. Say --yes to delete it." in result.err


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (OURS, f'"{OURS}" is one of yours. Name the address of one customer.'),
        ("@klant.example", '"@klant.example" is a whole domain. Name the address of one customer.'),
        ("*@klant.example", '"*@klant.example" is no mail address. Name the customer\'s, such as jan@klant.example.'),
        ("Ronald", '"Ronald" is no mail address. Name the customer\'s, such as jan@klant.example.'),
    ],
)
def test_what_is_no_customer_is_refused(shop: DiskShop, address: str, said: str) -> None:
    result = shop.run("forget", address, "--yes")

    assert (result.status, result.err) == (ExitStatus.USAGE, f"triage: {said}\n")


def test_what_is_not_stored_is_said(shop: DiskShop) -> None:
    result = shop.run("forget", "nobody@klant.example", "--yes")

    assert (result.status, result.out) == (0, "Nothing is stored of nobody@klant.example.\n")


def test_another_address_of_the_same_name_is_told(disk: DiskShop) -> None:
    for sender in ("Eva Mol <eva@klant.example>", "Eva Mol <eva@werk.example>"):
        disk.mail.deliver(received_at=NOW - HOUR, message_id=f"1-{sender[9:]}", sender=sender, subject=sender[9:13])
    disk.open()
    disk.run("sync")

    assert "Somebody of the same name wrote from eva@werk.example:" in disk.run(
        "forget", "eva@klant.example", "--yes"
    ).out.replace("\n", " ")


def test_who_reads_at_that_moment_keeps_nothing_for_good(shop: DiskShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run that is printing its queue holds on to the pages that were there; once it has ended they go."""
    monkeypatch.setattr("triage.store.BUSY", 0.1)
    reader = sqlite3.connect(shop.folder / "data" / DATABASE, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM mirror_message").fetchone()

    held = shop.run("forget", RONALD, "--yes")
    reader.close()
    again = shop.run("forget", RONALD, "--yes")

    assert (held.status, "Run the same command again when it has finished." in held.err) == (ExitStatus.STORE, True)
    assert (again.status, again.out) == (0, f"Nothing is stored of {RONALD}.\n")
    assert traces_in(shop.folder / "data") == {}


def test_a_rule_that_names_them_leaves_no_trace_and_is_told(disk: DiskShop) -> None:
    disk.mail.deliver(received_at=NOW - HOUR, message_id="eva@klant.example", sender="eva@klant.example")
    disk.open(rest='[[rule]]\nfrom = "eva@klant.example"\nkind = "angry"\n')
    disk.run("sync")

    result = disk.run("forget", "eva@klant.example", "--yes")

    assert "A rule in your configuration names them: take it out there." in result.err
    assert b"eva@klant" not in (disk.folder / "data" / DATABASE).read_bytes()
