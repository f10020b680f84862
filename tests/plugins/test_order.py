"""In which order do plugins load?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from hookcore.plugins.installed import Distribution, InstalledPlugin
from hookcore.plugins.requirements import load_order, needs_of

MakePlugin = Callable[..., InstalledPlugin]


def ordered(plugins: Sequence[InstalledPlugin]) -> list[InstalledPlugin]:
    """Return plugins in the order of their own requirements."""
    return load_order(plugins, needs_of(plugins)[0])


def test_what_others_require_comes_first_and_names_break_ties(make_plugin: MakePlugin) -> None:
    """Requirements over names, names over everything else."""
    plugins = [
        make_plugin("a", requires=["z"]),
        make_plugin("C"),
        make_plugin("b"),
        make_plugin("z", requires=["y", "requests"]),
        make_plugin("y"),
    ]
    assert [plugin.name for plugin in ordered(plugins)] == ["b", "C", "y", "z", "a"]


def test_all_plugins_of_a_required_distribution_come_first(make_plugin: MakePlugin) -> None:
    """Which of them is needed, nobody can know."""
    plugins = [make_plugin("a", requires=["pack"]), make_plugin("y", "pack"), make_plugin("z", "pack")]
    assert [plugin.name for plugin in ordered(plugins)] == ["y", "z", "a"]


def test_a_circle_keeps_its_place_and_the_order_of_names_inside(make_plugin: MakePlugin) -> None:
    """What requires the circle comes after it, what it requires before."""
    plugins = [
        make_plugin("a-user", requires=["c"]),
        make_plugin("d", requires=["c"]),
        make_plugin("c", requires=["d", "e"]),
        make_plugin("e"),
    ]
    assert [plugin.name for plugin in ordered(plugins)] == ["e", "c", "d", "a-user"]


NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
GRAPHS = st.dictionaries(NAMES, st.frozensets(NAMES, max_size=3), min_size=1)


def plugins_of(graph: dict[str, frozenset[str]]) -> list[InstalledPlugin]:
    """Return one plugin a distribution, requiring each other as the graph says."""
    return [
        InstalledPlugin(name, Distribution(name, "1", "", tuple(sorted(needs)), "/x"), None)
        for name, needs in graph.items()
    ]


def reaches(graph: dict[str, frozenset[str]], start: str, goal: str) -> bool:
    """Tell whether `start` needs `goal`, directly or not."""
    reached: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name in graph and name not in reached:
            reached.add(name)
            waiting.extend(graph[name])
    return goal in reached


@given(GRAPHS)
def test_nothing_comes_before_what_it_needs_unless_they_need_each_other(graph: dict[str, frozenset[str]]) -> None:
    """For any graph of requirements, with or without circles; and no plugin is lost or doubled."""
    order = [plugin.name for plugin in ordered(plugins_of(graph))]
    assert sorted(order) == sorted(graph)
    for position, later in enumerate(order):
        for earlier in order[:position]:
            assert not reaches(graph, earlier, later) or reaches(graph, later, earlier)


@given(GRAPHS, st.randoms(use_true_random=False))
def test_the_order_given_decides_nothing(graph: dict[str, frozenset[str]], random: object) -> None:
    """The same plugins load in the same order on every machine."""
    plugins = plugins_of(graph)
    shuffled = sorted(plugins, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert ordered(shuffled) == ordered(plugins)
