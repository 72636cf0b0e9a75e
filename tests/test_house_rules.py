"""The rules of docs/contributing.md that a parser can check: sizes, names and words in the source of the package."""

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import gpu_smotetomek

PACKAGE = Path(gpu_smotetomek.__file__).parent
FILES = {path.relative_to(PACKAGE.parent).as_posix(): path for path in sorted(PACKAGE.rglob("*.*"))}
SOURCES = {name: path.read_text("utf-8") for name, path in FILES.items() if path.suffix == ".py"}
KERNELS = {name: path.read_text("utf-8") for name, path in FILES.items() if path.suffix == ".cu"}
TREES = {name: ast.parse(text) for name, text in SOURCES.items()}

MAX_FILE_LINES = 300
MAX_BODY_LINES = 50
MAX_NESTING = 3

# Participles that do not end in -ed. Those that are verbs too (cut, put, read, run, set, split) are left out.
IRREGULAR_PARTICIPLES = set(
    re.findall(
        r"\w+",
        "been begun bought brought built caught chosen done drawn fed felt found given gone grown had heard held hidden kept "
        "known laid left lent lost made meant met paid said seen sent shown sold spent spun stood taken taught thought told torn "
        "understood won worn written",
    )
)
VERBS_AND_NOUNS = {"embed", "need", "proceed", "seed", "string"}
PARTICIPLES_ALLOWED = {"refined": "in the protocol: the same index with a smaller error"}
CONSTANTS_ALLOWED = {
    "U32": "unit roundoff of float32",
    "U64": "unit roundoff of float64",
    "TINY32": "smallest normal float32",
    "TINY64": "smallest normal float64",
}
VAGUE_WORDS = set(
    re.findall(
        r"\w+",
        "ALL AT DEPTH ENOUGH FEW FIRST GROUP LARGE LAST LEAST LENGTH LIMIT LISTED MANY MAX MEANS MIN MOST OLDEST OWN ROOM ROWS "
        "SAMPLE SHARE SIZE SLACK SMALL STEP TILE WAY WIDTH WORTH",
    )
)
SHARED_NAMES_ALLOWED = {
    "T": "a type variable",
    "main": "the entry point of a program",
    "interpolate": "arrays/cupy_kernels.py has the same function on CuPy arrays",
    "project": "arrays/cupy_kernels.py has the same function on CuPy arrays",
    "rerank": "arrays/cupy_kernels.py has the same function on CuPy arrays",
    **dict.fromkeys(("SMOTE", "TomekLinks", "SMOTETomek"), "dask/samplers.py has the same for dask collections"),
    "resample": "cli/resample.py has the command that does the same with a file",
}
PERSONS = re.compile(
    r"\b([Nn]obody|[Ss]omebody|[Aa]nybody|[Ee]verybody|[Ee]veryone|[Ww]ho|[Ww]hom|[Tt]old|[Tt]ells|[Aa]sked|[Aa]sks|[Ww]ants|[Kk]nows)\b"
)

BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def report(offenders: list[str]) -> None:
    """Fail with all offenders at once, one a line."""
    if offenders:
        pytest.fail(f"{len(offenders)} offenders\n" + "\n".join(offenders), pytrace=False)


def functions() -> Iterator[tuple[str, Function]]:
    """All functions, methods and nested functions of the package, each with its file and line."""
    for name, tree in TREES.items():
        yield from ((f"{name}:{node.lineno}", node) for node in ast.walk(tree) if isinstance(node, FUNCTIONS))


def body_lines(function: Function) -> int:
    """Lines of a function below its signature and its docstring."""
    body = function.body[ast.get_docstring(function) is not None :]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def nesting(node: ast.AST) -> int:
    """Depth of the blocks inside a node; `elif` continues its `if`, and a nested function is counted by itself."""
    depths = [0]
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (*FUNCTIONS, ast.ClassDef)):
            is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
            depths.append(nesting(child) + (isinstance(child, BLOCKS) and not is_elif))
    return max(depths)


def is_participle(name: str) -> bool:
    """Whether a name is one word that ends as a participle does."""
    word = name.strip("_")
    ends_as_one = word in IRREGULAR_PARTICIPLES or word.endswith("ed") or (word.endswith("ing") and len(word) > 5)
    return word.isalpha() and ends_as_one and word not in VERBS_AND_NOUNS


def is_property(function: Function) -> bool:
    return any(re.search(r"property|\.setter", ast.unparse(decorator)) for decorator in function.decorator_list)


def definitions(tree: ast.Module) -> Iterator[tuple[str, int, ast.expr | None]]:
    """The names that a module defines at its top level, with the line and, of variables, the value."""
    for node in tree.body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node.name, node.lineno, None
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                names = [child.id for child in ast.walk(target) if isinstance(child, ast.Name)]
                yield from ((name, node.lineno, node.value) for name in names if not isinstance(target, ast.Attribute))


def is_number(value: ast.expr | None) -> bool:
    """Whether an expression is made of numbers and arithmetic only."""
    if value is None:
        return False
    parts = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.Tuple, ast.operator, ast.unaryop, ast.expr_context)
    nodes = list(ast.walk(value))
    constants = [type(node.value) for node in nodes if isinstance(node, ast.Constant)]
    return all(isinstance(node, parts) for node in nodes) and set(constants) <= {int, float}


def prose(name: str) -> Iterator[tuple[int, str]]:
    """Line numbers and lines of the docstrings and comments of a Python module, without what is in backticks."""
    for token in tokenize.generate_tokens(io.StringIO(SOURCES[name]).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], re.sub(r"`[^`]*`", "`…`", token.string)
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines = re.sub(r"`[^`\n]*`", "`…`", node.value.value).splitlines()
            yield from ((node.lineno + position, line) for position, line in enumerate(lines) if ">>>" not in line)


def kernel_prose(name: str) -> Iterator[tuple[int, str]]:
    """Line numbers and comments of a CUDA file, without what is in backticks."""
    for number, line in enumerate(KERNELS[name].splitlines(), 1):
        comment = re.search(r"//.*|/\*.*|^\s*\*.*", line)
        if comment:
            yield number, re.sub(r"`[^`]*`", "`…`", comment[0])


def test_a_file_has_at_most_300_lines():
    lengths = {name: len(text.splitlines()) for name, text in (SOURCES | KERNELS).items()}
    report([f"{name}: {lines} lines" for name, lines in lengths.items() if lines > MAX_FILE_LINES])


def test_functions_are_short():
    lengths = [(place, function.name, body_lines(function)) for place, function in functions()]
    report([f"{place} {name}: {lines} lines" for place, name, lines in lengths if lines > MAX_BODY_LINES])


def test_blocks_are_nested_three_deep_at_most():
    depths = [(place, function.name, nesting(function)) for place, function in functions()]
    report([f"{place} {name}: {depth} blocks deep" for place, name, depth in depths if depth > MAX_NESTING])


def test_functions_are_verbs():
    names = [(place, function.name) for place, function in functions() if not is_property(function)]
    report([f"{place} {name}" for place, name in names if is_participle(name) and name not in PARTICIPLES_ALLOWED])


def test_constants_say_what_they_count_or_limit():
    """A number has a name of more than one word, and nothing has a name that fits anything."""
    constants = [
        (f"{name}:{line}", constant, value) for name in TREES for constant, line, value in definitions(TREES[name])
    ]
    words = [entry for entry in constants if re.fullmatch(r"_?[A-Z][A-Z0-9]+", entry[1])]
    vague = [entry for entry in words if is_number(entry[2]) or entry[1].strip("_") in VAGUE_WORDS]
    report([f"{place} {constant}" for place, constant, _ in vague if constant not in CONSTANTS_ALLOWED])


def test_a_public_name_has_one_meaning():
    places: dict[str, dict[str, int]] = defaultdict(dict)
    for name, tree in TREES.items():
        for defined, line, _ in definitions(tree):
            places[defined].setdefault(name, line)
    shared = {name: where for name, where in sorted(places.items()) if len(where) > 1 and not name.startswith("_")}
    report(
        [
            f"{name}: {', '.join(f'{file}:{line}' for file, line in where.items())}"
            for name, where in shared.items()
            if name not in SHARED_NAMES_ALLOWED
        ]
    )


def test_docstrings_and_comments_do_not_speak_of_persons():
    lines = [(name, *line) for name in SOURCES for line in prose(name)]
    lines += [(name, *line) for name in KERNELS for line in kernel_prose(name)]
    found = [(f"{name}:{number}", PERSONS.findall(line), line.strip()) for name, number, line in lines]
    report([f"{place} {', '.join(words)}: {line}" for place, words, line in found if words])


def test_every_file_says_what_it_is_for():
    missing = [name for name, tree in TREES.items() if not ast.get_docstring(tree)]
    missing += [name for name, text in KERNELS.items() if not text.lstrip().startswith(("//", "/*"))]
    report([f"{name}:1" for name in missing])


@pytest.mark.parametrize(
    ("code", "depth"),
    [
        ("def f():\n return 1", 0),
        ("def f():\n for a in b:\n  if a:\n   return a", 2),
        ("def f():\n if a:\n  pass\n elif b:\n  pass\n elif c:\n  pass", 1),
        ("def f():\n try:\n  pass\n except E:\n  if a:\n   pass", 2),
        ("def f():\n with a:\n  def g():\n   for b in c:\n    pass", 1),
    ],
)
def test_blocks_are_counted(code, depth):
    assert nesting(ast.parse(code).body[0]) == depth


def test_offenders_are_recognised():
    names = ("_placed", "drawn", "halving", "read", "split_block", "string")
    assert [name for name in names if is_participle(name)] == ["_placed", "drawn", "halving"]
    numbers = {"2.0**-24": True, "(64, 2**6)": True, "-1": True, "'word'": False, "f(2)": False, "True": False}
    assert {text: is_number(ast.parse(text, mode="eval").body) for text in numbers} == numbers
    (function,) = ast.parse('def f(\n    x,\n):\n    """One.\n\n    Two.\n    """\n    x = 1\n    return x').body
    assert body_lines(function) == 2
    defined = [
        (name, is_number(value)) for name, _, value in definitions(ast.parse("A, B = 1, 2\nC: str = 'x'\nD.e = 1"))
    ]
    assert defined == [("A", True), ("B", True), ("C", False)]
    assert PERSONS.findall("Who wants it is told; `ASKED`") == ["Who", "wants", "told"]
