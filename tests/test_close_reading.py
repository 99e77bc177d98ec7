"""What may keep somebody waiting is read by the network, once; what is settled is not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.builders import MONDAY
from tests.shop import OURS, write_mail
from triage import pipeline
from triage.classify.learnt import Learnt
from triage.classify.verdict import classify
from triage.model import Copy, Flag, Kind, Reason, Role
from triage.settings import AccountSettings, OurAddresses, Settings, ShopSettings
from triage.store import Flags, Store, Stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from triage.model import Message

HOUR = timedelta(hours=1)
SETTINGS = Settings(
    shop=ShopSettings(holidays=""),
    accounts=(AccountSettings("shop", addresses=OurAddresses(frozenset({OURS}), frozenset())),),
)


def certain(kind: Kind) -> Learnt:
    """Give what a network says that is sure of a kind."""
    likely = {each: 0.94 if each is kind else 0.01 for each in Kind}
    reasons = dict.fromkeys(Reason, 0.2)
    return Learnt(likely, reasons, dict.fromkeys(Flag, 0.0), dict.fromkeys(Kind, ("gelezen",)))


@dataclass
class Reader:
    """A network of which it is known what it says of a text; it notes what it was asked."""

    says: dict[str, Kind]
    asked: list[str] = field(default_factory=list)

    def __call__(self, message: Message) -> Learnt | None:
        """Read a mail by its text."""
        text = message.text.strip()
        self.asked.append(text)
        return certain(self.says[text]) if text in self.says else None


@dataclass
class Mailbox:
    """A store, and mails that come into it."""

    store: Store
    reader: Reader
    weights: str = "first"
    uid: int = 0

    @property
    def derivation(self) -> pipeline.Derivation:
        """Say how messages are read."""
        ours = pipeline.our_addresses(SETTINGS)
        return pipeline.Derivation(ours, SETTINGS, classify, MONDAY, self.reader, self.weights)

    def deliver(self, text: str, at: timedelta, *, ours: bool = False, answered: bool = False, **fields: str) -> None:
        """Let a mail of a customer come in, or of ours."""
        self.uid += 1
        role, name = (Role.SENT, "Sent") if ours else (Role.WATCHED, "INBOX")
        sender, to = (OURS, "jan@klant.example") if ours else (fields.pop("sender", "jan@klant.example"), OURS)
        source = write_mail(
            message_id=f"m{self.uid}@x.example", sender=sender, to=to, sent_at=MONDAY + at, text=text, **fields
        )
        flags = Flags(answered=answered)
        with self.store.transaction():
            mailbox = self.store.mailbox("shop", name, role)
            arrival = self.derivation.read(Stored(source, MONDAY + at, (Copy("shop", name, role),)), self.uid, flags)
            self.store.add(mailbox, [arrival])

    def kinds(self) -> list[tuple[Kind, bool]]:
        """Give the kind of each conversation and whether somebody waits, oldest first."""
        pipeline.settle(self.store, self.derivation)
        cases = sorted(self.store.all_cases(), key=lambda case: case.received_at)
        return [(case.verdict.kind, case.is_open) for case in cases]


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    """An empty mailbox."""
    with Store(tmp_path / "data") as store:
        yield Mailbox(store, Reader({}))


def test_a_waiting_mail_is_read_and_only_once(mailbox: Mailbox) -> None:
    mailbox.reader.says = {"Deze maar.": Kind.HAGGLE}
    mailbox.deliver("Deze maar.", HOUR)

    assert mailbox.kinds() == mailbox.kinds() == [(Kind.HAGGLE, True)]
    assert mailbox.reader.asked == ["Deze maar."]


def test_what_a_glance_took_for_nothing_is_read_too(mailbox: Mailbox) -> None:
    text = "Exclusieve aanbieding voor webshops: meer bezoekers met SEO. Vraag nu een gratis offerte aan."
    mailbox.reader.says = {text: Kind.BUY}
    mailbox.deliver(text, HOUR, subject="Nieuwsbrief")
    pipeline.update_conversations(mailbox.store, SETTINGS)
    (glance,) = mailbox.store.all_cases()

    assert (glance.verdict.kind, glance.is_open) == (Kind.NONE, False)
    assert mailbox.kinds() == [(Kind.BUY, True)]


def test_what_was_answered_is_not_read(mailbox: Mailbox) -> None:
    mailbox.deliver("Heeft u deze in maat 42?", HOUR)
    mailbox.deliver("Ja hoor.", 2 * HOUR, ours=True, answers="m1@x.example")
    mailbox.deliver("En in 43?", HOUR, sender="piet@klant.example", answered=True)
    mailbox.kinds()

    assert mailbox.reader.asked == []


def test_what_is_written_after_our_answer_is_read(mailbox: Mailbox) -> None:
    mailbox.deliver("Heeft u deze in maat 42?", HOUR)
    mailbox.deliver("Ja hoor.", 2 * HOUR, ours=True, answers="m1@x.example")
    mailbox.deliver("Dan graag twee.", 3 * HOUR, answers="m2@x.example")
    mailbox.kinds()

    assert mailbox.reader.asked == ["Dan graag twee."]


def test_what_headers_prove_is_not_read(mailbox: Mailbox) -> None:
    mailbox.deliver("Ik ben er niet.", HOUR, Auto_Submitted="auto-replied", subject="Automatisch antwoord: Vraag")
    mailbox.kinds()

    assert mailbox.reader.asked == []


@pytest.mark.usefixtures("weights")
def test_what_is_a_newsletter_at_a_glance_is_not_read(mailbox: Mailbox) -> None:
    offers = (
        "Beste lezer, deze week 20% korting op alle laarzen.\n\nJe ontvangt deze nieuwsbrief omdat je je inschreef."
    )
    mailbox.deliver(
        offers, HOUR, subject="Korting!", List_Unsubscribe="<https://krant.example/uit>", List_Id="<krant.example>"
    )
    mailbox.kinds()

    assert mailbox.reader.asked == []


def test_what_was_read_stays_known_when_everything_is_derived_again(mailbox: Mailbox) -> None:
    mailbox.reader.says = {"Deze maar.": Kind.HAGGLE}
    mailbox.deliver("Deze maar.", HOUR)
    mailbox.kinds()
    mailbox.reader.says, mailbox.reader.asked = {}, []
    pipeline.derive_again(mailbox.store, mailbox.derivation)

    assert mailbox.kinds() == [(Kind.HAGGLE, True)]
    assert mailbox.reader.asked == []


def test_new_weights_read_again_what_waits_and_keep_what_others_read_of_the_rest(mailbox: Mailbox) -> None:
    mailbox.reader.says = {"Deze maar.": Kind.HAGGLE, "Die dan.": Kind.ANGRY}
    mailbox.deliver("Deze maar.", HOUR)
    mailbox.deliver("Die dan.", 2 * HOUR, sender="piet@klant.example")
    mailbox.kinds()
    mailbox.deliver("Goed.", 3 * HOUR, ours=True, answers="m1@x.example")
    mailbox.kinds()
    mailbox = replace(mailbox, weights="second", reader=Reader({"Die dan.": Kind.BUY}))
    pipeline.derive_again(mailbox.store, mailbox.derivation)

    assert mailbox.kinds() == [(Kind.HAGGLE, False), (Kind.BUY, True)]
    assert mailbox.reader.asked == ["Die dan."]


def test_without_weights_nothing_is_asked(mailbox: Mailbox) -> None:
    mailbox.weights = ""
    mailbox.deliver("Deze maar.", HOUR)
    mailbox.kinds()

    assert mailbox.reader.asked == []


def test_a_run_reads_the_newest_and_the_next_one_the_rest(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "MOST_READ_CLOSELY", 2)
    for number in range(3):
        mailbox.deliver(f"Vraag {number}", number * HOUR, sender=f"klant{number}@klant.example")
    mailbox.kinds()
    first = list(mailbox.reader.asked)
    mailbox.kinds()

    assert (first, mailbox.reader.asked[2:]) == (["Vraag 2", "Vraag 1"], ["Vraag 0"])


def test_customers_mails_are_read_before_what_a_glance_takes_for_nobodys(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "MOST_CHECKED", 1)
    mailbox.deliver("Is deze maat er ook in het blauw?", HOUR)
    for number in (2, 3):
        words = "Exclusieve aanbieding voor webshops: meer bezoekers met SEO. Vraag nu een gratis offerte aan."
        mailbox.deliver(words, number * HOUR, sender=f"seo{number}@bureau.example", subject="Nieuwsbrief")
    mailbox.kinds()
    first = len(mailbox.reader.asked)
    mailbox.kinds()

    assert (mailbox.reader.asked[0], first, len(mailbox.reader.asked)) == ("Is deze maat er ook in het blauw?", 2, 3)


def test_who_waits_is_told_how_much_is_read_of_how_much(mailbox: Mailbox) -> None:
    told: list[tuple[int, int]] = []
    for number in range(20):
        mailbox.deliver(f"Vraag {number}", number * HOUR, sender=f"klant{number}@klant.example")
    pipeline.settle(mailbox.store, mailbox.derivation, lambda done, total: told.append((done, total)))

    assert told == [(20, 20), (16, 20), (20, 20)], "conversations, then close readings"
