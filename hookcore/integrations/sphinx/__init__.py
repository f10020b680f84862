"""A Sphinx extension that documents a host's signals from their declarations (docs/sphinx.md).

In conf.py: `extensions = ["hookcore.integrations.sphinx"]`; in a page: `.. hookcore:signals:: shop.signals`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookcore.integrations.sphinx.domain import SignalsDomain, warn_of_missing
from hookcore.integrations.sphinx.signals import Signals

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

__all__ = ["setup"]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Let a Sphinx application know signals; Sphinx calls this for each extension that conf.py names."""
    app.add_domain(SignalsDomain)
    app.add_directive_to_domain(SignalsDomain.name, "signals", Signals)
    app.connect("warn-missing-reference", warn_of_missing)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
