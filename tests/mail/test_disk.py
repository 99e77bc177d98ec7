"""A mailbox on disk, in the ways of the programs that put it there; nothing on disk is ever changed."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.shop import NOON, OURS, Shop, write_mail
from triage.errors import ConfigurationError, MailboxMissingError
from triage.mail import disk_maildir
from triage.mail.disk import DiskSource
from triage.mail.source import MailboxName
from triage.settings import AccountSettings
from triage.store import Flags
from triage.sync import choose_mailboxes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from triage.mail.source import Fetched


def write(path: Path, source: bytes = b"", moment: datetime = NOON) -> Path:
    """Write a file, with the folders above it, as of a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source)
    os.utime(path, (moment.timestamp(),) * 2)
    return path


def maildir(path: Path, files: Mapping[str, bytes] | None = None, moment: datetime = NOON) -> Path:
    """Make a Maildir with files such as `cur/1.a:2,S`."""
    for name in ("cur", "new", "tmp"):
        (path / name).mkdir(parents=True, exist_ok=True)
    for name, source in (files or {}).items():
        write(path / name, source, moment)
    return path


def source_at(path: Path) -> DiskSource:
    """Open what lies there."""
    return DiskSource(AccountSettings(name="shop", path=path))


def names_at(path: Path) -> list[str]:
    """List the names of the mailboxes below a folder."""
    return sorted(mailbox.name for mailbox in source_at(path).mailboxes())


def fetch_all(path: Path, since: date | None = None, name: str = "INBOX") -> list[Fetched]:
    """Fetch every message of a mailbox, by the time of its receipt."""
    source = source_at(path)
    source.examine(next(mailbox for mailbox in source.mailboxes() if mailbox.name == name))
    found = [fetched for batch in source.fetch(source.uids(since)) for fetched in batch]
    return sorted(found, key=lambda fetched: (fetched.received_at or NOON, fetched.source))


def mbox(*mails: bytes, separator: bytes = b"From jan@klant.example Wed Nov 18 11:00:00 2026") -> bytes:
    """Write mails as an mbox."""
    return b"".join(separator + b"\n" + mail.rstrip(b"\n") + b"\n\n" for mail in mails)


def snapshot(folder: Path) -> dict[str, tuple[float, int, bytes]]:
    """Say what every file and folder is like: when it was written, its mode, its bytes."""
    return {
        str(path): (path.stat().st_mtime, path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


# -- where mailboxes lie -----------------------------------------------------------------------------------------------

MAIL = write_mail()
LAYOUTS = [
    pytest.param("", [".Sent", ".Sent.2025", ".Klanten"], [], ["INBOX", "Klanten", "Sent", "Sent.2025"], id="dovecot"),
    pytest.param(
        "", [".&AMk-l&AOk-ments envoy&AOk-s"], [], ["INBOX", "Éléments envoyés"], id="dovecot-modified-utf-7"
    ),
    pytest.param(None, ["INBOX", "Sent", "Archive/2025"], [], ["Archive/2025", "INBOX", "Sent"], id="mbsync-verbatim"),
    pytest.param(None, ["Inbox", "Inbox/.Klanten"], [], ["INBOX", "Inbox/Klanten"], id="mbsync-legacy"),
    pytest.param(None, ["INBOX", "INBOX.Sent", "R&D"], [], ["INBOX", "INBOX.Sent", "R&D"], id="offlineimap"),
    pytest.param(
        None, ["INBOX", "[Gmail]/Verzonden berichten"], [], ["INBOX", "[Gmail]/Verzonden berichten"], id="gmail"
    ),
    pytest.param(
        None, [], ["Inbox", "Sent", "Inbox.sbd/Klanten"], ["INBOX", "Inbox/Klanten", "Sent"], id="thunderbird-mbox"
    ),
    pytest.param(None, [], ["Inbox.mbox", "Verzonden.mbox"], ["INBOX", "Verzonden"], id="takeout-by-label"),
    pytest.param(
        None, [], ["All mail Including Spam and Trash.mbox"],
        ["All mail Including Spam and Trash", "INBOX"], id="takeout-whole",
    ),
    pytest.param(None, [], ["INBOX.mbox/mbox", "Sent.mbox/mbox"], ["INBOX", "Sent"], id="apple-mail"),
]  # fmt: skip


@pytest.mark.parametrize(("root", "folders", "files", "names"), LAYOUTS)
def test_mailboxes_are_found_where_programs_put_them(
    tmp_path: Path, root: str | None, folders: list[str], files: list[str], names: list[str]
) -> None:
    if root is not None:
        maildir(tmp_path)
    for folder in folders:
        maildir(tmp_path / folder)
    for file in files:
        write(tmp_path / file, mbox(MAIL))
    for noise in ("Inbox.msf", "popstate.dat", "dovecot-uidlist", ".mbsyncstate", "cur", "notes/read.txt"):
        if not (tmp_path / noise).exists():
            write(tmp_path / noise, b"# no mail at all\n")
    write(tmp_path / "notes/From.txt", b"From here on nothing is mail.\n")

    assert names_at(tmp_path) == names


def test_thunderbirds_maildir_has_no_new(tmp_path: Path) -> None:
    (tmp_path / "Inbox" / "cur").mkdir(parents=True)
    write(tmp_path / "Inbox" / "cur" / "1763460000.eml", MAIL)

    assert [fetched.source for fetched in fetch_all(tmp_path)] == [MAIL]


def test_an_mbox_that_was_emptied_is_a_mailbox_still(tmp_path: Path) -> None:
    """Thunderbird leaves 0 bytes behind when the last mail was archived."""
    write(tmp_path / "Inbox")
    write(tmp_path / "Inbox.msf", b"// <!-- <mdb:mork:z v=")
    write(tmp_path / "Sent", mbox(MAIL))

    assert names_at(tmp_path) == ["INBOX", "Sent"]
    assert fetch_all(tmp_path) == []


@pytest.mark.parametrize(
    ("folder", "sent"),
    [
        pytest.param(".Sent", "Sent", id="dovecot"),
        pytest.param(".Verzonden items", "Verzonden items", id="dovecot-dutch"),
        pytest.param(".INBOX.Sent", "INBOX.Sent", id="below INBOX"),
        pytest.param(".&AMk-l&AOk-ments envoy&AOk-s", "Éléments envoyés", id="modified-utf-7"),
        pytest.param("[Gmail]/Verzonden berichten", "[Gmail]/Verzonden berichten", id="gmail-nested"),
        pytest.param("[Gmail].Sent Mail", "[Gmail].Sent Mail", id="gmail-flat"),
    ],
)
def test_our_answers_are_found_by_the_name_of_their_mailbox(tmp_path: Path, folder: str, sent: str) -> None:
    maildir(tmp_path)
    maildir(tmp_path / folder)
    source = source_at(tmp_path)

    chosen = choose_mailboxes(source.mailboxes(), AccountSettings(name="shop", path=tmp_path))

    assert [(choice.mailbox.name, choice.why) for choice in chosen] == [("INBOX", "configuration"), (sent, "name")]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        pytest.param(lambda path: path / "nothing", ConfigurationError, id="nothing there"),
        pytest.param(
            lambda path: write(path / "photo.jpg", b"\xff\xd8\xff") / "cur", ConfigurationError, id="no folder"
        ),
        pytest.param(lambda path: path, MailboxMissingError, id="empty folder"),
        pytest.param(lambda path: write(path / "photo.jpg", b"\xff\xd8\xff"), MailboxMissingError, id="no mbox"),
    ],
)
def test_what_is_no_mailbox_is_told_in_a_sentence(tmp_path: Path, make: object, error: type[Exception]) -> None:
    assert callable(make)
    with pytest.raises(error):
        source_at(make(tmp_path)).mailboxes()


# -- Maildir -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        pytest.param("new/1.a", Flags(), id="new"),
        pytest.param("cur/1.a:2,", Flags(), id="none"),
        pytest.param("cur/1.a:2,RS", Flags(answered=True), id="answered"),
        pytest.param("cur/1.a:2,ST", Flags(deleted=True), id="deleted"),
        pytest.param("cur/1.a:2,DS", Flags(draft=True), id="draft"),
        pytest.param("cur/1.a,S=1234,W=1250:2,RSa", Flags(answered=True), id="dovecot-keywords"),
        pytest.param("cur/1.a,U=7:2,R", Flags(answered=True), id="mbsync"),
        pytest.param("cur/1.a,U=7,FMD5=7e33429f656f1e6e9d79b29c3f82c57e:2,R", Flags(answered=True), id="offlineimap"),
        pytest.param("cur/1.a;2,R", Flags(answered=True), id="windows"),
    ],
)
def test_flags_stand_in_the_name(tmp_path: Path, name: str, flags: Flags) -> None:
    maildir(tmp_path, {name: MAIL})

    assert [fetched.flags for fetched in fetch_all(tmp_path)] == [flags]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("new/1.a", "cur/1.a:2,S", id="read"),
        pytest.param("cur/1.a:2,S", "cur/1.a:2,RS", id="answered"),
        pytest.param("cur/1.a:2,S", "cur/1.a,U=12:2,S", id="numbered by mbsync"),
        pytest.param("cur/1.a,U=12:2,S", "cur/1.a,U=3:2,S", id="numbered anew"),
        pytest.param("new/1.a", "cur/1.a;2,S", id="windows"),
    ],
)
def test_a_message_keeps_its_number_when_its_file_is_renamed(tmp_path: Path, before: str, after: str) -> None:
    maildir(tmp_path, {before: MAIL})
    (known,) = fetch_all(tmp_path)

    (tmp_path / before).rename(tmp_path / after)

    assert [fetched.uid for fetched in fetch_all(tmp_path)] == [known.uid]


def test_names_that_are_no_text_are_read_all_the_same(tmp_path: Path) -> None:
    maildir(tmp_path)
    for name in (b"1.caf\xe9:2,S", b"2.caf\xe8:2,S"):
        with open(os.path.join(os.fsencode(tmp_path / "cur"), name), "wb") as file:  # noqa: PTH118, PTH123 - bytes
            file.write(MAIL)

    assert len(fetch_all(tmp_path)) == 2


def test_a_file_renamed_between_listing_and_reading_is_found_again(tmp_path: Path) -> None:
    """The owner reads the mail in another program just now."""
    maildir(tmp_path, {"new/1.a": MAIL})
    source = source_at(tmp_path)
    source.examine(source.mailboxes()[0])
    uids = source.uids()

    (tmp_path / "new/1.a").rename(tmp_path / "cur/1.a:2,RS")

    ((fetched,),) = source.fetch(uids)
    assert (fetched.uid, fetched.source, fetched.flags) == (uids[0], MAIL, Flags(answered=True))


def test_a_file_that_vanishes_has_left_and_is_no_failure(tmp_path: Path) -> None:
    maildir(tmp_path, {"cur/1.a:2,S": MAIL, "cur/2.a:2,S": MAIL})
    source = source_at(tmp_path)
    source.examine(source.mailboxes()[0])
    uids = source.uids()

    (tmp_path / "cur/1.a:2,S").unlink()

    (batch,) = source.fetch(uids)
    assert len(batch) == 1
    assert set(source.flags(uids)) == {batch[0].uid}


def test_a_file_that_moves_while_the_folder_is_listed_is_not_taken_for_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rename happens at the one moment that matters: after the names were read, before the file is looked at."""
    maildir(tmp_path, {"cur/1.a:2,": MAIL})
    list_names = os.scandir

    def rename_after_listing(folder: Path) -> object:
        listed = list_names(folder)
        if folder.name == "cur" and (folder / "1.a:2,").exists():
            names = list_names(folder)
            (folder / "1.a:2,").rename(folder / "1.a:2,S")
            listed.close()
            return names
        return listed

    monkeypatch.setattr(os, "scandir", rename_after_listing)
    pieces = disk_maildir.list_maildir(tmp_path)

    assert [piece.path.name for piece in pieces.values()] == ["1.a:2,S"]


# -- what others may read ----------------------------------------------------------------------------------------------


def test_an_unreadable_message_is_missing_and_the_others_come(nobody: Path) -> None:
    maildir(nobody, {"cur/1.a:2,": MAIL, "cur/2.a:2,": MAIL})
    (nobody / "cur/1.a:2,").chmod(0)
    source = source_at(nobody)
    source.examine(source.mailboxes()[0])

    (batch,) = source.fetch(source.uids())

    assert len(batch) == 1
    assert len(source.flags(source.uids())) == 2, "it lies there still: the next run tries again"


def test_an_unreadable_file_among_mailboxes_is_no_mailbox(nobody: Path) -> None:
    write(nobody / "Inbox", mbox(MAIL))
    write(nobody / "Secret", mbox(MAIL)).chmod(0)

    assert names_at(nobody) == ["INBOX"]


@pytest.mark.parametrize("locked", ["", "mail", "mail/cur"])
def test_an_unreadable_folder_is_told_in_a_sentence(nobody: Path, locked: str) -> None:
    maildir(nobody / "mail", {"cur/1.a:2,": MAIL})
    (nobody / locked).chmod(0)
    try:
        with pytest.raises(MailboxMissingError, match="cannot be read: Permission denied"):
            fetch_all(nobody / "mail")
    finally:
        (nobody / locked).chmod(0o700)


# -- mbox --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "separator",
    [
        pytest.param(b"From jan@klant.example Wed Nov 18 11:00:00 2026", id="procmail"),
        pytest.param(b"From jan@klant.example Wed Nov 18 11:00:00 +0000 2026", id="zone before the year"),
        pytest.param(b"From MAILER-DAEMON Wed Nov 18 11:00:00 2026", id="daemon"),
        pytest.param(b"From - Wed Nov 18 11:00:00 2026", id="thunderbird"),
        pytest.param(b"From 1849@xxx Wed Nov 18 11:00:00 +0000 2026", id="takeout"),
        pytest.param(b'From "Jan Peeters" <jan@klant.example> Wed, 18 Nov 2026 11:00:00 +0000', id="odd"),
    ],
)
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_each_line_from_begins_a_message(tmp_path: Path, separator: bytes, line_end: bytes) -> None:
    mails = [write_mail(message_id=f"q{number}@klant.example").replace(b"\n", line_end) for number in range(3)]
    content = b"".join(separator + line_end + mail + line_end for mail in mails)
    path = write(tmp_path / "mail", content, NOON + timedelta(days=1))

    found = fetch_all(path)

    assert sorted(fetched.source.rstrip() for fetched in found) == sorted(mail.rstrip() for mail in mails)
    assert {fetched.received_at for fetched in found} == {NOON.astimezone(UTC)}


def test_a_first_line_from_of_any_look_begins_a_message(tmp_path: Path) -> None:
    path = write(tmp_path / "mail", mbox(MAIL, separator=b"From the archive"))

    assert [fetched.source.rstrip() for fetched in fetch_all(path)] == [MAIL.rstrip()]


def test_lines_from_in_a_text_are_its_words(tmp_path: Path) -> None:
    """Where they were quoted the quote mark goes; where they were not, no new message begins."""
    text = "Hallo,\n\nFrom here on it went wrong.\n\nFrom Monday to Friday we wait. \n\nGroet"
    quoted = write_mail(text=text).replace(b"\nFrom here", b"\n>From here")

    (fetched,) = fetch_all(write(tmp_path / "mail", mbox(quoted)))

    assert fetched.source.rstrip() == write_mail(text=text).rstrip()


@pytest.mark.parametrize(
    ("header", "flags"),
    [
        pytest.param(b"X-Mozilla-Status: 0001\n", Flags(), id="read"),
        pytest.param(b"X-Mozilla-Status: 0003\n", Flags(answered=True), id="answered"),
        pytest.param(b"X-Mozilla-Status: 0009\n", Flags(deleted=True), id="expunged"),
        pytest.param(b"Status: RO\nX-Status: A\n", Flags(answered=True), id="mutt"),
        pytest.param(b"Status: RO\nX-Status: DT\n", Flags(deleted=True, draft=True), id="deleted draft"),
        pytest.param(b"X-Mozilla-Status: zzzz\n", Flags(), id="nonsense"),
    ],
)
def test_flags_stand_in_the_header(tmp_path: Path, header: bytes, flags: Flags) -> None:
    assert [fetched.flags for fetched in fetch_all(write(tmp_path / "mail", mbox(header + MAIL)))] == [flags]


@pytest.mark.parametrize("text", ["Kort.", "Lang. " * 8000], ids=["short", "long"])
def test_a_message_keeps_its_number_whatever_is_noted_in_it(tmp_path: Path, text: str) -> None:
    mail = write_mail(text=text)
    bare = fetch_all(write(tmp_path / "mail", b"From a@b Wed Nov 18 11:00:00 2026\n" + mail.rstrip(b"\n")))
    header = b"X-Mozilla-Status: 0003\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys:          \nStatus: RO\n"
    noted = fetch_all(write(tmp_path / "mail", mbox(header + mail, write_mail(message_id="q2@klant.example"))))

    assert {fetched.uid for fetched in bare} < {fetched.uid for fetched in noted}


def test_an_mbox_compacted_between_listing_and_reading_gives_no_wrong_words(tmp_path: Path) -> None:
    """Thunderbird rewrites the file: every message then lies elsewhere."""
    mails = [write_mail(message_id=f"q{number}@klant.example", text=f"Vraag {number}") for number in range(3)]
    path = write(tmp_path / "mail", mbox(*mails))
    source = source_at(path)
    source.examine(source.mailboxes()[0])
    uids = source.uids()

    write(path, mbox(*mails[1:]))

    (batch,) = source.fetch(uids)
    assert sorted(fetched.source.rstrip() for fetched in batch) == [mail.rstrip() for mail in mails[1:]]
    assert set(source.flags(uids)) == {fetched.uid for fetched in batch}


def test_hostile_lines_are_split_in_time_in_proportion_to_them(tmp_path: Path) -> None:
    lines = b"\n\n".join([b"From " + b"Mon 1:1" * 7000, b"From " + b"Wed " * 60, b">" * 50_000, b"From \n" * 10_000])
    path = write(tmp_path / "mail", mbox(MAIL) + lines)
    start = time.process_time()

    assert len(fetch_all(path)) == 1
    assert time.process_time() - start < 1


# -- Google Takeout ----------------------------------------------------------------------------------------------------


def takeout(labels: str, thread: str = "1849339476862353412", **fields: str) -> bytes:
    """Write a mail as Google's export has it."""
    return f"X-GM-THRID: {thread}\nX-Gmail-Labels: {labels}\n".encode() + write_mail(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("labels", "flags"),
    [
        pytest.param("Inbox,Unread,Category Personal", [Flags()], id="inbox"),
        pytest.param("Inbox,Opened,Starred,Archived klanten", [Flags()], id="a label of the owner"),
        pytest.param("Archived,Opened", [Flags(deleted=True)], id="archived"),
        pytest.param("Gearchiveerd,Geopend", [Flags(deleted=True)], id="archived, Dutch"),
        pytest.param("=?UTF-8?Q?Archiv=C3=A9s,Ouvert?=", [Flags(deleted=True)], id="archived, French"),
        pytest.param("Archived,Sent,Opened", [Flags()], id="our answer"),
        pytest.param("Spam,Unread", [], id="spam"),
        pytest.param("Inbox,Trash", [], id="trash"),
        pytest.param("Prullenbak,Ongelezen", [], id="trash, Dutch"),
        pytest.param("Concepten", [], id="draft, Dutch"),
        pytest.param("=?UTF-8?Q?Entw=C3=BCrfe?=", [], id="draft, German"),
        pytest.param("Drafts", [], id="draft"),
        pytest.param("Chat", [], id="chat"),
    ],
)
def test_googles_labels_say_what_counts(tmp_path: Path, labels: str, flags: list[Flags]) -> None:
    path = write(tmp_path / "All mail Including Spam and Trash.mbox", mbox(takeout(labels)))

    assert [fetched.flags for fetched in fetch_all(path)] == flags


@pytest.mark.parametrize(("header", "thread"), [("1849339476862353412", "19aa2c74bb7cc004"), ("x", ""), ("", "")])
def test_googles_thread_is_written_as_the_server_gives_it(tmp_path: Path, header: str, thread: str) -> None:
    path = write(tmp_path / "mail", mbox(takeout("Inbox", thread=header)))

    assert [fetched.gmail_thread for fetched in fetch_all(path)] == [thread]


def test_a_whole_export_of_googles_makes_a_queue(shop: Shop) -> None:
    """One file holds what came and what we wrote: ours is known by its address."""
    answered = {"sender": "Eva <eva@klant.example>", "message_id": "q2@klant.example", "subject": "Retour"}
    answer = {"sender": f"Shop <{OURS}>", "to": "eva@klant.example", "message_id": "a2@shop.example"}
    mails = [
        takeout("Inbox,Unread", "1"),
        takeout("Inbox,Opened", "2", **answered, text="Ik wil graag deze schoenen retour sturen, hoe gaat dat?"),
        takeout("Archived,Sent", "2", **answer, answers="q2@klant.example", subject="Re: Retour", text="Zo gaat dat."),
        takeout("Archived", "3", sender="piet@klant.example", message_id="q3@klant.example", subject="Hallo daar"),
        takeout("Spam", "4", sender="spam@klant.example", message_id="q4@klant.example", subject="Geld"),
        takeout("Concepten", "1", sender=OURS, to="jan@klant.example", message_id="a1@shop.example", subject="Re: x"),
    ]
    write(shop.folder / "Takeout/Mail/All mail Including Spam and Trash.mbox", mbox(*mails))
    write(shop.folder / "Takeout/Mail/User Settings/Filters.json", b"{}")
    shop.configure(f'name = "shop"\npath = "{shop.folder}/Takeout/Mail"\naddresses = ["{OURS}"]\nsince = "3650d"')

    rows = shop.export("--at", (NOON + timedelta(hours=1)).isoformat())

    assert sorted((row["from_email"], row["status"], "filed" in row["notices"]) for row in rows) == [
        ("eva@klant.example", "answered", False),
        ("jan@klant.example", "waiting", False),
        ("piet@klant.example", "done", True),
    ]


# -- when it was received ----------------------------------------------------------------------------------------------

RECEIVED = b"Received: from mx.klant.example by mx.shop.example;\n Wed, 18 Nov 2026 09:00:00 +0100\n"
EARLIER = b"Received: from pc by mx.klant.example; Wed, 18 Nov 2026 08:00:00 +0100\n"
MAIL_AT_NOON = write_mail(sent_at=NOON)
AT = {hour: datetime(2026, 11, 18, hour, tzinfo=UTC) for hour in (7, 8, 9, 11, 23)}


@pytest.mark.parametrize(
    ("file", "content", "written", "expected"),
    [
        pytest.param("cur/1.a:2,", MAIL_AT_NOON, AT[9], AT[9], id="the file's time, where a server wrote it"),
        pytest.param("cur/1.a:2,", RECEIVED + MAIL, AT[23], AT[8], id="our server's own line, where it was copied"),
        pytest.param("cur/1.a:2,", RECEIVED + EARLIER + MAIL, AT[23], AT[8], id="the line of the last server, on top"),
        pytest.param("cur/1.a:2,", RECEIVED + MAIL, AT[7], AT[7], id="never after the file was written"),
        pytest.param("cur/1.a,U=3:2,", MAIL_AT_NOON, AT[23], AT[11], id="our own mail's date, where mbsync copied it"),
        pytest.param("cur/1.a:2,", b"Received: by x; gisteren\n" + MAIL, AT[9], AT[9], id="a line without a date"),
        pytest.param("mbox", mbox(MAIL), AT[23], AT[11], id="the line From of an mbox"),
        pytest.param(
            "mbox", mbox(MAIL_AT_NOON, separator=b"From - Wed Nov 18 21:00:00 2026"), AT[23], AT[11],
            id="the mail's date, where Thunderbird noted its download",
        ),
        pytest.param(
            "mbox", mbox(RECEIVED + MAIL, separator=b"From - Wed Nov 18 01:00:00 2026"), AT[23], AT[8],
            id="our server's own line before Thunderbird's local time",
        ),
        pytest.param(
            "mbox", mbox(MAIL, separator=b"From 1@xxx Wed Nov 18 08:00:00 +0000 2026"), AT[23], AT[8], id="takeout"
        ),
    ],
)  # fmt: skip
def test_a_message_was_received_at(
    tmp_path: Path, file: str, content: bytes, written: datetime, expected: datetime
) -> None:
    path = write(tmp_path / file, content, written)

    found = fetch_all(path if file == "mbox" else tmp_path)

    assert [fetched.received_at for fetched in found] == [expected]


@pytest.mark.parametrize(
    ("since", "subjects"),
    [
        pytest.param(None, {b"old", b"copied", b"new"}, id="all"),
        pytest.param(date(2026, 11, 17), {b"new"}, id="since"),
        pytest.param(date(2026, 11, 18), {b"new"}, id="the day itself counts"),
        pytest.param(date(2026, 11, 19), set(), id="later"),
    ],
)
def test_since_goes_by_the_receipt_even_where_every_file_is_new(
    tmp_path: Path, since: date | None, subjects: set[bytes]
) -> None:
    """The first run of mbsync makes every file a new one: ten years of mail would be forgotten customers."""
    old = NOON - timedelta(days=400)
    received = b"Received: by mx.shop.example; Mon, 13 Oct 2025 09:00:00 +0200\n"
    maildir(tmp_path, {"cur/1.a:2,": write_mail(subject="old")}, old)
    maildir(tmp_path, {"cur/2.a,U=2:2,": received + write_mail(subject="copied")})
    maildir(tmp_path, {"cur/3.a,U=3:2,": write_mail(subject="new")})

    found = fetch_all(tmp_path, since)

    assert {fetched.source.partition(b"Subject: ")[2].partition(b"\n")[0] for fetched in found} == subjects


# -- nothing is changed ------------------------------------------------------------------------------------------------


def test_no_name_time_or_byte_changes_on_disk(shop: Shop) -> None:
    mail = shop.folder / "mail"
    maildir(mail, {"new/1.a": MAIL, "cur/2.a:2,S": write_mail(message_id="q2@klant.example")})
    maildir(mail / ".Sent", {"cur/3.a:2,S": write_mail(sender=OURS, to="x@klant.example", message_id="a@shop.example")})
    write(shop.folder / "old" / "Inbox", mbox(write_mail(message_id="q3@klant.example", subject="Anders")))
    account = 'name = "{0}"\npath = "{1}"\naddresses = ["info@shop.example"]\nsince = "3650d"'
    shop.configure(account.format("shop", mail), account.format("old", shop.folder / "old"))
    before = snapshot(mail) | snapshot(shop.folder / "old")

    for command in (["sync"], ["queue"], ["overdue"], ["export", "--all"], ["check"]):
        assert shop.run(*command).status == 0, command

    assert snapshot(mail) | snapshot(shop.folder / "old") == before


def test_a_message_longer_than_the_first_bytes_says_so(tmp_path: Path) -> None:
    photo = b"\n".join([b"QUJD" * 19] * 2000)
    maildir(tmp_path, {"cur/1.a:2,": write_mail(text="Zie foto.") + photo, "cur/2.a:2,": MAIL})

    assert sorted(fetched.is_truncated for fetched in fetch_all(tmp_path)) == [False, True]


def test_a_mailbox_listed_by_name_can_be_opened_by_it(tmp_path: Path) -> None:
    maildir(tmp_path / "INBOX")
    maildir(tmp_path / "Sent", {"cur/1.a:2,": MAIL})

    assert MailboxName("Sent", str(tmp_path / "Sent"), delimiter=".") in source_at(tmp_path).mailboxes()
    assert [fetched.source for fetched in fetch_all(tmp_path, name="Sent")] == [MAIL]
