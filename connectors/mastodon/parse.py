"""A status as the API gives it, read into a message."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from hub.spec import (
    Context,
    Enclosure,
    Image,
    Message,
    Raw,
    links_in,
    mapping_in,
    mappings_in,
    text_in,
    text_of,
    title_of,
)

_SHOWN = ("public", "unlisted")


def is_public(raw: Raw) -> bool:
    """A server shows nothing else to strangers; one that does is not followed in that."""
    return raw.get("visibility", "public") in _SHOWN


def is_repost(raw: Raw) -> bool:
    return isinstance(raw.get("reblog"), dict)


def is_reply_to_others(raw: Raw, account: str) -> bool:
    return bool(raw.get("in_reply_to_id")) and raw.get("in_reply_to_account_id") != account


def entry_id(raw: Raw, base: str) -> str:
    """What the status is called in the whole network, so that it is one post through other doors too.

    It must be of this server and end in the status's number, by which it is asked for again; some servers
    name their statuses otherwise, and then it is the address at this API.
    """
    uri, number = text_in(raw, "uri"), text_in(raw, "id")
    if uri.startswith(f"{base}/") and uri.rpartition("/")[2] == number:
        return uri
    return f"{base}/api/v1/statuses/{number}"


def number_of(identifier: str, base: str) -> str:
    """The number of one of this server's statuses, empty for others (what was passed on)."""
    return identifier.rpartition("/")[2] if identifier.startswith(f"{base}/") else ""


def to_message(raw: Raw, base: str, account: str, ctx: Context) -> Message:
    """A status. What was passed on is its author's: with that name, address and identifier."""
    inner = raw.get("reblog")
    if isinstance(inner, dict):
        author = mapping_in(inner, "account")
        name = text_in(author, "display_name") or text_in(author, "acct")
        return _message(inner, base, ctx, name, text_in(inner, "uri") or entry_id(raw, base), "")
    goes_on = raw.get("in_reply_to_account_id") == account and text_in(raw, "in_reply_to_id")
    parent = _sibling(entry_id(raw, base), text_in(raw, "id"), str(goes_on)) if goes_on else ""
    return _message(raw, base, ctx, "", entry_id(raw, base), parent)


def _sibling(identifier: str, number: str, other: str) -> str:
    """The identifier of another status of the same account."""
    return identifier.removesuffix(number) + other


def _message(raw: Raw, base: str, ctx: Context, author: str, identifier: str, parent: str) -> Message:
    content, warning = text_in(raw, "content"), text_in(raw, "spoiler_text")
    card = text_in(mapping_in(raw, "card"), "url")
    above = f"<p><strong>{escape(warning, quote=False)}</strong></p>\n" if warning else ""
    hidden = raw.get("sensitive") is True
    return Message(
        identifier,
        link=text_in(raw, "url"),
        html=above + content + _poll(mapping_in(raw, "poll")),
        text=text_of(content),
        title=title_of(warning),
        published=ctx.parse_date(text_in(raw, "created_at")),
        updated=ctx.parse_date(text_in(raw, "edited_at")) if raw.get("edited_at") else None,
        author=author,
        language=text_in(raw, "language"),
        links=((card,) if card else ()) + links_in(text_of(content)),
        topics=tuple(text_in(tag, "name") for tag in mappings_in(raw, "tags")),
        images=() if hidden else tuple(_images(raw)),
        aliases=(uri,) if (uri := text_in(raw, "uri")) and uri != identifier else (),
        enclosures=() if hidden else tuple(_enclosures(raw)),
        parent=parent,
    )


def _images(raw: Raw) -> Iterator[Image]:
    """Pictures, and the still of a film."""
    for each in mappings_in(raw, "media_attachments"):
        still = text_in(each, "type") in ("video", "gifv")
        url = text_in(each, "preview_url") if still else text_in(each, "url")
        if text_in(each, "type") in ("image", "video", "gifv") and url:
            size = mapping_in(mapping_in(each, "meta"), "small" if still else "original")
            yield Image(url, text_in(each, "description"), _pixels(size, "width"), _pixels(size, "height"))


def _enclosures(raw: Raw) -> Iterator[Enclosure]:
    for each in mappings_in(raw, "media_attachments"):
        kind = {"video": "video/mp4", "gifv": "video/mp4", "audio": "audio/mpeg"}.get(
            text_in(each, "type"), ""
        )
        if kind and text_in(each, "url"):
            yield Enclosure(text_in(each, "url"), kind)


def _poll(poll: Raw) -> str:
    """What may be chosen; the votes change all the time and are left out."""
    choices = (escape(text_in(each, "title"), quote=False) for each in mappings_in(poll, "options"))
    items = "".join(f"<li>{choice}</li>" for choice in choices if choice)
    return f"\n<ul>{items}</ul>" if items else ""


def _pixels(size: Raw, name: str) -> int | None:
    value = size.get(name)
    return value if isinstance(value, int) and 0 < value < 100_000 else None
