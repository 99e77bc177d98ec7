"""Dovecot 2.3 or 2.4 as a test server: CONDSTORE, SPECIAL-USE, STARTTLS and TLS, under any user, on loopback only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import ClassVar

from imapclient import imap_utf7

from tests.servers.base import PASSWORD, UnavailableError, free_port, make_certificate, short_folder
from tests.servers.maildir import MaildirServer

CONFIGURATION = """\
{dialect}
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = {host}
{users}
first_valid_uid = 1
first_valid_gid = 1
ssl = yes
auth_mechanisms = plain login
auth_failure_delay = 0
mail_max_userip_connections = 100
namespace inbox {{
  inbox = yes
  separator = /
{mailboxes}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
{extra}
"""

# What the two versions say in words of their own (Debian 12 has 2.3, Debian 13 has 2.4).
DIALECTS = {
    "2.3": """\
ssl_cert = <{certificate.file}
ssl_key = <{certificate.key}
ssl_dh =
disable_plaintext_auth = {no_plaintext}
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
""",
    "2.4": """\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
ssl_server_cert_file = {certificate.file}
ssl_server_key_file = {certificate.key}
auth_allow_cleartext = {plaintext}
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/mail/%{{user}}
  }}
}}
""",
}

# How each checks tokens: by asking an authorisation server (RFC 7662).
INTROSPECTION = """\
introspection_mode = post
introspection_url = {token_check}
username_attribute = username
active_attribute = active
active_value = true
"""
TOKENS = {
    "2.3": """\
auth_mechanisms = plain login {mechanisms}
passdb {{
  driver = oauth2
  mechanisms = {mechanisms}
  args = {folder}/oauth2.conf
}}
""",
    "2.4": """\
auth_mechanisms = plain login {mechanisms}
oauth2 {{
{introspection}
}}
""",
}

SPECIAL_USE = """\
  mailbox {name} {{
    special_use = \\{name}
    auto = subscribe
  }}"""


def dovecot_program() -> str:
    """Find dovecot; raises UnavailableError where it is missing."""
    if sys.platform == "win32":
        raise UnavailableError("Dovecot does not run on Windows")
    program = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        raise UnavailableError("Dovecot is not installed (Debian: apt-get install dovecot-imapd)")
    return program


def dovecot_dialect(program: str) -> str:
    """Say which language of configuration it speaks; raises UnavailableError where it is none that we know."""
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    for known, dialect in DIALECTS.items():
        if version.startswith(f"{known}."):
            return dialect
    raise UnavailableError(f"Dovecot {version.split()[0]} is installed; these tests know {' and '.join(DIALECTS)}")


class DovecotServer(MaildirServer):
    """Dovecot with any user name and the password `PASSWORD`.

    `special_use` gives every user Drafts, Sent, Junk, Trash and Archive with their special use. `capability` replaces
    what the server says it can (`imap_capability`). `plaintext_login=False` makes it say LOGINDISABLED without TLS;
    Dovecot does so only to strangers, so it then listens on 127.0.0.2, which Linux alone has. `names` are what the
    certificate is for. `token_check` is the address where an authorisation server tells of a token what it is worth;
    with it users may log in by the `mechanisms`, too. `extra` is added to the configuration as it is.
    """

    name: ClassVar[str] = "dovecot"
    has_special_use: ClassVar[bool] = True
    has_condstore: ClassVar[bool] = True

    def __init__(
        self,
        *,
        special_use: bool = True,
        plaintext_login: bool = True,
        capability: str = "",
        names: tuple[str, ...] = ("DNS:localhost", "IP:127.0.0.1", "IP:127.0.0.2"),
        token_check: str = "",
        mechanisms: str = "xoauth2 oauthbearer",
        extra: str = "",
    ) -> None:
        super().__init__()
        self.special_use = special_use
        self.names = names
        self.plaintext_login = plaintext_login
        self.token_check = token_check
        self.mechanisms = mechanisms
        self.extra = extra
        if not plaintext_login:
            self.host = "127.0.0.2"
        if capability:
            self.extra += f"\nimap_capability = {capability}\n"

    def start(self) -> None:
        program = dovecot_program()
        self._dialect = dovecot_dialect(program)
        self.folder = short_folder("td-")
        self.folder.chmod(0o755)
        self.owner = mail_owner()
        self.certificate = make_certificate(self.folder, self.names)
        (self.folder / "mail").mkdir()
        self._own(self.folder / "mail")
        self._start_with_retries(lambda: self._launch(program), self.folder / "dovecot.log")

    def _launch(self, program: str) -> subprocess.Popen[bytes]:
        self.port, self.tls_port = free_port(self.host), free_port(self.host)
        configuration = self.folder / "dovecot.conf"
        configuration.write_text(self._configuration())
        with (self.folder / "output.log").open("ab") as output:
            return subprocess.Popen([program, "-F", "-c", str(configuration)], stdout=output, stderr=output)

    def _configuration(self) -> str:
        uid, gid = self.owner or (os.getuid(), os.getgid())
        special = [SPECIAL_USE.format(name=name) for name in ("Drafts", "Sent", "Junk", "Trash", "Archive")]
        dialect = self._dialect.format(
            folder=self.folder,
            certificate=self.certificate,
            uid=uid,
            gid=gid,
            password=PASSWORD,
            plaintext="yes" if self.plaintext_login else "no",
            no_plaintext="no" if self.plaintext_login else "yes",
        )
        return CONFIGURATION.format(
            dialect=dialect,
            folder=self.folder,
            host=self.host,
            port=self.port,
            tls_port=self.tls_port,
            users=internal_users(),
            mailboxes="\n".join(special) if self.special_use else "",
            extra=self.extra + self._tokens(),
        )

    def _tokens(self) -> str:
        """Say how tokens are checked, if they are."""
        if not self.token_check:
            return ""
        introspection = INTROSPECTION.format(token_check=self.token_check)
        (self.folder / "oauth2.conf").write_text(introspection)
        version = next(version for version, dialect in DIALECTS.items() if dialect == self._dialect)
        template = "\n" + TOKENS[version]
        return template.format(mechanisms=self.mechanisms, folder=self.folder, introspection=introspection)

    def encode_name(self, mailbox: str) -> str:
        encoded: bytes = imap_utf7.encode(mailbox)
        return encoded.decode("ascii")

    def bump_uidvalidity(self, user: str, mailbox: str) -> None:
        """Take away Dovecot's own notes on the mailbox; it then numbers anew, under a UIDVALIDITY of ours."""
        path = self.mailbox_path(user, mailbox)
        uidlist = path / "dovecot-uidlist"
        if not uidlist.exists():  # nobody has looked into it yet, so nobody knows its old numbers
            return
        known = uidlist.read_text().split("\n", 1)[0].split()
        before = int(next(field[1:] for field in known if field.startswith("V")))
        for notes in [*path.glob("dovecot.index*"), *path.glob("dovecot.list.index*")]:
            notes.unlink()
        uidlist.write_text(f"3 V{before + 1} N1\n")


def mail_owner() -> tuple[int, int] | None:
    """Say who owns the mail: as root Debian's `nobody`, since Dovecot refuses to read mail as root; else ourselves."""
    import pwd

    if os.getuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def internal_users() -> str:
    """As root Dovecot's own users do; anybody else must play all the parts himself."""
    import grp
    import pwd

    if os.getuid() == 0:
        return ""
    user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    return f"default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}"
