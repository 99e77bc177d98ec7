"""`triage open ID`: go to where it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.complete import Ids
from cli.links import reply_of, url_of
from cli.options import Manners, Named, takes
from cli.session import begin
from cli.show import find
from triage.errors import UsageError
from triage.i18n import N_, _
from triage.links import outlook_search, reply_link
from triage.settings import OpensIn

if TYPE_CHECKING:
    from cli.session import Session
    from triage.rank import Row

_PROGRAMS = {
    OpensIn.GMAIL: "Gmail",
    OpensIn.OUTLOOK: "Outlook",
    OpensIn.THUNDERBIRD: "Thunderbird",
    OpensIn.APPLE_MAIL: "Apple Mail",
}


@takes(Manners, Named)
def open(  # noqa: A001 - the command's name
    manners: Manners,
    named: Named,
    conversation_ids: Ids,
    only_print: Annotated[bool, typer.Option("--print", help="Print the link, and open nothing.")] = False,
) -> None:
    """Open conversations where they are answered: in your mail program, or as the beginning of a reply."""
    which = named.which()
    with begin(manners, which) as session:
        rows = [find(session, identity, which, ranked=False)[0] for identity in dict.fromkeys(conversation_ids)]
        for row, (program, link) in [(row, _place(session, row)) for row in rows]:
            if only_print:
                session.screen.data(f"{link}\n")
            else:
                _go(session, row, program, link)


def _place(session: Session, row: Row) -> tuple[OpensIn, str]:
    """Say where a conversation is opened: in the account's program, else as a reply in whatever program writes mail.

    Raises:
        UsageError: There is neither a name by which to find it nor an address to write to.

    """
    account = session.settings.account(row.case.account)
    if account and (link := url_of(session, row)):
        return account.program, link
    reply = reply_of(session, row.case)
    if reply is None or (link := reply_link(reply)) is None:
        raise UsageError(
            _(
                '{id} has no address to answer to. `triage show {id}` shows it; look for it in the mailbox "{mailbox}".'
            ).format(id=row.case.id, mailbox=row.case.mailbox)
        )
    return OpensIn.MAILTO, link


def _go(session: Session, row: Row, program: OpensIn, link: str) -> None:
    from cli.opener import open_link

    words, screen, identity = session.words, session.screen, row.case.id
    if not open_link(link):
        screen.note(words.say("{id}: there is no program here to open it with. This is the link:", id=identity))
        screen.data(f"{link}\n")
        return
    if program in _PROGRAMS:
        screen.note(words.say("{id}: opened in {program}.", id=identity, program=_PROGRAMS[program]))
    else:
        screen.note(words.say("{id}: a reply is begun in your mail program.", id=identity))
    if program is OpensIn.OUTLOOK:
        said = N_("If Outlook shows your inbox instead, look there for: {search}")
        screen.note(words.say(said, search=outlook_search(row.case)))
