"""Renders posts from Markdown: CommonMark with tables and strikethrough. HTML in a post is shown, never passed on."""

from __future__ import annotations

from dataclasses import dataclass

from markdown_it import MarkdownIt

from example_app.signals import render_body


@dataclass(frozen=True)
class Settings:
    """What the operator may set: `typographer` turns "quotes" and -- into the signs that printers use."""

    typographer: bool = False


def ready(settings: Settings) -> None:
    """Start to answer `render_body`."""
    renderer = MarkdownIt("js-default", {"typographer": settings.typographer})
    if settings.typographer:
        renderer.enable(["replacements", "smartquotes"])

    def render_markdown(text: str) -> str:
        return str(renderer.render(text))

    render_body.connect(render_markdown)
