"""A message as the Bot API gives it (core.telegram.org/bots/api#message).

Its pictures can be had only under an address that holds the bot's token, so they are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape

from hub.spec import Context, Message, Raw, html_of, links_in, text_in

_FORWARDED = ("forward_origin", "forward_from_chat", "forward_from", "forward_date")


def is_passed_on(raw: Raw) -> bool:
    return any(
        raw.get(name) for name in ("forward_origin", "forward_from_chat", "forward_from", "forward_date")
    )


def to_message(raw: Raw, ctx: Context) -> Message | None:
    """None where it holds no number, or nothing but a picture."""
    number, chat = raw.get("message_id"), raw["chat"]
    words = text_in(raw, "text") or text_in(raw, "caption")
    poll = raw.get("poll") if isinstance(raw.get("poll"), dict) else None
    if not isinstance(number, int) or not (words or poll):
        return None
    name = text_in(chat, "username")
    page = f"https://t.me/{name}/{number}" if name else ""
    links = list(_linked(raw, words))
    return Message(
        page or f"telegram:{chat.get('id')}:{number}",
        link=page,
        html=_html(words, links) + (_poll(poll) if poll else ""),
        text=words or text_in(poll or {}, "question"),
        published=_moment(raw.get("date")),
        updated=_moment(raw.get("edit_date")),
        author=_origin(raw),
        links=tuple(dict.fromkeys((*_card(raw), *(url for *_, url in links), *links_in(words)))),
    )


def _html(words: str, links: list[tuple[int, int, str]]) -> str:
    """Offsets count UTF-16 code units."""
    units, done, pieces = words.encode("utf-16-le", "surrogatepass"), 0, list[str]()
    for start, end, url in sorted(links):
        if start < done or not url.startswith(("http://", "https://")):
            continue
        pieces.append(escape(_decoded(units[2 * done : 2 * start]), quote=False))
        pieces.append(
            f'<a href="{escape(url)}">{escape(_decoded(units[2 * start : 2 * end]), quote=False)}</a>'
        )
        done = end
    if not pieces:
        return html_of(words)
    pieces.append(escape(_decoded(units[2 * done :]), quote=False))
    blocks = (block.strip().replace("\n", "<br>") for block in "".join(pieces).split("\n\n"))
    return "\n".join(f"<p>{block}</p>" for block in blocks if block)


def _decoded(units: bytes) -> str:
    return units.decode("utf-16-le", "replace")


def _linked(raw: Raw, words: str) -> Iterator[tuple[int, int, str]]:
    """Begin, end and address of linked words."""
    found = raw.get("entities") or raw.get("caption_entities")
    units = words.encode("utf-16-le", "surrogatepass")
    for each in found if isinstance(found, list) else []:
        if not isinstance(each, dict):
            continue
        at, length = each.get("offset"), each.get("length")
        if not (isinstance(at, int) and isinstance(length, int) and 0 <= at < at + length <= len(units) // 2):
            continue
        if each.get("type") == "text_link" and text_in(each, "url"):
            yield at, at + length, text_in(each, "url")
        elif each.get("type") == "url":
            shown = _decoded(units[2 * at : 2 * (at + length)])
            yield at, at + length, shown if "://" in shown else f"http://{shown}"


def _card(raw: Raw) -> Iterator[str]:
    options = raw.get("link_preview_options")
    if isinstance(options, dict) and text_in(options, "url"):
        yield text_in(options, "url")


def _poll(poll: Raw) -> str:
    options = [each for each in poll.get("options") or [] if isinstance(each, dict)]
    choices = "".join(f"<li>{escape(text_in(each, 'text'), quote=False)}</li>" for each in options)
    return f"<p>{escape(text_in(poll, 'question'), quote=False)}</p><ul>{choices}</ul>"


def _origin(raw: Raw) -> str:
    """Whose message was passed on."""
    origin = raw.get("forward_origin")
    found = origin if isinstance(origin, dict) else {}
    for chat in (found.get("chat"), found.get("sender_chat"), raw.get("forward_from_chat")):
        if isinstance(chat, dict) and text_in(chat, "title"):
            return text_in(chat, "title")
    return text_in(found, "sender_user_name")


def _moment(seconds: object) -> datetime | None:
    """Epoch seconds."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 1e11:
        return None
    return datetime.fromtimestamp(seconds, UTC)
