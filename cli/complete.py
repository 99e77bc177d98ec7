"""What the shell offers when Tab is pressed behind a command that takes an ID."""

from __future__ import annotations

from triage.errors import TriageError


def complete_ids(incomplete: str) -> list[tuple[str, str]]:  # typer reads the annotations when it runs
    """Offer the IDs of conversations that are open, each with who asks what; nothing where there is no database."""
    from cli.render import clean
    from cli.session import data_folder
    from triage.store import DATABASE, Store

    folder = data_folder()
    if not (folder / DATABASE).is_file():
        return []
    try:
        with Store(folder) as store:
            cases = store.open_cases()
    except TriageError:
        return []
    cases.sort(key=lambda each: each.received_at, reverse=True)
    return [
        (case.id, clean(f"{case.customer.name or case.customer.email}: {case.subject}"))
        for case in cases
        if case.id.startswith(incomplete.lower())
    ]
