"""A post of a Facebook page, as the Graph API gives it, into an entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.meta.client import Raw
from hub.spec import Context, Entry, Image, article_in, html_of, links_in, title_of, topics_of

PREFIX = "facebook:"
_ATTACHED = "type,media_type,title,description,url,unshimmed_url,media,target"
FIELDS = (
    "id,message,story,created_time,permalink_url,full_picture,is_published,status_type,parent_id,"
    f"attachments{{{_ATTACHED},subattachments.limit(30){{{_ATTACHED}}}}}"
)
#: Hosts of the network itself; ``l.facebook.com`` stands before every address outside of it.
OWN = ("facebook.com", "fb.com", "fb.me", "fb.watch", "instagram.com", "m.me", "wa.me", "whatsapp.com")
_OUTSIDE = ("share", "link")
MAX_IMAGES = 30


def to_entry(raw: Raw, ctx: Context, *, reposts: bool) -> Entry | None:
    """None for what is no news: what Facebook alone has written ("updated their cover photo"), and what
    somebody else wrote, unless ``reposts``."""
    if raw.get("is_published") is False or (raw.get("parent_id") and not reposts):
        return None
    attached = list(_attachments(raw))
    shared = next((each for each in attached if each.get("type") in _OUTSIDE), {})
    message = _text(raw.get("message"))
    if not message and not _text(shared.get("title")):
        return None
    text = "\n\n".join(filter(None, (message, _quoted(shared))))
    published = _text(raw.get("created_time"))
    read = ctx.parse_date(published) if published else None
    link = _text(raw.get("permalink_url")) or f"https://www.facebook.com/{raw['id']}"
    return Entry(
        id=f"{PREFIX}{raw['id']}",
        link=link,
        title=title_of(message) or _text(shared.get("title")),
        html=html_of(text),
        published=read,
        published_as_given="" if read else published,
        topics=topics_of(message),
        images=tuple(_images(raw, attached))[:MAX_IMAGES],
        base="https://www.facebook.com/",
        about=article_in([*_outside(shared), *links_in(message)], OWN),
    )


def _quoted(shared: Raw) -> str:
    """Title, beginning and address of the page that is passed on."""
    url = next(_outside(shared), "")
    return "\n".join(filter(None, (_text(shared.get("title")), _text(shared.get("description")), url)))


def _outside(attached: Raw) -> Iterator[str]:
    """The address of a shared page, out of the wrapping that counts clicks."""
    for name in ("unshimmed_url", "url"):
        url = _text(attached.get(name))
        if url:
            parts = urlsplit(url)
            wrapped = parts.path == "/l.php" and parse_qs(parts.query).get("u", [""])[0]
            yield wrapped or url


def _attachments(raw: Raw) -> Iterator[Raw]:
    """What is attached, of an album its parts."""
    for each in _data(raw.get("attachments")):
        parts = _data(each.get("subattachments"))
        yield from parts or [each]


def _images(raw: Raw, attached: list[Raw]) -> Iterator[Image]:
    """Each picture once; a text under it says what is on it. Videos are there with their first frame."""
    seen = set[str]()
    for each in attached:
        media = each.get("media")
        image = media.get("image") if isinstance(media, dict) else None
        found = image if isinstance(image, dict) else {}
        url = _text(found.get("src"))
        if url.startswith("https://") and urlsplit(url).path not in seen:
            seen.add(urlsplit(url).path)
            alt = "" if each.get("type") in _OUTSIDE else _text(each.get("description"))
            yield Image(url, alt[:300], _pixels(found.get("width")), _pixels(found.get("height")))
    picture = _text(raw.get("full_picture"))
    if not seen and picture.startswith("https://"):
        yield Image(picture)


def _data(value: Any) -> list[Raw]:
    found = value.get("data") if isinstance(value, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _pixels(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 100_000 else None
