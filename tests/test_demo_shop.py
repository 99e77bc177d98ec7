"""The sample shop of `triage demo` looks the same at whatever moment it is shown, and its mails are real ones."""

from __future__ import annotations

import mailbox
import tomllib
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from email.utils import getaddresses
from itertools import chain
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.clock import Counting, Target, open_time_between, used_between
from triage.config import load_settings
from triage.demo import SampleMail, demo_config, sample_shop, write_maildir
from triage.demo.compose import ON_THE_ROAD, arrivals
from triage.demo.moments import Age, before, moment_of
from triage.demo.script import INBOX, demo_hours, script
from triage.model import Kind, Status

if TYPE_CHECKING:
    from email.message import EmailMessage

NOW = datetime(2026, 11, 24, 14, 7, 31, tzinfo=UTC)
HOURS = demo_hours(NOW)
FORGOTTEN = Target(timedelta(days=5), Counting.SHOP_DAYS)
JITTER = timedelta(minutes=1)

# Two years of moments, to the second: two summers, two winters, every kind of holiday.
moments = st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- see there
at_any_moment = settings(max_examples=300, deadline=None)

MOMENTS = [
    pytest.param("2026-11-24T11:15+01:00", id="in the morning"),
    pytest.param("2026-11-24T12:45+01:00", id="over lunch"),
    pytest.param("2026-11-24T09:00+01:00", id="at opening time"),
    pytest.param("2026-11-23T07:05+01:00", id="early on Monday"),
    pytest.param("2026-11-29T23:40+01:00", id="on Sunday night"),
    pytest.param("2026-03-29T03:00+02:00", id="when the clocks went ahead"),
    pytest.param("2026-10-25T02:30+01:00", id="when the clocks went back"),
    pytest.param("2026-04-06T15:00+02:00", id="on Easter Monday"),
    pytest.param("2026-12-26T15:00+01:00", id="on Boxing Day, a Saturday"),
    pytest.param("2026-01-01T00:10+01:00", id="just after New Year"),
]


def parsed(mail: SampleMail) -> EmailMessage:
    return message_from_bytes(mail.source, policy=default)


def ids(mail: EmailMessage, *headers: str) -> list[str]:
    return [id_.strip("<>") for header in headers for id_ in str(mail.get(header, "")).split()]


@pytest.mark.parametrize(
    ("now", "open_time", "then"),
    [
        pytest.param("2026-11-24T11:15", "50m", "2026-11-24T10:25", id="the same morning"),
        pytest.param("2026-11-24T13:10", "50m", "2026-11-24T11:50", id="over lunch"),
        pytest.param("2026-11-24T09:00", "20m", "2026-11-23T17:10", id="the evening before"),
        pytest.param("2026-11-22T23:00", "20m", "2026-11-21T15:40", id="on Sunday: Saturday's last customer"),
        pytest.param("2026-04-07T09:10", "20m", "2026-04-04T15:50", id="over Easter"),
        pytest.param("2026-11-24T17:30", "1d", "2026-11-24T09:00", id="a whole day"),
        pytest.param("2026-11-24T17:30", "1d1m", "2026-11-23T17:29", id="a day and a minute"),
    ],
)
def test_an_age_goes_back_through_opening_time(now: str, open_time: str, then: str) -> None:
    local_now, expected = (datetime.fromisoformat(text).replace(tzinfo=HOURS.timezone) for text in (now, then))
    assert moment_of(Age.parse(open_time), local_now, HOURS) == expected


def test_a_time_of_day_stays_on_its_day() -> None:
    now = datetime(2026, 11, 24, 11, 0, tzinfo=HOURS.timezone)
    evening = datetime(2026, 11, 23, 21, 40, tzinfo=HOURS.timezone)
    assert moment_of(Age.parse("1d1h", "21:40"), now, HOURS) == evening


@at_any_moment
@given(moments, st.timedeltas(timedelta(), timedelta(hours=200)))
def test_going_back_is_the_inverse_of_measuring(now: datetime, open_time: timedelta) -> None:
    hours = demo_hours(now)
    assert open_time_between(before(now, open_time, hours), now, hours) == open_time


@pytest.mark.parametrize("text", ["", "3", "h", "3x", "-3h", "1h1d", "3 h", "٣h"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no age"):
        Age.parse(text)


@at_any_moment
@given(moments)
def test_no_mail_lies_in_the_future(now: datetime) -> None:
    assert [id_ for id_, at in arrivals(now, demo_hours(now)).items() if at > now] == []


@at_any_moment
@given(moments)
def test_a_mail_comes_after_every_mail_that_it_names_or_quotes(now: datetime) -> None:
    received = arrivals(now, demo_hours(now))
    wrong = [
        (mail.id, earlier)
        for mail in script()
        for earlier in {*mail.references, mail.quotes} - {""}
        if received[earlier] >= received[mail.id]
    ]
    assert wrong == []


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_mail_has_used_the_same_opening_time_whenever_it_is_shown(moment: str) -> None:
    now = datetime.fromisoformat(moment)
    hours = demo_hours(now)
    received = arrivals(now, hours)
    used = {mail: open_time_between(received[mail.id], now, hours) for mail in script() if mail.age.at is None}
    wrong = [(mail.id, time_) for mail, time_ in used.items() if not timedelta() <= time_ - mail.age.open_time < JITTER]
    assert wrong == []


@at_any_moment
@given(moments)
def test_the_same_mails_are_forgotten_whenever_it_is_shown(now: datetime) -> None:
    hours = demo_hours(now)
    received = arrivals(now, hours)
    waiting = {mail.id: mail.expect for mail in script() if mail.expect and mail.expect.status == Status.WAITING}
    expected = {id_ for id_, expect in waiting.items() if expect.forgotten}
    actual = {id_ for id_ in waiting if used_between(received[id_], now, FORGOTTEN, hours) > FORGOTTEN.amount}
    assert expected == actual


def test_a_time_of_day_is_only_given_where_it_surely_lies_in_the_past() -> None:
    longest_day = max(sum((span.end - span.start for span in spans), timedelta()) for spans in HOURS.week)
    assert [mail.id for mail in script() if mail.age.at is not None and mail.age.open_time <= longest_day] == []


def test_the_shop_is_the_same_for_the_same_moment_in_any_zone() -> None:
    assert sample_shop(NOW, HOURS) == sample_shop(NOW.astimezone(HOURS.timezone), HOURS)


def test_a_mail_was_sent_shortly_before_it_came_in() -> None:
    times = [mail.received_at - parsed(mail)["Date"].datetime for mail in sample_shop(NOW, HOURS)]
    assert set(times) == {ON_THE_ROAD}


def test_mails_come_oldest_first() -> None:
    moments_of_receipt = [mail.received_at for mail in sample_shop(NOW, HOURS)]
    assert moments_of_receipt == sorted(moments_of_receipt)


def test_every_mail_is_well_formed() -> None:
    defects = {
        mail.message_id: found
        for mail in sample_shop(NOW, HOURS)
        if (found := list(chain.from_iterable(part.defects for part in parsed(mail).walk())))
    }
    assert defects == {}


def test_every_mail_has_the_headers_that_a_mail_has() -> None:
    missing = [
        (mail.message_id, name)
        for mail in sample_shop(NOW, HOURS)
        for name in ("From", "To", "Subject", "Date", "Message-ID", "Content-Type")
        if not parsed(mail)[name]
    ]
    assert missing == []


def test_every_line_ends_as_rfc_5322_has_it() -> None:
    assert [mail.message_id for mail in sample_shop(NOW, HOURS) if b"\n" in mail.source.replace(b"\r\n", b"")] == []


def test_message_ids_are_unique_and_as_announced() -> None:
    mails = sample_shop(NOW, HOURS)
    written = [id_ for mail in mails for id_ in ids(parsed(mail), "Message-ID")]
    assert written == [mail.message_id for mail in mails]
    assert len(set(written)) == len(written)


def test_no_placeholder_is_left() -> None:
    texts = {
        mail.message_id: part.get_content()
        for mail in sample_shop(NOW, HOURS)
        for part in parsed(mail).walk()
        if part.get_content_maintype() == "text"
    }
    assert [message_id for message_id, text in texts.items() if "{{" in text or "{heading}" in text] == []


def test_references_name_mails_of_the_shop() -> None:
    mails = sample_shop(NOW, HOURS)
    known = {mail.message_id for mail in mails}
    assert {id_ for mail in mails for id_ in ids(parsed(mail), "References", "In-Reply-To")} - known == set()


def test_the_bounce_names_our_answer() -> None:
    by_id = {mail.message_id: parsed(mail) for mail in sample_shop(NOW, HOURS)}
    bounce = by_id["garantie-3@mx.deschoenmaker.example"]
    _, status, returned = bounce.iter_parts()
    assert bounce.get_content_type() == "multipart/report"
    assert [part["Action"] for part in status.walk() if part["Action"]] == ["failed"]
    assert "Message-ID: <garantie-2@deschoenmaker.example>" in returned.as_string()


def test_a_quote_holds_the_words_and_the_time_of_the_mail_that_is_quoted() -> None:
    by_id = {mail.message_id: parsed(mail) for mail in sample_shop(NOW, HOURS)}
    expected = """Dag Erik,

Onder "mijn bestellingen", rechtsboven. Ik heb hem ook even hierbij gedaan.

Groet, Fatima

-----Oorspronkelijk bericht-----
Van: Erik Sanders <erik@sanders-advies.example>
Verzonden: ma 23 nov 2026 10:10
Aan: De Schoenmaker <info@deschoenmaker.example>
Onderwerp: Factuur bestelling 10444

Dag, waar vind ik de factuur van bestelling 10444? Ik heb hem nodig voor de administratie.

Erik Sanders
Sanders Advies
"""
    assert expected == by_id["factuur-2@deschoenmaker.example"].get_content().replace("\r\n", "\n")


def test_nobody_real_is_written_to() -> None:
    """RFC 2606 keeps `.example` free; a bol.com relay is known by its domain and so has to have it."""
    addresses = {
        address
        for mail in sample_shop(NOW, HOURS)
        for _, address in getaddresses([str(parsed(mail).get(name, "")) for name in ("From", "To", "Reply-To")])
        if address
    }
    assert {address for address in addresses if not address.endswith((".example", "@verkopen.bol.com"))} == set()


def test_a_thread_has_at_most_one_expectation() -> None:
    threads: dict[str, list[str]] = {}
    for mail in script():
        if mail.expect is not None:
            threads.setdefault((*mail.references, mail.id)[0], []).append(mail.id)
    assert {thread: mails for thread, mails in threads.items() if len(mails) > 1} == {}


def test_our_own_mails_expect_nothing() -> None:
    assert [
        mail.id
        for mail in script()
        if mail.expect
        and "deschoenmaker.example" in mail.sender
        and not mail.reply_to
        and mail.expect.kind != Kind.NONE
    ] == []


def test_every_kind_waits_and_most_are_answered() -> None:
    shown = {(mail.expect.status, mail.expect.kind) for mail in script() if mail.expect}
    waiting = {(Status.WAITING, kind) for kind in Kind if kind != Kind.NONE}
    answered = {(Status.ANSWERED, kind) for kind in (Kind.BUY, Kind.BOUGHT, Kind.KNOCK, Kind.ANGRY, Kind.HAGGLE)}
    assert shown == waiting | answered | {(Status.NONE, Kind.NONE), (Status.NONE, Kind.KNOCK)}


@pytest.mark.parametrize("separator", [":", ";"])
def test_the_maildir_holds_every_mail_with_its_flags_and_time(tmp_path: Path, separator: str) -> None:
    mails = sample_shop(NOW, HOURS)
    write_maildir(tmp_path / "shop", mails, separator)
    inbox = mailbox.Maildir(tmp_path / "shop", create=False)
    sent = inbox.get_folder("Sent")
    for box in (inbox, sent):
        box.colon = separator
    assert inbox.list_folders() == ["Sent"]
    actual = {
        (name, message["Message-ID"], message.get_flags(), message.get_subdir(), message.get_date())
        for name, box in (("INBOX", inbox), ("Sent", sent))
        for message in box
    }
    assert actual == {
        (mail.mailbox, f"<{mail.message_id}>", mail.flags, "cur" if mail.flags else "new", mail.received_at.timestamp())
        for mail in mails
    }


def test_the_maildir_keeps_every_byte_but_the_carriage_returns(tmp_path: Path) -> None:
    mails = sample_shop(NOW, HOURS)
    write_maildir(tmp_path, mails)
    written = sorted(file.read_bytes() for file in tmp_path.rglob("*demo*"))
    assert written == sorted(mail.source.replace(b"\r\n", b"\n") for mail in mails)


def test_names_for_windows_are_legal_there(tmp_path: Path) -> None:
    write_maildir(tmp_path, sample_shop(NOW, HOURS), separator=";")
    assert [file.name for file in tmp_path.rglob("*") if set(file.name) & set('<>:"/\\|?*')] == []


def test_a_maildir_that_is_already_there_is_left_alone(tmp_path: Path) -> None:
    write_maildir(tmp_path, sample_shop(NOW, HOURS))
    before_the_second = sorted(tmp_path.rglob("*"))
    with pytest.raises(FileExistsError):
        write_maildir(tmp_path, sample_shop(NOW, HOURS))
    assert before_the_second == sorted(tmp_path.rglob("*"))


def test_the_configuration_loads_and_says_where_the_mail_is_and_when_the_shop_is_open(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(demo_config(tmp_path / "shop"), encoding="utf-8")
    loaded = load_settings(file, {})
    assert [account.path for account in loaded.accounts] == [tmp_path / "shop"]
    assert loaded.opening_hours(HOURS.holidays) == HOURS


def test_a_windows_path_survives_the_configuration() -> None:
    folder = PureWindowsPath(r"C:\Users\Noël\new mail")
    assert tomllib.loads(demo_config(folder))["account"][0]["path"] == r"C:\Users\Noël\new mail"


def test_ours_are_those_who_answer_and_not_the_contact_form(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(demo_config(tmp_path), encoding="utf-8")
    ours = load_settings(file, {}).accounts[0].addresses
    senders = {(mail.mailbox, mail.sender.rpartition("<")[2].rstrip(">")) for mail in script()}
    assert {(box, address) for box, address in senders if ours.contains(address) != (box != INBOX)} == {
        (INBOX, "fatima@deschoenmaker.example")
    }


def test_evening_mail_is_written_in_the_evening() -> None:
    received = arrivals(NOW, HOURS)
    times = {mail.id: f"{received[mail.id]:%H}" for mail in script() if mail.age.at is not None}
    assert times == {"laarzen-kuit-1": "21", "bijbaan": "20", "bruiloft-verpest": "23", "vergeten-retour": "21"}
