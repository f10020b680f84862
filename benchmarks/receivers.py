"""What is called? Receivers, each with code of its own: no two share inline caches."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any

Receiver = Callable[..., Any]

SENT = "sender, article, author"
"""What every signal here sends."""

KEYWORDS = "sender=sender, article=article, author=author"


class Sender:
    """Sends, as a model class does in Django."""


VALUES: dict[str, Any] = {"sender": Sender, "article": "an article", "author": "somebody"}


def make_receivers(
    parameters: Sequence[str], body: str = "return None", *, awaits: bool = False, **names: Any
) -> list[Receiver]:
    """Return a new function for each parameter list, each of them with this body, which may use `names`."""
    define = "async def" if awaits else "def"
    source = "\n".join(f"{define} receiver_{index}({taken}):\n    {body}" for index, taken in enumerate(parameters))
    namespace = run_source(source, "<receivers>", **names)
    return [namespace[f"receiver_{index}"] for index in range(len(parameters))]


def run_source(source: str, file_name: str, **names: Any) -> dict[str, Any]:
    """Run source text with these globals and return them with what it defined."""
    namespace: dict[str, Any] = dict(names)
    exec(compile(source, file_name, "exec"), namespace)
    return namespace


def make_module(name: str, **members: Any) -> types.ModuleType:
    """Return a module with these members: the plugin that most hosts register."""
    module = types.ModuleType(name)
    vars(module).update(members)
    return module
