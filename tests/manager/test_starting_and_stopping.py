"""What do start() and stop() do, in which order, and what is left afterwards?"""

from __future__ import annotations

import pytest

from hookcore import ManagerStateError


def test_start_brings_every_installed_plugin_up(garden, states):
    """With no config at all, what is installed runs."""
    garden.install("bee")
    garden.install("ant")

    manager = garden.start()

    assert states(manager) == {"ant": "active", "bee": "active"}
    assert sorted(garden.water()) == ["ant", "bee"]


def test_every_plugin_is_connected_before_the_first_is_ready(garden):
    """`ready` is called once each, in load order, after all imports; `shutdown` in reverse order."""
    garden.install("ant")
    garden.install("bee")

    manager = garden.start()
    assert garden.log == ["import ant", "import bee", "ready ant", "ready bee"]

    manager.stop()
    assert garden.log[4:] == ["shutdown bee", "shutdown ant"]


def test_after_stop_no_plugin_receives(garden, states):
    """Receivers of plugins run between start and stop, and not outside."""
    garden.install("bee")

    manager = garden.start()
    manager.stop()

    assert garden.water() == []
    assert not garden.signals.watered.has_listeners()
    assert states(manager) == {"bee": "stopped"}


def test_a_with_block_starts_and_stops(garden):
    """The manager is a context manager."""
    garden.install("bee")

    with garden.manager() as manager:
        assert garden.water() == ["bee"]
        assert manager.report()[0].state == "active"

    assert garden.water() == []


def test_start_after_stop_revives_what_modules_connected_when_they_were_imported(garden):
    """Python imports a module once: its receivers come back without a second import."""
    garden.install("bee")
    manager = garden.start()
    manager.stop()
    manager.start()

    assert garden.water() == ["bee"]
    assert garden.log.count("import bee") == 1
    assert garden.log.count("ready bee") == 2


def test_a_new_manager_revives_them_too(garden):
    """The next manager of the same host finds the receivers of modules that are imported already."""
    garden.install("bee")
    garden.start().stop()
    garden.start()

    assert garden.water() == ["bee"]


def test_receivers_that_ready_imports_come_back_after_a_stop(garden):
    """Django's idiom: `ready()` imports the module with the receivers. At the second start that import does nothing."""
    garden.install(
        "bee",
        {
            "bee/__init__.py": "def ready():\n    from bee import receivers\n",
            "bee/receivers.py": """
                from hookcore import receiver
                from garden_signals import watered

                @receiver(watered)
                def answer(plant):
                    return "bee"
            """,
        },
    )
    manager = garden.start()
    manager.stop()
    assert garden.water() == []

    manager.start()
    assert garden.water() == ["bee"]


def test_receivers_that_an_import_connects_from_another_thread_come_back_too(garden):
    """Whatever is connected while the plugin is imported was connected by its import."""
    garden.install(
        "bee",
        """
        import threading
        from garden_signals import watered

        def answer(plant):
            return "bee"

        thread = threading.Thread(target=watered.connect, args=[answer])
        thread.start()
        thread.join()
        """,
    )
    manager = garden.start()
    manager.stop()
    manager.start()

    assert garden.water() == ["bee"]


def test_what_ready_connects_is_connected_once_however_often_it_starts(garden):
    """A receiver that `ready` makes anew each time is disconnected by stop()."""
    garden.install(
        "bee",
        """
        from garden_signals import watered

        def ready():
            def answer(plant):
                return "bee"
            watered.connect(answer)
        """,
    )
    manager = garden.start()
    for _ in range(2):
        manager.stop()
        manager.start()

    assert garden.water() == ["bee"]


def test_what_ready_no_longer_connects_is_not_connected(garden):
    """A module-level function that only `ready` connected does not come back by itself."""
    garden.install(
        "bee",
        """
        from garden_signals import LOG, watered

        def answer(plant):
            return "bee"

        def ready():
            if not LOG:
                watered.connect(answer)
            LOG.append("ready")
        """,
    )
    manager = garden.start()
    assert garden.water() == ["bee"]

    manager.stop()
    manager.start()
    assert garden.water() == []


def test_a_plugin_disabled_while_running_is_back_at_the_next_start(garden, states):
    """disable() holds until stop(); a plugin that was switched off then leaves nothing that is in its way."""
    garden.install("bee")
    manager = garden.start()
    manager.disable("bee")
    manager.stop()
    manager.start()

    assert states(manager) == {"bee": "active"}
    assert garden.water() == ["bee"]


def test_start_on_a_running_manager_is_refused(garden):
    """A second start() says that the manager runs, and changes nothing."""
    garden.install("bee")
    manager = garden.start()

    with pytest.raises(ManagerStateError, match=r"'garden' is running: stop\(\) it before"):
        manager.start()

    assert garden.water() == ["bee"]


def test_stop_twice_is_stop_once(garden):
    """stop() on a manager that does not run does nothing, so that it can stand in any clean-up."""
    garden.install("bee")
    manager = garden.start()

    manager.stop()
    manager.stop()

    assert garden.log.count("shutdown bee") == 1


@pytest.mark.parametrize("call", ["enable", "disable", "reload_config"])
def test_switching_is_for_running_managers(garden, call):
    """enable(), disable() and reload_config() before start() say what to do first."""
    manager = garden.manager()

    said = rf"^{call}\(\) is for a running manager: start\(\) that of 'garden' first"
    with pytest.raises(ManagerStateError, match=said):
        getattr(manager, call)(*([] if call == "reload_config" else ["bee"]))


def test_installing_and_uninstalling_count_at_the_next_start(garden, states):
    """Each start() looks anew at what is installed."""
    manager = garden.start()
    assert states(manager) == {}

    manager.stop()
    garden.install("bee")
    manager.start()
    assert states(manager) == {"bee": "active"}

    manager.stop()
    (garden.site / "bee-1.5.dist-info" / "entry_points.txt").write_text("", encoding="utf-8")
    manager.start()
    assert states(manager) == {}
    assert garden.water() == []


def test_ctrl_c_during_an_import_passes_and_leaves_a_manager_that_can_start(garden):
    """`KeyboardInterrupt` is the user's; what half an import connected never runs, and the next start is whole."""
    garden.install("ant")
    garden.install(
        "bee",
        """
        from hookcore import receiver
        from garden_signals import LOG, watered

        @receiver(watered)
        def answer(plant):
            return "bee"

        if "interrupted" not in LOG:
            LOG.append("interrupted")
            raise KeyboardInterrupt
        """,
    )
    manager = garden.manager()

    with pytest.raises(KeyboardInterrupt):
        manager.start()
    assert garden.water() == []
    assert "shutdown ant" not in garden.log  # it was never ready

    manager.start()
    assert sorted(garden.water()) == ["ant", "bee"]


def test_ctrl_c_during_ready_passes_and_shuts_the_others_down(garden):
    """Plugins that were ready already get their `shutdown`."""
    garden.install("ant")
    garden.install("bee", "def ready():\n    raise KeyboardInterrupt\n")
    manager = garden.manager()

    with pytest.raises(KeyboardInterrupt):
        manager.start()

    assert garden.log == ["import ant", "ready ant", "shutdown ant"]
    assert garden.water() == []
    with pytest.raises(KeyboardInterrupt):
        manager.start()


def test_ctrl_c_during_shutdown_passes_when_the_others_are_shut_down(garden, states):
    """No plugin keeps another one from its `shutdown`, and the manager is stopped in the end."""
    garden.install("ant")
    garden.install(
        "bee",
        """
        from garden_signals import LOG

        def shutdown():
            if "interrupted" not in LOG:
                LOG.append("interrupted")
                raise KeyboardInterrupt
        """,
    )
    garden.install("cat")
    manager = garden.start()

    with pytest.raises(KeyboardInterrupt):
        manager.stop()

    assert [line for line in garden.log if line.startswith("shutdown")] == ["shutdown cat", "shutdown ant"]
    assert states(manager) == {"ant": "stopped", "bee": "stopped", "cat": "stopped"}
    manager.start()
    assert sorted(garden.water()) == ["ant", "cat"]


def test_a_plugin_may_stop_the_manager_from_ready(garden, states):
    """Whatever a `ready` does to its own manager, the manager ends in one state."""
    garden.install("bee", "def ready(plugins):\n    plugins.stop()\n")
    garden.install("cat")

    manager = garden.start()

    assert states(manager) == {"bee": "stopped", "cat": "stopped"}
    assert garden.water() == []
    manager.start()


def test_a_plugin_may_disable_itself_from_ready(garden, states):
    """And when it is enabled again, its `ready` is called again."""
    garden.install(
        "bee",
        """
        from garden_signals import LOG

        def ready(plugins):
            LOG.append("ready")
            if len(LOG) == 1:
                plugins.disable("bee")

        def shutdown():
            LOG.append("shutdown")
        """,
    )
    manager = garden.start()
    assert states(manager) == {"bee": "disabled"}

    manager.enable("bee")
    manager.stop()

    assert garden.log == ["ready", "shutdown", "ready", "shutdown"]


def test_a_manager_shows_whose_it_is_and_whether_it_runs(garden):
    """As a failed test shows its arguments."""
    manager = garden.start()
    assert repr(manager) == "<PluginManager of 'garden', running>"
    manager.stop()
    assert repr(manager) == "<PluginManager of 'garden', stopped>"
