"""Google's Lighthouse, from npm, run on a page of the served portal."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

LIGHTHOUSE = ROOT / ".cache" / "servers" / "lighthouse" / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
_CHROMIUM = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run"


@dataclass(frozen=True, slots=True)
class Report:
    """Scores of 0 to 100 by category; ``failed`` are the audits that cost a score, with what they say."""

    version: str
    scores: dict[str, int]
    failed: tuple[str, ...]


def lighthouse(url: str, chromium: Path, *, skip: tuple[str, ...] = ()) -> Report:
    """Visit ``url`` as on a mid-range phone with a slow line.

    Args:
        skip: audits to leave out.
    """
    command = [str(LIGHTHOUSE), url, "--quiet", "--output=json", "--output-path=stdout"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={_CHROMIUM}"]
    command += [f"--skip-audits={','.join(skip)}"] if skip else []
    environment = {**os.environ, "CHROME_PATH": str(chromium)}
    done = subprocess.run(command, capture_output=True, timeout=180, check=True, env=environment)
    return _read(json.loads(done.stdout))


def _read(found: dict[str, Any]) -> Report:
    failed = []
    for category in found["categories"].values():
        for reference in category["auditRefs"]:
            audit = found["audits"][reference["id"]]
            score = audit.get("score")
            if reference["weight"] and score is not None and score < 1:
                failed.append(f"{reference['id']} {score} {audit.get('displayValue', '')}".strip())
    scores = {name: round((each["score"] or 0) * 100) for name, each in found["categories"].items()}
    return Report(found["lighthouseVersion"], scores, tuple(failed))
