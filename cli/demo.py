"""`triage demo`: the sample shop, through the same pipeline, with no account and no network."""

from __future__ import annotations

import os
import shlex
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Manners, Which, takes
from triage.errors import UsageError
from triage.i18n import _

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
        stack.callback(os.umask, os.umask(0o077))  # a configuration that others can write could name a command
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
        queue_in(replace(manners, config=config), which)
        if not manners.quiet:
            _say_how_to_go_on(folder if keep else None)


def _new_folder(folder: Path) -> Path:
    folder = folder.expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        raise UsageError(
            _("{folder} cannot be made: {reason}. Name a new folder in --keep.").format(
                folder=folder, reason=error.strerror
            )
        ) from error
    if not is_empty:
        raise UsageError(_("{folder} is not empty. Name a new folder in --keep.").format(folder=folder))
    return folder


def _say_how_to_go_on(kept: Path | None) -> None:
    """Say on stderr where the shop was left, or where a shop of one's own goes."""
    from cli.render import clean

    if kept is None:
        said = [_("This is a sample shop, made up. `triage init` sets triage up for your own mail.")]
    else:
        said = [_("The sample shop is in {folder}. Go on with it:").format(folder=kept), *_commands(kept)]
    typer.echo("\n" + "\n".join(map(clean, said)), err=True)


def _commands(kept: Path) -> list[str]:
    """Give what to type so that triage takes the kept shop for its own."""
    values = {"TRIAGE_CONFIG": str(kept / "config.toml"), "TRIAGE_DATA_DIR": str(kept / "data")}
    if os.name == "nt":
        return [*(f"$env:{name} = '{value}'" for name, value in values.items()), "triage"]
    return [f"export {' '.join(f'{name}={shlex.quote(value)}' for name, value in values.items())}", "triage"]


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
