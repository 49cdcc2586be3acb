"""What an instructor puts on the projector and on the desk: a week's slides and its teaching card."""

import copy
import importlib
import re
from pathlib import Path

from nbconvert import SlidesExporter
from nbformat.v4 import new_markdown_cell, new_notebook

from helpers.course.claims import MIME, read_outputs
from helpers.course.notebooks import CourseError, exercises_of, read_notebook, write_atomically
from helpers.course.report import load_ledger
from helpers.course.syllabus import load_syllabus

# larger type, figures that fill the slide, no code frames
PROJECTOR = """<style>
.reveal { font-size: 30px } .reveal h2 { font-size: 1.5em } .reveal p, .reveal li { line-height: 1.35 }
.reveal img { max-height: 72vh; width: auto !important } .jp-InputPrompt, .jp-OutputPrompt { display: none }
</style>"""


def write_week(week, folder, *, reveal=None):
    """Write ``<week>_slides.html`` and ``<week>_card.md``; return their paths.

    Parameters
    ----------
    week : str
        Such as ``week1``.
    folder : Path
    reveal : str, optional
        Where the page finds reveal.js: an address, or a folder for a room without network. nbconvert's default
        otherwise.
    """
    syllabus = load_syllabus()
    if week not in syllabus.weeks:
        raise CourseError(f"no week {week!r}; the course has {', '.join(syllabus.weeks)}")
    entries = [entry for entry in syllabus.notebooks if entry.week == week]
    deck = new_notebook(metadata={"title": f"{week}: {syllabus.weeks[week]}"})
    for entry in entries:
        deck.cells += slide_cells(read_notebook(entry.path))
    exporter = SlidesExporter(exclude_input_prompt=True, exclude_output_prompt=True, exclude_input=True)
    exporter.reveal_scroll = True
    if reveal:
        exporter.reveal_url_prefix = reveal
    page, _ = exporter.from_notebook_node(deck)
    slides, card = Path(folder, f"{week}_slides.html"), Path(folder, f"{week}_card.md")
    write_atomically(slides, page.replace("</head>", f"{PROJECTOR}</head>", 1))
    write_atomically(card, teaching_card(week))
    return [slides, card]


def slide_cells(notebook):
    """A notebook as slides: a title, each section's opening, each figure and each exercise; no code, no answers."""
    cells, first = [], True
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.match(r"#{1,3} ", cell.source):
            if cell.source.startswith("## References"):
                break
            cells.append(
                _slide(new_markdown_cell(_short(cell.source)), "slide" if first or _is_section(cell) else "subslide")
            )
            first = False
        elif cell.cell_type == "code" and not cell.metadata.get("nbgrader"):
            pictures = [output for output in cell.outputs if "image/png" in output.get("data", {})]
            claims = [output for output in cell.outputs if MIME in output.get("data", {})]
            if pictures or claims:
                shown = copy.deepcopy(cell)
                shown.source, shown.outputs = "", pictures + claims
                cells.append(_slide(shown, "subslide"))
    return cells


def _is_section(cell):
    return cell.source.startswith(("# ", "## "))


def _slide(cell, kind):
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


def _short(text):
    """Heading and first paragraphs of a cell, without its folded hint: as much as a room reads."""
    text = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    paragraphs, words = [], 0
    for paragraph in text.strip().split("\n\n"):
        words += len(paragraph.split())
        if paragraphs and words > 110:
            break
        paragraphs.append(paragraph)
    return "\n\n".join(paragraphs)


def teaching_card(week):
    """The week on a page, as Markdown: time, objectives, what learners get wrong, what to talk about."""
    syllabus, ledger = load_syllabus(), load_ledger()
    lines = [f"# {week}: {syllabus.weeks[week]}", ""]
    for entry in (entry for entry in syllabus.notebooks if entry.week == week):
        notebook = read_notebook(entry.path)
        checks = importlib.import_module(f"helpers.checks.{entry.topic}")
        seconds = ledger.get(entry.key, {}).get("seconds")
        lines += [f"## {entry.title}", "", f"`{entry.key}` · {entry.minutes} minutes for a learner"]
        lines[-1] += f" · runs in {seconds:.0f} s" if seconds else ""
        lines += ["", *(f"- {name}: {syllabus.objectives[name]}" for name in entry.objectives), ""]
        lines += ["**What learners get wrong**", ""]
        for exercise in exercises_of(notebook):
            misconceptions = "; ".join(getattr(checks, exercise.name).wrong)
            lines.append(f"- *{_title(notebook, exercise.name)}* ({exercise.points:g} points): {misconceptions}")
        lines += ["", "**To talk about**", ""]
        lines += [
            f"- “{claim['text']}.” When would this stop being true?" for claim in read_outputs(notebook, "claim")[:4]
        ]
        lines.append("")
    return "\n".join(lines)


def _title(notebook, name):
    """The heading of an exercise's prompt, without its number and stars."""
    ids = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    heading = ids[f"prompt_{name}"].source.splitlines()[0]
    return re.sub(r"^#+ *(Exercise *\d+)? *[★·:.]* *", "", heading)
