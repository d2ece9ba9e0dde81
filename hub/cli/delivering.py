"""``kimhub deliver`` and ``kimhub verify``: send what is due, and read back what stands there."""

from __future__ import annotations

import click

from hub.cli.frame import Command, Frame, json_option, option, reason_text, tell
from hub.cli.output import line, print_json, progress
from hub.model import Delivery, DeliveryRun

everything_option = option("--all", "all_deliveries", is_flag=True)


def delivery_state(delivery: Delivery) -> str:
    """How a delivery stands, in words, with what is wrong where something is."""
    state = tell(f"delivery_state.{delivery.state}")
    return f"{state}: {reason_text(delivery.cause, delivery.problem)}" if delivery.reason else state


def delivery_line(delivery: Delivery) -> str:
    """One delivery in one line for people."""
    state = delivery_state(delivery)
    return tell("delivery.line", site=delivery.site, publisher=delivery.publisher, state=state)


@click.command(cls=Command, help="help.deliver")
@everything_option
@json_option
@click.pass_obj
def deliver(frame: Frame, all_deliveries: bool, as_json: bool) -> None:
    with frame.hub() as hub, progress(tell("delivery.progress"), quiet=as_json) as advance:
        run = hub.delivering.run(
            everything=all_deliveries, on_done=lambda delivery: advance(delivery_line(delivery))
        )
    _report(run, "delivery.nothing", as_json)


@click.command(cls=Command, help="help.verify")
@everything_option
@json_option
@click.pass_obj
def verify(frame: Frame, all_deliveries: bool, as_json: bool) -> None:
    with frame.hub() as hub, progress(tell("delivery.verifying"), quiet=as_json) as advance:
        run = hub.proving.run(
            everything=all_deliveries, on_done=lambda delivery: advance(delivery_line(delivery))
        )
    _report(run, "delivery.nothing_to_verify", as_json)


def _report(run: DeliveryRun, nothing: str, as_json: bool) -> None:
    if as_json:
        print_json({"done": run.done, "failed": run.failed, "pending": run.pending})
    elif not (run.done or run.failed or run.pending):
        line(tell(nothing))
    else:
        line(tell("delivery.total", done=run.done, failed=run.failed, pending=run.pending))
