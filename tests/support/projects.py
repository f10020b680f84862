"""Runs the manage.py of the Django project that the tests have installed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def manage(site: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the project's manage.py, with what is installed in a directory besides."""
    environment: Mapping[str, str] = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SHOP_", "DJANGO_"))},
        "PYTHONPATH": str(site),
        "PYTHONWARNINGS": "error",
        **variables,
    }
    command = [sys.executable, "-m", "shop", *arguments]
    return subprocess.run(command, env=environment, cwd=site, capture_output=True, text=True, check=False)
