"""What stands on the sheet for a village's notice board, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from web.notices.blocks import Block


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the paper, worded.

    ``banner`` is said on top in white on red (emergency, withdrawn), empty for none; ``facts`` are label
    and value; ``check`` the words beside the QR code, whose address is ``check_url``; ``made_at`` goes into
    the file, so that an unchanged announcement is an unchanged document.
    """

    lang: str
    office: str
    kind: str
    title: str
    number: str
    facts: Sequence[tuple[str, str]]
    body: Sequence[Block]
    check_title: str
    check: str
    check_url: str
    page: str
    made_at: datetime
    banner: str = ""
