"""What the tests of this plugin share: a blog that it runs in."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from example_app.testing import fixtures_for

# A noisy machine is not a finding, and no test fails by chance: the same examples each time, however long they take.
settings.register_profile(
    "same", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)
settings.load_profile("same")

isolated_test, open_blog = fixtures_for("blog-search")
