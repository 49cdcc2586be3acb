"""What an instructor puts on the projector and on the desk: a week's slides and its teaching card."""

import importlib
import re
from pathlib import Path

from nbconvert import SlidesExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from helpers.course.claims import MIME, read_claims
from helpers.course.ledger import load_ledger
from helpers.course.notebooks import CourseError, exercises_of, read_notebook, write_atomically
from helpers.course.syllabus import load_syllabus

# On nbconvert's own reveal page: larger type, figures that fill the slide, no scripts but reveal.js and MathJax.
TEMPLATE = """\
{% extends 'index.html.j2' %}
{% block html_head_js_jquery %}{% endblock %}
{% block html_head_js_requirejs %}{% endblock %}
{% block notebook_css %}{{ super() }}
<style>
.reveal .jp-RenderedHTMLCommon { font-size: 28px; line-height: 1.35 }
.reveal h1 { font-size: 1.8em !important } .reveal h3 { font-size: 1.4em !important }
.reveal img { height: 470px; max-width: 1200px !important; object-fit: contain; margin: 0 auto }
.reveal table { font-size: 0.8em !important } .reveal td, .reveal th { white-space: normal }
.jp-InputPrompt, .jp-OutputPrompt { display: none }
</style>
{% endblock %}
{% block footer_js %}
<script src="{{ reveal_url_prefix }}/dist/reveal.js"></script>
<script>Reveal.initialize({width: 1280, height: 720, hash: true, slideNumber: true, transition: "none"})</script>
{% endblock %}"""

MOST_WORDS, MOST_VOTES = 120, 4


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
    exporter = SlidesExporter(raw_template=TEMPLATE, exclude_input_prompt=True, exclude_input=True)
    if reveal:
        exporter.reveal_url_prefix = reveal
    page, _ = exporter.from_notebook_node(deck)
    slides, card = Path(folder, f"{week}_slides.html"), Path(folder, f"{week}_card.md")
    write_atomically(slides, page)
    write_atomically(card, teaching_card(week))
    return [slides, card]


def slide_cells(notebook):
    """A notebook as slides: its sections' openings, exercises and figures; no code, no answers.

    A click then shows the claims about them, as far as the slide has room, so that a class can guess first.
    """
    cells, room = [], 0
    for cell in notebook.cells:
        if cell.source.startswith("## References"):
            break
        if cell.cell_type == "markdown" and re.match(r"#{1,3} ", cell.source):
            kind = "subslide" if cell.source.startswith("### ") else "slide"
            cells.append(_slide(new_markdown_cell(_opening(cell.source)), kind))
            room = 2 if len(cells[-1].source.split()) <= MOST_WORDS / 2 else 0
        elif cell.cell_type == "code" and not cell.metadata.get("nbgrader"):
            for output in cell.outputs:
                data, shown = output.get("data", {}), new_code_cell(outputs=[output])
                if "image/png" in data:
                    cells.append(_slide(shown, "subslide"))
                    room = 2
                elif data.get(MIME, {}).get("kind") == "claim":
                    cells.append(_slide(shown, "fragment" if room else "subslide"))
                    room = room - 1 if room else 4
    return cells


def _slide(cell, kind):
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


def _opening(text):
    """As much of a cell as a room reads: its first paragraphs and list items, without folded hints and readings."""
    text = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    blocks, words = [], 0
    for block in re.split(r"\n\n|\n(?=- |\d+\. )", text.strip()):
        words += len(block.split())
        if words > MOST_WORDS or block.startswith("**Readings**"):
            break
        blocks.append(block)
    if re.search(r"(:|\*\*)$", blocks[-1]):  # announces what did not fit
        blocks.pop()
    return "\n\n".join(blocks)


def teaching_card(week):
    """The week on a page, as Markdown: time, objectives, what learners get wrong, what to vote on."""
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
            lines.append(f"- *{exercise.title}* ({exercise.points:g} points): {misconceptions}")
        lines += ["", "**To vote on before it is run**", ""]
        lines += [f"- {claim.text}. ({_verdict(claim)})" for claim in read_claims(notebook)[:MOST_VOTES]]
        lines += ["", "Then: on which data, or at which size, would it stop being true?", ""]
    return "\n".join(lines)


def _verdict(claim):
    """What the notebook measured, as an instructor reads it out."""
    if isinstance(claim.value, bool):
        return "it is so" if claim.holds else "it is not so"
    return f"measured {claim.value:.3g}, claimed {claim.expected}"
