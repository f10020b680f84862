"""Is a contained failure shown as its author needs it: without our own frames, and without running anything again?"""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Iterator

import pytest

import hookcore
from hookcore import Signal

IMPORTS_WHAT_IS_MISSING = {
    "shop_x/__init__.py": """
        import builtins
        builtins.EXECUTED.append("shop_x")
        if len(builtins.EXECUTED) > 1:
            {second_time}
        import shop_x.inner
    """,
    "shop_x/inner.py": "from shop_x import missing\n",
}


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which modules were executed, as they say themselves."""
    executed: list[str] = []
    monkeypatch.setattr("builtins.EXECUTED", executed, raising=False)
    return executed


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a host's handler writes, with Python's own formatter."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger("hookcore").addHandler(handler)
    yield stream
    logging.getLogger("hookcore").removeHandler(handler)


@pytest.mark.parametrize("second_time", ["import sys; sys.exit('again')", "raise KeyboardInterrupt", "1 / 0", "pass"])
def test_a_failed_import_is_shown_without_importing_again(shop, executed, log, second_time):
    """To suggest a name, `traceback` imports the module once more, which runs it: not so for whoever prints ours."""
    shop.install("bad", "import shop_x\n")
    for name, text in IMPORTS_WHAT_IS_MISSING.items():
        path = shop.site / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(line[8:] for line in text.format(second_time=second_time).splitlines()) or text)
    (shop.site / "shop_x/inner.py").write_text("from shop_x import missing\n")

    manager = shop.start()

    [report] = [report for report in manager.report() if report.name == "bad"]
    assert report.state == "failed"
    assert isinstance(report.error, ImportError)
    printed = "".join(traceback.format_exception(report.error))
    assert "cannot import name 'missing'" in printed
    assert "cannot import name 'missing'" in log.getvalue()
    assert executed == ["shop_x"]


def test_a_robust_send_shows_a_failed_import_without_importing_again(shop, executed, log):
    """A receiver that imports at its first call is no exception."""
    (shop.site / "shop_y.py").write_text("import builtins\nbuiltins.EXECUTED.append('shop_y')\nimport shop_y_inner\n")
    (shop.site / "shop_y_inner.py").write_text("from shop_y import missing\n")
    signal = Signal()

    def receiver(**kwargs):
        import shop_y  # noqa: F401

    signal.connect(receiver)
    [(_, error)] = signal.send_robust(sender=None)

    traceback.format_exception(error)
    assert isinstance(error, ImportError)
    assert "cannot import name 'missing'" in log.getvalue()
    assert executed == ["shop_y"]


FAULTS = {
    "raises at import": ("1 / 0\n", None),
    "imports what raises": ("import importlib\nimportlib.import_module('bad_inner')\n", None),
    "raises in ready": ("def ready():\n    1 / 0\n", None),
    "raises in a class's __init__": ("class Plugin:\n    def __init__(self):\n        1 / 0\n", "bad:Plugin"),
    "connects what does not fit": (
        "import shop_signals\ndef wrong(numbre):\n    pass\nshop_signals.order_paid.connect(wrong)\n",
        None,
    ),
    "names no module": (None, "bad_missing"),
    "names no attribute": ("", "bad:missing"),
    "wants what it cannot have": ("def ready(plugin):\n    pass\n", None),
    "is refused by its settings": ("class Settings:\n    def __init__(self):\n        1 / 0\n", None),
}


def frames_of_ours(printed: str) -> list[str]:
    """The lines of a printed traceback that show hookcore's own files, or importlib's."""
    ours = hookcore.__file__.removesuffix("__init__.py")
    return [
        line
        for line in printed.splitlines()
        if line.lstrip().startswith("File ") and (ours in line or "importlib" in line)
    ]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_contained_failure_is_shown_without_our_frames(shop, log, fault):
    """The traceback begins where the plugin's code does, in the log and for whoever prints the report's error."""
    source, entry_point = FAULTS[fault]
    (shop.site / "bad_inner.py").write_text("1 / 0\n")
    shop.install("bad", source, entry_point=entry_point)

    manager = shop.start()

    [report] = [report for report in manager.report() if report.name == "bad"]
    assert report.state == "failed"
    printed = "".join(traceback.format_exception(report.error))
    assert frames_of_ours(printed) == []
    assert frames_of_ours(log.getvalue()) == []
    if "raises" in fault:
        assert 'bad.py", line' in log.getvalue()
    assert type(report.error).__name__ in log.getvalue()


@pytest.mark.parametrize("method", ["send_robust", "asend_robust"])
@pytest.mark.parametrize("is_async", [False, True])
def test_a_failed_receiver_is_shown_without_our_frames(log, method, is_async):
    """The first frame is the receiver's."""
    import asyncio

    signal = Signal()

    def blocking(**kwargs):
        raise LookupError("here")

    async def awaited(**kwargs):
        raise LookupError("here")

    signal.connect(awaited if is_async else blocking)
    sent = getattr(signal, method)(sender=None)
    [(_, error)] = asyncio.run(sent) if method == "asend_robust" else sent

    assert [frame.name for frame in traceback.extract_tb(error.__traceback__)] == [
        "awaited" if is_async else "blocking"
    ]
    assert "LookupError: here" in log.getvalue()
    assert frames_of_ours(log.getvalue()) == []


def test_an_error_that_no_python_code_raised_still_has_a_traceback(log):
    """Of a receiver written in C there is no frame: ours is kept, as a place to look at."""
    signal = Signal()
    signal.connect(int)

    [(_, error)] = signal.send_robust(sender=None)

    assert error.__traceback__ is not None
    assert type(error).__name__ in log.getvalue()


def test_what_a_failure_was_raised_for_is_shown_too(shop, log):
    """Causes and groups keep the plugin's frames, and lose ours."""
    shop.install(
        "bad",
        """
        import importlib

        def fail():
            importlib.import_module("bad_missing")

        try:
            fail()
        except ImportError as error:
            raise ExceptionGroup("several", [error, LookupError("other")]) from error
        """,
    )
    shop.start()

    assert "in fail" in log.getvalue()
    assert "bad_missing" in log.getvalue()
    assert frames_of_ours(log.getvalue()) == []
