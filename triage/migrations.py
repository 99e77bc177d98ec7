"""The schema, step by step: each step runs once, in one transaction, and is recorded.

A step that changes the mirror may drop and create; a step that changes the notes must carry every row over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.errors import StoreError
from triage.i18n import _

if TYPE_CHECKING:
    import sqlite3

STEPS: tuple[tuple[str, str], ...] = (
    (
        "the mirror and the anchors of conversations",
        """
        CREATE TABLE mirror_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE mirror_mailbox (
            id INTEGER PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
            uidvalidity INTEGER NOT NULL DEFAULT 0, uidnext INTEGER NOT NULL DEFAULT 0,
            present INTEGER NOT NULL DEFAULT 0, server_count INTEGER NOT NULL DEFAULT 0,
            known_count INTEGER NOT NULL DEFAULT 0, UNIQUE (account, name)
        );
        CREATE TABLE mirror_family (id INTEGER PRIMARY KEY, dirty INTEGER NOT NULL);
        CREATE INDEX mirror_family_dirty ON mirror_family (dirty) WHERE dirty;
        CREATE TABLE mirror_name (name TEXT PRIMARY KEY, family INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX mirror_name_family ON mirror_name (family);
        CREATE TABLE mirror_message (
            id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, message_id TEXT NOT NULL, received_at INTEGER NOT NULL,
            family INTEGER NOT NULL, is_ours INTEGER NOT NULL, refresh INTEGER NOT NULL DEFAULT 0,
            entry TEXT NOT NULL, text TEXT NOT NULL, source BLOB NOT NULL
        );
        CREATE INDEX mirror_message_family ON mirror_message (family);
        CREATE INDEX mirror_message_refresh ON mirror_message (id) WHERE refresh;
        CREATE TABLE mirror_copy (
            mailbox INTEGER NOT NULL REFERENCES mirror_mailbox (id) ON DELETE CASCADE, uid INTEGER NOT NULL,
            message INTEGER NOT NULL REFERENCES mirror_message (id) ON DELETE CASCADE, present INTEGER NOT NULL,
            answered INTEGER NOT NULL, deleted INTEGER NOT NULL, draft INTEGER NOT NULL, PRIMARY KEY (mailbox, uid)
        );
        CREATE INDEX mirror_copy_message ON mirror_copy (message);
        CREATE INDEX mirror_copy_deleted ON mirror_copy (mailbox) WHERE deleted;
        CREATE TABLE mirror_postponed (mailbox INTEGER NOT NULL, uid INTEGER NOT NULL, PRIMARY KEY (mailbox, uid))
            WITHOUT ROWID;
        CREATE TABLE mirror_conversation (
            id TEXT PRIMARY KEY, family INTEGER NOT NULL, account TEXT NOT NULL, is_open INTEGER NOT NULL,
            received_at INTEGER NOT NULL, content TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX mirror_conversation_family ON mirror_conversation (family);
        CREATE INDEX mirror_conversation_open ON mirror_conversation (id) WHERE is_open;
        CREATE TABLE mirror_acknowledged (
            fingerprint TEXT NOT NULL, customer TEXT NOT NULL, family INTEGER NOT NULL,
            PRIMARY KEY (fingerprint, customer, family)
        ) WITHOUT ROWID;
        CREATE INDEX mirror_acknowledged_family ON mirror_acknowledged (family);
        CREATE TABLE mirror_run (
            account TEXT PRIMARY KEY, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, runs INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE mirror_holiday (
            code TEXT NOT NULL, year INTEGER NOT NULL, days TEXT NOT NULL, PRIMARY KEY (code, year)
        ) WITHOUT ROWID;
        CREATE TABLE note_anchor (id TEXT NOT NULL UNIQUE, message_id TEXT NOT NULL);
        CREATE INDEX note_anchor_message ON note_anchor (message_id);
        """,
    ),
    (
        "whether a message was fetched whole",
        "ALTER TABLE mirror_message ADD COLUMN is_truncated INTEGER NOT NULL DEFAULT 1",
    ),
    (
        "how every round ended, with the target that held",
        """
        CREATE TABLE note_outcome (
            question_id TEXT PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, since INTEGER NOT NULL,
            ended_at INTEGER, ending TEXT NOT NULL, target TEXT NOT NULL
        ) WITHOUT ROWID
        """,
    ),
    (
        "what the network read in a message, and which messages it is to read",
        """
        CREATE TABLE mirror_learnt (
            message INTEGER PRIMARY KEY REFERENCES mirror_message (id) ON DELETE CASCADE,
            weights TEXT NOT NULL, content TEXT NOT NULL
        );
        ALTER TABLE mirror_message ADD COLUMN undecided INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX mirror_message_undecided ON mirror_message (undecided, received_at) WHERE undecided
        """,
    ),
    (
        "what the owner decided",
        """
        CREATE TABLE note_decision (
            id INTEGER PRIMARY KEY, made_at INTEGER NOT NULL, action TEXT NOT NULL, message_id TEXT NOT NULL,
            mail TEXT NOT NULL, conversation TEXT NOT NULL, account TEXT NOT NULL, value TEXT NOT NULL,
            words TEXT NOT NULL DEFAULT '', undone_at INTEGER
        );
        CREATE INDEX mirror_message_name ON mirror_message (message_id)
        """,
    ),
    (
        "who is forgotten: whom to pass by, and which mails on the server",
        """
        CREATE TABLE note_forgotten (hash TEXT PRIMARY KEY, salt TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE mirror_forgotten (mailbox INTEGER NOT NULL, uid INTEGER NOT NULL, PRIMARY KEY (mailbox, uid))
            WITHOUT ROWID
        """,
    ),
    (
        "conversations in the order in which they are listed",
        "CREATE INDEX mirror_conversation_listed ON mirror_conversation (is_open DESC, received_at DESC, id)",
    ),
    (
        "what is undecided: 2 where a glance takes it for a customer's mail, 1 where it does not",
        "UPDATE mirror_message SET undecided = 2 WHERE undecided",
    ),
)


def migrate(db: sqlite3.Connection) -> None:
    """Bring a database up to date, whatever version wrote it.

    Raises:
        StoreError: A newer version of triage wrote it.

    """
    known = db.execute("PRAGMA user_version").fetchone()[0]
    if known > len(STEPS):
        raise StoreError(
            _(
                "The database was written by a newer version of triage. Upgrade triage, or set "
                "TRIAGE_DATA_DIR to another folder."
            )
        )
    for number, (name, script) in enumerate(STEPS[known:], known + 1):
        _apply(db, number, name, script)


def _apply(db: sqlite3.Connection, number: int, name: str, script: str) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        if db.execute("PRAGMA user_version").fetchone()[0] < number:  # another run may have been first
            db.execute("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)")
            for statement in script.split(";"):
                if statement.strip():
                    db.execute(statement)
            db.execute("INSERT INTO migration VALUES (?, ?, datetime('now'))", (number, name))
            db.execute(f"PRAGMA user_version = {number:d}")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
