"""Where a row is opened: its link, for the export, for `triage open`, and behind its subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage import pipeline
from triage.links import Reply, link_to, reply_to

if TYPE_CHECKING:
    from cli.session import Session
    from triage.cases import Case
    from triage.rank import Row


def url_of(session: Session, row: Row) -> str | None:
    """Give the link that opens a row in the mail program of its account; None where that is not known."""
    account = session.settings.account(row.case.account)
    return link_to(row.case, account, lambda: reply_of(session, row.case)) if account else None


def reply_of(session: Session, case: Case) -> Reply | None:
    """Give the reply to a conversation's newest mail that is not ours; None where the mirror no longer has it."""
    from triage.mail.message import read_message

    stored = session.store.source_named(case.message_id, case.received_at)
    if stored is None:
        return None
    message = read_message(stored.source, stored.received_at, truncated=stored.is_truncated)
    return reply_to(message, pipeline.our_addresses(session.settings).contains)
