"""A notice as a post of WordPress, and how such a post is known again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from connectors.wordpress.client import Raw
from hub.spec import Attachment, Notice

#: What a copy's comment says of it beside the version: all is there, its files are still on their way,
#: or it is only the notice of withdrawal.
Stage = Literal["", "files follow", "withdrawn"]
_PRE = re.compile(r"(<pre\b.*?</pre>)", re.IGNORECASE | re.DOTALL)
_LINES = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Placed:
    """An attachment and where it can be had: at the site's media library under ``number``, or at the hub
    (``number`` None)."""

    attachment: Attachment
    url: str
    number: int | None = None


def title(notice: Notice) -> str:
    """WordPress's titles are HTML."""
    return _inert(escape(notice.subject, quote=False))


def content(notice: Notice, files: Sequence[Placed], stage: Stage = "") -> str:
    """The post's content: text, attachments, source line with the mark, and our comment."""
    parts = [notice.html, _attachments(files), _signed(notice, notice.footer, stage)]
    return "\n".join(_plain(part) for part in parts if part)


def withdrawal(notice: Notice) -> str:
    """What stands in the post's place where it cannot be put in the trash."""
    return _plain(_signed(notice, notice.withdrawal, "withdrawn"))


def _signed(notice: Notice, footer: str, stage: Stage) -> str:
    """``footer`` with our comment inside its last paragraph: by itself WordPress would make it a paragraph
    of its own, an empty one."""
    comment = f"<!-- {notice.mark} v{notice.version}{' ' + stage if stage else ''} -->"
    text = footer.rstrip()
    return text[:-4] + comment + "</p>" if text.endswith("</p>") else text + comment


def _attachments(files: Sequence[Placed]) -> str:
    """Pictures as figures, everything else as a list of links."""
    figures = [_figure(each) for each in files if each.attachment.is_image]
    links = [_link(each) for each in files if not each.attachment.is_image]
    return "".join(figures) + (f"<ul>{''.join(links)}</ul>" if links else "")


def _figure(placed: Placed) -> str:
    # WordPress adds smaller sizes for small screens to images of this class.
    known = f' class="wp-image-{placed.number} size-full"' if placed.number else ""
    return f'<figure><img src="{escape(placed.url)}" alt="{escape(placed.attachment.alt)}"{known}></figure>'


def _link(placed: Placed) -> str:
    name = escape(placed.attachment.alt or placed.attachment.name)
    return f'<li><a href="{escape(placed.url)}">{name}</a> (PDF)</li>'


def _plain(html: str) -> str:
    """Inert for WordPress: it would take line ends for breaks, and brackets for shortcodes."""
    parts = _PRE.split(html)
    return _inert("".join(part if _PRE.match(part) else _LINES.sub(" ", part) for part in parts).strip())


def _inert(html: str) -> str:
    return html.replace("[", "&#91;").replace("]", "&#93;")


# -- known again ------------------------------------------------------------------------------------


def source(raw: Raw, of: str) -> str:
    """``title`` or ``content`` as written, or as shown where the site keeps the former to itself."""
    value: Any = raw.get(of)
    if isinstance(value, dict):
        value = value.get("raw", value.get("rendered"))
    return value if isinstance(value, str) else ""


def name(raw: Raw, of: str) -> str:
    """A slug or status, fit to be shown in a line of ours."""
    return re.sub(r"[^\w.-]+", "", str(raw.get(of)))[:80]


def address(raw: Raw, of: str) -> str:
    """An address of the web, or empty."""
    url = raw.get(of)
    return url if isinstance(url, str) and url.startswith(("http://", "https://")) else ""


def signature(raw: Raw, mark: str) -> tuple[int, str] | None:
    """Version and stage of the comment in a post's content."""
    found = re.search(rf"<!--\s*{re.escape(mark)} v(\d{{1,9}})\s*([a-z ]*?)\s*-->", source(raw, "content"))
    return (int(found[1]), found[2]) if found else None


def bears_our_slug(raw: Raw, mark: str) -> bool:
    """Our slug, also with what WordPress appends (``-2`` to a second one, ``__trashed`` in the trash) or
    what we do (``-b`` where the village has a post of that name)."""
    slug = raw.get("slug")
    pattern = rf"{re.escape(mark)}(-b)?(-\d+)?(__trashed(-\d+)?)?"
    return isinstance(slug, str) and re.fullmatch(pattern, slug) is not None


def is_ours(raw: Raw, mark: str) -> bool:
    """Our copy, if it was looked up. A mark in the text alone is no proof, for a village may quote the source
    line, nor is our slug alone."""
    if signature(raw, mark) is not None:
        return True
    return bears_our_slug(raw, mark) and mark in source(raw, "content")


def is_still_ours(raw: Raw, mark: str) -> bool:
    """Our copy, if it has the number that we know: the village may have rewritten it, and a site put back
    from a backup may have given the number to another post."""
    return bears_our_slug(raw, mark) or signature(raw, mark) is not None


def digest(raw: Raw, version: int) -> str:
    """What the site holds after we wrote ``version``: a later difference is somebody's edit. Of what the
    site gives back, since it may have changed what we sent (users without ``unfiltered_html``)."""
    return f"{version}:{_hash(raw)}"


def differs(raw: Raw, known: str) -> bool:
    """Whether the post is not what it was when ``known`` was taken; unknown counts as no."""
    return bool(known) and known.partition(":")[2] != _hash(raw)


def digest_version(known: str) -> int:
    number = known.partition(":")[0]
    return int(number) if number.isascii() and number.isdigit() else 0


def _hash(raw: Raw) -> str:
    text = f"{source(raw, 'title')}\0{source(raw, 'content')}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
