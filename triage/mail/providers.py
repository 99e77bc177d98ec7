"""What is known of mail providers: where their IMAP server is, and what they want at login.

Sources of the table: the database of Thunderbird's account wizard (github.com/thunderbird/autoconfig, folder ispdb);
for those not in it guides and published configurations of their customers, which had to agree. Sources of the advice:
the providers' help pages and the answers of their servers (Gmail "Application-specific password required", Microsoft
"Basic authentication is disabled", iCloud and Yahoo "[AUTHENTICATIONFAILED]").
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from triage.i18n import N_, _
from triage.settings import Auth, Security


class Needs(Enum):
    """What has to be done at a provider before a program can read the mail there."""

    NOTHING = auto()
    APP_PASSWORD = auto()  # a password made for one program; the ordinary one is refused
    PERHAPS_APP_PASSWORD = auto()  # the same, for whoever signs in in two steps
    MAIL_PASSWORD = auto()  # a password for mail alone
    SWITCHED_ON = auto()  # IMAP is off until it is switched on in the settings
    SIGN_IN = auto()  # no passwords at all: OAuth2
    BRIDGE = auto()  # a program of the provider on this computer


@dataclass(frozen=True, slots=True)
class Provider:
    """A mail provider: the domains of its mail addresses, and the ends of the MX names of its customers' domains.

    `page` is where that is done which it needs.
    """

    name: str
    host: str
    domains: tuple[str, ...] = ()
    exchangers: tuple[str, ...] = ()
    port: int = 993
    security: Security = Security.TLS
    auth: Auth = Auth.PASSWORD
    needs: Needs = Needs.NOTHING
    page: str = ""
    has_short_names: bool = False  # it wants what stands before the @, not the address

    def username(self, address: str) -> str:
        """Say what one signs in with; who has a domain of his own has no short name that could be known."""
        local, _, domain = address.rpartition("@")
        has_one = self.has_short_names and any(_is_below(domain.lower(), known) for known in self.domains)
        return local if has_one else address


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PROVIDERS = (
    # The world
    Provider(
        "Gmail", "imap.gmail.com", _words("gmail.com googlemail.com"), _words("google.com googlemail.com"),
        needs=Needs.APP_PASSWORD, page="https://myaccount.google.com/apppasswords",
    ),
    Provider(
        "Microsoft", "outlook.office365.com",
        _words(
            "outlook.com hotmail.com live.com msn.com windowslive.com onmicrosoft.com hotmail.nl live.nl outlook.be "
            "hotmail.be live.be outlook.de hotmail.de live.de outlook.fr hotmail.fr live.fr outlook.at live.at "
            "outlook.ie outlook.es hotmail.es live.it outlook.it hotmail.it hotmail.co.uk live.co.uk"
        ),
        _words("protection.outlook.com mx.microsoft"),
        auth=Auth.MICROSOFT, needs=Needs.SIGN_IN,
    ),
    Provider(
        "iCloud", "imap.mail.me.com", _words("icloud.com me.com mac.com"), _words("mail.icloud.com"),
        needs=Needs.APP_PASSWORD, page="https://account.apple.com", has_short_names=True,
    ),
    Provider(
        "Yahoo", "imap.mail.yahoo.com",
        _words("yahoo.com ymail.com rocketmail.com yahoo.co.uk yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.ie yahoo.se"),
        _words("yahoodns.net"),
        needs=Needs.APP_PASSWORD, page="https://login.yahoo.com/account/security",
    ),
    Provider(
        "AOL", "imap.aol.com",
        _words("aol.com aim.com aol.co.uk aol.de aol.fr netscape.net compuserve.com verizon.net"),
        needs=Needs.APP_PASSWORD, page="https://login.aol.com/account/security",
    ),
    Provider(
        "Fastmail", "imap.fastmail.com", _words("fastmail.com fastmail.fm fastmail.nl fastmail.de sent.com"),
        _words("messagingengine.com"),
        needs=Needs.APP_PASSWORD, page="https://app.fastmail.com/settings/security",
    ),
    Provider(
        "Zoho", "imap.zoho.eu", _words("zoho.eu zohomail.eu"),
        needs=Needs.PERHAPS_APP_PASSWORD, page="https://accounts.zoho.eu",
    ),
    Provider(
        "Zoho", "imap.zoho.com", _words("zoho.com zohomail.com"),
        needs=Needs.PERHAPS_APP_PASSWORD, page="https://accounts.zoho.com",
    ),
    Provider(
        "Zoho", "imappro.zoho.eu", exchangers=_words("zoho.eu"),
        needs=Needs.PERHAPS_APP_PASSWORD, page="https://accounts.zoho.eu",
    ),
    Provider(
        "Zoho", "imappro.zoho.com", exchangers=_words("zoho.com"),
        needs=Needs.PERHAPS_APP_PASSWORD, page="https://accounts.zoho.com",
    ),
    Provider(
        "Proton", "127.0.0.1", _words("proton.me protonmail.com protonmail.ch pm.me"), _words("protonmail.ch"),
        1143, Security.STARTTLS, needs=Needs.BRIDGE, page="https://proton.me/mail/bridge",
    ),
    Provider("mail.com", "imap.mail.com", _words("mail.com email.com usa.com post.com consultant.com europe.com")),
    Provider(
        "Yandex", "imap.yandex.com", _words("yandex.com yandex.ru ya.ru yandex.by yandex.kz"), _words("yandex.net"),
        needs=Needs.APP_PASSWORD, page="https://id.yandex.com/security/app-passwords",
    ),
    Provider("Migadu", "imap.migadu.com", exchangers=_words("migadu.com")),
    Provider("StartMail", "imap.startmail.com", _words("startmail.com"), _words("startmail.com")),
    Provider("Hostinger", "imap.hostinger.com", exchangers=_words("hostinger.com")),
    Provider("Titan", "imap.titan.email", exchangers=_words("titan.email")),
    Provider("GoDaddy", "imap.secureserver.net", exchangers=_words("secureserver.net")),
    Provider("Rackspace", "secure.emailsrvr.com", exchangers=_words("emailsrvr.com")),
    # The Netherlands
    Provider(
        "KPN", "imap.kpnmail.nl",
        _words(
            "kpnmail.nl kpnplanet.nl planet.nl wxs.nl hetnet.nl freeler.nl xs4all.nl telfort.nl tip.nl tiscali.nl "
            "tiscalimail.nl onsbrabantnet.nl onsmail.nl onsnet.nu onsneteindhoven.nl onsnetnuenen.nl snelnet.net on.nl"
        ),
        _words("kpnmail.nl"),
    ),
    Provider(
        "Ziggo", "imap.ziggo.nl",
        _words(
            "ziggo.nl ziggomail.com home.nl casema.nl chello.nl upcmail.nl multiweb.nl quicknet.nl hahah.nl zinders.nl "
            "zeggis.nl zeggis.com razcall.nl razcall.com"
        ),
    ),
    Provider("Freedom", "imap.freedom.nl", _words("freedom.nl")),
    Provider("TransIP", "imap.transip.email", _words("transip.email"), _words("transip.email")),
    Provider("Hostnet", "imap.hostnet.nl", exchangers=_words("hostnet.nl")),
    Provider("Antagonist", "mail.antagonist.nl", exchangers=_words("antagonist.nl")),
    Provider("Soverin", "imap.soverin.net", _words("soverin.net"), _words("soverin.net")),
    # Belgium
    Provider("Telenet", "imap.telenet.be", _words("telenet.be pandora.be")),
    Provider("Proximus", "imap.proximus.be", _words("proximus.be skynet.be belgacom.net kidcity.be")),
    Provider("Voo", "imap.voo.be", _words("voo.be")),
    Provider("Combell", "imap.mailprotect.be", exchangers=_words("mailprotect.be")),
    # Germany
    Provider(
        "GMX", "imap.gmx.net", _words("gmx.net gmx.de gmx.at gmx.ch gmx.eu gmx.org gmx.info gmx.biz"),
        needs=Needs.SWITCHED_ON, page="https://www.gmx.net",
    ),
    Provider(
        "GMX", "imap.gmx.com", _words("gmx.com gmx.us gmx.co.uk gmx.fr gmx.es gmx.it gmx.ie"),
        needs=Needs.SWITCHED_ON, page="https://www.gmx.com",
    ),
    Provider("WEB.DE", "imap.web.de", _words("web.de"), needs=Needs.SWITCHED_ON, page="https://web.de"),
    Provider(
        "Telekom", "secureimap.t-online.de", _words("t-online.de magenta.de"),
        needs=Needs.MAIL_PASSWORD, page="https://account.idm.telekom.com",
    ),
    Provider("freenet", "mx.freenet.de", _words("freenet.de"), _words("freenet.de")),
    Provider("mailbox.org", "imap.mailbox.org", _words("mailbox.org"), _words("mailbox.org")),
    Provider("Posteo", "posteo.de", _words("posteo.de posteo.net posteo.org posteo.eu posteo.at posteo.ch")),
    Provider("STRATO", "imap.strato.de", _words("strato.de"), _words("rzone.de")),
    Provider(
        "IONOS", "imap.ionos.de", _words("online.de onlinehome.de"), _words("ionos.de kundenserver.de schlund.de")
    ),
    *(
        Provider("IONOS", f"imap.ionos.{land}", exchangers=(f"ionos.{land}",))
        for land in ("com", "co.uk", "fr", "es", "it")
    ),
    Provider("domainFACTORY", "sslin.df.eu", exchangers=_words("df.eu ispgateway.de")),
    # France and Switzerland
    Provider("Orange", "imap.orange.fr", _words("orange.fr wanadoo.fr")),
    Provider("Free", "imap.free.fr", _words("free.fr"), has_short_names=True),
    Provider("SFR", "imap.sfr.fr", _words("sfr.fr neuf.fr club-internet.fr")),
    Provider("La Poste", "imap.laposte.net", _words("laposte.net"), has_short_names=True),
    Provider("OVHcloud", "ssl0.ovh.net", exchangers=_words("ovh.net")),
    Provider("Gandi", "mail.gandi.net", exchangers=_words("gandi.net")),
    Provider("Infomaniak", "mail.infomaniak.com", _words("ik.me ikmail.com etik.com"), _words("infomaniak.ch")),
    Provider("Bluewin", "imaps.bluewin.ch", _words("bluewin.ch bluemail.ch swisscom.ch")),
    # All over Europe
    Provider("one.com", "imap.one.com", _words("one.com"), _words("one.com")),
)  # fmt: skip
"""Every provider by the domains of its addresses and by the MX of its customers' own domains."""


def provider_of_domain(domain: str) -> Provider | None:
    """Find whose addresses end like that: `gmail.com`, `shop.onmicrosoft.com`."""
    name = domain.lower().rstrip(".")
    return next((each for each in PROVIDERS if any(_is_below(name, known) for known in each.domains)), None)


def provider_of_exchanger(host: str) -> Provider | None:
    """Find who runs the server that takes in a domain's mail (its MX)."""
    name = host.lower().rstrip(".")
    return next((each for each in PROVIDERS if any(_is_below(name, known) for known in each.exchangers)), None)


def provider_of_server(host: str, port: int) -> Provider | None:
    """Find whose IMAP server this is."""
    name = host.lower().rstrip(".")
    return next((each for each in PROVIDERS if (each.host, each.port) == (name, port)), None)


def _is_below(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


_APP_PASSWORD = N_(
    "{name} takes no ordinary password here: make an app password in the security settings of your account "
    "({where}) and use that one."
)
_GOOGLE = (_APP_PASSWORD, "Gmail", "myaccount.google.com/apppasswords")
_APPLE = (
    N_("{name} takes no ordinary password here: make an app-specific password at {where} and use that one."),
    *("iCloud", "account.apple.com"),
)
_YAHOO = (_APP_PASSWORD, "Yahoo", "login.yahoo.com/account/security")
_MICROSOFT = (
    N_('{name} takes no passwords over IMAP any more: set auth = "oauth2-microsoft" and run `triage login`.'),
    *("Microsoft", ""),
)
_ANYONE = (N_("Check username and password; some providers want an app password made for mail programs."), "", "")

_BY_HOST = (
    (("gmail.com", "googlemail.com", "google.com"), _GOOGLE),
    (("icloud.com", "me.com", "mac.com", "apple.com"), _APPLE),
    (("yahoo.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "aol.com"), _YAHOO),
    (("office365.com", "outlook.com", "hotmail.com", "live.com"), _MICROSOFT),
)
_BY_WORDS = (
    ("application-specific password", _GOOGLE),
    ("basic authentication is disabled", _MICROSOFT),
    ("authenticated but not connected", _MICROSOFT),
    ("basicauthblocked", _MICROSOFT),
)


def login_advice(host: str, words: str) -> str:
    """Say what to do about a refused login, by what the server said and whose server it is."""
    sentence, name, where = _advice(host.lower().rstrip("."), words.lower())
    return _(sentence).format(name=name, where=where)


def _advice(host: str, words: str) -> tuple[str, str, str]:
    for phrase, advice in _BY_WORDS:
        if phrase in words:
            return advice
    for domains, advice in _BY_HOST:
        if any(_is_below(host, domain) for domain in domains):
            return advice
    return _ANYONE
