"""A notice as one Telegram message.

Plain text with entities rather than HTML or Markdown: what is sent is letter by letter what the preview
shows, and nothing an editor types can be taken for markup.
"""

from __future__ import annotations

from typing import Any

from hub.spec import Notice

#: Telegram's limit for a message; characters and offsets count as UTF-16 code units.
MAX_UNITS = 4096
_MAX_FILES = 1500


def text_of(notice: Notice) -> str:
    """The message. Too long, it is cut at a word; the source line with mark and address always stays."""
    body, _, source = notice.text.rpartition("\n\n")
    if notice.mark not in source:
        body, source = notice.text, f"{notice.url}\n{notice.mark}"
    if notice.subject not in body:
        body = f"{notice.subject}\n\n{body}"
    tail = "\n\n".join(part for part in (_files(notice), source) if part)
    room = MAX_UNITS - units(tail) - 2
    return f"{_cut(body.strip(), room)}\n\n{tail}"


def entities_of(notice: Notice, text: str) -> list[dict[str, Any]]:
    """The subject in bold."""
    at = text.find(notice.subject)
    if at < 0 or not notice.subject:
        return []
    return [{"type": "bold", "offset": units(text[:at]), "length": units(notice.subject)}]


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _files(notice: Notice) -> str:
    """Attachments as links to the hub, as many as there is room for; all are on the notice's page."""
    lines: list[str] = []
    for each in notice.attachments:
        lines.append(f"\N{PAPERCLIP} {each.alt or each.name}\n{each.url}")
        if units("\n".join(lines)) > _MAX_FILES:
            lines.pop()
            break
    return "\n".join(lines)


def _cut(text: str, room: int) -> str:
    if units(text) <= room:
        return text
    kept = text.encode("utf-16-le")[: 2 * (room - 2)].decode("utf-16-le", "ignore")
    word = kept.rpartition(" ")[0] if " " in kept[-200:] else kept
    return f"{word.rstrip()} \N{HORIZONTAL ELLIPSIS}"
