"""The sample shop of `triage demo`: De Schoenmaker in Utrecht, with its mail as it looks right now.

The mails are written down in `mails/*.toml`, one file a kind, a conversation's mails below each other in order:

    [[mail]]
    id = "laarzen-2"                  # the Message-ID is laarzen-2@ and the sender's domain
    mailbox = "Sent"                  # left out: INBOX
    age = "1d2h30m"                   # so much opening time ago; a d is SHOP_DAY, eight hours of opening time
    at = "21:40"                      # on that day, but at this time: for mails written in the evening
    flags = "RS"                      # Maildir flags; left out: S (read), and "" is new
    from = "Ans Bos <ans@bos.example>"  # left out in Sent: the shop; so are `to`, and the `subject` of a reply
    in_reply_to = "laarzen-1"         # gives References too; left out: a mail that opens or that names nothing
    quote = "gmail-nl"                # a style of quotes.toml; quotes `in_reply_to`, or else what `quotes` names
    headers = { "Precedence" = "bulk" }
    body = '''…'''                    # and/or html; {{quote}} or {{quote-line}} is where the quote stands if not below
    expect = { status = "waiting", kind = "buy", reason = "where", flags = ["deadline"], forgotten = true }

`expect` stands once in a conversation, at the customer mail that decides, and says what triage should make of it
(`bounced = true`: with that notice). A mail among ourselves makes no conversation and has none.
"""

from __future__ import annotations

from triage.demo.compose import SampleMail, sample_shop
from triage.demo.maildir import write_maildir
from triage.demo.script import Expectation, demo_config

__all__ = ["Expectation", "SampleMail", "demo_config", "sample_shop", "write_maildir"]
