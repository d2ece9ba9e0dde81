"""The bench's own measuring, on few posts; figures are judged by ``make bench``, not here."""

from __future__ import annotations

from hub.testing import bench


def test_hook_overhead_is_measured() -> None:
    (figure,) = bench.hook_figures(posts=20)
    assert figure.target == 0.3
    assert figure.value > 0
