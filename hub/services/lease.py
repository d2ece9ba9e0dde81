"""Who holds a lease: one process, named so that others on the same machine can tell when it is gone."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from pathlib import Path

from hub.store.leased import Leased

log = logging.getLogger(__name__)


def _started(pid: int) -> str:
    """When a process started, as the kernel counts; empty where that cannot be told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return fields[19]


def new_owner() -> str:
    """A name for this process that no other will bear: host, pid, start, and a nonce."""
    pid = os.getpid()
    return f"{socket.gethostname()}/{pid}/{_started(pid)}/{secrets.token_hex(4)}"


def surely_gone(owner: str) -> bool:
    """True when ``owner`` was a process of this machine that no longer runs (kill -9, power loss): its
    leases need not be waited for. Of another machine's processes nothing can be said."""
    host, pid, started, _ = [*owner.split("/"), "", "", "", ""][:4]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return bool(started) and _started(int(pid)) != started


def free_the_dead(leases: Leased, of: str) -> None:
    """Give back what processes hold that are gone; ``of`` names it for the log."""
    for holder in leases.holders():
        if surely_gone(holder):
            log.warning("freeing the %s of %s, which is gone", of, holder)
            leases.free(holder)
