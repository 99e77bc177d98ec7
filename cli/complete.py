"""What the shell offers when Tab is pressed behind a command that takes an ID."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from triage.errors import TriageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from triage.cases import Case
    from triage.store import Store

_MOST_CLOSED = 50  # the newest decisions that are looked through for what can be called back
_HARMLESS = frozenset(" .,?@-")
_LONGEST = 38  # letters; wide ones too fit into 80 columns, beyond which typer would break the line


def harmless(text: str) -> str:
    r"""Keep what is a letter, a digit or plain punctuation: zsh evaluates what it is offered, twice, as a script.

    typer's escaping leaves backslashes as they are, so a subject such as `\$(reboot)` would be run at a press of Tab,
    and reads `[...]` as rich's markup.
    """
    kept = "".join(letter if letter.isalnum() or letter in _HARMLESS else " " for letter in text)
    return " ".join(kept.split())[:_LONGEST].rstrip()


def complete_ids(incomplete: str) -> list[tuple[str, str]]:  # typer reads the annotations when it runs
    """Offer the IDs of conversations that are open, each with who asks what; nothing where there is no database."""
    return _offer(incomplete, lambda store: store.open_cases())


def complete_closed_ids(incomplete: str) -> list[tuple[str, str]]:
    """Offer the IDs of what was closed or snoozed of late."""
    return _offer(incomplete, _closed)


def _closed(store: Store) -> Iterable[Case]:
    from triage.decisions import Action

    decisions = [each for each in store.decisions() if each.action in {Action.DONE, Action.SNOOZE}]
    names = dict.fromkeys(each.conversation_id for each in decisions[-_MOST_CLOSED:])
    return (case for name in names if (case := store.case(name)) is not None)


def _offer(incomplete: str, find: Callable[[Store], Iterable[Case]]) -> list[tuple[str, str]]:
    from cli.session import data_folder
    from triage.store import DATABASE, Store

    folder = data_folder()
    if not (folder / DATABASE).is_file():
        return []
    try:
        with Store(folder) as store:
            cases = sorted(find(store), key=lambda each: each.received_at, reverse=True)
    except TriageError:
        return []
    return [
        (case.id, harmless(f"{case.customer.name or case.customer.email} - {case.subject}"))
        for case in cases
        if case.id.startswith(incomplete.lower())
    ]


Ids = Annotated[
    list[str],
    typer.Argument(metavar="ID…", help="As the queue shows them, or their beginnings.", autocompletion=complete_ids),
]
"""The conversations that a command is about."""
