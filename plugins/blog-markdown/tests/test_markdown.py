from __future__ import annotations

import pytest

from example_app.composition import Application
from example_app.testing import Open


def rendered(application: Application, text: str) -> str:
    """Publish a post and return its HTML."""
    application.blog.sign_up("ada", "ada@example.org")
    return application.blog.publish("ada", "Title", text).result.html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("It is *alive*.", "<p>It is <em>alive</em>.</p>\n"),
        ("1. one\n2. two", "<ol>\n<li>one</li>\n<li>two</li>\n</ol>\n"),
        ("~~never~~", "<p><s>never</s></p>\n"),
        ("", ""),
    ],
)
def test_posts_are_rendered_from_markdown(open_blog: Open, text: str, html: str) -> None:
    """The HTML of a post is what CommonMark says; an empty text is an empty answer, and still the plugin's."""
    with open_blog() as application:
        assert rendered(application, text) == html


def test_tables_are_rendered(open_blog: Open) -> None:
    """Tables are on."""
    with open_blog() as application:
        assert "<td>1</td>" in rendered(application, "| a |\n| - |\n| 1 |")


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "a <b onclick=x>b</b>", "[x](javascript:alert(1))", "![x](data:text/html,x)"]
)
def test_nothing_that_runs_comes_through(open_blog: Open, text: str) -> None:
    """HTML is escaped, and a link that would run a script is no link."""
    with open_blog() as application:
        html = rendered(application, text)
    assert "<script" not in html
    assert "<b " not in html
    assert "href" not in html
    assert "src" not in html


def test_the_typographer_is_off_until_it_is_asked_for(open_blog: Open) -> None:
    """`typographer` turns straight quotes and dots into the printers' own."""
    with open_blog() as application:
        assert rendered(application, '"so..."') == "<p>&quot;so...&quot;</p>\n"
    with open_blog(typographer=True) as application:
        assert application.blog.publish("ada", "Title", '"so..."').result.html == "<p>“so…”</p>\n"


def test_a_setting_of_the_wrong_type_fails_the_plugin_and_the_blog_renders(open_blog: Open) -> None:
    """The plugin is reported as failed, and posts are plain paragraphs."""
    with open_blog(typographer="yes") as application:
        (report,) = (report for report in application.plugins.report() if report.name == "markdown")
        assert report.state == "failed"
        assert "typographer" in str(report.error)
        assert rendered(application, "*plain*") == "<p>*plain*</p>"
