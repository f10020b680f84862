from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import hookcore


def demo(tmp_path: Path, **environment: str) -> str:
    """Run `example-app demo` in a process of its own, without a terminal, and return what it printed."""
    run = subprocess.run(
        [sys.executable, "-c", "from example_app.cli import main; main()", "demo"],
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return run.stdout


def test_the_story_is_told_with_whichever_plugins_are_installed(tmp_path: Path) -> None:
    """It runs to its end, mentions each installed plugin, and is plain text where there is no terminal."""
    story = demo(tmp_path)
    assert "The blog ran to its end." in story
    assert "\x1b" not in story
    for plugin in hookcore.discover("example_app"):
        assert plugin.name in story
    assert list(tmp_path.iterdir()) == []


def test_the_story_is_told_without_any_plugin(tmp_path: Path) -> None:
    """The blog does everything in its own plain way, and nobody reacts."""
    story = demo(tmp_path, EXAMPLE_APP_PLUGINS_MODE="explicit")
    assert "nobody reacts" in story
    assert "<p># Notes on the Engine</p>" in story
    assert "found: Notes on the Engine, by ada" in story


def test_the_story_shows_a_plugin_enabled_while_the_blog_runs(tmp_path: Path) -> None:
    """blog-media-cleanup is disabled by the config, so a file stays; then it is enabled, and the next file goes."""
    if not any(plugin.name == "media-cleanup" for plugin in hookcore.discover("example_app")):
        pytest.skip("blog-media-cleanup is not installed")
    before, after = demo(tmp_path).split("The operator enables media-cleanup while the blog runs")
    assert "portrait.svg is still there" in before
    assert "portrait.svg is gone too" in after


def test_the_story_shows_a_broken_plugin_contained(tmp_path: Path) -> None:
    """blog-broken raises at each sign-up; the story says so, and goes on."""
    if not any(plugin.name == "broken" for plugin in hookcore.discover("example_app")):
        pytest.skip("blog-broken is not installed")
    story = " ".join(demo(tmp_path).split())
    assert story.count("failed, contained: RuntimeError: blog-broken was told to raise") == 3
    assert "Faults of plugins in its log, with their tracebacks: 3." in story
