from __future__ import annotations

import sys

import pytest

from example_app.composition import Application, opened_application
from example_app.signals import user_signed_up
from example_app.testing import Open
from hookcore import PluginReport, PluginStartError

AT_IMPORT = ["import", "exit", "attribute"]
WHEN_CONNECTED = ["misfit", "misspelled"]
WHEN_READY = ["ready", "ready-exit"]
WHEN_RECEIVING = ["receiver", "receiver-exit"]
WHEN_SHUT_DOWN = ["shutdown", "shutdown-exit"]
AT_START = [*AT_IMPORT, *WHEN_CONNECTED, *WHEN_READY]


@pytest.fixture(autouse=True)
def _import_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test import the plugin as if it were the first one to do so, with no fault chosen outside."""
    monkeypatch.delenv("BLOG_BROKEN", raising=False)
    for module in [module for module in sys.modules if module.split(".")[0] == "blog_broken"]:
        monkeypatch.delitem(sys.modules, module)


def reported(application: Application) -> PluginReport:
    """Return the report on the plugin."""
    (report,) = (report for report in application.plugins.report() if report.name == "broken")
    return report


def signed_up(application: Application) -> list[object]:
    """Sign somebody up, see that it worked, and return what receivers responded."""
    outcome = application.blog.sign_up("ada", "ada@example.org")
    assert application.blog.inbox("ada") == []
    return [reaction.response for reaction in outcome.reactions]


def test_without_a_fault_it_is_harmless(open_blog: Open) -> None:
    """It is active and receives nothing."""
    with open_blog() as application:
        assert reported(application).state == "active"
        assert signed_up(application) == []


@pytest.mark.parametrize("fault", AT_START)
def test_a_fault_at_the_start_fails_the_plugin_alone(
    open_blog: Open, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """The blog opens, the plugin is reported as failed with its error, and none of its receivers runs."""
    monkeypatch.setenv("BLOG_BROKEN", fault)
    with open_blog() as application:
        report = reported(application)
        assert report.state == "failed"
        assert report.error is not None
        assert (report.distribution, report.version) == ("blog-broken", "0.1.0")
        assert signed_up(application) == []


@pytest.mark.parametrize("fault", [*WHEN_CONNECTED, *WHEN_READY])
def test_a_fault_can_be_chosen_in_the_settings(open_blog: Open, fault: str) -> None:
    """What happens after the import can be chosen by the operator's config, without the environment."""
    with open_blog(fault=fault) as application:
        assert reported(application).state == "failed"
        assert signed_up(application) == []


def test_a_misspelled_signal_is_reported_with_the_right_name(open_blog: Open) -> None:
    """The operator reads which name was meant."""
    with open_blog(fault="misspelled") as application:
        error = str(reported(application).error)
    assert "user_singed_up" in error
    assert "user_signed_up" in error


def test_a_misfit_is_reported_with_the_argument(open_blog: Open) -> None:
    """The operator reads which argument nobody sends."""
    with open_blog(fault="misfit") as application:
        assert "favourite_colour" in str(reported(application).error)


@pytest.mark.parametrize("fault", WHEN_RECEIVING)
def test_a_fault_of_a_receiver_is_its_response(open_blog: Open, fault: str) -> None:
    """The sign-up is done; the plugin stays active, and its failure is in the outcome."""
    with open_blog(fault=fault) as application:
        (response,) = signed_up(application)
        assert isinstance(response, RuntimeError | SystemExit)
        assert reported(application).state == "active"


@pytest.mark.parametrize("fault", WHEN_SHUT_DOWN)
def test_a_fault_at_the_end_stops_nothing(open_blog: Open, fault: str) -> None:
    """The blog closes, and can be opened again; until then the plugin has worked."""
    with open_blog(fault=fault) as application:
        assert signed_up(application) == ["hello ada"]
    with open_blog() as application:
        assert reported(application).state == "active"


def test_a_setting_that_does_not_fit_is_a_fault_too(open_blog: Open) -> None:
    """An unknown fault fails the plugin before anything of it runs."""
    with open_blog(fault="no such fault") as application:
        assert reported(application).state == "failed"
        assert "fault" in str(reported(application).error)


@pytest.mark.parametrize("fault", AT_START)
def test_a_strict_blog_does_not_start_with_it(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """`strict` turns the fault into a refusal that names the plugin; afterwards nothing is connected or held."""
    monkeypatch.setenv("BLOG_BROKEN", fault)
    config = {"mode": "explicit", "enable": ["broken"], "strict": True}
    folder = tmp_path_factory.mktemp("data")
    with pytest.raises(PluginStartError, match="broken"), opened_application(folder, config=config):
        pass
    with opened_application(folder, config={"mode": "explicit"}) as application:
        assert signed_up(application) == []
    assert not user_signed_up.has_listeners()
