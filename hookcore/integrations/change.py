"""What has become of one attribute of a model?"""

from __future__ import annotations

from typing import Any, NamedTuple


class Change(NamedTuple):
    """What an attribute was, as it was loaded or last saved, and what it is now.

    `old` is None in a new row, and where the old value was never loaded.
    """

    old: Any
    new: Any
