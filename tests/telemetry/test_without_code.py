"""Does the command that instruments programs from outside instrument hosts, too?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from support.installing import install

HOST = """\
from types import SimpleNamespace

from hookcore import PluginManager, signal


@signal
def order_paid(sender: object) -> None:
    '''An order was paid.'''


with PluginManager("shop", SimpleNamespace(order_paid=order_paid)):
    order_paid.send(sender=None)
"""


def run(folder: Path, **variables: str) -> list[dict[str, object]]:
    """Run the host under `opentelemetry-instrument`; return the spans that it prints."""
    (folder / "shop.py").write_text(HOST)
    command = [str(Path(sys.executable).with_name("opentelemetry-instrument")), sys.executable, str(folder / "shop.py")]
    environment = {
        **os.environ,
        **variables,
        "OTEL_TRACES_EXPORTER": "console",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
    }
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    decoder, text, spans = json.JSONDecoder(), done.stdout.strip(), []
    while text:
        span, end = decoder.raw_decode(text)
        spans.append(span)
        text = text[end:].strip()
    return spans


@pytest.fixture
def path(tmp_path: Path, for_subprocesses) -> str:
    """Give the PYTHONPATH on which hookcore's entry point is found: its own, where it is installed."""
    if not any(one.dist.name == "hookcore" for one in entry_points(group="opentelemetry_instrumentor")):
        points = {
            "opentelemetry_instrumentor": {"hookcore": "hookcore.integrations.opentelemetry:HookcoreInstrumentor"}
        }
        install(tmp_path / "site", "hookcore-from-a-checkout", entry_points=points)
    return os.pathsep.join((str(tmp_path / "site"), for_subprocesses["PYTHONPATH"]))


def test_a_host_is_instrumented_from_outside(tmp_path, path):
    """It knows nothing of OpenTelemetry."""
    [span] = run(tmp_path, PYTHONPATH=path)
    assert span["name"] == "send order_paid"
    assert span["attributes"] == {"hookcore.host.name": "shop", "hookcore.signal.name": "order_paid"}


def test_an_operator_can_leave_hookcore_out(tmp_path, path):
    """As any other library."""
    assert run(tmp_path, PYTHONPATH=path, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="hookcore") == []
