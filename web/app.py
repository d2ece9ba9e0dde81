"""The application factory: Flask inside, page cache and guard around it.

::

    server -> ProxyFix -> Guard -> FetchLog -> PageCache -> Flask -> hub.reading
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from web import (
    desk,
    display,
    embed,
    errors,
    feeds,
    findable,
    language,
    machines,
    offline,
    pictures,
    portal,
    push,
    security,
)
from web.api import announcements as api_announcements
from web.api import routes as api
from web.cache import PageCache
from web.desk import access as desk_access
from web.notices import routes as notices
from web.notices.fetches import FetchLog
from web.static_files import StaticFiles

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from hub.app import Hub

#: No page of the reading side takes a body; this only bounds what is thrown at it.
MAX_BODY = 1024 * 1024


def make_app(hub: Hub) -> WSGIApplication:
    """The whole portal over one open hub, ready for a WSGI server."""
    flask = make_flask(hub)
    flask.secret_key = hub.secret_key
    cache = PageCache(flask.wsgi_app, hub.reading.generation)
    own = urlsplit(hub.settings.hub.base_url).netloc
    fetches = FetchLog(cache, hub.noticeboard.note_fetch, hub.reading.generation, own)
    app: Any = security.Guard(fetches, hub.settings)
    if hub.settings.web.proxies:
        hops = hub.settings.web.proxies
        app = ProxyFix(app, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0)
    flask.extensions["kimhub.cache"] = cache
    return app  # type: ignore[no-any-return]


def make_flask(hub: Hub) -> Flask:
    """The Flask application alone."""
    app = Flask("web", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_PARTS=100, BABEL_DOMAIN="messages")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["kimhub"] = hub
    files = StaticFiles()
    app.extensions["kimhub.static"] = files
    app.register_blueprint(files.blueprint())
    app.register_blueprint(portal.blueprint)
    app.register_blueprint(feeds.blueprint)
    app.register_blueprint(machines.blueprint)
    app.register_blueprint(offline.blueprint)
    app.register_blueprint(push.blueprint)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(api_announcements.blueprint)
    app.register_blueprint(notices.blueprint)
    app.register_blueprint(embed.blueprint)
    app.register_blueprint(pictures.blueprint)
    app.register_blueprint(desk.blueprint)
    language.install(app)
    display.install(app)
    findable.install(app)
    security.install(app)
    desk_access.install(app, secure=hub.settings.hub.base_url.startswith("https://"))
    errors.install(app)
    return app
