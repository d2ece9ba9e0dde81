"""WordPress's page on which the owner of a site agrees that a program may write there.

The owner of a sample site is always signed in. As in WordPress, a yes sends the browser to ``success_url``
with ``site_url``, ``user_login`` and ``password`` appended, a no to ``reject_url``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from hub.testing.district import pages
from hub.testing.district.servers import Reply, Request, redirect

if TYPE_CHECKING:
    from hub.testing.district.desk import Desk
    from hub.testing.district.site import VillageSite

_KEPT = ("app_name", "app_id", "success_url", "reject_url")


def answer(site: VillageSite, desk: Desk, request: Request) -> Reply:
    """Show the question, or carry out what was pressed."""
    if request.method != "POST":
        return _page(site, _question(site, desk, request.query))
    form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    if not hmac.compare_digest(form.get("_wpnonce", "").encode(), _nonce(desk).encode()):
        return _page(site, "<p>Tautan yang Anda ikuti sudah kedaluwarsa.</p>", 403)
    if "approve" not in form:
        return redirect(_with(form.get("reject_url") or form.get("success_url", "/"), success="false"), 302)
    password = desk.grant()
    if not form.get("success_url"):
        return _page(site, f"<p>Sandi aplikasi baru Anda: <code>{password}</code></p>")
    answer = {"site_url": site.base.rstrip("/"), "user_login": desk.user, "password": password}
    return redirect(_with(form["success_url"], **answer), 302)


def _question(site: VillageSite, desk: Desk, query: Mapping[str, str]) -> str:
    name = escape(query.get("app_name") or "Sebuah aplikasi")
    wrong = [query[each] for each in ("success_url", "reject_url") if not _usable(query.get(each, ""))]
    if wrong:
        return f"<p>Alamat {escape(wrong[0])} tidak dapat dipakai.</p>"
    hidden = "".join(
        f'<input type="hidden" name="{each}" value="{escape(query.get(each, ""))}">' for each in _KEPT
    )
    host = escape(urlsplit(query.get("success_url", "")).netloc)
    where = f"<p>Sesudah disetujui, Anda dikembalikan ke <b>{host}</b>.</p>" if host else ""
    return (
        f"<p>Izinkan <b>{name}</b> masuk ke <b>{escape(site.name)}</b> sebagai <b>{escape(desk.user)}</b>? "
        "Aplikasi itu dapat menulis dan menarik pos atas nama Anda, sampai Anda mencabutnya.</p>"
        f'{where}<form method="post">{hidden}'
        f'<input type="hidden" name="_wpnonce" value="{_nonce(desk)}">'
        '<p><button name="approve" value="1">Ya, saya setuju menghubungkan ini</button> '
        '<button name="reject" value="1">Tidak, batalkan</button></p></form>'
    )


def _page(site: VillageSite, inner: str, status: int = 200) -> Reply:
    html = pages.notice(site, "Izinkan aplikasi", inner)
    return Reply(
        html.encode(), status=status, headers={"Cache-Control": "no-store", "X-Frame-Options": "DENY"}
    )


def _usable(url: str) -> bool:
    return not url or urlsplit(url).scheme in ("http", "https")


def _nonce(desk: Desk) -> str:
    """Only who could read the page can press its button."""
    return hashlib.sha256(f"nonce {desk.password}".encode()).hexdigest()[:10]


def _with(url: str, **values: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(values)}"
