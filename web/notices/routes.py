"""Announcements for machines and for paper: feeds, CAP, sheet, QR code, attachments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, request
from lxml import etree

from hub.model import Announcement
from web import answer, asking, current
from web.notices import cap, feeds, qr, wording
from web.present import xml_text

blueprint = Blueprint("notices", __name__)

_ID = f"<int(max={asking.MAX_ID}):key>"
#: A withdrawal stays in the list of alerts so long that every receiver has seen it.
_CANCELLED_FOR = timedelta(days=7)
_ALERTS = 50
_ATOM = "http://www.w3.org/2005/Atom"
#: The bytes under such an address never change, but what is withdrawn must not stay in caches for long.
_LONG = "public, max-age=86400"
_SANDBOX = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
_SHOWN = ("image/jpeg", "image/png", "image/webp")


@blueprint.get("/pengumuman/feed.xml")
@blueprint.get("/pengumuman/feed.atom")
def xml_feed() -> Response:
    kind = request.path.rpartition(".")[2]
    return answer.document(feeds.as_xml(feeds.feed(kind)), feeds.TYPES[kind], shared=True)


@blueprint.get("/pengumuman/feed.json")
def json_feed() -> Response:
    return answer.as_json(feeds.as_json(feeds.feed("json")), feeds.TYPES["json"])


@blueprint.get("/pengumuman/cap.xml")
def alerts() -> Response:
    """The emergencies in force, and those withdrawn of late, as an Atom feed that holds their alerts: CAP
    itself has no list, and a receiver of one address wants them all."""
    house = wording.house()
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM, "cap": cap.NAMESPACE})
    here = current.absolute("/pengumuman/cap.xml")
    found = list(_alerts())
    _atom(root, "id", here)
    _atom(root, "title", current.say().t("notices.cap.title", name=current.hub().settings.hub.name))
    newest = max((cap.sent(each) for each in found), default=None)
    today = current.hub().now().replace(hour=0, minute=0, second=0, microsecond=0)
    _atom(root, "updated", cap.moment(newest or today, house.zone))
    _atom(root, "link", rel="self", href=here, type="application/atom+xml")
    author = etree.SubElement(root, f"{{{_ATOM}}}author")
    _atom(author, "name", house.office)
    for each in found:
        _alert_entry(root, each, house)
    document = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return answer.document(document, feeds.TYPES["atom"], shared=True)


@blueprint.get(f"/pengumuman/{_ID}/cap.xml")
def alert(key: int) -> Response:
    announcement = current.hub().noticeboard.public(key)
    if not announcement.urgent:
        abort(404)
    document = cap.document(_alert(announcement, wording.house()))
    return answer.document(document, f"{cap.TYPE}; charset=utf-8", shared=True)


@blueprint.get(f"/pengumuman/{_ID}/lembar.pdf")
def sheet(key: int) -> Response:
    from web.notices.sheet_pdf import pdf  # its library takes 28 MB, and few sheets are asked for

    announcement = current.hub().noticeboard.public(key)
    response = answer.document(pdf(wording.sheet(announcement)), "application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="pengumuman-{key}.pdf"'
    response.headers["Content-Security-Policy"] = _SANDBOX
    return response


@blueprint.get(f"/pengumuman/{_ID}/qr.svg")
def code(key: int) -> Response:
    board = current.hub().noticeboard
    board.public(key)
    response = answer.document(qr.svg(board.notice(key).check_url), "image/svg+xml")
    response.headers["Content-Security-Policy"] = _SANDBOX
    return response


@blueprint.get(f"/pengumuman/{_ID}/lampiran/<sha256>/<name>")
def attachment(key: int, sha256: str, name: str) -> Response:
    """An attachment, under the name that the hub gave it. Only pictures are shown in place; everything runs
    nowhere."""
    announcement = current.hub().noticeboard.public(key)
    mine = next(
        (each for each in announcement.attachments if (each.sha256, each.name) == (sha256, name)), None
    )
    if mine is None or announcement.state == "withdrawn":
        abort(404)
    stored = current.hub().noticeboard.public_file(key, sha256)
    shown = stored.type in _SHOWN
    response = answer.document(
        stored.content,
        stored.type if shown or stored.type == "application/pdf" else "application/octet-stream",
        cache=_LONG,
    )
    response.headers["Content-Security-Policy"] = _SANDBOX
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers.set("Content-Disposition", "inline" if shown else "attachment", filename=mine.name)
    return response


def _alerts() -> Iterable[Announcement]:
    found, _ = current.hub().noticeboard.archive(nature="darurat", limit=_ALERTS)
    for each in found:
        late = current.hub().now() - _CANCELLED_FOR
        if each.state == "published" or (each.withdrawn_at and each.withdrawn_at > late):
            yield each


def _alert(announcement: Announcement, house: cap.House) -> Any:
    board = current.hub().noticeboard
    earlier = [each for each in board.versions(announcement.id) if each.version < announcement.version]
    notice = board.notice(announcement.id)
    files = [(each.alt or each.name, each.type, each.size, each.url) for each in notice.attachments]
    if announcement.state == "withdrawn":
        files = []
    return cap.alert(announcement, earlier, wording.parts(announcement), house, notice.url, files)


def _alert_entry(root: Any, announcement: Announcement, house: cap.House) -> None:
    address = current.absolute(f"/pengumuman/{announcement.id}/cap.xml")
    entry = etree.SubElement(root, f"{{{_ATOM}}}entry")
    _atom(entry, "id", f"urn:kimhub:{cap.identifier(announcement)}")
    _atom(entry, "title", announcement.subject)
    _atom(entry, "updated", cap.moment(cap.sent(announcement), house.zone))
    _atom(entry, "link", rel="alternate", href=address, type=cap.TYPE)
    content = etree.SubElement(entry, f"{{{_ATOM}}}content", type=cap.TYPE)
    content.append(_alert(announcement, house))


def _atom(parent: Any, name: str, text: str = "", **attributes: str) -> None:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    if text:
        element.text = xml_text(text)
