"""The desk: where staff write announcements, send them, and see what became of them."""

from flask import Blueprint

blueprint = Blueprint("desk", __name__)

# these add their routes to it
import web.desk.audit  # noqa: E402
import web.desk.board  # noqa: E402
import web.desk.compose  # noqa: E402
import web.desk.connecting  # noqa: E402
import web.desk.deciding  # noqa: E402
import web.desk.home  # noqa: E402
import web.desk.people  # noqa: E402
import web.desk.sending  # noqa: E402
import web.desk.sign_in  # noqa: E402
import web.desk.targets  # noqa: E402
import web.desk.tokens  # noqa: E402, F401
