"""Named situations from the life of a shop, one file a theme; `language` reads them, `../test_situations.py` runs them.

A situation is what lay in the mailbox, and the rows of `triage export --all` that must come of it:

    [[situation]]
    name = "An answer ends the waiting"
    mails = '''
    q1: mon 10:00 jan > shop        | Maat 42?     | Hebben jullie deze schoen ook in maat 42?
    a1: mon 11:00 shop > jan  re=q1 | Re: Maat 42? | Ja, die hebben we nog.
    '''
    expect = "answered | from jan | answered a1 | response 60"

A mail is its label, when it was received, who wrote to whom, options, then its subject and its text, in which `¶`
ends a line. `jan` is `Jan <jan@klant.example>` and `shop` is `info@shop.example`; other addresses are written out.

When: `mon 10:00` is in the week of 23 November 2026, `mon+1` a week later, `q1 +30d` thirty days after the mail `q1`,
`2026-03-28 23:00` any other day.

Options: `re=q1` (In-Reply-To and all References), `irt=q1` and `refs=q1,a1` (only the one header; a text with an `@`
is a Message-ID as it stands), `cc=`, `reply-to=`, `id=` (the Message-ID; `none` for a mail without), `date=` (what
the sender claims), `auto=` (Auto-Submitted), `header="Name: value"`, `in=Sent` (the mailbox; `bol:INBOX` in another
account, several joined by `+`; our mails lie in Sent, the others in INBOX), `flags=RS` (R answered, S seen, T
deleted, D draft), `then=R` (the flags after the first look) or `then=gone`, `quotes=q1` and `forwards=q1` (its text
below), `bounce-of=a1` with `action=` and `for=`, `receipt-of=a1`, `gmail=t1` (Gmail's thread).

A row is its status and the fields that matter. A time is written as above, or as the label of a mail for its receipt;
`-` is nothing. `at` is an hour after the newest mail unless given; `config` is TOML that begins in the table `[shop]`.
"""
