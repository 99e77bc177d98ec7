"""`triage purge`, `triage forget`: what is stored goes; on the mail server nothing changes."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.ask import Ask
from cli.options import Manners, Which, takes
from cli.session import begin, data_folder
from triage.classify.learnt import weights_name
from triage.errors import UsageError
from triage.i18n import N_, _
from triage.pipeline import our_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.session import Session
    from triage.forget import Plan
    from triage.purge import Stale

_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; scripts need it.")]


@contextmanager
def alone(manners: Manners) -> Iterator[Session]:
    """Begin a command during which no sync may run."""
    from triage.lock import sync_lock

    with (
        begin(manners, Which(no_sync=True), catch_up=False) as session,
        sync_lock(data_folder(), session.now, session.tell_holder),
    ):
        session.catch_up()
        yield session


def _confirm(session: Session, question: str) -> None:
    """Go on only when somebody says yes."""
    if not sys.stdin.isatty():
        raise UsageError(
            _("Nobody can be asked here whether that is right: nothing was deleted. Say --yes to delete it.")
        )
    try:
        if Ask(session.screen, session.words, may_ask=True).yes(question, default=False):
            return
    except EOFError:
        pass
    session.screen.note(session.words.say("Nothing was deleted."))
    raise typer.Exit(0)


# -- purge -------------------------------------------------------------------------------------------------------------


@takes(Manners)
def purge(
    manners: Manners,
    older_than: Annotated[
        str,
        typer.Option("--older-than", metavar="AGE", help="90d, 12w, 6m (months), 2y: when the last mail in it came."),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: _Yes = False,
) -> None:
    """Delete the stored words of old conversations in which nobody waits: subjects, texts, sources.

    Who wrote when and was answered when stays, and so do your decisions and all figures. What waits, is snoozed or has
    yet to be read stays whole. The mail on the server is not touched, and not fetched again.
    """
    from triage import purge as core

    with alone(manners) as session:
        cutoff = core.moment_before(session.now, older_than)
        found = core.stale(session.store, session.settings, cutoff, weights_name())
        words, when = session.words, session.words.date(cutoff)
        if not found.entries:
            session.screen.line(words.say("Nothing is stored in words from before {when} that may go.", when=when))
            if not dry_run:
                session.store.erase()  # an earlier run may have been kept from it
            return
        session.screen.wrapped(_of_stale(session, found, when))
        if dry_run:
            return
        if not yes:
            _confirm(session, words.say("Delete these words here? That cannot be undone."))
        freed = core.purge(session.store, session.settings, found)
        session.screen.line(words.say("Deleted; {size} freed.", size=words.size(freed)))


def _of_stale(session: Session, found: Stale, when: str) -> str:
    words = session.words
    mails = words.count(len(found.entries), "1 mail", "{n} mails")
    conversations = words.count(found.conversations, "1 conversation", "{n} conversations")
    said = N_("The words of {mails} in {conversations} from before {when}: {size}.")
    return words.say(said, mails=mails, conversations=conversations, when=when, size=words.size(found.bytes))


# -- forget ------------------------------------------------------------------------------------------------------------


@takes(Manners)
def forget(
    manners: Manners,
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS…", help="All addresses of one customer.")],
    yes: _Yes = False,
) -> None:
    """Delete every trace of a customer from the database: mails, answers, IDs, decisions, notes, figures.

    Mails of others that name them stay, without those names and without their sources. Nothing of it can be undone. The
    mail on your server is yours to delete: triage takes it in no more, but a new mail of theirs comes in as always.
    What else you have exported, noted or backed up still holds them.
    """
    with alone(manners) as session:
        from triage.forget import plan_to_forget

        emails = _emails(session, addresses)
        with session.screen.progress(session.words.say("Looking through the mail")) as tell:
            plan = plan_to_forget(session.store, session.settings, emails, lambda done, of: tell("", "", done, of))
        if not plan.gone and not plan.cut:
            session.screen.line(session.words.say("Nothing is stored of {who}.", who=_who(plan)))
            if any(map(session.store.memory().has, plan.traces.addresses)):
                session.store.erase()  # an earlier run may have been kept from it
            return
        _say_plan(session, plan)
        if not yes:
            _confirm(session, session.words.say("Forget all of it? That cannot be undone."))
        _forget(session, plan)
        _say_the_rest(session, plan)


def _emails(session: Session, addresses: list[str]) -> frozenset[str]:
    from triage.config_values import UnfitError, read_address

    ours, found = our_addresses(session.settings), set[str]()
    for address in addresses:
        try:
            email = read_address("" if set("*?[") & set(address) else address).lower()
        except UnfitError:
            said = _('"{address}" is no mail address. Name the customer\'s, such as jan@klant.example.')
            raise UsageError(said.format(address=address)) from None
        if email.startswith("@"):
            raise UsageError(
                _('"{address}" is a whole domain. Name the address of one customer.').format(address=address)
            )
        if ours.contains(email):
            raise UsageError(
                _('"{address}" is one of yours. Name the address of one customer.').format(address=address)
            )
        found.add(email)
    return frozenset(found)


def _who(plan: Plan) -> str:
    return ", ".join(sorted(plan.traces.addresses))


def _say_plan(session: Session, plan: Plan) -> None:
    words = session.words
    counts = {
        words.count(len(plan.theirs), "1 mail of theirs", "{n} mails of theirs"): plan.theirs,
        words.count(len(plan.answers), "1 of ours to them", "{n} of ours to them"): plan.answers,
        words.count(len(plan.machines), "1 by a machine", "{n} by machines"): plan.machines,
        words.count(plan.decisions, "1 decision", "{n} decisions"): plan.decisions,
    }
    if what := ", ".join(said for said, found in counts.items() if found):
        session.screen.wrapped(words.say("Of {who} goes: {what}.", who=_who(plan), what=what))
    if plan.others:
        names_them = words.count(
            plan.others,
            "1 mail of others names them too: it stays, without that and without its source.",
            "{n} mails of others name them too: they stay, without that and without their sources.",
        )
        session.screen.wrapped(names_them)
    if plan.also:
        said = N_(
            "Somebody of the same name wrote from {addresses}: if that is the same person, name these addresses too."
        )
        session.screen.wrapped(words.say(said, addresses=", ".join(plan.also)))


def _forget(session: Session, plan: Plan) -> None:
    """Forget, as of the last sync: what has come since then nobody has seen yet."""
    from triage import forget as core

    known = session.store.forgotten()
    salt = known[0].salt if known else os.urandom(16).hex()
    newest = max(entry.received_at for entry in (*plan.gone, *(entry for entry, _ in plan.cut)))
    core.forget(session.store, session.settings, plan, salt, max(session.last_sync or newest, newest))


def _say_the_rest(session: Session, plan: Plan) -> None:
    words = session.words
    session.screen.wrapped(words.say("Forgotten: nothing of {who} is left in the database.", who=_who(plan)))
    said = N_(
        "The mails still lie on your mail server: delete them there. triage takes them in no more; a new mail of "
        "theirs comes in as always."
    )
    session.screen.note(words.say(said))
    senders = {rule.sender.lower() for rule in session.settings.rules}
    if plan.traces.addresses & senders:
        session.screen.note(words.say("A rule in your configuration names them: take it out there."))
