"""Cyrus IMAP 3 as a test server, where it can be had: it answers in ways of its own (special uses in lower case).

Debian's package cannot be installed beside Dovecot's. Its files can be unpacked anywhere (`apt-get download` of
cyrus-common, cyrus-imapd, sasl2-bin, libsasl2-modules and the libraries that `ldd` misses, then `dpkg -x`); that folder
is told in the environment variable TRIAGE_CYRUS_ROOT.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from imapclient import IMAPClient

from tests.servers.base import PASSWORD, MailServer, UnavailableError, free_port, make_certificate, short_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

IMAPD = """\
configdirectory: {folder}/conf
proc_path: {folder}/run/proc
mboxname_lockpath: {folder}/run/lock
idlesocket: {folder}/run/idle
lmtpsocket: {folder}/run/lmtp
notifysocket: {folder}/run/notify
partition-default: {folder}/spool
defaultpartition: default
cyrus_user: {user}
admins: {administrator}
allowplaintext: yes
altnamespace: yes
unixhierarchysep: yes
virtdomains: off
autocreate_quota: 0
autocreate_post: 1
autocreate_inbox_folders: Sent | Drafts | Junk | Trash | Archive
autocreate_subscribe_folders: Sent | Drafts | Junk | Trash | Archive
xlist-sent: Sent
xlist-drafts: Drafts
xlist-junk: Junk
xlist-trash: Trash
xlist-archive: Archive
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {folder}/sasldb2
sasl_mech_list: PLAIN LOGIN
tls_server_cert: {certificate.file}
tls_server_key: {certificate.key}
maxlogins_per_user: 0
imapidlepoll: 1
syslog_prefix: cyrustest
"""

SERVICES = """\
START {{
  recover cmd="{programs}/ctl_cyrusdb -C {folder}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{programs}/imapd -C {folder}/imapd.conf -U 30" listen="{host}:{port}" prefork=1
  imaps cmd="{programs}/imapd -C {folder}/imapd.conf -s -U 30" listen="{host}:{tls_port}" prefork=0
}}
EVENTS {{
}}
"""

ADMINISTRATOR = "administrator"
FLAGS = {"S": rb"\Seen", "R": rb"\Answered", "F": rb"\Flagged", "T": rb"\Deleted", "D": rb"\Draft"}


def cyrus_root() -> Path:
    """Say where the folders of Debian's packages are."""
    return Path(os.environ.get("TRIAGE_CYRUS_ROOT", "/"))


def cyrus_is_here() -> bool:
    """Say whether this machine has Cyrus."""
    return (cyrus_root() / "usr/lib/cyrus/bin/master").exists()


class CyrusServer(MailServer):
    """Cyrus from TRIAGE_CYRUS_ROOT or installed; mail is delivered and looked at through IMAP itself."""

    name: ClassVar[str] = "cyrus"
    has_special_use: ClassVar[bool] = True
    has_condstore: ClassVar[bool] = True

    def start(self) -> None:
        if not cyrus_is_here():
            raise UnavailableError("Cyrus is neither installed nor unpacked under TRIAGE_CYRUS_ROOT")
        self.root = cyrus_root()
        self.programs = self.root / "usr/lib/cyrus/bin"
        self.folder = short_folder("tc-")
        self.certificate = make_certificate(self.folder)
        for name in ("conf/db", "conf/proc", "conf/socket", "conf/log", "conf/user", "conf/quota", "spool", "run"):
            (self.folder / name).mkdir(parents=True)
        self._give_to_server()
        self._start_with_retries(self._launch, self.folder / "master.log")
        self.add_user(ADMINISTRATOR)

    def _launch(self) -> subprocess.Popen[bytes]:
        self.port, self.tls_port = free_port(), free_port()
        self._write("imapd.conf", IMAPD)
        self._write("cyrus.conf", SERVICES)
        conf = ["-C", str(self.folder / "imapd.conf"), "-M", str(self.folder / "cyrus.conf")]
        command = [str(self.programs / "master"), *conf, "-p", str(self.folder / "run/master.pid")]
        with (self.folder / "master.log").open("ab") as log:
            return subprocess.Popen(
                command, stdout=log, stderr=log, env=self._environment(), user=self._user(), group=self._group()
            )

    def _write(self, name: str, template: str) -> None:
        places = {
            "folder": self.folder,
            "programs": self.programs,
            "host": self.host,
            "user": self._name(),
            "administrator": ADMINISTRATOR,
        }
        ports = {"port": self.port, "tls_port": self.tls_port, "certificate": self.certificate}
        (self.folder / name).write_text(template.format(**places, **ports))

    def add_user(self, username: str) -> None:
        program = shutil.which("saslpasswd2", path=f"{self.root}/usr/sbin:/usr/sbin")
        if program is None:
            raise UnavailableError("saslpasswd2 is not installed (Debian: sasl2-bin)")
        command = [program, "-p", "-c", "-f", str(self.folder / "sasldb2"), "-u", socket.gethostname(), username]
        identity = {"env": self._environment(), "user": self._user(), "group": self._group()}
        subprocess.run(command, input=PASSWORD.encode(), check=True, capture_output=True, **identity)  # type: ignore[call-overload]

    @contextmanager
    def _session(self, user: str) -> Iterator[IMAPClient]:
        with IMAPClient(self.host, self.port, ssl=False, timeout=20) as client:
            client.normalise_times = False
            client.login(user, PASSWORD)
            yield client

    def create(self, user: str, mailbox: str) -> None:
        with self._session(user) as client:
            if not client.folder_exists(mailbox):
                client.create_folder(mailbox)

    def deliver(self, user: str, mailbox: str, source: bytes, received_at: datetime, flags: str = "") -> str:
        self.create(user, mailbox)
        with self._session(user) as client:
            before: int = client.folder_status(mailbox, ["UIDNEXT"])[b"UIDNEXT"]
            client.append(mailbox, source, [FLAGS[letter] for letter in flags], received_at)
            return str(before)

    def flag(self, user: str, mailbox: str, name: str, flags: str) -> None:
        with self._session(user) as client:
            client.select_folder(mailbox)
            client.set_flags([int(name)], [FLAGS[letter] for letter in flags])

    def expunge(self, user: str, mailbox: str, name: str) -> None:
        with self._session(user) as client:
            client.select_folder(mailbox)
            client.delete_messages([int(name)])
            client.uid_expunge([int(name)])

    def snapshot(self, user: str) -> dict[str, str]:
        seen = {}
        with self._session(user) as client:
            for _flags, _delimiter, mailbox in client.list_folders():
                client.select_folder(mailbox, readonly=True)
                for uid, row in client.fetch(client.search(), ["FLAGS", "INTERNALDATE", "BODY.PEEK[]"]).items():
                    flags = sorted(set(row[b"FLAGS"]) - {b"\\Recent"})
                    digest = hashlib.sha256(row[b"BODY[]"]).hexdigest()
                    seen[f"{mailbox}/{uid}:{flags}"] = f"{row[b'INTERNALDATE']} {digest}"
        return seen

    def bump_uidvalidity(self, user: str, mailbox: str) -> None:  # noqa: ARG002 -- all of the user's are made anew
        """Delete the whole user as its administrator and make it anew: Cyrus crashes on a RENAME of INBOX."""
        kept = []
        with self._session(user) as client:
            for _flags, _delimiter, name in client.list_folders():
                client.select_folder(name, readonly=True)
                rows = client.fetch(client.search(), ["FLAGS", "INTERNALDATE", "BODY.PEEK[]"]).values()
                kept += [
                    (name, row[b"BODY[]"], set(row[b"FLAGS"]) - {b"\\Recent"}, row[b"INTERNALDATE"]) for row in rows
                ]
        with self._session(ADMINISTRATOR) as client:
            client.setacl(f"user/{user}", ADMINISTRATOR, "lrswipkxtecda")
            client.delete_folder(f"user/{user}")
        for name, source, flags, received_at in kept:
            self.create(user, name)
            with self._session(user) as client:
                client.append(name, source, flags, received_at)

    def _environment(self) -> dict[str, str]:
        if self.root == Path("/"):
            return dict(os.environ)
        libraries = [str(folder) for part in ("usr/lib", "lib") for folder in (self.root / part).glob("*-linux-gnu")]
        return {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)}

    def _give_to_server(self) -> None:
        if os.getuid() == 0:
            for path in [self.folder, *self.folder.rglob("*")]:
                shutil.chown(path, "nobody", "nogroup")

    def _name(self) -> str:
        import pwd

        return "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name

    def _user(self) -> str | None:
        return "nobody" if os.getuid() == 0 else None

    def _group(self) -> str | None:
        return "nogroup" if os.getuid() == 0 else None
