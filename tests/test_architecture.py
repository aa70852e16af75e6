"""House rules that a program can check: who imports whom, where a library lives, who reads the clock."""

import ast
import graphlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
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
        "ingest",
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
        "telemetry",
        "clock bot stage terminal tour",
        "browser",
        "chromium",
        "__main__",
    ),
}
MOST = 17  # files in a folder; more are a heap that has parts
LOGS = {"storage/migrations"}  # only ever appended to, in the order of time
CLOCKS = {"bot/clock.py"}  # the schedule and the listeners ask it; demo/ plays a world and has its own
READS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
MODULES = sorted(path.relative_to(ROOT) for room in ROW for path in (ROOT / room).rglob("*.py"))
TESTS = sorted(path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py"))
STOPWATCHES = {"time.monotonic", "time.perf_counter", "time.process_time"}
PRIVATE_IMPORTS = {"slackblocks._limits", "slackblocks._surfaces"}  # it tells its numbers nowhere else


def offenders(
    check: Callable[[Path], Iterable[str]], modules: Iterable[Path] = MODULES
) -> dict[str, list[str]]:
    """What a check finds wrong, by module."""
    offences = {module.as_posix(): sorted(check(module)) for module in modules}
    return {module: wrong for module, wrong in offences.items() if wrong}


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


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
    imported: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names} & NAMES.keys()
            imported |= inside or ({node.module} & NAMES.keys())
        elif isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names} & NAMES.keys()
    return imported - {name_of(module)}


def calls(module: Path) -> set[str]:
    """What a module calls or hands on, by its last two names: `datetime.now` for `datetime.datetime.now`."""
    uses = [(node.value, node.attr) for node in ast.walk(tree(module)) if isinstance(node, ast.Attribute)]
    by_name = {f"{owner.id}.{name}" for owner, name in uses if isinstance(owner, ast.Name)}
    return by_name | {f"{owner.attr}.{name}" for owner, name in uses if isinstance(owner, ast.Attribute)}


def test_a_room_imports_only_from_its_left() -> None:
    def to_its_right(module: Path) -> set[str]:
        rooms = {name.split(".")[0] for name in imported(module)} & {*ROW, "tests"}
        return rooms - set(ROW[: ROW.index(module.parts[0]) + 1])

    assert offenders(to_its_right) == {}


def test_a_part_of_a_room_imports_only_from_those_before_it() -> None:
    def after_it(module: Path) -> set[str]:
        room, part, *_ = [*name_of(module).split("."), ""]
        rank = {name: place for place, names in enumerate(INSIDE[room]) for name in names.split()}
        if part and part not in rank:
            return {f"{part} is no part of {room}"}
        parts = {name.split(".")[1] for name in modules_imported(module) if name.startswith(f"{room}.")}
        return {other for other in parts if rank[other] > rank.get(part, 0)}

    assert offenders(after_it) == {}


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {name: modules_imported(module) for name, module in NAMES.items()}
    order = list(
        graphlib.TopologicalSorter(graph).static_order()
    )  # raises CycleError, which names the circle
    assert len(order) == len(NAMES)


def test_no_folder_is_a_heap() -> None:
    sizes = Counter(module.parent.as_posix() for module in MODULES if module.name != "__init__.py")
    assert {folder: size for folder, size in sizes.items() if size > MOST and folder not in LOGS} == {}


def test_a_library_is_used_only_at_home() -> None:
    def abroad(module: Path) -> set[str]:
        libraries = {name.split(".")[0] for name in imported(module)} & set(HOMES)
        return {library for library in libraries if module.parts[0] not in HOMES[library]}

    assert offenders(abroad) == {}


def test_a_module_says_what_it_is() -> None:
    assert [module for module in MODULES if not ast.get_docstring(tree(module))] == []


def test_only_the_clock_reads_the_clock() -> None:
    def readings(module: Path) -> set[str]:
        return (calls(module) & READS) | (set(from_time(module)) & {"time"})

    readers = [each for each in MODULES if each.as_posix() not in CLOCKS and each.parts[0] != "demo"]
    assert offenders(readings, readers) == {}


def from_time(module: Path) -> Iterator[str]:
    """What a module takes out of `time` by name."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (alias.name for alias in node.names)


# --- tests


def test_every_test_asserts_something_itself() -> None:
    """By `assert`, by `pytest.raises`, or by a helper whose name says that it asserts."""

    def without_assertion(module: Path) -> set[str]:
        functions = [node for node in tree(module).body if isinstance(node, ast.FunctionDef)]
        return {each.name for each in functions if each.name.startswith("test_") and not _asserts(each)}

    assert offenders(without_assertion, TESTS) == {}


def _asserts(test: ast.FunctionDef) -> bool:
    nodes = list(ast.walk(test))
    called = {ast.unparse(node.func).split(".")[-1] for node in nodes if isinstance(node, ast.Call)}
    is_called = any(name == "raises" or name.startswith("assert_") for name in called)
    return is_called or any(isinstance(node, ast.Assert) for node in nodes)


def test_no_test_measures_by_a_stopwatch() -> None:
    """On a busy machine everything takes long: count calls or steps, or hand over a clock."""
    tests = [module for module in TESTS if module.name.startswith("test_")]
    assert offenders(lambda module: calls(module) & STOPWATCHES, tests) == {}


def test_no_test_imports_a_private_name() -> None:
    """Ruff sees those behind a dot."""

    def private(module: Path) -> set[str]:
        imports = [node for node in ast.walk(tree(module)) if isinstance(node, ast.ImportFrom)]
        names = {f"{node.module}.{alias.name}" for node in imports for alias in node.names}
        hidden = {name for name in names if any(_is_private(part) for part in name.split("."))}
        return {name for name in hidden if not name.startswith(tuple(PRIVATE_IMPORTS))}

    assert offenders(private, TESTS) == {}


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def test_every_room_and_every_home_is_there() -> None:
    assert {module.parts[0] for module in MODULES} == set(ROW)
    assert {room for rooms in HOMES.values() for room in rooms} <= set(ROW)
