"""The QR code of the address at which anybody can check an announcement."""

from __future__ import annotations

import io

import segno

#: Modules of white around a code; scanners want four.
QUIET = 4


def matrix(address: str) -> tuple[tuple[bool, ...], ...]:
    """The code's modules by row, without the quiet zone. Medium correction: paper gets wet and torn."""
    code = segno.make(address, micro=False, error="m", boost_error=False)
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)


def svg(address: str) -> bytes:
    """The code as SVG, dark on white in any theme."""
    out = io.BytesIO()
    code = segno.make(address, micro=False, error="m", boost_error=False)
    code.save(out, kind="svg", scale=8, border=QUIET, dark="#1c2422", light="#ffffff", xmldecl=False)
    return out.getvalue()
