"""What the big providers want at login, said where their servers only say "no".

Sources: the providers' own help pages and the answers of their servers (Gmail "Application-specific password required",
Microsoft "Basic authentication is disabled", iCloud and Yahoo "[AUTHENTICATIONFAILED]").
"""

from __future__ import annotations

_APP_SENTENCE = (
    "{name} takes no ordinary password here: make an app password in the security settings of your account "
    "({where}) and use that one."
)
_GOOGLE = _APP_SENTENCE.format(name="Gmail", where="myaccount.google.com/apppasswords")
_APPLE = _APP_SENTENCE.format(name="iCloud", where="account.apple.com, app-specific passwords")
_YAHOO = _APP_SENTENCE.format(name="Yahoo", where="login.yahoo.com/account/security")
_MICROSOFT = 'Microsoft takes no passwords over IMAP any more: set auth = "oauth2-microsoft" and run `triage login`.'
_ANYONE = "Check username and password; some providers want an app password made for mail programs."

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
    said, name = words.lower(), host.lower().rstrip(".")
    for phrase, advice in _BY_WORDS:
        if phrase in said:
            return advice
    for domains, advice in _BY_HOST:
        if any(name == domain or name.endswith(f".{domain}") for domain in domains):
            return advice
    return _ANYONE
