"""``kimhub serve``: portal and schedule in one process."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from urllib.parse import urlsplit

import click

from hub.cli.frame import Command, Frame, option, tell
from hub.cli.output import line
from hub.cli.serving import serve_hub
from hub.config import Settings

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000


@click.command(cls=Command, help="help.serve")
@option("--host", metavar="H", default=DEFAULT_HOST)
@option("--port", type=click.IntRange(1, 65535), metavar="N")
@option("--no-schedule", is_flag=True)
@click.pass_obj
def serve(frame: Frame, host: str, port: int | None, no_schedule: bool) -> None:
    from hub.app import open_hub

    settings, port = served_at(frame.settings, port)
    hub = open_hub(settings)
    try:
        serve_hub(
            hub, host, port, schedule=not no_schedule, on_ready=lambda _: _announce(host, port, no_schedule)
        )
    finally:
        hub.close()


def _announce(host: str, port: int, no_schedule: bool) -> None:
    shown = f"[{host}]" if ":" in host else host
    line(tell("serve.ready", url=f"http://{shown}:{port}"))
    if no_schedule:
        line(tell("serve.no_schedule"))


def served_at(settings: Settings, port: int | None) -> tuple[Settings, int]:
    """Settings and port to serve with. Where the public address is this machine itself (no domain yet),
    its port and the served one are the same thing: each follows the other."""
    base = urlsplit(settings.hub.base_url)
    if not is_loopback(base.hostname or ""):
        return settings, port or DEFAULT_PORT
    port = port or base.port or DEFAULT_PORT
    shown = f"[{base.hostname}]" if ":" in (base.hostname or "") else base.hostname
    return replace(settings, hub=replace(settings.hub, base_url=f"{base.scheme}://{shown}:{port}")), port


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
