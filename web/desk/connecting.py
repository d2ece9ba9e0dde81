"""Connecting a WordPress site by a click in its own dashboard (``authorize-application.php``).

The KIM says yes on its own site, which sends the browser back here with a password made for this hub. The
way back is signed and good once: it names the site and belongs to the session that began it.
"""

from __future__ import annotations

import secrets

from flask import Response, current_app, request, session
from itsdangerous import BadData, URLSafeTimedSerializer

from hub.errors import ConfigError, RemoteError
from hub.model import Target
from web import answer, current
from web.desk.access import actor, go, page, tell
from web.desk.targets import health_of, trouble
from web.present import host_of

#: Seconds that the KIM has to say yes.
MAX_AGE = 1800
_NONCE = "consent"
PUBLISHER = "wordpress"


@page("/meja/kanal/sambung", "targets", post=True)
def consent_asked() -> Response:
    """The page from which one goes over to the site's dashboard."""
    site = request.form.get("site", "")
    health = health_of(int(site) if site.isdigit() and len(site) < 10 else 0)
    session[_NONCE] = secrets.token_urlsafe(16)
    url = request.form.get("url", "").strip() or health.site.url
    state = _signer().dumps([health.site.id, session[_NONCE], _host(url)])
    back = current.paths().to("/meja/kanal/tersambung", {"state": state})
    try:
        there = current.hub().targets.consent(
            PUBLISHER, url, current.absolute(back), current.absolute(f"{back}&no=1")
        )
    except (ConfigError, RemoteError) as error:
        return tell(f"/meja/kanal/{health.site.id}", trouble(error))
    return answer.page("desk/consent.html", health=health, there=there)


@page("/meja/kanal/tersambung", "targets")
def connected() -> Response:
    """The site's answer. The password stands in this address, so it is stored at once and the browser is
    sent on to one without it; nothing learns of it by a Referer."""
    response = _connected()
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _connected() -> Response:
    hub, args = current.hub(), request.args
    try:
        site, nonce, host = _signer().loads(args.get("state", ""), max_age=MAX_AGE)
    except (BadData, ValueError):
        return go("/meja/kanal", "desk.consent.stale", kind="trouble")
    if not secrets.compare_digest(str(session.pop(_NONCE, "")), str(nonce)):
        return go("/meja/kanal", "desk.consent.stale", kind="trouble")
    path = f"/meja/kanal/{site}"
    url, user, password = (args.get(name, "") for name in ("site_url", "user_login", "password"))
    if args.get("no") or args.get("success") == "false" or not (url and user and password):
        return go(path, "desk.consent.refused", kind="trouble")
    if _host(url) != host:
        return go(path, "desk.consent.other", kind="trouble", host=_host(url))
    try:
        hub.targets.check(_keep(site, url, user, password).id)
    except (ConfigError, RemoteError) as error:
        return tell(path, trouble(error))
    return go(path, "desk.consent.done")


def _keep(site: int, url: str, user: str, password: str) -> Target:
    """The site's WordPress with its new password: the target that is there already, else a new one."""
    targets = current.hub().targets
    for known in targets.list(site):
        if known.publisher == PUBLISHER and _host(known.url) == _host(url):
            return targets.edit(known.id, actor(), url=url, user=user, password=password)
    return targets.add(site, PUBLISHER, actor(), url=url, user=user, password=password, check=False)


def _host(url: str) -> str:
    return host_of(url).removeprefix("www.")


def _signer() -> URLSafeTimedSerializer:
    assert current_app.secret_key
    return URLSafeTimedSerializer(current_app.secret_key, "kimhub consent")
