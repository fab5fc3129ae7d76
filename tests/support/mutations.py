"""One-point mutations of Python source: every place where one small error could have been written.

A point is an expression or statement of the syntax tree with the text that replaces it. Left out is
what no test can be asked to see: docstrings, messages, annotations, imports, `__all__`, raised
errors' texts, log lines and flags such as `strict=True`.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_ORDER = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
_TURNED = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
_NAMES = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "argmin": "argmax",
    "argmax": "argmin",
    "floor": "ceil",
    "ceil": "floor",
    "minimum": "maximum",
    "maximum": "minimum",
}
# The order of the first two arguments of these says nothing, or their values are types and names.
_UNORDERED = """max min isinstance getattr hasattr maximum minimum logical_or logical_and
array_equal fields replace TypeVar gcd hypot union"""
# What these are given is text for people.
_MESSAGES = "info warning debug error exception warn print progress"
# These are a matter of speed, memory or strictness.
_FLAGS = "strict frozen eq slots exist_ok parents copy kind stable writeable encoding workers"


@dataclass(frozen=True)
class Mutation:
    """One error that could have been made.

    Attributes:
        operator: the kind of the error.
        file: the path of the source, as it was given.
        line: of the place, counted from 1.
        begin, end: the bytes of the source that are replaced.
        text: what replaces them.
        before, after: the place as it is, and as it becomes, in one line.
    """

    operator: str
    file: str
    line: int
    begin: int
    end: int
    text: str
    before: str
    after: str

    def applied(self, source: bytes) -> bytes:
        """The source with the error in it."""
        return source[: self.begin] + self.text.encode() + source[self.end :]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} [{self.operator}] {self.before} → {self.after}"


def mutations(source: bytes, file: str) -> list[Mutation]:
    """Every one-point mutation of a source, in the order of their places."""
    finder = _Finder(source, file)
    finder.visit(ast.parse(source))
    unique = {(point.begin, point.end, point.text): point for point in finder.points}
    return sorted(unique.values(), key=lambda point: (point.begin, point.end, point.text))


class _Finder(ast.NodeVisitor):
    def __init__(self, source: bytes, file: str) -> None:
        self.source, self.file, self.points = source, file, list[Mutation]()
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    # What is left out.

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Texts with values in them are messages."""

    def visit_Import(self, node: ast.Import) -> None:
        """No error of this kind hides in an import."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """No error of this kind hides in an import."""

    def visit_Raise(self, node: ast.Raise) -> None:
        """The text of an error, not whether it is raised: that is the branch above it."""

    def visit_Assign(self, node: ast.Assign) -> None:
        if not any(isinstance(n, ast.Name) and n.id == "__all__" for n in node.targets):
            if not _is_type(node.value):
                self.visit(node.value)
            for target in node.targets:
                self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        known = {ast.unparse(d).split("(")[0].split(".")[-1] for d in node.decorator_list}
        if "overload" in known:
            return
        for decorator in node.decorator_list:
            self.visit(decorator)
        places = [*node.args.posonlyargs, *node.args.args]
        defaults = [
            *zip(reversed(places), reversed(node.args.defaults), strict=False),
            *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
        ]
        for argument, default in defaults:
            if default is not None and argument.arg not in _FLAGS.split():
                self._constant(default, "default changed")
        returns = ast.unparse(node.returns) if node.returns else ""
        for statement in node.body:
            self.visit(statement)
        for inner in _own_returns(node):
            self._returned(inner, returns)

    def visit_Call(self, node: ast.Call) -> None:
        name = _called(node)
        if name in _MESSAGES.split():
            return
        if name == "isinstance":
            return
        self._swapped_arguments(node, name)
        if name in _NAMES:
            changed = copy.deepcopy(node)
            function = changed.func
            if isinstance(function, ast.Name):
                function.id = _NAMES[name]
            elif isinstance(function, ast.Attribute):
                function.attr = _NAMES[name]
            self._put("function swapped", node, changed)
        if name == "range" and node.args:
            place = 0 if len(node.args) == 1 else 1
            self._less_by_one(node.args[place])
        self.visit(node.func)
        for argument in node.args:
            self.visit(argument)
        for keyword in node.keywords:
            if keyword.arg == "axis":
                self._lower_axis(keyword.value)
            elif keyword.arg not in _FLAGS.split():
                self.visit(keyword.value)

    # The operators.

    def visit_Compare(self, node: ast.Compare) -> None:
        for place, operator in enumerate(node.ops):
            for table, kind in ((_ORDER, "comparison moved"), (_TURNED, "comparison swapped")):
                if type(operator) in table:
                    changed = copy.deepcopy(node)
                    changed.ops[place] = table[type(operator)]()
                    self._put(kind, node, changed)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if type(node.op) in _ARITHMETIC:
            changed = copy.deepcopy(node)
            changed.op = _ARITHMETIC[type(node.op)]()
            self._put("arithmetic swapped", node, changed)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if type(node.op) in _ARITHMETIC:
            changed = copy.deepcopy(node)
            changed.op = _ARITHMETIC[type(node.op)]()
            self._put("arithmetic swapped", node, changed)
        self.visit(node.value)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        changed = copy.deepcopy(node)
        changed.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        self._put("and/or", node, changed)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.USub | ast.Not):
            self._put("sign dropped", node, node.operand)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        self._constant(node, "constant moved")

    def visit_If(self, node: ast.If) -> None:
        if not _ends_in_import_error(node) and ast.unparse(node.test) != "TYPE_CHECKING":
            self._put("branch dropped", node.test, ast.Constant(value=False))
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._put("branch dropped", node, node.orelse)
        self._put("branch dropped", node, node.body)
        self.generic_visit(node)

    def visit_Slice(self, node: ast.Slice) -> None:
        for bound in (node.lower, node.upper):
            if bound is not None and not isinstance(bound, ast.Constant | ast.UnaryOp):
                self._less_by_one(bound)
        self.generic_visit(node)

    def _constant(self, node: ast.expr, operator: str) -> None:
        if not isinstance(node, ast.Constant):
            self.visit(node)
        elif isinstance(node.value, bool):
            self._put(operator, node, ast.Constant(value=not node.value))
        elif isinstance(node.value, int | float) and not 0.0 < abs(node.value) < 1e-100:
            for value in _moved(node.value):
                self._put(operator, node, ast.Constant(value=value))

    def _less_by_one(self, node: ast.expr) -> None:
        less = ast.BinOp(left=copy.deepcopy(node), op=ast.Sub(), right=ast.Constant(value=1))
        self._put("off by one", node, less)

    def _lower_axis(self, node: ast.expr) -> None:
        """One axis too low; one too many would end in a traceback at once."""
        if isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value > 0:
            self._put("off by one", node, ast.Constant(value=node.value - 1))

    def _swapped_arguments(self, node: ast.Call, name: str) -> None:
        if len(node.args) < 2 or name in _UNORDERED.split():
            return
        if any(isinstance(argument, ast.Starred) for argument in node.args[:2]):
            return
        one, other = node.args[:2]
        # Of two kinds, such as a name and a number, a swap ends in a traceback at once.
        if type(one) is type(other) and ast.dump(one) != ast.dump(other):
            changed = copy.deepcopy(node)
            changed.args[:2] = changed.args[1::-1]
            self._put("arguments swapped", node, changed)

    def _returned(self, node: ast.Return, annotation: str) -> None:
        if node.value is None or annotation not in ("bool", "float", "int"):
            return
        if isinstance(node.value, ast.Constant) and node.value.value == 0:
            return
        operator = ast.Not() if annotation == "bool" else ast.USub()
        self._put("return negated", node.value, ast.UnaryOp(op=operator, operand=node.value))

    def _put(self, operator: str, node: ast.expr | ast.stmt, new: ast.expr | ast.stmt) -> None:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        begin = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[node.end_lineno - 1] + node.end_col_offset
        text = ast.unparse(ast.fix_missing_locations(new))
        if isinstance(new, ast.BinOp | ast.BoolOp | ast.Compare | ast.IfExp | ast.UnaryOp):
            text = f"({text})"
        line_begin, line_end = self.starts[node.lineno - 1], self.starts[node.end_lineno]
        whole = self.source[line_begin:line_end]
        changed = self.source[line_begin:begin] + text.encode() + self.source[end:line_end]
        before, after = (" ".join(part.decode().split()) for part in (whole, changed))
        self.points.append(
            Mutation(operator, self.file, node.lineno, begin, end, text, before, after)
        )


def _moved(value: float) -> Iterator[float]:
    """A number, a little too large and a little too small."""
    if isinstance(value, int) or (value.is_integer() and abs(value) >= 2.0):
        yield value + 1
        if value > 1:
            yield value - 1
    elif value == 0.0:
        yield 0.1
    else:
        yield from (value * 1.1, value * 0.9)


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _own_returns(node: ast.FunctionDef) -> Iterator[ast.Return]:
    """The return statements of a function, without those of functions in it."""
    rest: list[ast.AST] = list(node.body)
    while rest:
        part = rest.pop()
        if isinstance(part, ast.Return):
            yield part
        elif not isinstance(part, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            rest.extend(ast.iter_child_nodes(part))


def _ends_in_import_error(node: ast.If) -> bool:
    return any("MissingPart" in ast.unparse(s) for s in node.body if isinstance(s, ast.Raise))


def _is_type(node: ast.expr) -> bool:
    """Whether a value is an alias of a type, such as `Float64[np.ndarray, " songs"]`."""
    return isinstance(node, ast.Subscript) and ast.unparse(node.value).split(".")[-1] in (
        *("Float", "Float32", "Float64", "Int64", "Bool", "UInt32", "Literal", "Callable"),
        *("Mapping", "Sequence", "dict", "list", "tuple"),
    )
