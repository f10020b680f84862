"""Does docs/dispatch.md print what hookcore really compiles?"""

from __future__ import annotations

import re
from pathlib import Path

from hookcore.signals.sending.compiling import printed_source

PAGE = Path(__file__).parents[2] / "docs" / "dispatch.md"


def test_the_printed_source_is_what_the_example_compiles_to():
    """The page's example, run as it stands, compiles to the source that the page prints."""
    text = PAGE.read_text(encoding="utf-8")
    example, printed = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    namespace: dict[str, object] = {"__name__": "page"}

    exec(compile(example, str(PAGE), "exec"), namespace)

    assert printed_source(namespace["user_signed_up"].send) == printed
