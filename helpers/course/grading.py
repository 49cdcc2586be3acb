"""Grade a folder of submissions, student/week/notebook: in parallel, sandboxed, resumable, one score per exercise.

Only the learner's answers are taken from a submission; every other cell, above all the checks, comes from the source.
"""

import copy
import csv
import hashlib
import json
import os
import stat
from dataclasses import asdict, dataclass
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell

from helpers.course.claims import MIME
from helpers.course.kernels import LIMITS, forked_kernels
from helpers.course.notebooks import (
    CourseError,
    exercises_of,
    first_line,
    load_notebook,
    profiles_of,
    read_notebook,
    tags,
    write_atomically,
)
from helpers.course.provenance import inputs_of, key_of
from helpers.course.queue import Task, run_queue
from helpers.course.release import BLANK, find_programs, released, replace_solution
from helpers.course.runner import ONE_THREAD
from helpers.course.syllabus import NOTEBOOKS, ROOT, load_syllabus

MAX_FILE_MB = 20
# Modules are loaded anew before each check, so that what an answer did to them does not count.
FRESH = """\
import sys
for name in [name for name in sys.modules if name.split(".")[0] == "helpers"]:
    del sys.modules[name]
from helpers.checks import {topic} as check
"""


@dataclass(frozen=True)
class Limits:
    """What one submitted notebook may use: seconds per cell and in all, memory, processes, and output."""

    cell_seconds: int = 60
    seconds: int = 300
    memory_mb: int = 4096
    processes: int = 64
    output_mb: int = 10


@dataclass(frozen=True)
class Score:
    """The outcome of one exercise of one submission."""

    student: str
    week: str
    notebook: str
    exercise: str
    objectives: str
    points: float
    max_points: float
    reason: str


@dataclass(frozen=True)
class Submission:
    """A submitted file: whose, of which notebook (``week1/03_concept_drift``), and why it cannot be graded, if so."""

    student: str
    name: str
    path: Path
    reason: str


class Grader(NotebookClient):
    """A notebook client that ends the kernel of a notebook that prints too much."""

    printed = 0
    most = 0

    def process_message(self, msg, cell, cell_index):
        """Count what comes from the kernel; past the limit, keep nothing more of it and end the kernel."""
        self.printed += len(str(msg["content"]))
        if self.printed > self.most:
            self.km.provisioner.process.kill()  # ty: ignore[missing-attribute, missing-union-attribute]
            return None
        return super().process_message(msg, cell, cell_index)


def find_submissions(folder):
    """The submitted notebooks below `folder`, each with the reason why it cannot be graded, if any.

    Returns
    -------
    list of Submission
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CourseError(f"{folder}: no such folder of submissions")
    known = {entry.key for entry in load_syllabus().notebooks}
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_dir() and not path.is_symlink() or len(parts) < 2 or parts[-1].startswith("."):
            continue
        if ".ipynb_checkpoints" in parts:
            continue
        name = "/".join(parts[1:]).removesuffix(".ipynb")
        reason = "" if name in known and path.suffix == ".ipynb" else "not the name of a notebook of the course"
        found.append(Submission(parts[0], name, path, reason or _unfit(path, folder)))
    return found


def _unfit(path, folder):
    """Why a file is not read at all, judged without following links."""
    status = path.lstat()
    if any(part.is_symlink() for part in [path, *path.parents] if part != folder and part.is_relative_to(folder)):
        return "a symbolic link, which is not followed"
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if status.st_size > MAX_FILE_MB * 2**20:
        return f"larger than {MAX_FILE_MB} MB"
    return ""


def answers_of(submitted, source):
    """The learner's code by solution cell, and extra cells before it that are the learner's own.

    Returns
    -------
    dict of str to list of str
        By the solution cell's ``grade_id``: the code of the extra cells and of the answer. Of a cell that occurs twice,
        the first counts.
    """
    known = {cell.source for notebook in (source, released(source)) for cell in notebook.cells}
    solutions = {cell.metadata.nbgrader.grade_id for cell in source.cells if _is_solution(cell)}
    answers, extra = {}, []
    for cell in submitted.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id") if isinstance(cell.metadata, dict) else None
        if cell.cell_type == "code" and grade_id in solutions - answers.keys():
            answers[grade_id] = [*extra, cell.source]
            extra = []
        elif (
            cell.cell_type == "code"
            and grade_id is None
            and cell.source not in known
            and "parameters" not in tags(cell)
        ):
            extra.append(cell.source)
    return answers


def assemble(source, answers):
    """The notebook to run: the source with `answers` in place of the solutions, and checks that stand on their own."""
    notebook = copy.deepcopy(source)
    topic = next(cell.source for cell in notebook.cells if "from helpers.checks import " in cell.source)
    topic = topic.split("from helpers.checks import ")[1].split()[0]
    cells = []
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        cell.outputs, cell.execution_count = [], None
        if _is_solution(cell):
            name = cell.metadata.nbgrader.grade_id
            blank = [replace_solution(cell, BLANK).source]
            cells += [
                new_code_cell(code, metadata={"nbgrader": {"grade_id": name}}) for code in answers.get(name, blank)
            ]
            continue
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = FRESH.format(topic=topic) + cell.source
        cells.append(cell)
        if "parameters" in tags(cell):
            quick = profiles_of(source).get("quick", {})
            cells.append(new_code_cell("# Parameters\n" + "\n".join(f"{k} = {v!r}" for k, v in quick.items())))
    notebook.cells = cells
    return notebook


def run_submission(source, answers, limits, *, hide):
    """Run a submission; an answer that ends the kernel is taken out and the rest is run again.

    Parameters
    ----------
    source : NotebookNode
        The course's notebook.
    answers : dict of str to list of str
        From :func:`answers_of`.
    limits : Limits
    hide : list of str or None
        Folders that the answers cannot see; None runs without a sandbox.

    Returns
    -------
    dict of str to str
        Reason by exercise; empty for one that is right.
    """
    answers, fatal = dict(answers), {}
    while True:
        notebook = assemble(source, answers)
        problem, position = _run(notebook, limits, hide)
        guilty = _exercise(notebook.cells[position]) if problem else None
        if guilty is None or guilty in fatal:
            break
        fatal[guilty] = problem
        answers.pop(guilty, None)
    reasons = {exercise.name: _outcome(notebook, exercise.name, problem) for exercise in exercises_of(source)}
    return reasons | fatal


def _run(notebook, limits, hide):
    """Run the notebook's cells; return what ended the kernel early and in which cell, or nothing and the end."""
    environment = {**os.environ, **ONE_THREAD, "HOME": "/tmp", "MPLCONFIGDIR": "/tmp"}
    environment["MPLBACKEND"] = "agg"  # nobody looks at the figures, and drawing them is most of the work
    if hide is not None:
        sandbox = {
            "hide": hide,
            "seconds": limits.seconds,
            "memory_mb": limits.memory_mb,
            "processes": limits.processes,
        }
        environment[LIMITS] = json.dumps(sandbox)
    client = Grader(
        notebook,
        timeout=limits.cell_seconds,
        allow_errors=True,
        shutdown_kernel="immediate",
        record_timing=False,
        extra_arguments=["--log-level=50"],
        resources={"metadata": {"path": "/tmp"}},
    )
    client.most = limits.output_mb * 2**20
    position, begun = 0, False
    problem = None
    try:
        with client.setup_kernel(env=environment):
            begun = True
            for position, cell in enumerate(notebook.cells):
                client.execute_cell(cell, position)
    except CellTimeoutError:
        problem = f"took longer than {limits.cell_seconds} s"
    except (DeadKernelError, RuntimeError):
        if not begun:  # not the answer's fault
            raise
        problem = "ended the kernel: too much memory or time, or killed"
    if client.printed > client.most:
        problem = f"printed more than {limits.output_mb} MB"
    return problem, position


def _outcome(notebook, name, problem):
    """Why an exercise is not right, or nothing if it is."""
    cell = next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == f"check_{name}")
    errors = [output for output in cell.outputs if output.output_type == "error"]
    shown = [output.data[MIME] for output in cell.outputs if MIME in output.get("data", {})]
    if errors:
        said = str(errors[0].evalue).removeprefix(f"{name}: ")
        return said if errors[0].ename == "NotRight" else f"{errors[0].ename}: {said}"[:300]
    if [facts.get("state") for facts in shown] == ["right"] and cell.execution_count:
        return ""
    return problem or "the check gave no result"


def _is_solution(cell):
    return cell.metadata.get("nbgrader", {}).get("solution", False)


def _exercise(cell):
    """The exercise that a cell answers or checks, or None."""
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    return grade_id and grade_id.removeprefix("check_")


def grade_submission(submission, limits, hide):
    """Grade one file.

    Returns
    -------
    list of Score
        One per exercise; a single one without exercise for a file that is not one of the course's notebooks.
    """
    reason, source_path = submission.reason, NOTEBOOKS / f"{submission.name}.ipynb"
    if not source_path.is_file():
        return _scores(submission, {}, reason)
    source = read_notebook(source_path)
    if not reason:
        try:
            answers = answers_of(load_notebook(submission.path), source)
            reason = "" if answers else "none of the notebook's answer cells is in it"
        except Exception as error:
            reason = f"not a notebook ({type(error).__name__})"
    if reason:
        return _scores(submission, dict.fromkeys(_exercises(submission.name), reason), reason)
    try:
        reasons = run_submission(source, answers, limits, hide=hide)
    except (DeadKernelError, RuntimeError):  # the kernel did not start; once more, and then it is told, not recorded
        reasons = run_submission(source, answers, limits, hide=hide)
    return _scores(submission, reasons, "")


def _exercises(name):
    """The exercises of the course's notebook of that name, or of none."""
    path = NOTEBOOKS / f"{name}.ipynb"
    return {exercise.name: exercise for exercise in exercises_of(read_notebook(path))} if path.is_file() else {}


def _scores(submission, reasons, reason):
    """A score for each exercise with its reason, or a single one where the file is no notebook of the course."""
    week, _, notebook = submission.name.partition("/")
    known = _exercises(submission.name)
    if not known:
        return [Score(submission.student, week, notebook, "", "", 0, 0, reason)]
    return [
        Score(
            submission.student, week, notebook, name, " ".join(exercise.objectives),
            0 if reasons[name] else exercise.points, exercise.points, reasons[name],
        )
        for name, exercise in known.items()
    ]  # fmt: skip


def grade(folder, output, *, limits=Limits(), workers=None, fresh=False, report=None, sandboxed=True):
    """Grade every submission below `folder`; write ``scores.csv`` and ``gradebook.db`` below `output`.

    Parameters
    ----------
    folder : Path
        ``student/week/notebook.ipynb``.
    output : Path
        Also holds one record per graded file, by which a later call knows what it need not grade again.
    limits : Limits
    workers : int, optional
        Submissions at once; the number of cores by default.
    fresh : bool, default False
        Grade also what has not changed.
    report : callable, optional
        Called with the scores of each file as it is done, and whether they were known.
    sandboxed : bool, default True
        Whether answers run in the sandbox; without it they run with the permissions of whoever grades.

    Returns
    -------
    list of Score
    """
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    hide = [str(p.resolve()) for p in (NOTEBOOKS, ROOT / ".git", ROOT / "runs", ROOT / "release", Path(folder), output)]
    hide = hide if sandboxed else None
    scores = []

    def look(submission):
        key = _key(submission, limits)
        known = None if fresh else _known(_record(output, submission), key)
        return (known, True) if known else Task((submission, limits, hide), key)

    def finish(submission, key, graded):
        text = json.dumps({"key": key, "scores": [asdict(score) for score in graded]})
        write_atomically(_record(output, submission), text)
        return graded, False

    def told(outcome):
        scores.extend(outcome[0])
        if report:
            report(*outcome)

    try:
        with forked_kernels():
            run_queue(
                find_submissions(folder),
                look=look,
                perform=grade_submission,
                finish=finish,
                fail=lambda submission, error: (_ungraded(submission, error), False),
                report=told,
                workers=workers,
            )
    finally:  # also when stopped: what is graded is kept
        scores.sort(key=lambda score: (score.student, score.week, score.notebook))
        _write_csv(scores, output / "scores.csv")
        _write_gradebook(scores, output / "gradebook.db")
    return scores


def _record(output, submission):
    return output / "records" / submission.student / f"{submission.name}.json"


def _ungraded(submission, error):
    """The scores of a submission that could not be graded: none, and why."""
    reason = f"{type(error).__name__}: {first_line(error)}"
    return _scores(submission, dict.fromkeys(_exercises(submission.name), reason), reason)


def _key(submission, limits):
    source = NOTEBOOKS / f"{submission.name}.ipynb"
    inputs = key_of(inputs_of(read_notebook(source), source, {})) if source.is_file() else ""
    content = "" if submission.reason else hashlib.sha256(submission.path.read_bytes()).hexdigest()
    return hashlib.sha256(json.dumps([content, submission.reason, inputs, asdict(limits)]).encode()).hexdigest()


def _known(record, key):
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
        return [Score(**score) for score in known["scores"]] if known["key"] == key else None
    except (OSError, ValueError, TypeError, KeyError):  # none, or a damaged one
        return None


def _write_csv(scores, path):
    from io import StringIO

    text = StringIO()
    table = csv.DictWriter(text, list(Score.__dataclass_fields__))
    table.writeheader()
    table.writerows(asdict(score) for score in scores)
    write_atomically(path, text.getvalue())


def _write_gradebook(scores, path):
    """Put the scores into nbgrader's own database; assignments and students first, so that it links them by itself."""
    from nbgrader.api import Gradebook

    find_programs()
    scores = [score for score in scores if score.exercise]
    with Gradebook(f"sqlite:///{path}") as book:
        for week, notebook, exercise, points in dict.fromkeys(
            (score.week, score.notebook, score.exercise, score.max_points) for score in scores
        ):
            book.update_or_create_assignment(week)
            book.update_or_create_notebook(notebook, week)
            facts = {"max_score": points, "cell_type": "code"}
            book.update_or_create_grade_cell(f"check_{exercise}", notebook, week, **facts)
        for student, week in dict.fromkeys((score.student, score.week) for score in scores):
            book.update_or_create_student(student)
            with book.db.no_autoflush:
                book.update_or_create_submission(week, student)
        for score in scores:
            grade = book.find_grade(f"check_{score.exercise}", score.notebook, score.week, score.student)
            grade.auto_score = score.points
        book.db.commit()
