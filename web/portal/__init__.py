"""The pages that residents read."""

from flask import Blueprint

blueprint = Blueprint("portal", __name__)

from web.portal import (  # noqa: E402, F401 - they add their routes to it
    accessibility,
    announcements,
    checking,
    confirming,
    display,
    following,
    inbox,
    news,
    places,
    search,
    sharing,
    sources,
    suggesting,
)
