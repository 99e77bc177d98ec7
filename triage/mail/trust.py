"""Whom to believe on an encrypted line."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from triage.errors import ConfigurationError
from triage.i18n import _

if TYPE_CHECKING:
    from triage.settings import AccountSettings


def trust(account: AccountSettings) -> ssl.SSLContext:
    """Trust the system's authorities, and the one that the owner adds. Verification is never switched off."""
    try:
        context = ssl.create_default_context()
        if account.ca_file is not None:
            context.load_verify_locations(account.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            _("The certificate authority {path} cannot be read: {reason}. Name a PEM file in ca_file.").format(
                path=account.ca_file, reason=error
            )
        ) from error
    return context
