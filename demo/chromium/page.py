"""A page of a browser, used by what people see of it. Everything waits until it can be done."""

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 15.0  # seconds for what should take a moment
PACE = 0.03


class DevToolsError(Exception):
    """Chromium did not do what it was asked to."""


class Page:
    """One page, as a person uses it. Elements are named by what a screen reader says of them."""

    def __init__(self, send: Callable[..., dict[str, Any]]) -> None:
        self._send = send
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._loads = 0

    def open(self, url: str) -> None:
        """Go somewhere, and wait until it is there."""
        before = self._loads
        refused = self.send("Page.navigate", url=url).get("errorText")
        if refused:
            raise DevToolsError(f"{url}: {refused}")
        self._until(lambda: self.evaluate("document.readyState") and self._loads > before, f"{url} to load")

    def click(self, name: str, *, role: str = "", within: str = "") -> None:
        """Press what has this accessible name, in the first element of a selector where one is given.

        What is covered by something else cannot be pressed.
        """
        code = """function () {
            this.scrollIntoView({block: "center", behavior: "instant"});
            const box = this.getClientRects()[0];
            const there = box && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            if (!there || !this.contains(there)) return false;
            this.focus();
            this.click();
            return true;
        }"""
        self._until(
            lambda: self._call(self._element(name, role, within), code), f"{name!r} to be within reach"
        )

    def fill(self, name: str, text: str, *, role: str = "", within: str = "") -> None:
        """Replace the content of a field."""
        self._call(self._element(name, role, within), "function () { this.focus(); this.select?.(); }")
        if text:
            self.send("Input.insertText", text=text)
        else:
            self.press("Delete")

    def choose(self, name: str, option: str, *, within: str = "") -> None:
        """Select an option by what it reads."""
        code = """function (words) {
            const option = [...this.options].find((each) => each.text === words);
            if (!option) throw new Error(`no option ${words}`);
            this.value = option.value;
            this.dispatchEvent(new Event("input", {bubbles: true}));
            this.dispatchEvent(new Event("change", {bubbles: true}));
        }"""
        self._call(self._element(name, "", within), code, option)

    def press(self, key: str) -> None:
        """Press a key: Enter, Tab, Escape, Delete."""
        codes = {"Enter": 13, "Tab": 9, "Escape": 27, "Delete": 46}
        facts = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key]}
        text = {"text": "\r"} if key == "Enter" else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", **facts, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **facts)

    def text(self, selector: str = "body") -> str:
        """Return the text of the first element that a selector matches, "" without one."""
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def count(self, selector: str) -> int:
        """Return how many elements a selector matches."""
        return int(self.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length"))

    def names(self, role: str, *, within: str = "") -> list[str]:
        """The accessible names of everything with a role, in order."""
        nodes = self._nodes(within, role=role)
        return [str(node.get("name", {}).get("value", "")) for node in nodes]

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401 - JSON
        """Evaluate JavaScript. Raises DevToolsError where it throws."""
        got = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in got:
            raise DevToolsError(str(got["exceptionDetails"].get("exception", {}).get("description")))
        return got["result"].get("value")

    def wait(self, expression: str, *, patience: float = PATIENCE) -> None:
        """Wait until a JavaScript expression holds."""
        self._until(lambda: self.evaluate(f"Boolean({expression})"), expression, patience)

    def wait_for(self, words: str, *, selector: str = "body", patience: float = PATIENCE) -> None:
        """Wait until an element reads these words."""
        self._until(lambda: words in self.text(selector), f"{words!r} in {selector}", patience)

    def resize(self, width: int, height: int, *, scale: float = 1, phone: bool = False) -> None:
        """Look through a window of another size."""
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": phone}
        self.send("Emulation.setDeviceMetricsOverride", **size)

    def prefer(self, **features: str) -> None:
        """Prefer what a person sets in their system: `color_scheme="dark"`, `reduced_motion="reduce"`."""
        wanted = [
            {"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in features.items()
        ]
        self.send("Emulation.setEmulatedMedia", features=wanted)

    def without_scripts(self) -> None:
        """Run no script of the pages that are opened from now on."""
        self.send("Emulation.setScriptExecutionDisabled", value=True)

    def screenshot(self, path: Path, selector: str = "html", *, margin: int = 0) -> None:
        """Keep a picture of the first element of a selector."""
        box = self.evaluate(
            f"(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [box.x + scrollX, box.y + scrollY, box.width, box.height]; })()"
        )
        x, y, width, height = (float(number) for number in box)
        left, top = max(x - margin, 0), max(y - margin, 0)
        clip = {"x": left, "y": top, "width": x + width + margin - left, "height": y + height + margin - top}
        shot = self.send(
            "Page.captureScreenshot", format="png", clip=clip | {"scale": 1}, captureBeyondViewport=True
        )
        path.write_bytes(base64.b64decode(shot["data"]))

    def send(self, method: str, **arguments: object) -> dict[str, Any]:
        """Call a method of the protocol on this page."""
        return self._send(method, **arguments)

    def hear(self, event: str, facts: dict[str, Any]) -> None:
        """Note an event of the protocol."""
        if event == "Page.loadEventFired":
            self._loads += 1
        elif event == "Network.requestWillBeSent":
            self.requests.append(facts["request"]["url"])
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(str(facts["exceptionDetails"].get("exception", {}).get("description")))

    # --- finding elements

    def _element(self, name: str, role: str, within: str) -> str:
        """The remote object of what has an accessible name; waits for it."""
        nodes: list[dict[str, Any]] = []

        def look() -> bool:
            nodes[:] = self._nodes(within, name=name, role=role)
            return bool(nodes) and self.evaluate("document.readyState") == "complete"

        self._until(look, f"something called {name!r}")
        node = self.send("DOM.resolveNode", backendNodeId=nodes[0]["backendDOMNodeId"])
        return str(node["object"]["objectId"])

    def _nodes(self, within: str, *, name: str = "", role: str = "") -> list[dict[str, Any]]:
        root = f"document.querySelector({json.dumps(within)})" if within else "document"
        place = self.send("Runtime.evaluate", expression=root)["result"].get("objectId")
        if place is None:
            return []
        wanted = {key: value for key, value in (("accessibleName", name), ("role", role)) if value}
        nodes = self.send("Accessibility.queryAXTree", objectId=place, **wanted)["nodes"]
        silent = {"StaticText", "InlineTextBox", "LabelText", "none"}
        return [node for node in nodes if not node["ignored"] and node["role"]["value"] not in silent]

    def _call(self, remote: str, code: str, *arguments: object) -> Any:  # noqa: ANN401 - JSON
        values = [{"value": value} for value in arguments]
        got = self.send(
            "Runtime.callFunctionOn",
            objectId=remote,
            functionDeclaration=code,
            arguments=values,
            returnByValue=True,
        )
        if "exceptionDetails" in got:
            raise DevToolsError(str(got["exceptionDetails"].get("exception", {}).get("description")))
        return got["result"].get("value")

    def _until(self, condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
        """Try until it holds; while a page is being replaced, nothing does."""
        deadline, last = time.monotonic() + patience, ""
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except DevToolsError as error:
                last = str(error)
            time.sleep(PACE)
        raise TimeoutError(f"waited {patience:g} s for {what}; {last}\n{self.text()[:2000]}")
