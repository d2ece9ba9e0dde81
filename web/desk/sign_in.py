"""Signing in and out, and one's own password."""

from __future__ import annotations

from urllib.parse import parse_qsl

from flask import Response, request, session

from hub.errors import ConfigError, SignInRefused
from web import answer, current
from web.desk.access import ANYBODY, SIGNED_IN, actor, begin, carried, end, go, me, own, page, person, prove
from web.desk.forms import NewPasswordForm, SignInForm


@page("/masuk", ANYBODY)
def sign_in() -> Response:
    if me() is not None:
        return go(own(request.args.get("next")))
    return _show(SignInForm(formdata=None))


@page("/masuk", ANYBODY, post=True)
def signed_in() -> Response:
    form = SignInForm()
    if not form.validate():
        return _show(form, status=422)
    try:
        found = current.hub().access.sign_in(
            form.name.data, form.password.data, request.remote_addr or "", replacing=session.get("token", "")
        )
    except SignInRefused as refused:
        return _refuse(form, refused.retry_after)
    begin(found)
    if path := request.form.get("carry_to"):
        return answer.page("desk/carried.html", path=own(path), fields=_carried())
    return go(own(request.form.get("next")))


def _carried() -> list[tuple[str, str]]:
    """The form that was on its way when the session ended, without what belonged to that session."""
    pairs = parse_qsl(request.form.get("carry", ""), keep_blank_values=True)
    return [(name, value) for name, value in pairs if name != "csrf_token"]


@page("/keluar", ANYBODY, post=True)
def sign_out() -> Response:
    end()
    return go("/masuk", "desk.sign_out.done")


@page("/meja/akun", SIGNED_IN)
def account() -> Response:
    return answer.page("desk/account.html", form=NewPasswordForm(formdata=None))


@page("/meja/akun", SIGNED_IN, post=True)
def account_changed() -> Response:
    """A new password ends every other session; this browser gets a new one."""
    form, hub, who = NewPasswordForm(), current.hub(), person()
    if not form.validate():
        return answer.page("desk/account.html", status=422, form=form)
    if wrong := prove(form.old.data or ""):
        form.old.errors = [wrong]
        return answer.page("desk/account.html", status=422, form=form)
    try:
        hub.people.set_password(who.person.name, form.password.data, by=actor())
    except ConfigError as error:
        form.complain(error)
        return answer.page("desk/account.html", status=422, form=form)
    begin(hub.access.sign_in(who.person.name, form.password.data, request.remote_addr or ""))
    return go("/meja/akun", "desk.account.done")


def _refuse(form: SignInForm, retry_after: int | None) -> Response:
    """The same words for an unknown name and a wrong password; a lock says when it ends."""
    say = current.say()
    if retry_after is None:
        form.form_errors.append(say.t("desk.sign_in.refused"))
        return _show(form, status=401)
    form.form_errors.append(say.t("desk.sign_in.locked", minutes=say.number(-(-retry_after // 60))))
    response = _show(form, status=429)
    response.headers["Retry-After"] = str(retry_after)
    return response


def _show(form: SignInForm, status: int = 200) -> Response:
    if path := request.form.get("carry_to"):
        return carried(form, path, request.form.get("carry", ""))
    wanted = request.values.get("next")
    return answer.page("desk/sign_in.html", status=status, form=form, next=own(wanted) if wanted else "")
