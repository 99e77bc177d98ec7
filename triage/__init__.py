"""triage: whom to answer first, and why.

The life of a message: `mail.imap` (or `mail.disk`) fetches its header and first bytes -> `store` keeps it under
(account, mailbox, uidvalidity, uid) -> `mail.message` reads it -> `mail.text` finds the newest words ->
`mail.automatic` and `classify` say at a glance what it is -> `conversations` places it -> `answers` asks who waits ->
`classify` reads closely what may keep somebody waiting -> `cases` sums the conversation up -> `clock` says until when
-> `rank` orders -> `report` or `cli.render` shows.

The rooms:

    model.py                 the nouns: frozen, slotted dataclasses and enums
    errors.py                what a user can mend, each with its exit status
    identity.py              short names for conversations
    settings.py              values with their checks
    config.py                config.toml -> Settings; config_values.py reads single values   [file]
    config_edit.py           the text of a config.toml made and changed, its comments kept
    i18n.py                  the language people are spoken to; locale/ holds the catalogues  [file]
    private.py               writes a file that only its owner can read                      [file]
    mail/                    from the wire to words
        imap.py              a mail server as a source of mail; read-only                    [network]
        imap_connection.py   connecting and logging in, and what goes wrong, in plain words  [network]
        wire.py              commands and responses, several under way                       [network]
        fetching.py          many messages at a time, in batches, halved where refused
        responses.py         what responses say; what it cannot read, imapclient does
        deflated.py          a line on which both ends compress what they say
        ahead.py             work that goes on while its first results are used
        oauth.py             tokens by OAuth2, renewed without a person                      [network]
        oauth_messages.py    what is said to sign in, and how the answers are read
        loopback.py          where the browser comes back to after a sign-in                 [network]
        trust.py             whom to believe on an encrypted line                            [file]
        disk.py              a Maildir or mbox on disk, as a server would show it            [file]
        disk_*.py            where mailboxes lie, how each form is listed, how a piece is read
        source.py            what both of them offer
        providers.py         where providers have their servers, and what they want at login
        autoconfig.py        the server of a mail address, by its own domain's word             [network]
        dns.py               MX and SRV                                                         [network]
        senders.py           whose addresses stand on the mail that was sent
        scrub.py             where bytes become text: no control characters beyond this point
        headers.py           header fields, addresses, dates, charsets
        mime.py              the tree of parts, and the words in them
        unwrap.py            the people behind contact forms and marketplaces
        message.py           bytes -> Message; never raises on bad mail
        text.py              the sender's newest words: without what quotes.py and signature.py know
        html.py  marks.py    HTML to text | what the readers of text share
        subject.py           subjects without reply marks
        patterns.py          regular expressions that are compiled when the first mail needs them
        automatic.py         newsletter, notice, auto-reply, bounce
    secrets.py               where a password comes from; the only user of keyring            [outside]
    tokens.py                where a sign-in is kept                                          [file]
    classify/                kind, reason, flags, language, with evidence
    reading.py               message -> entry: what conversations need to know of it
    decisions.py             what the owner decided, laid over what was read
    moments.py               when do you mean? in Dutch and English
    conversations.py         messages -> conversations
    answers.py               who waits for whom, since when, and by what proof
    cases.py                 a conversation summed up, whatever the moment
    clock.py                 opening hours, holidays, targets, due times
    rank.py                  a case at a moment: urgency, lane, place in the queue
    outcomes.py              what is kept of rounds that ended, for the figures
    links.py                 where a mail is opened and answered
    proof.py                 where a conversation stands, proved by its time line
    purge.py                 the words of old mail go, and nothing else changes
    forget.py  forgotten.py  every trace of a customer goes | what leads back to one, and how it is known again
    notes.py                 all notes as one text, and back again on another machine
    store.py                 the only user of sqlite3: mirror and notes                      [file]
    migrations.py            the schema, step by step
    encoding.py              entries and cases as text, for the store
    lock.py                  one sync at a time                                              [file]
    sync.py                  plan_sync() decides (pure), run_sync() acts
    beside.py                a second process that reads where there are many mails        [outside]
    pipeline.py              the whole way on one page
    report/                  export, overdue: values in, text out
    demo/                    the sample shop

Five rules carry the house: a functional core with thin edges; `now` is an argument, only `cli/` asks for the time;
mirror and notes are apart, and deadlines of what is open are never stored; work in proportion to what changed; bad mail
is data, bad input is an error, a bug is a traceback. `tests/test_architecture.py` holds the borders.
"""
