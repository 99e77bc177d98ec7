"""Message -> entry: what conversations need to know of a mail, its kind included.

The only place where reading, classifying and the owner's rules meet.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from triage.classify.facts import order_numbers
from triage.mail.text import is_forward_subject, stripped_subject
from triage.model import Closing, Entry, Kind, Message, Sender, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from triage.model import Copy
    from triage.settings import Rule

SNIPPET = 200
_FINGERPRINTED = 2000
_ADDRESS = re.compile(r"[a-z0-9._%+'-]{1,64}@[a-z0-9.-]{1,255}", re.ASCII)
_DIGITS = re.compile(r"\d+")
_GREETING = re.compile(r"(beste|hallo|hoi|hi|hey|dag|geachte|dear|hello|liebe|lieber|sehr|guten|bonjour|ch[eè]re?)\b")

_NOTICE_SUBJECTS = re.compile(
    r"\b(factuur|invoice|rechnung|facture|creditnota|credit note|pakbon|verzonden|onderweg|verzendbevestiging"
    r"|(order|bestel|betalings?)bevestiging|bevestiging van (uw|je|jouw) (bestelling|order|betaling)"
    r"|track ?(&|and|en) ?trace|shipped|on its way|dispatched|(order|shipping|payment) confirmation"
    r"|your (order|receipt)\b.{0,40}\b(confirmed|received)"
    r"|bestellbest[aä]tigung|auftragsbest[aä]tigung|versandbest[aä]tigung|versandt|unterwegs"
    r"|confirmation de (commande|paiement)|exp[eé]di[eé]e?|en route)\b"
)
_NOTICE_WORDS = re.compile(
    r"\b(bedankt voor (uw|je|jouw) (bestelling|aankoop)"
    r"|(uw|je|jouw) (bestelling|pakket)\b.{0,40}\b(is|wordt|werd) (verzonden|verstuurd|onderweg)"
    r"|hierbij (ontvangt u|vindt u|ontvang je|vind je|sturen wij) (de|uw|je|jouw) (factuur|creditnota|pakbon)"
    r"|thank you for your (order|purchase)|your (order|parcel)\b.{0,40}\b(has been shipped|has shipped|is on its way)"
    r"|vielen dank f[uü]r (ihre|deine) bestellung|merci pour votre commande|votre commande\b.{0,40}\bexp[eé]di[eé]e)\b"
)


def read_entry(
    message: Message,
    classify: Callable[[Message], Verdict],
    *,
    is_ours: Callable[[Entry], bool] = lambda _: False,
    rules: Iterable[Rule] = (),
    copies: Iterable[Copy] = (),
    gmail_thread: str = "",
) -> Entry:
    """Turn a message into the entry that conversations are built of.

    Mails of our own are not classified; of them only order numbers are known. The first of `rules` that fits wins over
    the classifier; `copies` are the places where the mail lies.
    """
    message = as_person(message)
    bare = bare_entry(message, tuple(copies), gmail_thread)
    if is_ours(bare):
        return replace(
            bare, verdict=Verdict(Kind.NONE, 1.0, order_numbers=order_numbers(message.text, message.subject))
        )
    entry = replace(bare, verdict=classify(message))
    places = frozenset(copy.account for copy in entry.copies)
    for rule in rules:
        if rule.fits((message.sender.email, message.person.email), message.subject, message.text, places):
            return _ruled(entry, rule)
    return entry


def _ruled(entry: Entry, rule: Rule) -> Entry:
    verdict = replace(entry.verdict, flags=entry.verdict.flags | rule.flags)
    if rule.kind is not None or rule.ignore:
        kind = Kind.NONE if rule.ignore else rule.kind or verdict.kind
        verdict = replace(
            verdict, kind=kind, confidence=1.0, unsure=False, closing=Closing.NO, nudge=False, because=rule.words()
        )
    automatic = entry.automatic if rule.kind in {None, Kind.NONE} else replace(entry.automatic, proven=False)
    target = str(rule.target) if rule.target else ""
    return replace(entry, verdict=verdict, automatic=automatic, lane=rule.lane, target=target)


def as_person(message: Message) -> Message:
    """See the visitor behind a form: its headers are those of the machine that carried the words.

    A marketplace's relay carries notices and newsletters of its own as well, so there the hints stay.
    """
    if message.via != "form" or message.automatic.proven:
        return message
    return replace(message, automatic=replace(message.automatic, sender=Sender.PERSON, signs=()))


def bare_entry(message: Message, copies: tuple[Copy, ...] = (), gmail_thread: str = "") -> Entry:
    """Give the entry of a message that nobody has judged yet."""
    is_forward = is_forward_subject(message.subject)
    return Entry(
        key=entry_key(message),
        message_id=message.message_id,
        received_at=message.received_at,
        sender=message.sender,
        person=message.person,
        reply_to=tuple(dict.fromkeys(address.email for address in message.reply_to if address.email)),
        recipients=tuple(dict.fromkeys(to.email for to in (*message.to, *message.cc) if to.email)),
        subject=message.subject,
        subject_key=stripped_subject(message.subject),
        is_forward=is_forward,
        links=tuple(dict.fromkeys((*message.in_reply_to, *reversed(message.references)))),
        gmail_thread=gmail_thread,
        via=message.via,
        automatic=message.automatic,
        report=message.report,
        fingerprint=fingerprint(message),
        mentions=_mentions(message) if is_forward else (),
        is_notice=is_notice(message),
        is_unreadable=bool(message.defects),
        snippet=" ".join(message.text[: 4 * SNIPPET].split())[:SNIPPET],
        copies=copies,
    )


def entry_key(message: Message) -> str:
    """Tell messages apart: copies share the key; a stranger's mail under a customer's Message-ID does not."""
    named = "\0".join((message.message_id, message.sender.email, str(message.sent_at)))
    return hashlib.sha1(named.encode("utf-8", "replace")).hexdigest()


def fingerprint(message: Message) -> str:
    """Hash the text so that the same text to other people gives the same hash: no greeting, no name, no digits."""
    text = message.text[:_FINGERPRINTED].casefold().lstrip()
    if _GREETING.match(text):
        first, _, rest = text.partition("\n")
        text = f"{first.partition(',')[2]}\n{rest}"
    names = {word for to in message.to for word in (*to.name.casefold().split(), to.email)}
    words = text.split()
    if any(map(text.__contains__, names)):
        words = [word for word in words if word.strip(".,!?") not in names]
    same = _DIGITS.sub("0", " ".join(words))
    return hashlib.sha1(same.encode("utf-8", "replace")).hexdigest()[:16] if words else ""


def is_notice(message: Message) -> bool:
    """Say whether this is an invoice, a shipment or an order confirmation: what a shop system sends, no answer."""
    if message.automatic.sender is Sender.NOTICE:
        return True
    is_reply = bool(message.in_reply_to)
    subject = stripped_subject(message.subject)[:300]
    opening = " ".join(message.text[:600].casefold().split())
    return not is_reply and bool(_NOTICE_SUBJECTS.search(subject) or _NOTICE_WORDS.search(opening))


def _mentions(message: Message) -> tuple[str, ...]:
    text = f"{message.text[:20_000]}\n{message.history[:20_000]}".lower()
    found = (match.group().strip(".'") for match in _ADDRESS.finditer(text))
    return tuple(dict.fromkeys(found))[:50]
