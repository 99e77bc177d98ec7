"""Where mailboxes lie below a folder, in the ways of those who put them there.

Dovecot and other servers: the folder itself is INBOX, `.Sent` and `.Sent.2025` lie in it. mbsync and offlineimap: a
Maildir a mailbox, side by side (`INBOX.Sent`) or within one another (`[Gmail]/Sent Mail`). Thunderbird: mbox files
`Inbox` and `Sent`, below them `Inbox.sbd/`. Google Takeout: one mbox with everything. Apple Mail: `INBOX.mbox/mbox`.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from triage.mail.disk_maildir import is_maildir
from triage.mail.disk_mbox import is_mbox
from triage.mail.source import MailboxName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DEEPEST = 4
_MOST = 2_000  # entries of one folder that are looked at, should somebody give the whole disk as path


def find_mailboxes(root: Path) -> list[MailboxName]:
    """Find the mailboxes in a folder; a single mbox is INBOX as well, whatever it is called.

    Raises:
        OSError: The folder cannot be read.

    """
    found = {} if not is_maildir(root) else {"INBOX": root}
    found.update(_below(root, "", _DEEPEST))
    if len(found) == 1 and all(path.is_file() for path in found.values()):
        found = {"INBOX": next(iter(found.values())), **found}
    return [MailboxName(name, str(path), delimiter="/" if "/" in name else ".") for name, path in found.items()]


def _below(folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, Path]]:
    for path in sorted(islice(folder.iterdir(), _MOST)):
        name = prefix + _shown(path.name)
        try:
            if mailbox := _mailbox(path, is_here=not prefix or folder.suffix == ".sbd"):
                yield ("INBOX" if name.upper() == "INBOX" else name), mailbox
            if depth > 1 and _may_hold_more(path):
                yield from _below(path, f"{name}/", depth - 1)
        except OSError:  # not ours to read: it is no mailbox of ours
            continue


def _mailbox(path: Path, *, is_here: bool) -> Path | None:
    """Give the mailbox that a path is; files count only `is_here`, where a mail program keeps them."""
    if path.is_dir():
        inner = path / "mbox"
        return path if is_maildir(path) else inner if path.suffix == ".mbox" and inner.is_file() else None
    if not is_here or not path.is_file():
        return None
    return path if is_mbox(path) or _is_emptied(path) else None


def _is_emptied(path: Path) -> bool:
    """Thunderbird leaves an empty file behind, with its index beside it, when all mail has left a folder."""
    return path.stat().st_size == 0 and (path.suffix == ".mbox" or path.with_name(f"{path.name}.msf").is_file())


def _may_hold_more(path: Path) -> bool:
    is_within_maildir = path.name in {"cur", "new", "tmp"}
    return path.is_dir() and not is_within_maildir and (not path.name.startswith(".") or is_maildir(path))


def _shown(name: str) -> str:
    """Name a mailbox as its owner knows it, not as it is written on disk."""
    name = name.removeprefix(".").removesuffix(".mbox").removesuffix(".sbd")
    if "&" in name or not name.isprintable():
        from triage.mail.imap import decode_name

        return decode_name(name)
    return name
