"""`triage demo`: the sample shop, through the same pipeline, with no account and no network."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Manners, Which, takes
from triage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@takes(Manners, Which)
def demo(
    manners: Manners,
    which: Which,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Leave the shop and its configuration here to play with."),
    ] = None,
    imap: Annotated[bool, typer.Option("--imap", help="Serve the shop from an IMAP server and fetch it.")] = False,
) -> None:
    """Try triage on a sample shop: no account, no network."""
    from cli.queue import queue_in
    from triage.demo import demo_config, sample_shop, write_maildir

    with ExitStack() as stack:
        folder = _new_folder(keep) if keep else Path(stack.enter_context(tempfile.TemporaryDirectory()))
        mails = sample_shop(datetime.now(UTC))
        mailbox, config = folder / "mail", folder / "config.toml"
        write_maildir(mailbox, mails)
        config.write_text(demo_config(mailbox), "utf-8")
        if imap:
            from triage.demo.server import serve

            config = folder / "config-imap.toml"  # serves this run only; what is kept reads the folder
            config.write_text(stack.enter_context(serve(folder, mails)), "utf-8")
        stack.enter_context(_environment(TRIAGE_DATA_DIR=str(folder / "data")))
        queue_in(Manners(config, manners.quiet, manners.verbose, manners.plain, manners.color), which)
        if keep:
            typer.echo(
                f"\nThe sample shop is in {folder}. Go on with it:\n"
                f"  export TRIAGE_CONFIG={config} TRIAGE_DATA_DIR={folder / 'data'}\n  triage",
                err=True,
            )


def _new_folder(folder: Path) -> Path:
    folder = folder.expanduser().resolve()
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty. Name a new folder in --keep.")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
