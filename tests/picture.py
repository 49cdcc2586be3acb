"""Make ``docs/notebook.png``: a part of a notebook with an exercise answered wrongly, as a learner sees it.

``python tests/picture.py``; needs Chromium.
"""

import io
import tempfile
from pathlib import Path

import nbformat
from browser import browser
from nbconvert import HTMLExporter
from nbformat.v4 import new_notebook, new_output
from PIL import Image

from helpers.checks import concept_drift as check

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 860
ANSWER = """\
def judge(alarms, drift_at):
    after = [alarm for alarm in alarms if alarm >= drift_at]
    return len(alarms) - len(after), max(after) - drift_at if after else float("nan")"""


def excerpt():
    """Three cells of an exercise: the prompt, a wrong answer, and what the check says of it."""
    source = nbformat.read(ROOT / "notebooks/week1/03_concept_drift.ipynb", as_version=4)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in source.cells}
    chosen = [cells[name] for name in ("prompt_judge", "judge", "check_judge")]
    namespace = {}
    exec(ANSWER, namespace)
    feedback = check.judge(namespace["judge"])
    chosen[1].source, chosen[2].source = ANSWER, "feedback = check.judge(judge)\nfeedback"
    for number, cell in enumerate(chosen[1:], 21):
        cell.execution_count = number
    chosen[2].outputs = [new_output("execute_result", data=feedback._repr_mimebundle_(), execution_count=22)]
    return new_notebook(cells=chosen)


def main():
    """Export the excerpt, take its picture, and store it small."""
    page, _ = HTMLExporter().from_notebook_node(excerpt())
    with tempfile.TemporaryDirectory() as folder, browser(width=WIDTH, height=1200) as window:
        file = Path(folder, "page.html")
        file.write_text(page, encoding="utf-8")
        window.open(file.as_uri())
        height = window.evaluate("document.querySelector('main').getBoundingClientRect().bottom")
        window.call(
            "Emulation.setDeviceMetricsOverride", width=WIDTH, height=int(height) + 8, deviceScaleFactor=2, mobile=False
        )
        image = Image.open(io.BytesIO(window.screenshot())).convert("RGB")
    image.quantize(48, dither=Image.Dither.NONE).save(ROOT / "docs/notebook.png", optimize=True)


if __name__ == "__main__":
    main()
