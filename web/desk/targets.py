"""Channels: where the announcements for each site go, in order of preference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, request

from hub.errors import ConfigError, HubError, PluginError, RemoteError
from hub.model import Site, Target
from hub.model.view import SiteHealth
from hub.spec import ConsentingPublisher, Option, Publisher
from web import answer, asking, current
from web.desk.access import actor, go, page, tell
from web.desk.forms import TargetForm, in_words

ONE_SITE = f"/meja/kanal/<int(max={asking.MAX_ID}):site>"
ONE = f"/meja/kanal/ubah/<int(max={asking.MAX_ID}):key>"


@dataclass(frozen=True, slots=True)
class Setting:
    """One option of a publisher as a field of the form. A secret one is never shown again."""

    option: Option
    help: str
    value: Any


@page("/meja/kanal", "targets")
def channels() -> Response:
    hub = current.hub()
    by_site: dict[int, list[Target]] = {}
    for target in hub.targets.list():
        by_site.setdefault(target.site_id, []).append(target)
    sites = hub.reading.sites()
    return answer.page(
        "desk/channels.html",
        sites=[(each, sorted(by_site.get(each.site.id, ()), key=lambda one: one.rank)) for each in sites],
        reached=sum(1 for each in sites if any(t.state == "active" for t in by_site.get(each.site.id, ()))),
    )


@page(ONE_SITE, "targets")
def channel(site: int) -> Response:
    return _site(site, TargetForm(formdata=None), request.args.get("publisher", ""))


@page(ONE_SITE, "targets", post=True)
def target_added(site: int) -> Response:
    """A new channel; it is tried at once, and kept with its trouble shown when the try fails."""
    form, name = TargetForm(), request.form.get("publisher", "")
    publisher = _publisher(name)
    if not form.validate():
        return _site(site, form, name, 422)
    try:
        made = current.hub().targets.add(
            site,
            name,
            actor(),
            url=form.url.data or "",
            user=form.user.data or "",
            password=form.password.data or "",
            options=_options(publisher),
            check=False,
        )
    except ConfigError as error:
        form.complain(error)
        return _site(site, form, name, 422)
    return _try(made)


@page(ONE, "targets")
def target(key: int) -> Response:
    found = current.hub().targets.get(key)
    form = TargetForm(formdata=None)
    form.url.data, form.user.data = found.url, found.user
    return _target(found, form)


@page(ONE, "targets", post=True)
def target_changed(key: int) -> Response:
    """Address, name, options; an empty password leaves the kept one as it is."""
    hub, form = current.hub(), TargetForm()
    found = hub.targets.get(key)
    if not form.validate():
        return _target(found, form, 422)
    changes: dict[str, Any] = {"url": form.url.data or "", "user": form.user.data or ""}
    if form.password.data:
        changes["password"] = form.password.data
    publisher = _publisher(found.publisher)
    if publisher.options:
        changes["options"] = {**_kept_secrets(found, publisher), **_options(publisher)}
    try:
        changed = hub.targets.edit(key, actor(), **changes)
    except ConfigError as error:
        form.complain(error)
        return _target(found, form, 422)
    return _try(changed)


@page(f"{ONE}/periksa", "targets", post=True)
def target_checked(key: int) -> Response:
    return _try(current.hub().targets.get(key))


@page(f"{ONE}/urutan", "targets", post=True)
def target_moved(key: int) -> Response:
    hub = current.hub()
    found = hub.targets.get(key)
    rank = request.form.get("rank", "")
    if rank.isdigit() and 1 <= int(rank) <= 99:
        hub.targets.move(key, actor(), int(rank))
    return go(f"/meja/kanal/{found.site_id}", "desk.channel.moved")


@page(f"{ONE}/jeda", "targets", post=True)
def target_paused(key: int) -> Response:
    hub = current.hub()
    found = hub.targets.get(key)
    state = "active" if found.state == "paused" else "paused"
    hub.targets.edit(key, actor(), state=state)
    return go(f"/meja/kanal/{found.site_id}", f"desk.channel.now.{state}")


@page(f"{ONE}/hapus", "targets", post=True)
def target_removed(key: int) -> Response:
    hub = current.hub()
    found = hub.targets.get(key)
    hub.targets.remove(key, actor())
    return go(f"/meja/kanal/{found.site_id}", "desk.channel.removed")


def health_of(site: int) -> SiteHealth:
    return current.hub().reading.site(site)


def _try(found: Target) -> Response:
    """Ask the other side now, and tell in words what came of it."""
    path = f"/meja/kanal/{found.site_id}"
    try:
        current.hub().targets.check(found.id)
    except (ConfigError, PluginError, RemoteError) as error:
        return tell(path, trouble(error))
    return go(path, "desk.channel.works")


def trouble(error: HubError) -> str:
    """What is wrong with a channel, and what helps."""
    say = current.say()
    if isinstance(error, RemoteError):
        return say.t(
            "desk.channel.trouble",
            reason=say.reason(error.cause),
            cure=say.cure(error.cause),
        )
    if isinstance(error, ConfigError):
        return " ".join(map(in_words, error.faults))
    return str(error)


def _publisher(name: str) -> Publisher:
    found: Mapping[str, Publisher] = current.hub().targets.publishers()
    if name not in found:
        abort(404)
    return found[name]


def _site(site: int, form: TargetForm, name: str, status: int = 200) -> Response:
    health = health_of(site)
    found = current.hub().targets.publishers()
    publisher = found.get(name)
    if publisher and not form.is_submitted():
        form.url.data = _usual_url(name, health.site)
    return answer.page(
        "desk/channel.html",
        status=status,
        health=health,
        targets=sorted(current.hub().targets.list(site), key=lambda each: each.rank),
        form=form,
        publisher=publisher,
        settings_of=_settings(publisher, {}) if publisher else [],
        consents=any(isinstance(each, ConsentingPublisher) for each in found.values()),
    )


def _target(found: Target, form: TargetForm, status: int = 200) -> Response:
    publisher = _publisher(found.publisher)
    return answer.page(
        "desk/target.html",
        status=status,
        target=found,
        health=health_of(found.site_id),
        form=form,
        publisher=publisher,
        settings_of=_settings(publisher, found.options),
    )


def _usual_url(name: str, site: Site) -> str:
    """What a site's WordPress is called; other channels are elsewhere."""
    return site.url if name == "wordpress" else ""


def _settings(publisher: Publisher, values: Mapping[str, Any]) -> list[Setting]:
    lang = current.say().lang
    found = []
    for option in publisher.options:
        value = "" if option.secret else values.get(option.name, option.default)
        if isinstance(value, list | tuple):
            value = ", ".join(map(str, value))
        found.append(Setting(option, option.help.get(lang, ""), "" if value is None else value))
    return found


def _options(publisher: Publisher) -> dict[str, Any]:
    """What the form says about each declared option; nothing else of it is looked at."""
    given: dict[str, Any] = {}
    for option in publisher.options:
        value = request.form.get(f"option-{option.name}", "").strip()
        if option.kind == "bool":
            given[option.name] = bool(value)
        elif value:
            given[option.name] = value
    return given


def _kept_secrets(found: Target, publisher: Publisher) -> dict[str, Any]:
    secret = {option.name for option in publisher.options if option.secret}
    return {name: value for name, value in found.options.items() if name in secret}
