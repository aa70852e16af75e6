"""The tour that `make demo` gives, with a shorter history."""

import subprocess
import sys
from datetime import UTC, datetime

import httpx

from demo.stage import ROOT
from providers.period import DAY


def test_the_tour_runs_through_and_shows_the_whole_job() -> None:
    command = [sys.executable, "-m", "demo", "--days", "60"]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr + done.stdout[-4000:]
    assert "a modal opens for Mina Okafor" in done.stdout
    assert "That's a regular API key" in done.stdout
    assert "Claude spend" in done.stdout
    last_month = datetime.now(UTC).date().replace(day=1) - DAY
    assert f"The organization's own books for {last_month:%B %Y}: $" in done.stdout
    said = done.stdout.partition("The bot said: ")[2].splitlines()[0]
    assert said.startswith("Claude cost Acme $")
    assert f" in {last_month:%B %Y}, billed by Anthropic." in said
    assert "In a browser" not in done.stdout


def test_the_demo_stays_with_its_page_until_it_is_ended() -> None:
    command = [sys.executable, "-u", "-m", "demo", "--days", "60", "--keep"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8") as demo:
        assert demo.stdout
        announcement = next(line for line in demo.stdout if "In a browser" in line)
        page = httpx.get(announcement.split()[-1], follow_redirects=True).text
        demo.terminate()
        assert "Claude spend" in page
        assert "<dialog" not in page
        assert demo.wait(timeout=30) == 0
