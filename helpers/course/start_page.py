"""The page that ``workbook lab`` opens: where a learner stands, what comes next, and how the notebooks work."""

from collections.abc import Sequence
from pathlib import Path

from helpers.course.notebooks import write_atomically
from helpers.course.progress import LEGEND, Copied, duration, next_up, progress, totals
from helpers.course.syllabus import load_syllabus

NAME = "START.md"
HELP = """\
## How it works

- **Run a cell** with Shift + Enter, or a whole notebook with *Run › Run All Cells*. Nothing stops at a blank: you can
  run everything first and answer later.
- **Answer** by replacing the dots in an exercise's cell. Run it, then run the check below it. The check says
  *not attempted*, *wrong* with a reason, or *right*.
- **Hints** come in two steps. A wrong answer is told what is wrong with it. Each exercise also has a hint, folded away
  under its text. After two wrong answers you can ask for a solution: save the notebook and run
  `!workbook solution week1/03 kinds` in a cell, with the notebook and the exercise that you mean.
- **Parameters** are the values in a notebook's first code cell, each with the range that it allows. Change one, run
  everything again, and see which claims survive.
- **Progress** on this page is as last saved. `workbook check` in a terminal (*File › New › Terminal*) shows more:
  points, objectives, and which exercise is wrong.
- **Updates** come in when you start again after a `git pull`. Your answers, parameters, notes and outputs stay; where
  you and the course changed the same cell, you keep yours and find the new one below it.
"""


def start_page(copied: Sequence[Copied]) -> str:
    """The page as Markdown."""
    lines = ["# ML in production: your workbook", "", totals(copied) + ".", ""]
    if found := next_up(copied):
        entry, exercise = found
        lines += [f"**Next:** [{entry.title}]({entry.key}.ipynb), exercise *{exercise.title}*", ""]
    else:
        lines += ["**All exercises are right. Well done.**", ""]
    for week, title in load_syllabus().weeks.items():
        lines += [f"## Week {week.removeprefix('week')}: {title}", ""]
        lines += ["| no. | question | time | exercises |", "| --- | --- | --- | --- |"]
        lines += [_row(book) for book in copied if book.entry.week == week]
        lines.append("")
    return "\n".join([*lines, LEGEND, "", HELP])


def _row(book: Copied) -> str:
    entry = book.entry
    state = f"cannot be read: {book.problem}" if book.problem else f"{book.marks} {book.right} of {len(book.standings)}"
    time = "done" if book.standings and not book.minutes_left else duration(book.minutes_left)
    return " | ".join(
        ["| " + entry.name[:2], f"[{entry.title}]({entry.key}.ipynb)", time, state.replace("|", "\\|") + " |"]
    )


def write_start_page(folder: str | Path) -> None:
    """Bring the page in a learner's folder up to date."""
    text = start_page(progress(folder))
    path = Path(folder, NAME)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_atomically(path, text)
