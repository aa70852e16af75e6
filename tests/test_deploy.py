"""The files that platforms look for start verbs that exist, with settings that exist, and not as root."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.__main__ import main
from bot.settings import Settings, read

ROOT = Path(__file__).parent.parent
OF_THE_PLATFORM = {"PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
UNDER_ANOTHER_NAME = {
    "secret_keys": "STACKSPEND_SECRET_KEY",
    "admins": "STACKSPEND_ADMINS",
    "public_url": "STACKSPEND_PUBLIC_URL",
    "metrics_token": "STACKSPEND_METRICS_TOKEN",
}
SETTINGS = {UNDER_ANOTHER_NAME.get(field.name, field.name.upper()) for field in fields(Settings)}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def instructions(word: str) -> list[str]:
    """Return what follows each such instruction of the Dockerfile, continued lines joined."""
    joined = text("Dockerfile").replace("\\\n", " ")
    return [line.removeprefix(word).strip() for line in joined.splitlines() if line.startswith(f"{word} ")]


def compose() -> Any:
    return yaml.safe_load(text("compose.yaml"))


def render() -> Any:
    return yaml.safe_load(text("render.yaml"))


def unit() -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    parsed.read_string(text("deploy/stackspend.service"))
    return parsed


def started_verbs() -> Iterator[tuple[str, str]]:
    """Yield a file and a verb of `stackspend` that it starts."""
    for line in text("Procfile").splitlines():
        yield "Procfile", line.split("python -m bot ")[1]
    yield "Dockerfile", json.loads(instructions("CMD")[-1])[0]
    yield "compose.yaml", compose()["services"]["bot"]["command"][0]
    yield "deploy/stackspend.service", shlex.split(unit()["Service"]["ExecStart"])[-1]
    for service in render()["services"]:
        for command in filter(None, (service["dockerCommand"], service.get("preDeployCommand"))):
            yield "render.yaml", command.removeprefix("stackspend ")


def given_settings() -> Iterator[tuple[str, str]]:
    """Yield a file and the name of a variable that it sets or asks for."""
    for line in instructions("ENV"):
        yield from (("Dockerfile", name) for name in re.findall(r"(\w+)=", line))
    yield from (("compose.yaml", name) for name in compose()["services"]["bot"]["environment"])
    yield from (("fly.toml", name) for name in tomllib.loads(text("fly.toml"))["env"])
    yield from (("app.json", name) for name in json.loads(text("app.json"))["env"])
    for service in render()["services"]:
        yield from (("render.yaml", variable["key"]) for variable in service["envVars"])
    for name in re.findall(r"^Environment=(\w+)=", text("deploy/stackspend.service"), re.MULTILINE):
        yield "deploy/stackspend.service", name


@pytest.mark.parametrize(("file", "verb"), sorted(set(started_verbs())))
def test_every_verb_that_is_started_exists(file: str, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([verb, "--help"])
    assert end.value.code == 0, file
    assert f"stackspend {verb}" in capsys.readouterr().out


@pytest.mark.parametrize(("file", "name"), sorted(set(given_settings())))
def test_every_variable_that_is_given_is_a_setting(file: str, name: str) -> None:
    assert name in SETTINGS | OF_THE_PLATFORM, file


def test_platforms_migrate_before_they_start_several_processes() -> None:
    assert text("Procfile").splitlines()[0] == "release: python -m bot migrate"
    assert next(each.get("preDeployCommand") for each in render()["services"]) == "stackspend migrate"


def test_the_linter_has_nothing_to_say_about_the_dockerfile() -> None:
    linter = shutil.which("hadolint", path=Path(sys.executable).parent)
    assert linter, "hadolint is a development dependency"
    done = subprocess.run([linter, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_as_nobody_in_particular() -> None:
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", instructions("USER")[-1])
    assert "HEALTHCHECK" in text("Dockerfile")


def test_the_image_holds_every_package_and_nothing_that_is_not_there() -> None:
    sources = {
        source
        for line in instructions("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
        if not source.startswith("--")
    }
    packages = tomllib.loads(text("pyproject.toml"))["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(packages) < sources
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_the_builder_is_sent_what_the_image_copies_and_no_secret() -> None:
    allowed = re.findall(r"^!(\S+)", text(".dockerignore"), re.MULTILINE)
    copied = [word for line in instructions("COPY") for word in line.split()[:-1] if "--" not in word]
    assert set(copied) - {"/opt/venv"} == set(allowed)
    assert "\n*\n" in text(".dockerignore")
    assert "**/.env" in text(".dockerignore")


def test_a_container_writes_to_one_volume() -> None:
    bot = compose()["services"]["bot"]
    assert bot["read_only"] is True
    assert bot["tmpfs"] == ["/tmp"]
    assert instructions("VOLUME") == ["/data"]
    assert "DATABASE_URL=sqlite:////data/stackspend.db" in instructions("ENV")[0]


def test_a_service_writes_to_one_folder() -> None:
    service = unit()["Service"]
    assert service["ProtectSystem"] == "strict"
    assert f"Environment=DATABASE_URL=sqlite:////var/lib/{service['StateDirectory']}/stackspend.db" in text(
        "deploy/stackspend.service"
    )


def test_everything_runs_on_the_version_that_the_tests_run_on() -> None:
    version = text(".python-version").strip()
    assert instructions("ARG") == [f"PYTHON_VERSION={version}"]
    assert tomllib.loads(text("pyproject.toml"))["project"]["requires-python"] == f">={version}"


def test_a_secret_key_that_a_platform_makes_is_taken() -> None:
    made = (
        "/+//7//v/+//7//v/+//7//v/+//7//v/+//7//v/+8="  # 32 bytes in base64 as Render writes it, not URL-safe
    )
    assert read({"STACKSPEND_SECRET_KEY": made}).secret_keys == (made,)


def test_the_command_line_of_a_container_is_ours(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "deploy" / "stackspend"), "doctor"],
        cwd=tmp_path,
        env={"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("✓ Version")
    assert os.access(ROOT / "deploy" / "stackspend", os.X_OK)
