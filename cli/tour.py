"""What `triage --help` shows: the commands in groups, each in a few words, and what to type for a start."""

from __future__ import annotations

from triage.i18n import N_

TOUR = (
    (
        N_("Every day"),
        (
            ("queue", N_("whom to answer first, and why (also: just `triage`)")),
            ("show", N_("one conversation: who wrote what, and why it ranks here")),
            ("open", N_("go to where a mail is answered")),
            ("overdue", N_("only what is overdue or forgotten; the report for cron")),
            ("sync", N_("only fetch the mail")),
            ("export", N_("everything for a spreadsheet or a script")),
        ),
    ),
    (
        N_("Decide"),
        (
            ("done", N_("closed: this needs no answer any more")),
            ("reopen", N_("let it wait again")),
            ("snooze", N_("away until tomorrow, monday, until they write again")),
            ("assign", N_("say who is to answer")),
            ("note", N_("remember something with a conversation")),
            ("undo", N_("take back the last decision")),
            ("log", N_("what was decided when")),
        ),
    ),
    (
        N_("Look back and teach"),
        (
            ("stats", N_("how fast you answer, and what customers ask")),
            ("correct", N_("say what a conversation really is; triage learns from it")),
            ("confirm", N_("say that triage is right")),
            ("evaluate", N_("measure how often triage is right")),
        ),
    ),
    (
        N_("Set up and look after"),
        (
            ("init", N_("set triage up: a few questions")),
            ("login", N_("sign in, or keep a password safely")),
            ("check", N_("test settings, connection and clock")),
            ("demo", N_("try it on a sample shop, without an account")),
            ("notes", N_("take your decisions to another computer")),
            ("forget", N_("erase every trace of a customer here")),
            ("purge", N_("erase old mail here")),
        ),
    ),
)
"""Groups of commands; those that are not there are left out."""

EXAMPLES = (
    ("triage", N_("fetch, and see whom to answer first")),
    ("triage show nf6g; triage done nf6g", N_("read it, answer by phone, close it")),
    ("triage overdue --quiet --format html", N_("in cron: a mail only when somebody waits too long")),
)
