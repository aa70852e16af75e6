"""House rules that a program can check: who imports whom, where a library lives, who reads the clock."""

import ast
import graphlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
ROW = ("providers", "storage", "digests", "bot", "demo")  # each may import itself and those before it
HOMES = {
    "httpx": {"providers", "demo"},
    "httpcore": {"providers"},  # what httpx stands on: deadlines are kept there
    "peewee": {"storage"},
    "playhouse": {"storage"},
    "psycopg": {"storage"},
    "cryptography": {"storage"},
    "cachetools": {"storage", "bot", "demo"},
    "prometheus_client": {"bot"},
    "jinja2": {"digests", "demo"},  # mrkdwn for people; the HTML of the demo's page
    "opentelemetry": {"providers"},
    "google": {"providers"},  # protobuf, which opentelemetry stands on
    "resvg_py": {"digests"},
    "slack_bolt": {"bot", "demo"},
    "slack_sdk": {"bot", "demo"},
    "apscheduler": {"bot", "demo"},
    "waitress": {"bot", "demo"},
}
INSIDE = {  # the parts of a room, each of which may import itself and those before it
    "providers": (
        "period charge usage spend caller activity directory money note reported provider",
        "anthropic",
        "claude",
    ),
    "storage": ("engine", "facts", "state", "migrations"),
    "digests": ("numbers", "words", "layout", "files", "messages", "forms", "pages render", "terminal"),
    "bot": (
        "pools",
        "settings services clock errors env_file outbound_settings secrets_in_text",
        "sync",
        "reports",
        "slack",
        "questions",
        "posting",
        "runtime",
        "listeners",
        "teams",
        "program",
        "cli",
        "__main__",
    ),
    "demo": (
        "company",
        "admin_api",
        "blockkit",
        "slack",
        "clock bot stage terminal tour",
        "browser",
        "chromium",
        "__main__",
    ),
}
MOST = 17  # files in a folder; more are a heap that has parts
CLOCKS = {"bot/clock.py"}  # the schedule and the listeners ask it; demo/ plays a world and has its own
READS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
MODULES = sorted(path.relative_to(HOUSE) for room in ROW for path in (HOUSE / room).rglob("*.py"))
each_module = pytest.mark.parametrize("module", MODULES, ids=str)


def tree(module: Path) -> ast.Module:
    return ast.parse((HOUSE / module).read_text(encoding="utf-8"))


def imported(module: Path) -> Iterator[str]:
    """The full name of every module that one imports, wherever in it."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield node.module or ""


def name_of(module: Path) -> str:
    return ".".join(module.with_suffix("").parts).removesuffix(".__init__")


NAMES = {name_of(module): module for module in MODULES}


def modules_imported(module: Path) -> set[str]:
    """Which of our modules one imports, by their full names."""
    found: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names} & NAMES.keys()
            found |= inside or ({node.module} & NAMES.keys())
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & NAMES.keys()
    return found - {name_of(module)}


def calls(module: Path) -> set[str]:
    """What a module calls or hands on, by its last two names: `datetime.now` for `datetime.datetime.now`."""
    found = (node for node in ast.walk(tree(module)) if isinstance(node, ast.Attribute))
    return {".".join(ast.unparse(node).split(".")[-2:]) for node in found}


@each_module
def test_a_room_imports_only_from_its_left(module: Path) -> None:
    rooms = {name.split(".")[0] for name in imported(module)} & {*ROW, "tests"}
    assert rooms <= set(ROW[: ROW.index(module.parts[0]) + 1])


@each_module
def test_a_part_of_a_room_imports_only_from_those_before_it(module: Path) -> None:
    room, part, *_ = [*name_of(module).split("."), ""]
    rank = {name: place for place, names in enumerate(INSIDE[room]) for name in names.split()}
    assert not part or part in rank
    parts = {name.split(".")[1] for name in modules_imported(module) if name.startswith(f"{room}.")}
    assert {other for other in parts if rank[other] > rank.get(part, 0)} == set()


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {name: modules_imported(module) for name, module in NAMES.items()}
    order = list(
        graphlib.TopologicalSorter(graph).static_order()
    )  # raises CycleError, which names the circle
    assert len(order) == len(NAMES)


def test_no_folder_is_a_heap() -> None:
    sizes = Counter(module.parent.as_posix() for module in MODULES if module.name != "__init__.py")
    assert {folder: size for folder, size in sizes.items() if size > MOST} == {}


@each_module
def test_a_library_is_used_only_at_home(module: Path) -> None:
    libraries = {name.split(".")[0] for name in imported(module)} & set(HOMES)
    assert not {library for library in libraries if module.parts[0] not in HOMES[library]}


@each_module
def test_a_module_says_what_it_is(module: Path) -> None:
    assert ast.get_docstring(tree(module))


@each_module
def test_only_the_clock_reads_the_clock(module: Path) -> None:
    if module.as_posix() not in CLOCKS and module.parts[0] != "demo":
        assert not calls(module) & READS
        assert "time" not in from_time(module)


def from_time(module: Path) -> Iterator[str]:
    """What a module takes out of `time` by name."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (alias.name for alias in node.names)


def test_every_room_and_every_home_is_there() -> None:
    assert {module.parts[0] for module in MODULES} == set(ROW)
    assert {room for rooms in HOMES.values() for room in rooms} <= set(ROW)
