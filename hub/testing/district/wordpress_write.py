"""The writing side of the WordPress REST API: who asks, and posts, categories and media made by them.

Status codes and error codes are those of WordPress 6.1; ``tests/testing/test_district_writing.py`` asks
both the same things. The messages are WordPress's in Indonesian.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from hub.testing.district import wordpress
from hub.testing.district.desk import ROLES, STATUSES, Desk, Media, allowed_upload, status, term_id
from hub.testing.district.servers import Reply, Request
from hub.testing.district.texts import Item, slugify
from hub.testing.district.wordpress_json import Json, api_root, error, media, reply, shown, term

if TYPE_CHECKING:
    from hub.testing.district.site import VillageSite

READING = ("GET", "HEAD", "OPTIONS")


def answer(site: VillageSite, route: str, request: Request) -> Reply:
    """Answer one REST request, reading or writing."""
    desk, method = site.desk, _method(request)
    assert desk is not None, "a WordPress site has a desk"
    known, refused = _caller(desk, request)
    if refused and site.names_refusals:
        return error(401, refused, _REFUSALS[refused])
    if not known and "rest_closed" in site.village.quirks:
        return error(401, "rest_login_required", "REST API dibatasi untuk pengguna yang masuk.")
    if route == "wp/v2/users/me":
        return _me(site, desk, method) if known else _not_logged_in()
    if method in READING:
        return wordpress.answer(site, route, request, known=known)
    kind, _, number = route.removeprefix("wp/v2/").partition("/")
    try:
        fields = {} if kind == "media" and not number else _fields(request)
    except ValueError:
        return error(400, "rest_invalid_json", "Badan JSON yang dikirim tidak valid.")
    work = _WORK.get((kind, "one" if number else "all", "DELETE" if method == "DELETE" else "WRITE"))
    if work is None:
        return error(404, "rest_no_route", "Tidak ada rute yang cocok dengan URL dan metode permintaan.")
    return work(_Asked(site, desk, request, known, number, fields))


class _Asked:
    """One writing request, read."""

    def __init__(
        self, site: VillageSite, desk: Desk, request: Request, known: bool, number: str, fields: Json
    ) -> None:
        self.site, self.desk, self.request = site, desk, request
        self.known, self.number, self.fields = known, number, fields

    def may(self, *capabilities: str) -> bool:
        return self.known and all(self.desk.may(each) for each in capabilities)

    def forbidden(self, code: str, message: str) -> Reply:
        """401 for strangers, 403 for those who may not."""
        return error(403 if self.known else 401, code, message)

    def shown(self, item: Item) -> Json:
        return shown(self.site, item, self.request, editing=True)


def _caller(desk: Desk, request: Request) -> tuple[bool, str]:
    """Whether the request carries a right Application Password, or why it is refused."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False, ""
    try:
        user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False, ""
    refused = desk.refusal(user, password) if colon else ""
    return bool(colon and not refused), refused


_REFUSALS = {
    "invalid_username": "<strong>Kesalahan:</strong> Nama pengguna tidak dikenal. Periksa lagi.",
    "incorrect_password": "Sandi yang diberikan bukan sandi aplikasi yang sah.",
}


def _method(request: Request) -> str:
    """Hosts that stop PUT and DELETE are got around by POST with the method beside it."""
    if request.method != "POST":
        return request.method
    asked = request.query.get("_method") or request.headers.get("x-http-method-override") or "POST"
    return asked.upper()


def _fields(request: Request) -> Json:
    """Parameters from query and body, the body winning.

    Raises:
        ValueError: the body is no JSON object.
    """
    if request.headers.get("content-type", "").startswith("application/json") and request.body.strip():
        body = json.loads(request.body)
        if not isinstance(body, dict):
            raise ValueError("not an object")
    else:
        body = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    return {**request.query, **body}


def _not_logged_in() -> Reply:
    return error(401, "rest_not_logged_in", "Anda tidak masuk saat ini.")


def _me(site: VillageSite, desk: Desk, method: str) -> Reply:
    if method not in READING:
        return error(403, "rest_cannot_edit", "Maaf, Anda tidak diizinkan menyunting pengguna ini.")
    return reply(
        {
            "id": 2,
            "username": desk.user,
            "name": site.village.authors[0],
            "slug": desk.user,
            "email": f"redaksi@{slugify(site.village.name)}.example",
            "locale": "id_ID",
            "roles": [desk.role],
            "capabilities": dict.fromkeys((*ROLES[desk.role], desk.role), True),
            "extra_capabilities": {desk.role: True},
            "link": f"{site.base.rstrip('/')}/author/{desk.user}/",
        }
    )


# Posts


def _create(asked: _Asked) -> Reply:
    if not asked.may("edit_posts"):
        return asked.forbidden("rest_cannot_create", "Maaf, Anda tidak diizinkan membuat pos.")
    wrong = _wrong_post(asked)
    if wrong is not None:
        return wrong
    if not any(asked.fields.get(name) for name in ("title", "content", "excerpt")):
        return error(400, "empty_content", "Isi, judul, dan kutipan kosong.")
    item = asked.desk.create(asked.fields)
    return _made(asked.site, f"wp/v2/posts/{item.id}", asked.shown(item))


def _wrong_post(asked: _Asked) -> Reply | None:
    """What is the matter with the fields of a post, if anything."""
    wanted = asked.fields.get("status", "draft")
    if wanted not in STATUSES:
        return error(400, "rest_invalid_param", "Parameter tidak valid: status")
    if wanted in ("publish", "future", "private") and not asked.may("publish_posts"):
        return error(403, "rest_cannot_publish", "Maaf, Anda tidak diizinkan menerbitkan pos ini.")
    return None


def _update(asked: _Asked) -> Reply:
    item = asked.desk.find(asked.number)
    if item is None:
        return error(404, "rest_post_invalid_id", "ID pos tidak valid.")
    if not asked.may("edit_posts", "edit_published_posts"):
        return asked.forbidden("rest_cannot_edit", "Maaf, Anda tidak diizinkan menyunting pos ini.")
    wrong = _wrong_post(asked)
    return wrong or reply(asked.shown(asked.desk.update(item, asked.fields)))


def _delete(asked: _Asked) -> Reply:
    item = asked.desk.find(asked.number)
    if item is None:
        return error(404, "rest_post_invalid_id", "ID pos tidak valid.")
    if not asked.may("delete_posts", "delete_published_posts"):
        return asked.forbidden("rest_cannot_delete", "Maaf, Anda tidak diizinkan menghapus pos ini.")
    if str(asked.fields.get("force", "")).lower() in ("true", "1"):
        before = asked.shown(item)
        asked.desk.erase(item)
        return reply({"deleted": True, "previous": before})
    if not asked.desk.trash:
        return error(501, "rest_trash_not_supported", "Pos ini tidak mendukung tong sampah.")
    if status(item) == "trash":
        return error(410, "rest_already_trashed", "Pos ini sudah dihapus.")
    return reply(asked.shown(asked.desk.throw_away(item)))


# Categories


def _create_term(asked: _Asked) -> Reply:
    if not asked.may("manage_categories"):
        return asked.forbidden("rest_cannot_create", "Maaf, Anda tidak diizinkan membuat kategori.")
    name = str(asked.fields.get("name", "")).strip()
    if not name:
        return error(400, "rest_missing_callback_param", "Parameter kurang: name")
    same = next((each for each in asked.desk.terms if each.casefold() == name.casefold()), None)
    if same is not None:
        return error(400, "term_exists", "Istilah dengan nama itu sudah ada.", term_id=term_id(same))
    asked.desk.add_term(name)
    return _made(asked.site, f"wp/v2/categories/{term_id(name)}", term(asked.site, name))


# Media


def _upload(asked: _Asked) -> Reply:
    request = asked.request
    if not asked.may("upload_files"):
        return asked.forbidden("rest_cannot_create", "Maaf, Anda tidak diizinkan mengunggah media.")
    if not request.body:
        return error(400, "rest_upload_no_data", "Tidak ada data yang dikirim.")
    disposition = request.headers.get("content-disposition", "")
    if not disposition:
        return error(400, "rest_upload_no_content_disposition", "Content-Disposition tidak diberikan.")
    name = re.search(r'filename="?([^";]+)"?', disposition)
    if name is None:
        return error(400, "rest_upload_invalid_disposition", "Content-Disposition tidak valid.")
    digest = request.headers.get("content-md5", "")
    if digest and digest != hashlib.md5(request.body).hexdigest():
        return error(412, "rest_upload_hash_mismatch", "Hash isi tidak sesuai.")
    kind = allowed_upload(name[1])
    if not kind:
        return error(500, "rest_upload_sideload_error", "Maaf, jenis berkas ini tidak boleh diunggah.")
    kept = asked.desk.upload(name[1], kind, request.body)
    return _made(asked.site, f"wp/v2/media/{kept.id}", media(asked.site, kept))


def _describe(asked: _Asked) -> Reply:
    kept = _media(asked)
    if kept is None:
        return error(404, "rest_post_invalid_id", "ID pos tidak valid.")
    if not asked.may("upload_files"):
        return asked.forbidden("rest_cannot_edit", "Maaf, Anda tidak diizinkan menyunting pos ini.")
    return reply(media(asked.site, asked.desk.describe(kept, asked.fields)))


def _delete_media(asked: _Asked) -> Reply:
    kept = _media(asked)
    if kept is None:
        return error(404, "rest_post_invalid_id", "ID pos tidak valid.")
    if not asked.may("delete_posts"):
        return asked.forbidden("rest_cannot_delete", "Maaf, Anda tidak diizinkan menghapus pos ini.")
    if str(asked.fields.get("force", "")).lower() not in ("true", "1"):
        return error(501, "rest_trash_not_supported", "Media tidak mendukung tong sampah.")
    asked.desk.drop(kept)
    return reply({"deleted": True, "previous": media(asked.site, kept)})


def _media(asked: _Asked) -> Media | None:
    return asked.desk.media.get(int(asked.number)) if asked.number.isdigit() else None


def _made(site: VillageSite, route: str, body: Json) -> Reply:
    return reply(body, {"Location": api_root(site) + route}, status=201)


_WORK: dict[tuple[str, str, str], Callable[[_Asked], Reply]] = {
    ("posts", "all", "WRITE"): _create,
    ("posts", "one", "WRITE"): _update,
    ("posts", "one", "DELETE"): _delete,
    ("categories", "all", "WRITE"): _create_term,
    ("media", "all", "WRITE"): _upload,
    ("media", "one", "WRITE"): _describe,
    ("media", "one", "DELETE"): _delete_media,
}
