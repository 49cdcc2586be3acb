"""Grade a folder of submissions, student/week/notebook: sandboxed, resumable, one score per exercise.

Only the learner's answers, and code cells of their own, are taken from a submission; every other cell, above all the
checks, comes from the source. :mod:`helpers.course.judge` grades many submissions of one notebook in one pass.
"""

import functools
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output

from helpers.course.exercises import STATES, Feedback
from helpers.course.feedback import named_misconception, write_class_report, write_feedback
from helpers.course.gradebook import Person, Score, hours_late, make_gradebook, write_gradebook, write_lms, write_scores
from helpers.course.judge import LearnerCell, Limits, judge_class
from helpers.course.notebooks import (
    CourseError,
    Exercise,
    exercises_of,
    first_line,
    read_notebook,
    write_atomically,
    write_notebook,
)
from helpers.course.provenance import inputs_of, key_of
from helpers.course.queue import Task, run_queue
from helpers.course.release import released
from helpers.course.submissions import Submission, answers_of, find_submissions, read_cells, unfit
from helpers.course.syllabus import NOTEBOOKS

DEFAULT = Limits()
Judgment = tuple[dict[str, dict[str, tuple[str, str]]], dict[str, dict[str, str]]]  # see judge_file
LONGEST_TIME = 100  # bytes of a file that says when; a parser takes for ever over long ones
TOGETHER = 50  # submissions that one pass through a notebook grades
ENGINE = ("exercises.py", "judge.py", "judge_host.py", "sandbox.py", "submissions.py", "unseen.py", "wire.py")


@dataclass(frozen=True)
class Pass:
    """Submissions that are graded together, all of one notebook or all of none."""

    submissions: tuple[Submission, ...]


@dataclass(frozen=True)
class ClassRules:
    """Who is in the class, when a week is due (by week and student, see ``read_deadlines``), what late work gets."""

    roster: Sequence[Person] = ()
    deadlines: Mapping = field(default_factory=dict)
    late_gets_nothing: bool = False


NO_RULES = ClassRules()


def grade(
    folder: str | Path,
    output: str | Path,
    *,
    limits: Limits = DEFAULT,
    workers: int | None = None,
    fresh: bool = False,
    begin: Callable[[int], object] | None = None,
    report: Callable[[list[Score], bool], object] | None = None,
    sandboxed: bool = True,
    rules: ClassRules = NO_RULES,
    scheduler: str | None = None,
) -> list[Score]:
    """Grade every submission below `folder`, and write what comes of it below `output`.

    ``scores.csv``, nbgrader's ``gradebook.db`` and ``autograded/``, a page per student in ``feedback/``, the class
    report ``class.html`` with ``class.csv`` and ``misconceptions.csv``, and ``canvas.csv`` and ``moodle.csv``.

    Parameters
    ----------
    folder : Path
        ``student/week/notebook.ipynb``.
    output : Path
        Also holds one record per graded file, by which a later call knows what it need not grade again.
    limits : Limits
    workers : int, optional
        Notebooks at once; the number of cores by default.
    fresh : bool, default False
        Grade also what has not changed.
    begin : callable, optional
        Called with the number of files before the first is graded.
    report : callable, optional
        Called with the scores of each file as it is done, and whether they were known.
    sandboxed : bool, default True
        Whether answers run in the sandbox; without it they run with the permissions of whoever grades.
    rules : ClassRules
    scheduler : str, optional
        Address of a Dask scheduler that does the judging; its workers need the course in the same folder.

    Returns
    -------
    list of Score
    """
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    submissions = find_submissions(folder, NOTEBOOKS)
    if begin:
        begin(len(submissions))
    scores: list[Score] = []
    looked: dict[Pass, list] = {}
    handed_in: dict[tuple[str, str], tuple[Submission, list[LearnerCell]]] = {}

    @functools.cache
    def inputs(name: str) -> str:
        return key_of(inputs_of(_source(name), NOTEBOOKS / f"{name}.ipynb", {}))

    def look(work: Pass) -> Task | list:
        known, keys, answers = [], {}, {}
        for submission in work.submissions:
            cells, reason = _read(submission)
            if submission.ours:
                handed_in[submission.student, submission.name] = submission, cells
            key = "" if reason else _key(inputs(submission.name), cells, limits, sandboxed)
            if reason:
                known.append((_unjudged(submission, reason), False))
            elif not fresh and (before := _known(_record(output, submission), key)):
                known.append((before, True))
            else:
                keys[submission.student], answers[submission.student] = key, cells
        looked[work] = known
        if not answers:
            return known
        path = str(NOTEBOOKS / f"{work.submissions[0].name}.ipynb")
        return Task((path, answers, limits, sandboxed), keys)

    def finish(work: Pass, keys: Mapping[str, str], judgment: Judgment) -> list:
        verdicts, hints = judgment
        judged = [submission for submission in work.submissions if submission.student in keys]
        done = [(submission, _judged(submission, verdicts[submission.student], hints)) for submission in judged]
        for submission, graded in done:
            record = {"key": keys[submission.student], "scores": [asdict(score) for score in graded]}
            write_atomically(_record(output, submission), json.dumps(record))
        return looked[work] + [(graded, False) for _, graded in done]

    def fail(work: Pass, error: Exception) -> list:
        reason = f"{type(error).__name__}: {first_line(error)}"
        known = looked.get(work, [])
        students = {graded[0].student for graded, _ in known}
        rest = [submission for submission in work.submissions if submission.student not in students]
        return known + [(_unjudged(submission, reason), False) for submission in rest]

    def told(outcome: list) -> None:
        for graded, known in outcome:
            submission, cells = handed_in.get((graded[0].student, f"{graded[0].week}/{graded[0].notebook}"), (None, []))
            graded = [_dated(score, submission, rules) for score in graded]
            if submission and cells:
                _write_autograded(output, submission, cells, graded)
            scores.extend(graded)
            if report:
                report(graded, known)

    made = threading.Thread(target=make_gradebook, args=[output / "gradebook.db"])
    made.start()
    try:
        run_queue(
            _passes(submissions),
            look=look,
            perform=judge_file,
            finish=finish,
            fail=fail,
            report=told,
            workers=workers,
            scheduler=scheduler,
        )
    finally:  # also when stopped: what is graded is kept
        scores += _missing(scores, [person.student for person in rules.roster])
        scores.sort(key=lambda score: (score.student, score.week, score.notebook, not score.exercise))
        write_scores(scores, output / "scores.csv")
        made.join()
        write_gradebook(scores, output / "gradebook.db")
        titles = _titles(scores)
        write_feedback(scores, output / "feedback", titles)
        write_class_report(scores, output, titles)
        write_lms(scores, rules.roster, output)
    return scores


def judge_file(path: str, answers: Mapping[str, list[LearnerCell]], limits: Limits, sandboxed: bool) -> Judgment:
    """Judge many learners' answers to the notebook at `path`.

    Returns
    -------
    verdicts, misconceptions : dict
        As :func:`helpers.course.judge.judge_class` has them.
    """
    hints: dict[str, dict[str, str]] = {}
    verdicts = judge_class(read_notebook(path), answers, limits=limits, sandboxed=sandboxed, misconceptions=hints)
    return verdicts, hints


def _passes(submissions: Iterable[Submission]) -> Iterator[Pass]:
    """The submissions in groups of one notebook each, and of at most so many as one pass grades."""
    by_name: dict[str, list[Submission]] = {}
    for submission in submissions:
        by_name.setdefault(submission.name if submission.ours else "", []).append(submission)
    for group in by_name.values():
        for start in range(0, len(group), TOGETHER):
            yield Pass(tuple(group[start : start + TOGETHER]))


def _read(submission: Submission) -> tuple[list[LearnerCell], str]:
    """A submission's answers, or the reason why there are none."""
    if submission.reason:
        return [], submission.reason
    try:
        return answers_of(read_cells(submission.path), _source(submission.name)), ""
    except CourseError as error:
        return [], str(error)
    except Exception as error:  # whatever a file holds, it is the reason for that file alone
        return [], f"not a notebook ({type(error).__name__})"


@functools.lru_cache(maxsize=32)
def _read_source(path: Path, changed: int) -> NotebookNode:
    return read_notebook(path)


def _source(name: str) -> NotebookNode:
    path = NOTEBOOKS / f"{name}.ipynb"
    return _read_source(path, path.stat().st_mtime_ns)


def _exercises(name: str) -> dict[str, Exercise]:
    return {exercise.name: exercise for exercise in exercises_of(_source(name))}


def _judged(submission: Submission, verdicts: Mapping, hints: Mapping) -> list[Score]:
    """A score for each exercise from what the judge said."""
    week, _, notebook = submission.name.partition("/")
    scores = []
    for name, exercise in _exercises(submission.name).items():
        state, message = verdicts[name]
        points, reason = (exercise.points, "") if state == "right" else (0, f"{state}. {message}")
        facts = submission.student, week, notebook, name, " ".join(exercise.objectives)
        misconception = named_misconception(message, hints[name]) if state == "wrong" else ""
        scores.append(Score(*facts, points, exercise.points, reason, state, misconception))
    return scores


def _unjudged(submission: Submission, reason: str, state: str = "not graded") -> list[Score]:
    """No points for any exercise, and why; a single score without exercise for what is no notebook of the course."""
    week, _, notebook = submission.name.partition("/")
    if not submission.ours:
        return [Score(submission.student, week, notebook, "", "", 0, 0, reason, state)]
    return [
        Score(
            submission.student, week, notebook, name, " ".join(exercise.objectives), 0, exercise.points, reason, state
        )
        for name, exercise in _exercises(submission.name).items()
    ]


def _dated(score: Score, submission: Submission | None, rules: ClassRules) -> Score:
    """A score with how late the work was handed in, and what is left of it under the rules."""
    if submission is None or not rules.deadlines:
        return score
    late = hours_late(rules.deadlines, score.week, score.student, _handed_in(submission.path))
    if not late or not rules.late_gets_nothing:
        return replace(score, hours_late=round(late, 2))
    return replace(score, hours_late=round(late, 2), points=0, reason=score.reason or "late")


def _handed_in(path: Path) -> datetime:
    """When a file was handed in: what nbgrader noted beside it, or when the file was last changed."""
    from nbgrader.utils import parse_utc

    noted = path.with_name("timestamp.txt")
    try:
        if not unfit(noted) and noted.stat().st_size <= LONGEST_TIME:
            return parse_utc(noted.read_text(encoding="utf-8").strip()).replace(tzinfo=UTC)
    except Exception:  # a learner may have written it
        pass
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):  # a time that no calendar has
        return datetime.now(UTC)


def _write_autograded(
    output: Path, submission: Submission, cells: Iterable[LearnerCell], scores: Iterable[Score]
) -> None:
    """Write the notebook as nbgrader's autograde leaves it: the course's cells, the answers, what the checks said."""
    if _file_name(submission.student) != submission.student:  # nbgrader takes the folder's name for the student's
        return
    notebook = released(_source(submission.name))
    answers = {cell.exercise: cell.code for cell in cells if cell.exercise}
    said = {score.exercise: score for score in scores}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in answers:
            cell.source = answers[name].encode("utf-8", "backslashreplace").decode()
        score = said.get(name.removeprefix("check_"))
        if score and name.startswith("check_") and score.state in STATES:
            message = score.reason.removeprefix(f"{score.state}. ").encode("utf-8", "backslashreplace").decode()
            shown = Feedback(score.exercise, score.state, message)._repr_mimebundle_()
            cell.outputs = [new_output("display_data", data=shown)]
    write_notebook(notebook, output / "autograded" / submission.student / f"{submission.name}.ipynb")


def _titles(scores: Iterable[Score]) -> dict[tuple[str, str, str], str]:
    """The titles of exercises by week, notebook and name."""
    names = dict.fromkeys((score.week, score.notebook) for score in scores if score.exercise)
    return {
        (week, notebook, name): exercise.title
        for week, notebook in names
        for name, exercise in _exercises(f"{week}/{notebook}").items()
    }


def _missing(scores: Iterable[Score], roster: Iterable[str]) -> list[Score]:
    """No points for what a student did not hand in of the weeks that somebody handed in."""
    graded = [score for score in scores if score.exercise]
    names = [
        f"{week}/{path.stem}"
        for week in dict.fromkeys(score.week for score in graded)
        for path in sorted((NOTEBOOKS / week).glob("*.ipynb"))
    ]
    there = {(score.student, f"{score.week}/{score.notebook}") for score in graded}
    absent = [
        Submission(student, name, Path(), "")
        for student in dict.fromkeys([*roster, *(score.student for score in scores)])
        for name in names
        if (student, name) not in there
    ]
    return [score for submission in absent for score in _unjudged(submission, "not handed in", "missing")]


def _record(output: Path, submission: Submission) -> Path:
    return output / "records" / _file_name(submission.student) / f"{submission.name}.json"


def _file_name(student: str) -> str:
    """A name for a folder, whatever a student is called."""
    if re.fullmatch(r"[\w-][\w.@ -]{0,80}", student, re.ASCII):
        return student
    return f"student-{hashlib.sha256(student.encode()).hexdigest()[:16]}"


def _key(inputs: str, cells: Iterable[LearnerCell], limits: Limits, sandboxed: bool) -> str:
    """The checksum of everything that a submission's scores depend on."""
    parts = [[asdict(cell) for cell in cells], inputs, _engine(), asdict(limits), sandboxed]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@functools.cache
def _engine() -> str:
    folder = Path(__file__).parent
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in ENGINE)).hexdigest()


def _known(record: Path, key: str) -> list[Score] | None:
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
        return [Score(**score) for score in known["scores"]] if known["key"] == key else None
    except (OSError, ValueError, TypeError, KeyError):  # none, or a damaged one
        return None
