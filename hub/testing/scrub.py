"""Takes out of recorded documents what is nobody's business: secrets, addresses of people, their numbers.

The same text is replaced by the same text everywhere, in addresses as well as in bodies, so that documents
still refer to one another; different ones stay different.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, quote_plus

from hub.testing.recorded import Exchange, Recording

MASK: Final = "disamarkan"

#: Headers that are about the one who asked, or about the way.
_PRIVATE: Final = re.compile(
    r"^(?:.*cookie.*|.*auth.*|.*token.*|cf-.*|x-request-id|x-forwarded.*|report-to|nel|via)$"
)
_NAMES: Final = (
    r"access_token|refresh_token|id_token|token|api_?key|apikey|app_?secret|client_secret|secret|signature|sig"
    r"|password|passwd|pwd|sandi|auth|session|sessionid|phpsessid|nonce|_wpnonce|csrf\w*|key"
)
_PARAMETER: Final = re.compile(rf"(?i)(?<=[?&;])((?:{_NAMES})=)([^&#\s\"'<>\\]+)")
_BARE: Final = re.compile(
    r"(?i)\b((?:access_token|refresh_token|client_secret|app_secret)=)([^&#\s\"'<>\\]+)"
)
_FIELD: Final = re.compile(rf"(?i)((?<!\w)\"(?:{_NAMES})\"\s*:\s*\")([^\"\\]{{6,}})(?=\")")
_INPUT: Final = re.compile(rf"(?i)(<input[^>]*name=[\"'](?:{_NAMES})[\"'][^>]*value=[\"'])([^\"']+)")
_BEARER: Final = re.compile(r"(?i)\b((?:bearer|basic)\s+)([A-Za-z0-9._~+/=-]{12,})")
_SECRETS: Final = (_PARAMETER, _BARE, _FIELD, _INPUT, _BEARER)
#: Telegram's bots, JSON Web Tokens, Meta's tokens.
_TOKENS: Final = re.compile(
    r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,50}(?![\w-])|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\bEAA[A-Za-z0-9]{30,}\b"
)
_MAIL: Final = re.compile(r"(?i)\b[a-z0-9][a-z0-9._%+-]{0,63}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}\b")
#: A mail address's letters as entities or percent codes are left: pages hide them from machines as we do.
_PHONE: Final = re.compile(
    r"(?<![\w/.-])(?:\+?62[\s.-]?|\(?0)8\d{1,2}\)?[\s.-]?\d{3,4}[\s.-]?\d{3,5}(?![\w-])"
)
_LINKED: Final = re.compile(r"(?i)((?:wa\.me/|phone=|tel:)\+?)(\d{9,15})\b")
_LANDLINE: Final = re.compile(r"(?<![\w/.-])\(0\d{2,3}\)\s?\d{5,8}(?!\w)")
#: Nomor Induk Kependudukan: province, regency, kecamatan, day (women's plus 40), month, year, number.
_NIK: Final = re.compile(
    r"(?<!\d)(?:1[1-9]|21|[37][1-6]|5[1-3]|6[1-5]|8[12]|9[1-7])\d{4}(?:[04][1-9]|[1256]\d|[37][01])(?:0[1-9]|1[0-2])\d{6}(?!\d)"
)


class Scrubber:
    """Args:
    secrets: texts that may be seen nowhere.

    ``counts`` says how many of each kind were masked: ``secret``, ``mail``, ``phone``, ``nik``.
    """

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        self.counts: Counter[str] = Counter()
        forms = {form for each in secrets if each for form in _forms(each)}
        self._secrets = sorted(forms, key=len, reverse=True)
        self._given: dict[tuple[str, str], str] = {}

    def recording(self, recording: Recording) -> Recording:
        """``recording`` with everything masked."""
        exchanges = [
            Exchange(
                self.text(each.url),
                each.status,
                {name: self.text(text) for name, text in each.headers.items() if not _PRIVATE.match(name)},
                self.body(each.body, each.type),
                each.method,
            )
            for each in recording.exchanges
        ]
        return Recording(self.text(recording.url), self.options(recording.options), exchanges)

    def options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self.text(value)
            if isinstance(value, str)
            else list(value)
            if isinstance(value, tuple)
            else value
            for name, value in options.items()
        }

    def body(self, body: bytes, type: str = "") -> bytes:
        """Bytes of text stay in their charset: only ASCII is looked for. Pictures and such stay whole."""
        if b"\x00" in body[:1024] or type.startswith(("image/", "video/", "audio/")):
            return body
        return self._masked(body.decode("latin-1"), wide=True).encode("latin-1")

    def text(self, text: str) -> str:
        return self._masked(text, wide=False)

    def _masked(self, text: str, *, wide: bool) -> str:
        for secret in self._secrets:
            known = secret.encode().decode("latin-1") if wide else secret
            self.counts["secret"] += text.count(known)
            text = text.replace(known, MASK)
        for pattern in _SECRETS:
            text = pattern.sub(self._named, text)
        text = _TOKENS.sub(lambda found: self._one("secret", found[0], MASK + "{}"), text)
        text = _MAIL.sub(lambda found: self._one("mail", found[0].lower(), "warga{}@contoh.example"), text)
        text = _LINKED.sub(lambda found: found[1] + self._phone(found[2]), text)
        text = _PHONE.sub(lambda found: self._phone(found[0]), text)
        text = _LANDLINE.sub(lambda found: self._phone(found[0]), text)
        return _NIK.sub(lambda found: self._one("nik", found[0], "{:016d}"), text)

    def _named(self, found: re.Match[str]) -> str:
        if found[2].startswith(MASK):
            return found[0]
        return found[1] + self._one("secret", found[2], MASK + "{}")

    def _phone(self, number: str) -> str:
        digits = re.sub(r"\D", "", number)
        if set(digits[:5]) == {"0"}:
            return number  # masked already
        return self._one("phone", "62" + digits.removeprefix("62").removeprefix("0"), "0000000{:04d}")

    def _one(self, kind: str, text: str, form: str) -> str:
        """The mask of this text, the same each time."""
        self.counts[kind] += 1
        number = sum(known == kind for known, _ in self._given) + 1
        return self._given.setdefault((kind, text), form.format(number))


def _forms(secret: str) -> tuple[str, ...]:
    """How a secret may be written: plain, in an address, in JSON."""
    return secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]
