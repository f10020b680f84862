"""What is a signal to Sphinx? Something that a page describes, that index and search know, and that is linked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.domains import Domain, ObjType
from sphinx.domains.python import PyFunction
from sphinx.roles import XRefRole
from sphinx.util import logging
from sphinx.util.nodes import make_id, make_refnode

if TYPE_CHECKING:
    from docutils.nodes import Element, Node
    from docutils.parsers.rst import Directive
    from sphinx.addnodes import desc_signature, pending_xref
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import RoleFunction

_logger = logging.getLogger(__name__)


class _Described(NamedTuple):
    """Where a signal is described."""

    document: str
    anchor: str


class SignalDescription(PyFunction):
    """`.. hookcore:signal:: order_paid(number: str) -> None`: describes a signal, as Sphinx does a Python function."""

    def get_signature_prefix(self, sig: str) -> Sequence[Node]:
        """Say what it is."""
        return [nodes.Text("signal"), addnodes.desc_sig_space()]

    def add_target_and_index(self, name_cls: tuple[str, str], sig: str, signode: desc_signature) -> None:
        """Make the anchor, and tell domain and index of it."""
        module = self.options.get("module", self.env.ref_context.get("py:module"))
        name = f"{module}.{name_cls[0]}" if module else name_cls[0]
        anchor = make_id(self.env, self.state.document, "", name)
        signode["ids"].append(anchor)
        self.state.document.note_explicit_target(signode)
        domain = self.env.domains[SignalsDomain.name]
        assert isinstance(domain, SignalsDomain)
        domain.note(name, _Described(self.env.docname, anchor), signode)
        if "no-index-entry" not in self.options:
            text = f"{name_cls[0]} (signal in {module})" if module else f"{name_cls[0]} (signal)"
            self.indexnode["entries"].append(("single", text, anchor, "", None))


class _SignalRole(XRefRole):
    """`:hookcore:signal:`order_paid``: links a signal, by its name, or with its module's; `~` leaves that out."""

    def process_link(
        self, env: BuildEnvironment, refnode: Element, has_explicit_title: bool, title: str, target: str
    ) -> tuple[str, str]:
        """Return what is shown, and what is looked for."""
        if not has_explicit_title and title.startswith("~"):
            title = title.rpartition(".")[2].lstrip("~")
        return title, target.lstrip("~")


class SignalsDomain(Domain):
    """All signals that a project's pages describe."""

    name = "hookcore"
    label = "hookcore"
    object_types: ClassVar[dict[str, ObjType]] = {"signal": ObjType("signal", "signal")}
    directives: ClassVar[dict[str, type[Directive]]] = {"signal": SignalDescription}
    roles: ClassVar[dict[str, RoleFunction | XRefRole]] = {"signal": _SignalRole(warn_dangling=True)}
    initial_data: ClassVar[dict[str, Any]] = {"signals": {}}

    @property
    def signals(self) -> dict[str, _Described]:
        """Where each signal is described, by its module's name and its own."""
        signals: dict[str, _Described] = self.data["signals"]
        return signals

    def note(self, name: str, described: _Described, location: Node) -> None:
        """Keep where a signal is described. Warns if it is already somewhere else."""
        other = self.signals.setdefault(name, described)
        if other != described:
            _logger.warning(
                "signal %s is described in %s already: give one of the two directives the option :no-index:",
                *(name, other.document),
                location=location,
                type="hookcore",
                subtype="duplicate",
            )

    def clear_doc(self, docname: str) -> None:
        """Forget what a document described: it is read anew, or gone."""
        self.data["signals"] = {name: one for name, one in self.signals.items() if one.document != docname}

    def merge_domaindata(self, docnames: Set[str], otherdata: dict[str, Any]) -> None:
        """Take over what another process has read of some documents."""
        for name, one in otherdata["signals"].items():
            if one.document in docnames:
                self.note(name, one, nodes.comment())

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Yield what the search and the inventories of other projects know."""
        for name, one in self.signals.items():
            yield name, name, "signal", one.document, one.anchor, 1

    def resolve_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: pending_xref,
        contnode: Element,
    ) -> nodes.reference | None:
        """Return the link to a signal; None if no page describes it. Warns if several modules have one of that name."""
        matches = (
            [target] if target in self.signals else sorted(one for one in self.signals if one.endswith(f".{target}"))
        )
        if len(matches) > 1:
            _logger.warning(
                "%s may be the signal %s: write which one",
                *(target, " or ".join(matches)),
                location=node,
                type="hookcore",
                subtype="ambiguous",
            )
        if not matches:
            return None
        found = self.signals[matches[0]]
        return make_refnode(builder, fromdocname, found.document, found.anchor, contnode, f"signal {matches[0]}")

    def resolve_any_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: Element,
    ) -> list[tuple[str, nodes.reference]]:
        """Return the link to a signal for the role `any`."""
        found = self.resolve_xref(env, fromdocname, builder, "signal", target, node, contnode)
        return [] if found is None else [(f"{self.name}:signal", found)]

    def process_field_xref(self, pnode: pending_xref) -> None:
        """Let types in the fields of a description (`:type number: str`) be Python's."""
        pnode["refdomain"] = "py"
        self.env.domains["py"].process_field_xref(pnode)


def warn_of_missing(app: Sphinx, domain: Domain | None, node: pending_xref) -> bool | None:
    """Warn of a link to a signal that no page describes, with what may have been meant. Returns whether it has."""
    if not isinstance(domain, SignalsDomain) or node["reftype"] != "signal":
        return None
    target = node["reftarget"]
    names = {name: name for name in domain.signals} | {name.rpartition(".")[2]: name for name in domain.signals}
    meant = get_close_matches(target, names, n=1)
    hint = f" Did you mean {meant[0]!r}?" if meant else " `.. hookcore:signals:: MODULE` describes those of a module."
    _logger.warning(
        "no page describes a signal %r.%s", target, hint, location=node, type="ref", subtype="hookcore.signal"
    )
    return True
