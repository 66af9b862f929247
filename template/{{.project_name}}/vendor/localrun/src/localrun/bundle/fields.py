"""The fields of one pipeline, with all that has no value on this machine."""

from localrun.bundle import nodes
from localrun.bundle.nodes import Node
from localrun.bundle.references import Cause, References, Unresolved
from localrun.bundle.variables import overrides_file
from localrun.errors import UsageError

# As YAML 1.1 and the CLI take texts for these two.
_TRUE = {"true", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"}
_FALSE = {"false", "n", "N", "no", "No", "NO", "off", "Off", "OFF"}


class Fields:
    """Resolves fields of `owner`, and keeps what cannot be resolved.

    Each method returns None, or nothing, for a field that is absent or unresolved, and
    raises UsageError for a value of the wrong shape.
    """

    def __init__(self, references: References, owner: str):
        self._references = references
        self._owner = owner
        self._problems: list[str] = []

    def text(self, node: Node | None, field: str, option: str = "") -> str | None:
        """The text of a field; `option` is another one that gives it a value."""
        if node is None:
            return None
        try:
            node = self._references.resolve(node)
        except Unresolved as error:
            self._keep(node, field, error, option)
            return None
        return nodes.text(node, f"{field} of {self._owner}")

    def boolean(self, node: Node | None, field: str) -> bool | None:
        """Whether a field is true; texts such as `yes` count as for the CLI."""
        stated = self.text(node, field)
        if node is None or stated is None:
            return None
        if stated not in _TRUE | _FALSE:
            raise UsageError(
                f"{node.place}: {field} of {self._owner} is {stated} and must be true "
                "or false: write one of these"
            )
        return stated in _TRUE

    def mapping(self, node: Node | None, field: str) -> dict[str, Node]:
        """The entries of a mapping, not resolved."""
        return nodes.mapping(self._followed(node, field), f"{field} of {self._owner}")

    def sequence(self, node: Node | None, field: str) -> list[Node]:
        """The entries of a list, not resolved."""
        return nodes.sequence(self._followed(node, field), f"{field} of {self._owner}")

    def refuse_unresolved(self) -> None:
        """Raises one UsageError, a line for each reference that had no value."""
        if self._problems:
            raise UsageError("\n".join(dict.fromkeys(self._problems)))

    def _followed(self, node: Node | None, field: str) -> Node | None:
        if node is None:
            return None
        try:
            return self._references.follow(node)
        except Unresolved as error:
            self._keep(node, field, error)
            return None

    def _keep(
        self, node: Node, field: str, error: Unresolved, option: str = ""
    ) -> None:
        for cause in error.causes:
            self._problems.append(
                f"{node.place}: {field} of {self._owner} needs ${{{cause.reference}}}, "
                f"but {cause.why}{self._fix(cause, option)}"
            )

    def _fix(self, cause: Cause, option: str) -> str:
        if cause.why.endswith("?"):
            return ""
        options = [option] if option else []
        if cause.variable is not None and not cause.variable.complex:
            options.insert(0, f"--var {cause.variable.name}=value")
        if options:
            return f": give one with {' or '.join(options)}"
        if cause.variable is not None:
            return f": write one into {overrides_file(self._references.target)}"
        return ": write a value there, or a variable that you give with --var"
