"""Access for programs: a token is shown once, when it is made."""

from __future__ import annotations

from flask import Response, request

from hub.errors import ConfigError, Conflict
from web import answer, current
from web.desk.access import actor, go, page
from web.desk.forms import TokenForm


@page("/meja/kunci", "tokens")
def tokens() -> Response:
    return _show(TokenForm(formdata=None))


@page("/meja/kunci", "tokens", post=True)
def token_made() -> Response:
    """The one answer to a POST that is a page: a redirect would have to carry the token somewhere."""
    form = TokenForm()
    if not form.validate():
        return _show(form, 422)
    # who may write may also read
    scopes = ["announcements:read"]
    if form.scope.data == "announcements:write":
        scopes.append("announcements:write")
    try:
        token, plain = current.hub().access.make_token(
            form.name.data, scopes, actor(), role="editor", days=form.days.data
        )
    except ConfigError as error:
        form.complain(error)
        return _show(form, 422)
    except Conflict:
        form.name.errors = ["desk.token.taken"]
        return _show(form, 409)
    return answer.page("desk/token.html", token=token, plain=plain)


@page("/meja/kunci/cabut", "tokens", post=True)
def token_revoked() -> Response:
    name = request.form.get("name", "")
    current.hub().access.revoke_token(name, actor())
    return go("/meja/kunci", "desk.token.revoked", name=name)


def _show(form: TokenForm, status: int = 200) -> Response:
    return answer.page("desk/tokens.html", status=status, form=form, tokens=current.hub().access.tokens())
