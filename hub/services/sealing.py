"""Secret options of sources: encrypted where they are kept, in the clear only while a connector is at work.

Kept is one text, a JSON object of all secret options of a source under the vault's keys. ``Source.options``
has them nowhere but in the copy of the source that is lent to the connector.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hub.errors import AuthError
from hub.model import Source
from hub.services.vault import Vault
from hub.spec.options import Option

#: Shorter values are not looked for in messages: they would be found in any.
_SHORTEST = 6


class Sealing:
    """Takes secret options apart from the others, and lends them."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, declared: Sequence[Option], options: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """What may be shown of ``options``, and the rest as it is to be kept (empty: nothing is secret)."""
        names = {option.name for option in declared if option.secret}
        shown = {name: value for name, value in options.items() if name not in names}
        secret = {name: value for name, value in options.items() if name in names}
        return shown, self._vault.encrypt(json.dumps(secret, sort_keys=True)) if secret else ""

    def unseal(self, sealed: str) -> dict[str, Any]:
        """Raises AuthError (``auth_key``): no key of ours opens it."""
        found = json.loads(self._vault.decrypt(sealed) or "{}")
        return dict(found) if isinstance(found, dict) else {}

    def lend(self, source: Source, sealed: str) -> Source:
        """``source`` as its connector sees it, with all options. To be kept nowhere.

        Raises:
            AuthError: ``auth_key``.
        """
        return replace(source, options={**source.options, **self.unseal(sealed)}) if sealed else source

    def masked(self, text: str, sealed: str) -> str:
        """``text``, which comes from a connector's hands, without the secrets lent to it."""
        if not sealed:
            return text
        try:
            secrets = self.unseal(sealed)
        except AuthError:
            return text  # then it was not lent either
        for value in secrets.values():
            if len(str(value)) >= _SHORTEST:
                text = text.replace(str(value), "***")
        return text
