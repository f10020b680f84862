"""Can an operator set what a plugin's Settings name, by their source?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from hookcore.checking.problem import Problem
from hookcore.checking.receivers import compared
from hookcore.checking.source import Found

_NEVER_MODELS: Final = frozenset({"NamedTuple", "TypedDict", "Enum", "StrEnum", "IntEnum", "Protocol", "object"})
_IN_NO_FILE: Final = frozenset({"bytes", "bytearray", "complex", "Callable", "type", "range"})


def wrong_settings(settings: Found) -> Iterator[Problem]:
    """Yield what keeps a plugin's `Settings` from being made of what an operator writes."""
    node = settings.node
    if not isinstance(node, ast.ClassDef):
        yield Problem(settings.file, node.lineno, "Settings is no dataclass and no pydantic model, but a function")
        return
    is_dataclass = any("dataclass" in ast.unparse(one) for one in node.decorator_list)
    bases = {ast.unparse(one).rpartition(".")[2] for one in node.bases}
    if not is_dataclass and bases <= _NEVER_MODELS:
        yield Problem(
            settings.file, node.lineno, "Settings is no dataclass and no pydantic model. Put @dataclass above"
        )
        return
    for statement in node.body if is_dataclass else ():
        for text in _wrong_setting(statement):
            yield Problem(settings.file, statement.lineno, text)


def _wrong_setting(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.Assign):
        name = ast.unparse(statement.targets[0])
        if not name.startswith("_") and not name.isupper():
            yield f"{name!r} has no type, so it is no setting: write {name}: TYPE = {ast.unparse(statement.value)}"
    elif isinstance(statement, ast.AnnAssign):
        name, written, default = ast.unparse(statement.target), ast.unparse(statement.annotation), statement.value
        if written.partition("[")[0].rpartition(".")[2] in _IN_NO_FILE:
            yield f"setting {name!r} can't be set: a config file holds no {written}"
        elif isinstance(default, ast.List | ast.Dict | ast.Set):
            yield f"setting {name!r}: a dataclass refuses this default. Write field(default_factory=…)"
        elif isinstance(default, ast.Constant) and default.value is not ...:
            given = "None" if default.value is None else type(default.value).__name__
            if compared(given, statement.annotation) is False:
                yield f"setting {name!r} is {written}, and its default {ast.unparse(default)} is none"
