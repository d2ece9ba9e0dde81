"""Following: a form, a button that says yes, a page about what is followed, and one click that ends it.

No cookie is at work here: whoever holds one of the secret links may do what it is for, and nobody else can
forge it. Opening a link never changes anything, since mail programs open links by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import Response, current_app, redirect, request
from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from hub.errors import ConfigError, NotFound
from hub.model.following import RHYTHMS, Following, Wish
from hub.model.view import SearchRequest
from web import answer, asking, current, errors
from web.portal import blueprint
from web.security import from_here, network

#: Wishes that one asker may send in an hour. Behind one address of a phone company sit many.
ASKS_AN_HOUR = RateLimitItemPerHour(30)
#: Longer than any link of ours, and than any address.
MAX_KEY, MAX_ADDRESS = 64, 2500


@blueprint.get("/ikuti")
def follow() -> Response:
    """The form: what is followed, how, how often."""
    wish = _wish(request.args)
    chosen = request.args.get("irama", "")
    if chosen not in RHYTHMS:
        chosen = "weekly" if wish.what == "place" else "daily" if wish.what == "news" else "soon"
    return _form(wish, rhythm=chosen)


@blueprint.post("/ikuti")
def ask_to_follow() -> Response:
    """The answer is the same for every address that was typed."""
    if not from_here():
        return errors.tell(403, current.say().t("follow.elsewhere"))
    wish, hub, lang = _wish(request.form), current.hub(), current.say().lang
    way, rhythm = request.form.get("cara", ""), request.form.get("irama", "")
    address = request.form.get("langganan" if _way(way) == "browser" else "alamat", "")[:MAX_ADDRESS]
    if request.form.get("nama"):  # a field that nobody sees: a program filled it in
        return _go("/ikuti/terkirim")
    _count()
    try:
        asked = hub.following.ask(wish, way, rhythm, lang, address)
    except ConfigError as error:
        return _form(wish, rhythm=rhythm, way=way, address=address, faults=error, status=422)
    if asked.way == "invitation":
        return _go(f"/ikuti/buka/{asked.token}")
    return _go(f"/ikuti/{asked.token}") if asked.token else _go("/ikuti/terkirim")


@blueprint.get("/ikuti/terkirim")
def follow_sent() -> Response:
    """A letter is on its way, or would be."""
    return _page("follow_sent.html")


@blueprint.get("/ikuti/buka/<token>")
def follow_invitation(token: str) -> Response:
    """The messenger's address to open."""
    try:
        found, url = current.hub().following.invited(token[:MAX_KEY])
    except NotFound:
        return _page("follow_gone.html", status=404)
    return _page("follow_open.html", what=_title(found), url=url)


@blueprint.get("/ikuti/ya/<token>")
def follow_question(token: str) -> Response:
    try:
        found = current.hub().following.waiting(token[:MAX_KEY])
    except NotFound:
        return _page("follow_gone.html", status=404)
    if found.state == "ended":
        return _page("follow_gone.html", status=410)
    return _page("follow_yes.html", token=token, following=found, what=_title(found))


@blueprint.post("/ikuti/ya/<token>")
def follow_confirm(token: str) -> Response:
    try:
        seen = current.hub().following.confirm(token[:MAX_KEY])
    except NotFound:
        return _page("follow_gone.html", status=404)
    return _go(f"/ikuti/{seen.token}", {"baru": 1})


@blueprint.get("/ikuti/<token>")
def followed(token: str) -> Response:
    """What is followed here, how often, and the way out."""
    try:
        seen = current.hub().following.seen(token[:MAX_KEY])
    except NotFound:
        return _page("follow_gone.html", status=404)
    return _page(
        "followed.html",
        seen=seen,
        following=seen.following,
        what=_title(seen.following),
        label=_label(seen.following),
        where=current.hub().following.page(seen.following),
        again=current.paths().follow(_params(seen.following.wanted)),
        done="baru" in request.args,
        saved="tersimpan" in request.args,
    )


@blueprint.post("/ikuti/<token>")
def change_followed(token: str) -> Response:
    try:
        current.hub().following.change(token[:MAX_KEY], request.form.get("irama", ""), current.say().lang)
    except NotFound:
        return _page("follow_gone.html", status=404)
    except ConfigError:
        return _go(f"/ikuti/{token[:MAX_KEY]}")
    return _go(f"/ikuti/{token[:MAX_KEY]}", {"tersimpan": 1})


@blueprint.get("/ikuti/berhenti/<token>")
def stop_question(token: str) -> Response:
    try:
        found = current.hub().following.stopping(token[:MAX_KEY])
    except NotFound:
        return _page("follow_gone.html", status=404)
    return _page("follow_stop.html", token=token, what=_title(found), ended=found.state == "ended")


@blueprint.post("/ikuti/berhenti/<token>")
def stop_following(token: str) -> Response:
    """From our own page, or from a mail program's button (RFC 8058: a POST from anywhere, without a cookie,
    answered without a redirect)."""
    try:
        found = current.hub().following.stop(token[:MAX_KEY])
    except NotFound:
        return _page("follow_gone.html", status=404)
    again = current.paths().follow(_params(found.wanted))
    return _page("follow_stop.html", token=token, what=_title(found), ended=True, done=True, again=again)


# -- parts ------------------------------------------------------------------------------------------


def _form(
    wish: Wish,
    *,
    rhythm: str,
    way: str = "",
    address: str = "",
    faults: ConfigError | None = None,
    status: int = 200,
) -> Response:
    hub, paths = current.hub(), current.paths()
    offers = hub.following.offers()
    typed = [each for each in offers if each.way == "address"]
    notices = wish.what == "notices"
    return _page(
        "follow.html",
        status=status,
        params=_params(wish),
        what=hub.tidings.title(wish, current.say().lang),
        feed=paths.notice_feed("xml", dict(wish.search)) if notices else paths.feed("xml", dict(wish.search)),
        offers=offers,
        typed=typed,
        mail_only=[each.notifier for each in typed] == ["mail"],
        way=way or (offers[0].notifier if offers else ""),
        rhythm=rhythm,
        address=address,
        wrong=[fault for fault in faults.faults if fault.key] if faults else [],
        push_key=next((each.public_key for each in offers if each.way == "browser"), ""),
    )


def _page(template: str, *, status: int = 200, **values: Any) -> Response:
    """Never kept, never indexed; nobody learns a secret address from where its links lead. The form has none,
    and its browser must say where it is sent from: without a referrer it would say "null"."""
    response = answer.page(template, status=status, cache=answer.NEVER, **values)
    if template != "follow.html":
        response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _go(path: str, params: Mapping[str, object] | None = None) -> Response:
    response = cast(Response, redirect(current.paths().to(path, params), 303))
    response.headers["Cache-Control"] = answer.NEVER
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _wish(args: Mapping[str, str]) -> Wish:
    """What the address means; places, topics and sites that are none are dropped, a slip of the pen is
    put right as the search does it."""
    hub = current.hub()
    asked = asking.read(args)
    search = {name: str(value) for name, value in asked.params(since=None, until=None, sort=None).items()}
    for name in ("village", "kecamatan"):
        if search.get(name) not in hub.gazetteer:
            search.pop(name, None)
    if args.get("apa") == "pengumuman":
        return Wish("notices", {"village": search["village"]} if "village" in search else {})
    if asked.site and not _is_site(asked.site):
        search.pop("site", None)
    if "q" in search:
        search["q"] = _meant(search["q"][:256])
    return Wish("place" if set(search) in ({"village"}, {"kecamatan"}) else "news", search)


def _is_site(key: int) -> bool:
    try:
        current.hub().reading.site(key)
    except NotFound:
        return False
    return True


def _meant(q: str) -> str:
    found = current.hub().reading.search(SearchRequest(q, limit=1, facets=False, cut=True))
    return found.suggestion if found.corrected and found.suggestion else q


def _params(wish: Wish) -> dict[str, object]:
    """The parameters that mean this wish."""
    return {**({"apa": "pengumuman"} if wish.what == "notices" else {}), **wish.search}


def _way(notifier: str) -> str:
    offers = current.hub().following.offers()
    return next((each.way for each in offers if each.notifier == notifier), "")


def _title(following: Following) -> str:
    return current.hub().tidings.title(following.wanted, current.say().lang)


def _label(following: Following) -> str:
    """The way in words; a notifier that is gone is named as it was called."""
    notifier = current.hub().plugins.all_notifiers.get(following.notifier)
    return notifier.label.get(current.say().lang, following.notifier) if notifier else following.notifier


def _count() -> None:
    """Raises TooManyRequests: this asker has used up the hour."""
    if not current.hub().settings.web.rate_limit:
        return
    limiter = current_app.extensions.setdefault("kimhub.askers", FixedWindowRateLimiter(MemoryStorage()))
    if not limiter.hit(ASKS_AN_HOUR, "follow", network(request.remote_addr or "")):
        raise TooManyRequests(retry_after=3600)
