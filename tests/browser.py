"""A headless Chromium, driven through its debugging protocol; the course itself needs none."""

import base64
import contextlib
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from websocket import create_connection

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find_browser():
    """The program of a Chromium or Chrome on this machine, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One page: what it asked the network for is in `requests`, what went wrong in it in `errors`."""

    def __init__(self, address):
        self._socket = create_connection(address, timeout=120, suppress_origin=True)
        self._number = 0
        self.requests, self.errors = [], []
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        """Call the browser and return its answer."""
        number = self._send(method, params)
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self._note(message)

    def _send(self, method, params):
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        return self._number

    def _note(self, message):
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        elif message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(message["params"]["exceptionDetails"].get("text"))
        elif message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
            self.errors.append(message["params"]["entry"]["text"])  # only where the domain Log is enabled
        elif message.get("method") == "Page.javascriptDialogOpening":  # asks whether to leave what is not saved
            self._send("Page.handleJavaScriptDialog", {"accept": True})

    def open(self, url):
        """Go to an address and wait until it is loaded."""
        self.call("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete'")

    def evaluate(self, script):
        """The value of an expression or a promise in the page."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def wait_for(self, condition, seconds=60):
        """Wait until an expression is true in the page."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(RuntimeError):  # the page is being replaced
                if self.evaluate(f"Boolean({condition})"):
                    return
            time.sleep(0.05)
        raise TimeoutError(f"not true after {seconds} s: {condition}")

    def press(self, key, *, code=None, modifiers=0):
        """Press and release one key; `modifiers` is 1 for Alt, 2 for Ctrl, 8 for Shift."""
        codes = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowRight": 39, "ArrowLeft": 37, "ArrowDown": 40}
        number = codes.get(key, ord(key[0].upper()))
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 and not modifiers & 7 else "")
        common = {"key": key, "code": code or key, "windowsVirtualKeyCode": number, "modifiers": modifiers}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def click(self, element):
        """Click with the mouse in the middle of an element, given as an expression."""
        box = self.evaluate(f"(r => [r.x + r.width / 2, r.y + r.height / 2])({element}.getBoundingClientRect())")
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def write(self, text):
        """Write text where the cursor is."""
        self.call("Input.insertText", text=text)

    def size(self, width, height, *, dark=False):
        """Set the size of the window in pixels, and what color scheme it prefers."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def screenshot(self, path=None, **options):
        """The page as a PNG; written to `path` if one is given."""
        image = base64.b64decode(self.call("Page.captureScreenshot", format="png", **options)["data"])
        if path is not None:
            Path(path).write_bytes(image)
        return image


@contextlib.contextmanager
def browser(*, width=1280, height=800):
    """A page of a browser that is closed at the end."""
    options = "--headless=new --no-sandbox --disable-gpu --remote-debugging-port=0 --no-first-run --hide-scrollbars"
    nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"  # what asks for another host fails at once
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [find_browser(), *options.split(), nowhere, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            page = Page(_address(Path(profile, "DevToolsActivePort")))
            page.size(width, height)
            yield page
        finally:
            process.terminate()
            process.wait(30)


def _address(file):
    end = time.monotonic() + 60
    while not (file.exists() and file.read_text().count("\n")):
        if time.monotonic() > end:
            raise TimeoutError("the browser did not start")
        time.sleep(0.05)
    port = file.read_text().split("\n")[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
        pages = [entry for entry in json.load(answer) if entry["type"] == "page"]
    return pages[0]["webSocketDebuggerUrl"]
