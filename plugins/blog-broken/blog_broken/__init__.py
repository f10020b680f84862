"""A plugin that fails in the way you choose, and in no way if you choose none: for tests, and for documentation.

Faults that happen before anybody can read a config are chosen by the environment variable `BLOG_BROKEN`, and so can be
all the others; these can also be chosen by the setting `fault`.
"""

from __future__ import annotations

import os
import sys

from blog_broken.faults import Broken, Settings

__all__ = ["Settings"]

_FAULT = os.environ.get("BLOG_BROKEN", "")

if _FAULT == "import":
    raise RuntimeError("blog-broken was told to raise at import")
if _FAULT == "exit":
    sys.exit("blog-broken was told to exit at import")
if _FAULT != "attribute":
    plugin = Broken
