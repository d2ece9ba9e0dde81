"""Who may sign in: for administrators."""

from __future__ import annotations

from flask import Response, request

from hub.errors import ConfigError, Conflict
from hub.model import ROLES, Person
from web import answer, current
from web.desk.access import actor, go, page, person
from web.desk.forms import NewPasswordForm, PersonForm


@page("/meja/orang", "people")
def people() -> Response:
    return _show(PersonForm(formdata=None))


@page("/meja/orang", "people", post=True)
def person_added() -> Response:
    form = PersonForm()
    if not form.validate():
        return _show(form, 422)
    try:
        added = current.hub().people.add(form.name.data, form.password.data, form.role.data, by=actor())
    except ConfigError as error:
        form.complain(error)
        return _show(form, 422)
    except Conflict:
        form.name.errors = ["desk.person.taken"]
        return _show(form, 409)
    return go("/meja/orang", "desk.person.added", name=added.name)


@page("/meja/orang/peran", "people", post=True)
def role_changed() -> Response:
    name, role = request.form.get("name", ""), request.form.get("role", "")
    if role not in ROLES:
        return go("/meja/orang")
    try:
        current.hub().people.set_role(name, role, by=actor())
    except Conflict:
        return go("/meja/orang", "desk.person.last", kind="trouble")
    return go("/meja/orang", "desk.person.changed", name=name)


@page("/meja/orang/aktif", "people", post=True)
def person_switched() -> Response:
    """Let somebody in no more, or again."""
    hub, name = current.hub(), request.form.get("name", "")
    if request.form.get("on") == "1":
        hub.people.enable(name, by=actor())
        return go("/meja/orang", "desk.person.enabled", name=name)
    if name == person().person.name:
        return go("/meja/orang", "desk.person.self", kind="trouble")
    try:
        hub.people.disable(name, by=actor())
    except Conflict:
        return go("/meja/orang", "desk.person.last", kind="trouble")
    return go("/meja/orang", "desk.person.disabled", name=name)


@page("/meja/orang/sandi", "people", post=True)
def password_reset() -> Response:
    form, name = NewPasswordForm(), request.form.get("name", "")
    try:
        if not form.validate():
            return go("/meja/orang", "desk.fault.password", kind="trouble")
        current.hub().people.set_password(name, form.password.data, by=actor())
    except ConfigError:
        return go("/meja/orang", "desk.fault.password", kind="trouble")
    return go("/meja/orang", "desk.person.reset", name=name)


def _show(form: PersonForm, status: int = 200) -> Response:
    found: tuple[Person, ...] = current.hub().people.list()
    return answer.page("desk/people.html", status=status, form=form, people=found, roles=ROLES[::-1])
