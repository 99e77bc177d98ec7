"""The nouns: frozen values that every room of the house speaks in.

Every instant is an aware `datetime`, every span a `timedelta`. Addresses are lower case, Message-IDs are kept without
angle brackets, and text has passed `mail.message.scrub()`: no control characters, no bidirectional overrides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Kind(StrEnum):
    """Which customer is this? In the seed order of lanes; `none` needs no answer."""

    BUY = "buy"
    BOUGHT = "bought"
    KNOCK = "knock"
    ANGRY = "angry"
    HAGGLE = "haggle"
    OTHER = "other"
    NONE = "none"


class Lane(StrEnum):
    """Where a waiting conversation stands in line: its kind, or `forgotten`."""

    BUY = "buy"
    BOUGHT = "bought"
    KNOCK = "knock"
    ANGRY = "angry"
    HAGGLE = "haggle"
    FORGOTTEN = "forgotten"
    OTHER = "other"


class Reason(StrEnum):
    """Why did they have to write?"""

    DEFECT = "defect"
    WHERE = "where"
    HOW = "how"
    BUY = "buy"
    ELSE = "else"


class Flag(StrEnum):
    """What a mail holds besides its kind."""

    LEGAL = "legal"
    REVIEW = "review"
    DEADLINE = "deadline"
    REPEAT = "repeat"
    CARRIER = "carrier"


class Status(StrEnum):
    """Does a customer wait for us?"""

    WAITING = "waiting"
    ANSWERED = "answered"
    NONE = "none"
    DONE = "done"
    SNOOZED = "snoozed"


class Urgency(StrEnum):
    """How the waiting relates to the promise."""

    OK = "ok"
    SOON = "soon"
    OVERDUE = "overdue"
    FORGOTTEN = "forgotten"


class Notice(StrEnum):
    """What the owner should know about how a row came to be."""

    UNSURE = "unsure"
    BOUNCED = "bounced"
    UNREADABLE = "unreadable"
    FILED = "filed"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox address: `email` in lower case (empty when none could be read), `name` decoded and scrubbed."""

    email: str
    name: str = ""

    @property
    def domain(self) -> str:
        """The part behind the last `@`, or empty."""
        return self.email.rpartition("@")[2]


class Sender(StrEnum):
    """Who seems to have sent a mail, by its headers alone (mail-facts, section 2)."""

    PERSON = "person"
    BULK = "bulk"  # a newsletter or mailing list
    NOTICE = "notice"  # a system: an order, a payment, a parcel
    AUTO_REPLY = "auto-reply"  # an out-of-office or an acknowledgement
    RECEIPT = "receipt"  # a read receipt
    BOUNCE = "bounce"  # a delivery report


@dataclass(frozen=True, slots=True)
class Automatic:
    """What the headers say about a machine having sent this.

    `proven` means that nothing is there to answer; else `signs` are hints, which lower confidence but never hide a
    mail in which a person asks something. Each sign is a header as it stood, such as `Auto-Submitted: auto-replied`.
    """

    sender: Sender = Sender.PERSON
    proven: bool = False
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a bounce says: which mail came back, for whom, and whether for good (RFC 3464).

    `action` is `failed`, `delayed`, `delivered`, `relayed` or `expanded`; `returned_id` is the Message-ID of the mail
    that came back, without angle brackets, or empty when the report does not name it.
    """

    action: str
    returned_id: str = ""
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One mail as it was read: the sender's words, and what its headers prove.

    `text` is the sender's newest words; `history` the quoted rest, signature included. `person` is who is to be
    answered: the visitor behind a contact form or the customer behind a marketplace relay, else the sender.
    """

    message_id: str
    received_at: datetime
    sender: Address
    person: Address
    subject: str = ""
    text: str = ""
    history: str = ""
    sent_at: datetime | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    automatic: Automatic = Automatic()
    report: DeliveryReport | None = None
    defects: tuple[str, ...] = ()
    has_own_id: bool = True  # False: the mail had no Message-ID and `message_id` is a hash of it
    via: str = ""  # "form", the name of a marketplace ("bol.com"), or empty


class Closing(StrEnum):
    """Words that only close: after our answer both kinds close; before it only a withdrawal does."""

    NO = ""
    THANKS = "thanks"  # "thanks, it works"
    WITHDRAWN = "withdrawn"  # "never mind, found it"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a mail is and why: the classifier's answer, with the sender's own words as evidence.

    `confidence` is between 0 and 1. `nudge` marks a mere "hello? did you get my mail?". `because` holds the words that
    decided, strongest first. `order_numbers` are as written, without `#` and spaces. `language` is an ISO 639-1 code.
    """

    kind: Kind
    confidence: float
    reason: Reason = Reason.ELSE
    flags: frozenset[Flag] = frozenset()
    language: str = ""
    closing: Closing = Closing.NO
    nudge: bool = False
    unsure: bool = False
    order_numbers: tuple[str, ...] = ()
    carrier: str = ""
    because: tuple[str, ...] = field(default=())


class Role(StrEnum):
    """What a mailbox is to us."""

    WATCHED = "watched"  # customers' mail arrives here
    SENT = "sent"  # our answers lie here


@dataclass(frozen=True, slots=True)
class Copy:
    """One place where a message lies, or lay: `present` turns False when it left that mailbox."""

    account: str
    mailbox: str
    role: Role
    present: bool = True
    answered: bool = False  # the flag \Answered
    deleted: bool = False  # the flag \Deleted
    draft: bool = False  # the flag \Draft


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as conversations see it: who, to whom, when, what it names, and what it is; without its words.

    `key` tells messages apart (copies of one message share it), `subject_key` is the subject without reply marks,
    `links` are the Message-IDs it names, nearest first. `fingerprint` is a hash of the text that is the same for the
    same text to other people, `mentions` the addresses in the text of a forward, `is_notice` an invoice, a shipment or
    an order confirmation.
    """

    key: str
    message_id: str
    received_at: datetime
    sender: Address
    person: Address
    reply_to: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    subject: str = ""
    subject_key: str = ""
    is_forward: bool = False
    links: tuple[str, ...] = ()
    gmail_thread: str = ""
    via: str = ""
    automatic: Automatic = Automatic()
    report: DeliveryReport | None = None
    verdict: Verdict = Verdict(Kind.KNOCK, 0.0)
    fingerprint: str = ""
    mentions: tuple[str, ...] = ()
    is_notice: bool = False
    is_unreadable: bool = False
    snippet: str = ""
    lane: Lane | None = None  # set by a rule of the owner, as is `target`
    target: str = ""
    is_done: bool | None = None  # the owner closed it (True) or called it back (False), wherever it lies
    is_taught: bool = False  # the owner said of what kind it is
    copies: tuple[Copy, ...] = ()


class Part(StrEnum):
    """The part that a message plays in its conversation."""

    QUESTION = "question"  # opens a round
    FURTHER = "further"  # the customer again, while the round is open
    THANKS = "thanks"  # closing words
    WITHDRAWAL = "withdrawal"  # "never mind": ends the round
    AUTOMATIC = "automatic"  # an out-of-office, a receipt, a delay warning: changes nothing
    BOUNCE = "bounce"  # tells that a mail of ours never arrived
    NOTHING = "nothing"  # needs no answer
    ANSWER = "answer"  # ours: ends the round
    MORE = "more"  # ours, while nothing waited
    BOUNCED = "bounced"  # ours, but it never arrived
    ACKNOWLEDGEMENT = "acknowledgement"  # ours, but a machine sent it
    FORWARD = "forward"  # ours, but to others
    DISCARDED = "discarded"  # ours, but a draft or deleted


@dataclass(frozen=True, slots=True)
class Member:
    """A message in its conversation; `is_joined` marks an address other than the customer's own."""

    entry: Entry
    is_ours: bool
    is_joined: bool = False
    part: Part = Part.NOTHING
    link: str = ""  # what placed it here: "reference", "thread", "subject", "order", "only-open", "first"


class Ending(StrEnum):
    """How a round ended."""

    OPEN = ""
    ANSWERED = "answered"
    FLAG = "flag"  # by the flag \Answered alone: the time is unknown
    WITHDRAWN = "withdrawn"
    FILED = "filed"  # left every watched mailbox, or marked as deleted, unanswered


@dataclass(frozen=True, slots=True)
class Round:
    """From the first customer message after our last answer to our first answer to it."""

    questions: tuple[Member, ...]
    ending: Ending = Ending.OPEN
    answer: Member | None = None
    has_bounced: bool = False  # an answer of ours in it never arrived

    @property
    def since(self) -> datetime:
        """When the first customer message of the round was received: the clock starts here and is never reset."""
        return self.questions[0].entry.received_at


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages that belong together, in order of receipt, with one customer; and the rounds in them."""

    members: tuple[Member, ...]
    customer: Address
    rounds: tuple[Round, ...] = ()
