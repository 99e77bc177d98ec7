"""Whom to believe on an encrypted line."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from triage.errors import ConfigurationError

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
            f"The certificate authority {account.ca_file} cannot be read: {error}. Name a PEM file in ca_file."
        ) from error
    return context
