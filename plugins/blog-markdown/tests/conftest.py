"""What the tests of this plugin share: a blog that it runs in."""

from __future__ import annotations

from example_app.testing import fixtures_for

isolated_test, open_blog = fixtures_for("markdown")
