"""A newcomer's first minutes, from a fresh clone on, in a real JupyterLab in a headless Chromium.

``python tests/newcomer.py DIR`` clones this repository into DIR, runs ``make lab`` there, opens three notebooks from
the start page, answers wrongly and rightly by keyboard, sees the progress, receives an update into the edited notebook,
and leaves screenshots of the start page and of feedback in DIR: light, dark, and 480 pixels wide.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from browser import browser

ROOT = Path(__file__).resolve().parents[1]
KEY, EXERCISE = "week1/03_concept_drift", "kinds"
WRONG = 'kinds = dict.fromkeys(kinds, "data drift")'
OTHERS = ("Which number would have told us?", "Where does a modeling project start?")
CURRENT_TAB = "document.querySelector('.lm-DockPanel-tabBar .lm-mod-current')"
CURRENT = f"{CURRENT_TAB}.querySelector('.lm-TabBar-tabLabel').textContent"
NEWS = "New in this version."
LOOKS = {"light": (1280, "JupyterLab Light"), "dark": (1280, "JupyterLab Dark"), "narrow": (480, "JupyterLab Light")}
SET_THEME = """
(() => {
  const settings = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const url = settings.baseUrl + "lab/api/settings/@jupyterlab/apputils-extension:themes?token=" + settings.token;
  const cookie = document.cookie.match(/_xsrf=([^;]*)/);
  const raw = JSON.stringify({ theme: "THEME" });
  const headers = { "X-XSRFToken": cookie ? cookie[1] : "" };
  return fetch(url, { method: "PUT", headers, body: JSON.stringify({ raw }) }).then((answer) => answer.status);
})()
"""
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
PLACE = f"document.querySelector('{PANEL} .jp-Cell.jp-mod-active')?.dataset.windowedListIndex"
IDLE = (  # a toolbar of 480 pixels has no room for the kernel
    f"(innerWidth === {LOOKS['narrow'][0]} || document.querySelector('{PANEL} [data-status=idle]') && "
    f"!/No Kernel/.test(document.querySelector('{PANEL} .jp-KernelName').textContent))"
)


@contextlib.contextmanager
def lab(command, folder, log, **environment):
    """Run JupyterLab with a command in a folder; gives the address of its start page, and stops it at the end."""
    with open(log, "w", encoding="utf-8") as file:
        env = {**os.environ, **environment}
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=file, env=env, start_new_session=True)
    try:
        end = time.monotonic() + 600
        while not (found := re.search(r"http://127\S+token=\w+", Path(log).read_text(encoding="utf-8"))):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"JupyterLab did not start; see {log}")
            time.sleep(0.2)
        yield found[0]
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(600)


def open_notebook(page, title):
    """Follow a link of the start page by keyboard; return the seconds until the kernel is ready."""
    show_start_page(page)
    link = f"[...document.querySelectorAll('.jp-MarkdownViewer a')].find(a => a.textContent === {title!r})"
    begun = time.monotonic()
    for _ in range(10):  # the page may be drawn anew in between
        if page.evaluate(f"{CURRENT} === 'START.md'"):  # else it only takes its time
            page.evaluate(f"{link}.focus()")
            page.press("Enter")
        with contextlib.suppress(TimeoutError):
            page.wait_for(f"{CURRENT}.includes('ipynb') && document.querySelector('{PANEL} .jp-Cell')", 5)
            break
    page.wait_for(f"{IDLE} && {PLACE} === '0' && document.activeElement.closest('{PANEL}')", 600)
    return time.monotonic() - begun


def show_start_page(page):
    """Bring the start page to the front."""
    page.click("[...document.querySelectorAll('.lm-TabBar-tabLabel')].find(t => t.textContent === 'START.md')")
    page.wait_for(f"{CURRENT} === 'START.md'")


def run_cells(page, number):
    """Run the next `number` cells with Shift + Enter; return the seconds until the last one is done."""
    begun = time.monotonic()
    for _ in range(number):
        move(page, "Enter", modifiers=8)
    page.wait_for(f"![...document.querySelectorAll('{PANEL} .jp-InputPrompt')]"
                  f".some(p => p.textContent.includes('*')) && {IDLE}", 600)  # fmt: skip
    return time.monotonic() - begun


def to_cell(page, position):
    """Go from the first cell to another one by keyboard."""
    page.press("Escape")
    for _ in range(position):
        move(page, "j", code="KeyJ")


def move(page, key, **options):
    """Press a key that leads to another cell, and wait until that one is the current one."""
    before = page.evaluate(PLACE)
    page.press(key, **options)
    page.wait_for(f"{PLACE} !== {before!r}")


def answer(page, code):
    """Add lines to the answer at hand, run it and its check, go back to the check, and return what it says."""
    page.press("Enter")
    page.wait_for("document.activeElement.closest('.cm-content')")
    page.press("End", modifiers=2)
    page.write(f"\n{code}")
    run_cells(page, 1)
    run_cells(page, 1)
    move(page, "k", code="KeyK")  # a check that has left the view would not be drawn
    boxes = f"document.querySelectorAll('{PANEL} .jp-OutputArea-output b')"
    try:
        page.wait_for(f"[...{boxes}].some(b => /Right|Wrong|Not att/.test(b.textContent))")
    except TimeoutError as error:
        error.add_note(page.evaluate(f"document.querySelector('{PANEL}').innerText"))
        raise
    return page.evaluate(f"[...{boxes}].map(b => b.textContent).find(t => /Right|Wrong|Not att/.test(t))")


def source_of_answers():
    """The notebook that the newcomer answers in, as the course has it."""
    return nbformat.read(ROOT / f"notebooks/{KEY}.ipynb", as_version=4)


def walk(page, address, say=print):
    """The newcomer's way; raises where something is not as it should be. `page` ends on the notebook with answers."""
    source = source_of_answers()
    stops = [cell for cell in source.cells if not cell.metadata.get("jupyter", {}).get("source_hidden")]  # of the keys
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in stops]
    solution = stops[ids.index(EXERCISE)].source.split("### BEGIN SOLUTION\n")[1].split("### END")[0]
    begun = time.monotonic()
    page.open(address)
    page.wait_for("document.querySelector('.jp-RenderedMarkdown h1')", 120)
    say(f"start page after {time.monotonic() - begun:.1f} s")
    text = page.evaluate("document.body.innerText")
    assert not [word for word in ("Create Assignment", "Nbgrader", "Jupyter news") if word in text], text
    for title in OTHERS:
        ready = open_notebook(page, title)
        page.press("Escape")
        say(f"{title}: kernel after {ready:.1f} s, imports after {run_cells(page, 4):.1f} s more")
    assert "Validate" not in page.evaluate("document.body.innerText")
    open_notebook(page, source.cells[0].source.splitlines()[0].removeprefix("# "))
    page.press("Escape")
    run_cells(page, 4)
    to_cell(page, ids.index(EXERCISE) - 4)
    assert "Wrong" in answer(page, WRONG)
    move(page, "k", code="KeyK")
    assert "Right" in answer(page, solution)
    page.press("s", code="KeyS", modifiers=2)
    page.wait_for(f"!{CURRENT_TAB}.classList.contains('jp-mod-dirty')")
    show_start_page(page)
    page.wait_for("document.querySelector('.jp-MarkdownViewer').innerText.includes('1 of 7')")
    say("the start page knows of the right answer")


def show_answers(page):
    """Open the notebook with the answers anew, and bring its feedback into view."""
    open_notebook(page, source_of_answers().cells[0].source.splitlines()[0].removeprefix("# "))
    box = f"[...document.querySelectorAll('{PANEL} .jp-OutputArea-output b')].find(b => /Right/.test(b.textContent))"
    for _ in range(100):  # cells out of sight are not drawn
        if page.evaluate(f"Boolean({box})"):
            break
        page.evaluate(f"document.querySelector('{PANEL} .jp-WindowedPanel-outer').scrollBy(0, 400)")
        time.sleep(0.1)
    page.evaluate(f"{box}.scrollIntoView({{block: 'center'}})")
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


def take_pictures(page, address, folder):
    """Leave screenshots of the start page and of feedback: light, dark, and as narrow as a phone."""
    address += "&reset"  # with no notebook open
    for name, (width, theme) in LOOKS.items():
        page.size(width, 800, dark="Dark" in theme)
        page.open(address)
        page.wait_for("document.querySelector('.jp-RenderedMarkdown h1')", 120)
        page.evaluate(SET_THEME.replace("THEME", theme))
        page.open(address)
        page.wait_for("document.querySelector('.jp-RenderedMarkdown h1')", 120)
        page.wait_for(f"document.body.dataset.jpThemeName === '{theme}'")
        show_start_page(page)
        page.screenshot(folder / f"start_{name}.png")
        show_answers(page)
        page.screenshot(folder / f"answers_{name}.png")


def update(page, address, course, mine):
    """Change the course, merge that into the learner's copy, and see both the news and the answer in JupyterLab."""
    changed = course / f"notebooks/{KEY}.ipynb"
    source = nbformat.read(changed, as_version=4)
    source.cells[0].source += f"\n\n{NEWS}"
    nbformat.write(source, changed)
    page.open("about:blank")
    subprocess.run([course / ".venv/bin/workbook", "start", mine], check=True)
    text = (mine / f"{KEY}.ipynb").read_text(encoding="utf-8")
    assert NEWS in text
    assert WRONG.replace('"', '\\"') in text
    page.open(f"{address}&reset")
    page.wait_for("document.querySelector('.jp-RenderedMarkdown h1')", 120)
    open_notebook(page, source.cells[0].source.splitlines()[0].removeprefix("# "))
    page.wait_for(f"document.querySelector('{PANEL}').innerText.includes('{NEWS}')")
    show_answers(page)


def main(folder):
    """Clone, walk, look, update."""
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    course, mine = folder / "course", folder / "course/my-workbook"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(course)], check=True)
    begun = time.monotonic()
    with (
        browser() as page,
        lab(["make", "lab"], course, folder / "lab.log", BROWSER="true", HOME=str(folder)) as address,
    ):
        print(f"make lab answers after {time.monotonic() - begun:.0f} s")
        try:
            walk(page, address)
            take_pictures(page, address, folder)
            update(page, address, course, mine)
        finally:
            page.screenshot(folder / "last.png")
    print("the update came into the edited notebook")


if __name__ == "__main__":
    main(sys.argv[1])
