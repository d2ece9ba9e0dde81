"""WhatsApp without an interface for programs: a link that opens WhatsApp with the text ready to be sent.

Nothing leaves the hub. The copy's address is that link (faq.whatsapp.com, "click to chat").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from hub.spec import (
    Action,
    Copy,
    Notice,
    Option,
    Preview,
    PublishContext,
    PublishError,
    Receipt,
    Sight,
    Target,
    TargetCheck,
    read_options,
)

_NOT_DIGIT = re.compile(r"[\s().+-]")


class WhatsappPublisher:
    name = "whatsapp"
    label: Mapping[str, str] = {
        "id": "WhatsApp (diteruskan oleh orang)",
        "en": "WhatsApp (forwarded by a person)",
    }
    needs: frozenset[str] = frozenset()
    options = (
        Option(
            "phone",
            help={
                "id": "Nomor yang dituju, misalnya 0812 3456 7890; kosong: pengirim memilih sendiri.",
                "en": "Number to write to, such as +62 812 3456 7890; empty: whoever sends it chooses.",
            },
        ),
    )

    def check(self, target: Target, ctx: PublishContext) -> TargetCheck:
        return TargetCheck(_phone(target), detail="a person has to forward the text")

    def preview(self, notice: Notice, target: Target) -> Preview:
        return Preview(self.name, notice.subject, text=notice.short)

    def find(self, notice: Notice, target: Target, ctx: PublishContext) -> Copy | None:
        return None

    def apply(
        self,
        action: Action,
        notice: Notice,
        copy: Copy | None,
        target: Target,
        ctx: PublishContext,
        *,
        overwrite: bool = False,
    ) -> Receipt:
        if action == "withdraw":
            return Receipt("done", detail="whoever forwarded it has to tell the groups that it is withdrawn")
        link = f"https://wa.me/{_phone(target)}?text={quote(notice.short, safe='')}"
        return Receipt("done", Copy(notice.mark, link), detail="ready for a person to forward")

    def verify(self, notice: Notice, copy: Copy, target: Target, ctx: PublishContext) -> Sight:
        """Chats cannot be read; somebody's word is noted, never proof."""
        confirmed = ctx.confirmed_at(notice)
        if confirmed:
            return Sight("unproven", detail=f"confirmed by hand at {confirmed.isoformat(timespec='minutes')}")
        return Sight("unproven", detail="nobody has confirmed it yet")


def _phone(target: Target) -> str:
    """Digits with the country code, as wa.me wants them; Indonesian numbers may begin with 0."""
    given = read_options(WhatsappPublisher.options, target.options, where="options")["phone"] or ""
    digits = _NOT_DIGIT.sub("", given)
    if digits.startswith("0"):
        digits = "62" + digits[1:]
    if digits and not (digits.isdecimal() and digits.isascii() and 8 <= len(digits) <= 15):
        detail = f"option phone {given[:40]!r} is no telephone number"
        raise PublishError("bad_url", detail, permanent=True)
    return digits
