"""What an instructor puts on the projector and on the desk: a week's slides and its teaching card."""

import base64
import html
import importlib
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.font_manager import FontProperties
from nbconvert import SlidesExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from helpers.course.claims import MIME, Claim, read_claims
from helpers.course.feedback import MET
from helpers.course.gradebook import read_table
from helpers.course.ledger import load_ledger
from helpers.course.notebooks import CourseError, exercises_of, read_notebook, write_atomically
from helpers.course.syllabus import load_syllabus

# On nbconvert's own slides page: larger type, figures that fill the slide, and a short script that shows one slide at a
# time. Without the script, or on paper, the slides come one after the other.
TEMPLATE = """\
{% extends 'index.html.j2' %}
{% block header %}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ nb.metadata.title }}</title>
{{ self.notebook_css() }}
</head>
{% endblock header %}
{% block notebook_css %}{{ super() }}
<style>
body { overflow: auto }
.reveal .jp-RenderedHTMLCommon { font-size: 28px; line-height: 1.35 }
.reveal h1 { font-size: 1.8em !important } .reveal h3 { font-size: 1.4em !important }
.reveal img.figure { height: 430px; max-width: 1200px !important; object-fit: contain; margin: 0 auto; display: block }
.reveal table { font-size: 0.8em !important } .reveal td, .reveal th { white-space: normal }
.jp-InputPrompt, .jp-OutputPrompt { display: none }
.slides > section > section { box-sizing: border-box; width: 1280px; padding: 20px 40px; break-after: page;
  transform-origin: top center }
.shown .slides { position: fixed; inset: 0; width: 1280px; height: 720px; transform-origin: 0 0 }
.shown .slides section section:not(.now) { display: none }
.shown .fragment:not(.seen) { visibility: hidden }
#number { position: fixed; right: 12px; bottom: 8px; font: 16px sans-serif; color: #555; margin: 0 }
@media print { .shown .slides { position: static; transform: none !important; height: auto }
  .shown .slides section section { display: block !important; transform: none !important }
  .shown .fragment:not(.seen) { visibility: visible } }
</style>
{% endblock %}
{% block footer_js %}
<p id="number" role="status"></p>
<script>
const slides = [...document.querySelectorAll(".slides > section > section")];
const deck = document.querySelector(".slides"), number = document.getElementById("number");
let at = 0;
function show(place, seen) {
  at = Math.max(0, Math.min(slides.length - 1, place));
  slides.forEach((slide, i) => slide.classList.toggle("now", i === at));
  slides[at].querySelectorAll(".fragment").forEach((part) => part.classList.toggle("seen", seen));
  slides[at].style.transform = "none";
  slides[at].style.transform = `scale(${Math.min(1, 720 / slides[at].scrollHeight)})`;
  number.textContent = `${at + 1} / ${slides.length}`;
  history.replaceState(null, "", `#${at + 1}`);
}
function next() {
  const hidden = slides[at].querySelector(".fragment:not(.seen)");
  if (hidden) hidden.classList.add("seen"); else if (at < slides.length - 1) show(at + 1, false);
}
function fit() {
  const scale = Math.min(innerWidth / 1280, innerHeight / 720);
  deck.style.transform = `translate(${(innerWidth - 1280 * scale) / 2}px, 0) scale(${scale})`;
}
const back = () => show(at - 1, true), first = () => show(0, false), last = () => show(slides.length - 1, true);
const keys = { ArrowRight: next, ArrowDown: next, PageDown: next, " ": next,
  ArrowLeft: back, ArrowUp: back, PageUp: back, Home: first, End: last };
addEventListener("keydown", (event) => {
  if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  keys[event.key]();
});
addEventListener("click", (event) => event.target.closest("a, button, summary") || next());
addEventListener("resize", fit);
document.body.classList.add("shown");
fit();
show(Number(location.hash.slice(1) || 1) - 1, false);
</script>
{% endblock %}"""

MOST_WORDS, MOST_VOTES = 120, 4


def write_week(week: str, folder: str | Path, met: str | Path | None = None) -> list[Path]:
    """Write ``<week>_slides.html`` and ``<week>_card.md``; return their paths.

    The slides are one file that asks for nothing else. The arrow keys, space or a click lead on.

    Parameters
    ----------
    week : str
        Such as ``week1``.
    folder : Path
    met : Path, optional
        The ``misconceptions.csv`` of a grading: what the class got wrong goes onto the card.
    """
    syllabus = load_syllabus()
    if week not in syllabus.weeks:
        raise CourseError(f"no week {week!r}; the course has {', '.join(syllabus.weeks)}")
    entries = [entry for entry in syllabus.notebooks if entry.week == week]
    deck = new_notebook(metadata={"title": f"{week}: {syllabus.weeks[week]}"})
    for entry in entries:
        deck.cells += slide_cells(read_notebook(entry.path))
    exporter = SlidesExporter(
        raw_template=TEMPLATE, exclude_input_prompt=True, exclude_input=True, exclude_anchor_links=True
    )
    page, _ = exporter.from_notebook_node(deck)
    slides, card = Path(folder, f"{week}_slides.html"), Path(folder, f"{week}_card.md")
    write_atomically(slides, page)
    write_atomically(card, teaching_card(week, read_table(met, *MET) if met else []))
    return [slides, card]


def slide_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """A notebook as slides: its sections' openings, exercises and figures; no code, no answers.

    A click then shows the claims about them, as far as the slide has room, so that a class can guess first. Every slide
    has a title.
    """
    cells, room, title = [], 0, ""
    for cell in notebook.cells:
        if cell.source.startswith("## References"):
            break
        if cell.cell_type == "markdown" and re.match(r"#{1,3} ", cell.source):
            kind = "subslide" if cell.source.startswith("### ") else "slide"
            cells.append(_slide(new_markdown_cell(_drawn(_opening(cell.source))), kind))
            title = re.sub(r"^#+ ", "", cell.source.partition("\n")[0])
            room = 2 if len(cells[-1].source.split()) <= MOST_WORDS / 2 else 0
        elif cell.cell_type == "code" and not cell.metadata.get("nbgrader"):
            for output in cell.outputs:
                data, shown = output.get("data", {}), new_code_cell(outputs=[output])
                if "image/png" in data:
                    cells += [_slide(new_markdown_cell(f"### {title}"), "subslide"), _slide(_figure(output), "-")]
                    room = 2
                elif data.get(MIME, {}).get("kind") == "claim":
                    if not room:
                        cells.append(_slide(new_markdown_cell(f"### {title}"), "subslide"))
                    cells.append(_slide(shown, "fragment" if room else "-"))
                    room = room - 1 if room else 4
    return cells


def _slide(cell: NotebookNode, kind: str) -> NotebookNode:
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


def _figure(output: NotebookNode) -> NotebookNode:
    """A figure with its description, which nbconvert's own way to show one leaves out."""
    alt = html.escape(output.get("metadata", {}).get("image/png", {}).get("alt", ""))
    image = output["data"]["image/png"].replace("\n", "")
    return new_markdown_cell(f'<img class="figure" alt="{alt}" src="data:image/png;base64,{image}">')


def _drawn(text: str) -> str:
    """Formulas as pictures, each with its source as description, so that no script has to be loaded to set them."""
    text = re.sub(r"\$\$(.+?)\$\$", lambda found: f"<p>{_formula(found[1], 30)}</p>", text, flags=re.DOTALL)
    return re.sub(r"(?<!\$)\$([^$\n]+)\$", lambda found: _formula(found[1], 21), text)


def _formula(source: str, size: float) -> str:
    from matplotlib.mathtext import math_to_image

    drawn = re.sub(r"\\tfrac(\d)(\d)", r"\\frac{\1}{\2}", " ".join(source.split()))
    drawn = re.sub(r"\\le\b", r"\\leq", drawn)  # what matplotlib has under another name
    known = io.BytesIO()
    depth = math_to_image(f"${drawn}$", known, prop=FontProperties(size=size), dpi=72, format="svg")
    image = base64.b64encode(known.getvalue()).decode()
    style = f"vertical-align:{-depth:.1f}px;display:inline;margin:0"
    return f'<img alt="{html.escape(source.strip())}" style="{style}" src="data:image/svg+xml;base64,{image}">'


def _opening(text: str) -> str:
    """As much of a cell as a room reads: its first paragraphs and list items, without folded hints and readings."""
    text = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    text = re.sub(r"\[([^\]]+)\]\((?!https?://)[^)]*\)", r"\1", text)  # leads nowhere from a file of its own
    blocks, words = [], 0
    for block in re.split(r"\n\n|\n(?=- |\d+\. )", text.strip()):
        words += len(block.split())
        if words > MOST_WORDS or block.startswith("**Readings**"):
            break
        blocks.append(block)
    if re.search(r"(:|\*\*)$", blocks[-1]):  # announces what did not fit
        blocks.pop()
    return "\n\n".join(blocks)


def teaching_card(week: str, met: Sequence[Mapping[str, str]] = ()) -> str:
    """The week on a page, as Markdown: time, objectives, what learners get wrong, what to vote on.

    Parameters
    ----------
    week : str
    met : sequence of dict
        Misconceptions that a class was met with: ``week``, ``notebook``, ``exercise``, ``misconception``, ``students``.
    """
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
        titles = {}
        for exercise in exercises_of(notebook):
            titles[exercise.name] = exercise.title
            points = f"{exercise.points:g} point{'' if exercise.points == 1 else 's'}"
            misconceptions = "; ".join(getattr(checks, exercise.name).wrong)
            lines.append(f"- *{exercise.title}* ({points}): {misconceptions}")
        lines += _met_lines([row for row in met if f"{row['week']}/{row['notebook']}" == entry.key], titles)
        lines += ["", "**To vote on before it is run**", ""]
        lines += [f"- {claim.text}. ({_verdict(claim)})" for claim in read_claims(notebook)[:MOST_VOTES]]
        lines += ["", "Then: on which data, or at which size, would it stop being true?", ""]
    return "\n".join(lines)


def _met_lines(rows: Sequence[Mapping[str, str]], titles: Mapping[str, str]) -> list[str]:
    lines = [
        f"- *{titles.get(row['exercise'], row['exercise'])}*: {row['misconception']} (students: {row['students']})"
        for row in rows
    ]
    return ["", "**What this class got wrong, the most frequent first**", "", *lines] if lines else []


def _verdict(claim: Claim) -> str:
    """What the notebook measured, as an instructor reads it out."""
    if isinstance(claim.value, bool):
        return "it is so" if claim.holds else "it is not so"
    return f"measured {claim.value:.3g}, claimed {claim.expected}"
