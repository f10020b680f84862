"""Which distributions does this one need?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import pytest

from hookcore.plugins.installed import Distribution, InstalledPlugin
from hookcore.plugins.requirements import needed_distributions, needs_of


def needed(requirements: dict[str, list[str]], name: str = "top") -> set[str]:
    """Return what `name` needs among distributions with these requirements."""
    carriers = {one: Distribution(one, "1.0", "", tuple(texts), "/x") for one, texts in requirements.items()}
    return set(needed_distributions(carriers[name], carriers))


@pytest.mark.parametrize(
    "requirement",
    [
        "base",
        "Base",
        "base>=1,<2",
        "base [extra] >=1",
        "base @ https://example.org/base.zip",
        'base; python_version >= "3"',
        f'base; sys_platform == "{sys.platform}"',
    ],
)
def test_a_requirement_that_holds_here_counts(requirement: str) -> None:
    """In every form that the specification (PEP 508) has."""
    assert needed({"top": [requirement], "base": []}) == {"base"}


@pytest.mark.parametrize(
    "requirement",
    ['base; python_version < "3"', 'base; extra == "all"', "database", "base-extras", "base !!", ""],
)
def test_a_requirement_that_does_not_hold_here_does_not_count(requirement: str) -> None:
    """Another platform's, an extra's that nobody asked for, another name's, and what is no requirement at all."""
    assert needed({"top": [requirement], "base": []}) == set()


NOBODY_CAN_EVALUATE = [
    'base; python_version ~= "3"',
    'base; "x" in extras',
    'base; python_version >= "3" and os_name ~= "posix"',
    'base; flavour == "sweet"',
    "base; python_version > ",
    "base; ",
    'base; extra ~= "all"',
]


@pytest.mark.parametrize("requirement", NOBODY_CAN_EVALUATE)
def test_a_marker_that_nobody_can_evaluate_is_its_own_distributions_problem(requirement: str) -> None:
    """Of that one alone, in a sentence that shows it; the others' requirements are read as ever."""
    plugins = [
        InstalledPlugin(name, Distribution(name, "1.0", "", requires, "/x"), None)
        for name, requires in {"top": (requirement,), "base": (), "other": ("base",)}.items()
    ]
    needs, problems = needs_of(plugins)
    assert needs == {"other": {"base"}}
    assert list(problems) == ["top"]
    assert problems["top"].startswith(f"the requirement {requirement!r} of top 1.0 can't be evaluated here (")
    assert "\n" not in problems["top"]


def test_an_extra_counts_where_it_is_required() -> None:
    """`middle[search]` needs what middle requires for `search`, and nothing of its other extras."""
    requirements = {
        "top": ["middle[search]"],
        "middle": ['index; extra == "search"', 'other; extra == "mail"'],
        "index": [],
        "other": [],
    }
    assert needed(requirements) == {"middle", "index"}
    assert needed(requirements, "middle") == set()


def test_an_extra_that_names_an_extra_of_its_own_distribution_is_followed_and_ends() -> None:
    """`top[all]` in top's own requirements is the usual way to gather extras, and may go in circles."""
    requirements = {"top": ["top[all]", 'top[all, x]; extra == "all"', 'base; extra == "x"'], "base": []}
    assert needed(requirements) == {"base"}


def test_only_carriers_of_plugins_are_looked_at() -> None:
    """All other requirements are pip's business."""
    assert needed({"top": ["requests", "packaging"]}) == set()


def test_packaging_is_not_imported_for_requirements_that_are_nobodys(
    for_subprocesses: Mapping[str, str],
) -> None:
    """Most plugins require only the host and libraries; their start must not pay for a parser."""
    program = (
        "import sys\n"
        "from hookcore.plugins.installed import Distribution\n"
        "from hookcore.plugins.requirements import needed_distributions\n"
        "one = Distribution('one', '1', '', ('requests>=2; python_version > \"3\"',), '/x')\n"
        "needed_distributions(one, {'one': one})\n"
        "assert 'packaging' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=for_subprocesses)
