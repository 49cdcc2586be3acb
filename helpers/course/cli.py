"""Run, hand out, grade and present the course."""

import argparse
import codecs
import io
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from helpers.course.notebooks import CourseError
from helpers.course.parameters import ParameterError
from helpers.course.syllabus import NOTEBOOKS, find_notebooks, find_sources, load_syllabus, notebook_key

PARAMETER: dict[str, Any] = {"dest": "parameters", "action": "append", "default": [], "metavar": "NAME=VALUE"}
AUDIT = "week3/08_your_own_product"  # the notebook behind 'workbook audit'
_RESULTS = "folder of the results (default: {})"
PLAIN = {
    "✔": "+",
    "✘": "x",
    "○": "o",
    "…": "...",
    "★": "*",
    "–": "-",
    "−": "-",
    "·": "-",
    "÷": "/",
    "×": "x",
    "→": "->",
}


class Terminated(KeyboardInterrupt):
    """SIGTERM, handled as Ctrl-C is."""


class Version(argparse.Action):
    """Prints the version; what knows it is imported for that only."""

    def __call__(self, parser, namespace, values, option_string=None):
        from importlib.metadata import version

        print(f"workbook {version('ml-production-workbook')}")
        parser.exit()


def main(arguments=None):
    """Run one command; exit with 0, 1 where something failed, 2 for wrong usage, 130 or 143 when stopped."""
    _print_on_any_terminal()
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return options.command(options)
    except (CourseError, ParameterError) as error:
        print(f"workbook: {error}", file=sys.stderr)
        return 2
    except Terminated:
        return 143
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _terminate(signum, frame):
    raise Terminated


def _print_on_any_terminal():
    """Let what an output's encoding lacks be printed as something plain, as on Windows where output is redirected."""

    def plainly(error):
        text = "".join(PLAIN.get(mark) or mark.encode("ascii", "backslashreplace").decode() for mark in _unfit(error))
        return text, error.end

    codecs.register_error("plainly", plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plainly")


def _unfit(error):
    return error.object[error.start : error.end]


def _parser():
    parser = argparse.ArgumentParser(
        prog="workbook",
        description=__doc__,
        epilog="'workbook COMMAND --help' explains a command with all its options.",
    )
    parser.add_argument("--version", action=Version, nargs=0, help="print the version and end")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_learning(commands)
    _add_maintaining(commands)
    _add_teaching(commands)
    return parser


def _command(commands, name, function, text, example=""):
    """Add a command whose help is `text`, with an example of its use."""
    epilog = f"example: workbook {example or name}"
    parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=epilog)
    parser.set_defaults(command=function)
    return parser


def _add_copy(parser):
    text = "the learner's folder (default: the one you are in, else my-workbook)"
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="?", help=text)


def _add_learning(commands):
    text = "bring a learner's copy up to date and open it in JupyterLab"
    lab = _command(commands, "lab", open_lab, text, "lab my-workbook -- --no-browser --port=9000")
    _add_copy(lab)
    lab.add_argument("jupyter", metavar="OPTION", nargs="*", help="options for Jupyter, after -- (default: none)")

    text = "make a learner's copy of the course, or merge into it what is new; what the learner wrote stays"
    _add_copy(_command(commands, "start", start_copy, text, "start my-workbook"))

    text = "show a learner's progress: what is right, wrong or open, points, minutes left, and what comes next"
    _add_copy(_command(commands, "check", check_progress, text, "check my-workbook"))

    text = "show the solution of an exercise, after two wrong answers"
    solution = _command(commands, "solution", show_solution, text, "solution week1/04 gained")
    solution.add_argument("notebook", metavar="NOTEBOOK", help="the beginning of its name, such as week1/04")
    solution.add_argument("exercise", metavar="EXERCISE", help="name of the exercise, as 'workbook check' shows it")
    solution.add_argument(
        "--copy", type=Path, metavar="DIR", dest="folder", help="the learner's folder (default: as above)"
    )

    text = "audit your own table, or check the next delivery of it"
    example = "audit mydata.csv --target paid, later: workbook audit check next.csv --with audit"
    audit = _command(commands, "audit", audit_table, text, example)
    audit.add_argument("table", nargs="+", metavar="TABLE", help="CSV or Parquet file; or: check, and the next one")
    audit.add_argument(
        "--target", metavar="COLUMN", default="", help="the column to predict (default: none; an audit needs it)"
    )
    for name, what in (("time", "the time of a row"), ("group", "what repeats, such as a customer")):
        audit.add_argument(f"--{name}", metavar="COLUMN", default="", help=f"column with {what} (default: none)")
    text = "column with the scores of a model in use (default: none)"
    audit.add_argument("--predictions", metavar="COLUMN", default="", help=text)
    audit.add_argument("--seed", metavar="N", default="0", help="of all random draws (default: 0)")
    audit.add_argument("--output", type=Path, default=Path("audit"), metavar="DIR", help=_RESULTS.format("audit"))
    text = "with check: the folder of the audit (default: audit)"
    audit.add_argument("--with", type=Path, default=Path("audit"), metavar="DIR", dest="audit", help=text)

    _command(commands, "list", list_course, "list weeks, notebooks, minutes, objectives and readings")


def _add_maintaining(commands):
    run = _command(commands, "run", run_notebooks, "execute notebooks, several at once", "run week1 -p n_runs=50")
    _add_notebooks(run)
    run.add_argument("-p", **PARAMETER, help="value of a parameter; may be given again (default: the notebook's own)")
    _add_running(run, "runs")
    text = "take the parameter values that the notebooks list under this name (default: none)"
    run.add_argument("--profile", choices=["quick", "full"], help=text)

    text = "execute notebooks over a grid of parameter values, and gather how often each claim held"
    example = "sweep week1/03_concept_drift -p seed=0:20 -p n_runs=20,100 runs every one of 20 seeds with both sizes"
    sweep = _command(commands, "sweep", sweep_notebooks, text, example)
    _add_notebooks(sweep)
    text = "values of a parameter: a list such as rate=0.1,0.2, or whole numbers such as seed=0:20, which are 0 to 19"
    sweep.add_argument("-p", **PARAMETER, help=f"{text}; given again, all combinations are run")
    _add_running(sweep, "runs/sweep")
    text = "instead of -p: both ends of each parameter, alone and all together, by five odd seeds"
    sweep.add_argument("--corners", action="store_true", help=text)
    sweep.add_argument("--ledger", action="store_true", help="put how often each claim held into docs/ledger.json")

    text = "compare executed notebooks with their provenance stamps"
    verify = _command(commands, "verify", verify_files, text, "verify runs")
    verify.add_argument("files", nargs="+", metavar="FILE", help="executed notebook, or a folder of them")

    text = "execute notebooks in place, so that their outputs can be committed"
    _add_notebooks(_command(commands, "refresh", refresh_notebooks, text, "refresh week2/08_double_descent"))

    text = "build the course as pages, which open from a folder and need no network"
    site = _command(commands, "site", write_site, text, "site --sliders week3/06_provenance_and_lineage")
    text = (
        "notebook or week whose sliders are built, 'all' or 'none'; may be given again (default: the syllabus's list)"
    )
    site.add_argument("--sliders", action="append", metavar="NOTEBOOK", help=text)
    site.add_argument("--output", type=Path, default=Path("site"), metavar="DIR", help=_RESULTS.format("site"))
    site.add_argument("--jobs", type=_positive, metavar="N", help="notebooks at once (default: the number of cores)")

    _command(commands, "docs", write_docs, "write the generated pages of docs/")


def _add_teaching(commands):
    text = "write the student version of weeks to release/, with nbgrader"
    release = _command(commands, "release", release_weeks, text, "release week1")
    release.add_argument("weeks", nargs="*", metavar="WEEK", help="such as week1 (default: all)")
    text = "do not let 'workbook solution' show solutions (default: after two wrong answers)"
    release.add_argument("--without-solutions", action="store_true", help=text)

    text = "grade a folder of submissions, each at STUDENT/WEEK/NOTEBOOK.ipynb"
    grade = _command(commands, "grade", grade_submissions, text, "grade submitted --jobs 4")
    grade.add_argument("folder", metavar="SUBMISSIONS", type=Path, help="folder with one folder per student")
    grade.add_argument("--output", type=Path, default=Path("grades"), metavar="DIR", help=_RESULTS.format("grades"))
    grade.add_argument("--jobs", type=_positive, metavar="N", help="notebooks at once (default: the number of cores)")
    grade.add_argument("--fresh", action="store_true", help="regrade everything")
    grade.add_argument(
        "--roster",
        type=Path,
        metavar="CSV",
        help="the class: student, and id, name, email, section (default: who handed in)",
    )
    grade.add_argument(
        "--deadlines", type=Path, metavar="CSV", help="week, due, and student for an extension (default: none)"
    )
    grade.add_argument(
        "--late-gets-nothing", action="store_true", help="no points for what is late (default: told only)"
    )
    grade.add_argument("--scheduler", metavar="ADDRESS", help="Dask cluster, as tcp://host:8786 (default: here)")
    grade.add_argument("--without-sandbox", action="store_true", help="let answers run with your permissions")
    for name, unit, default, text in (
        ("cell-seconds", "S", 60, "seconds for one answer"),
        ("seconds", "S", 300, "seconds for all answers of a notebook"),
        ("memory-mb", "MB", 2048, "memory of one answer"),
        ("processes", "N", 64, "threads of one answer"),
        ("output-mb", "MB", 16, "files of one answer"),
    ):
        grade.add_argument(f"--{name}", type=_positive, metavar=unit, help=f"limit: {text} (default: {default})")

    text = "write a week's slides and teaching card, which need no network"
    slides = _command(commands, "slides", write_slides, text, "slides week1")
    slides.add_argument("week", metavar="WEEK", help="such as week1")
    text = "misconceptions.csv of a grading, to put what the class got wrong onto the card (default: none)"
    slides.add_argument("--met", type=Path, metavar="CSV", help=text)
    slides.add_argument("--output", type=Path, default=Path("slides"), metavar="DIR", help=_RESULTS.format("slides"))


def _add_notebooks(parser):
    text = "file, folder, or name such as week1 or week1/03_concept_drift (default: every notebook of the course)"
    parser.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help=text)


def _add_running(parser, output):
    parser.add_argument("--jobs", type=_positive, metavar="N", help="notebooks at once (default: the number of cores)")
    parser.add_argument("--output", type=Path, default=Path(output), metavar="DIR", help=_RESULTS.format(output))
    parser.add_argument("--fresh", action="store_true", help="ignore the cache and run everything (default: use it)")
    for name, default, text in (("timeout", 600, "cell"), ("notebook-timeout", 3600, "notebook")):
        text = f"time limit per {text}, in seconds (default: {default})"
        parser.add_argument(f"--{name}", type=_positive, metavar="S", default=default, help=text)
    text = "run on a Dask cluster, such as tcp://host:8786 (default: on this machine)"
    parser.add_argument("--scheduler", metavar="ADDRESS", help=text)
    parser.add_argument("--kernel", metavar="NAME", help="kernel to run with (default: the notebook's own)")


def _assignments(options):
    """The ``-p`` options by name; raise CourseError for one that is not written as it must be, or given twice."""
    given = {}
    for text in options.parameters:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise CourseError(f"-p must be NAME=VALUE (got {text!r})")
        if name in given:
            raise CourseError(f"-p {name} must be given once (got {given[name]!r} and {value!r})")
        given[name] = value
    return given


def _positive(text):
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 (got {text!r})")
    return int(text)


def list_course(options):
    """Print the syllabus."""
    syllabus = load_syllabus()
    for week, title in syllabus.weeks.items():
        print(f"\n{week}: {title}")
        for entry in (entry for entry in syllabus.notebooks if entry.week == week):
            served = " ".join(entry.objectives + entry.readings)
            print(f"  {entry.name:<42} {entry.minutes:>3} min  {served}\n      {entry.title}")
    for heading, lines in (("objectives", syllabus.objectives), ("readings", syllabus.readings)):
        print(f"\n{heading}")
        for name, text in lines.items():
            print(f"  {name:<6} {text}")
    return 0


def run_notebooks(options):
    """Execute notebooks once each."""
    from helpers.course import report

    sources = find_sources(options.notebooks, without=options.output)
    jobs = _jobs(sources, _assignments(options), options)
    _refuse_to_overwrite(jobs)
    results = []
    _run(_longest_first(jobs), len(jobs), options, results.append)
    order = {job: place for place, job in enumerate(jobs)}
    results.sort(key=lambda result: order[result.job])
    print(*report.summary_lines(results), sep="\n")
    return int(any(result.state == "failed" or result.broken for result in results))


def _jobs(sources, given, options):
    """A job for each notebook. One that cannot take the parameters is told in its turn, unless none of them can."""
    from helpers.course.runner import Job, parameter_values

    jobs, errors = [], []
    for source, name in sources.items():
        values, refused = {}, ""
        try:
            values = parameter_values(source, given, profile=options.profile)
        except (CourseError, ParameterError) as error:
            refused = str(error)
            errors.append(error)
        jobs.append(Job(name, source, options.output / f"{name}.ipynb", values, refused))
    if errors and len(errors) == len(jobs):
        raise errors[0]
    return jobs


def _longest_first(jobs):
    from helpers.course.ledger import load_ledger

    seconds = {str(NOTEBOOKS / f"{key}.ipynb"): entry["seconds"] for key, entry in load_ledger().items()}
    return sorted(jobs, key=lambda job: -seconds.get(str(job.source), 0.0))


def _refuse_to_overwrite(jobs):
    """Raise CourseError where a result would be written onto a source."""
    sources = {os.path.realpath(job.source) for job in jobs}
    if taken := next((job.target for job in jobs if os.path.realpath(job.target) in sources), None):
        raise CourseError(f"--output must be another folder than that of the sources (got {taken.parent})")


def sweep_notebooks(options):
    """Execute notebooks over the grid that the parameters span, and gather claims and records."""
    from helpers.course import report
    from helpers.course.sweep import SweepTable, grid_values, sweep_jobs

    given = _assignments(options)
    if bool(given) == options.corners:
        raise CourseError("a sweep needs at least one -p, such as -p seed=0:20, or else --corners")
    sources = find_sources(options.notebooks, without=options.output)
    grid = {name: grid_values(text) for name, text in given.items()}
    jobs, names, number = sweep_jobs(sources, grid, options.output)
    table, kept, failed = SweepTable(options.output / "sweep.csv", names), [], []

    def keep(result):
        table.add(result)
        if result.state == "failed":
            failed.append(result)
        if options.ledger:
            kept.append(result)

    try:
        _run(jobs, number, options, keep)
    finally:
        table.close()
    if options.ledger:
        _update_ledger(kept)
    print(*report.failure_lines(failed), sep="\n", end="\n" if failed else "")
    if table.problem:
        raise CourseError(f"{table.problem}; the runs are kept, so the same command makes the table later")
    return int(bool(failed) | _report_sweep(options.output, names))


def _report_sweep(folder, names):
    """Say how often each claim of a sweep's table held, and draw it; 1 where one held less often than it says."""
    import pandas

    from helpers.course import report
    from helpers.course.notebooks import write_atomically

    table = pandas.read_csv(folder / "sweep.csv", dtype={"value": str}, keep_default_na=False)
    if table.empty:
        print("no claims and no records to gather")
        return 0
    x = "seed" if "seed" in names and len(names) > 2 else names[0]
    picture = io.BytesIO()
    report.plot_sweep(table, x).savefig(picture, dpi=100)
    write_atomically(folder / "sweep.png", picture.getvalue())
    counts = report.held(table)
    for row in counts.to_dict("records"):
        mark = "✔" if row["as_stated"] else "✘"
        print(f"{mark} {row['held']:>3} of {row['runs']:<3} {row['notebook']}: {row['name']}")
    print(f"table and figure: {folder / 'sweep.csv'}, {folder / 'sweep.png'}")
    return int(not counts["as_stated"].all())


def _update_ledger(results):
    from helpers.course.ledger import LEDGER, load_ledger, update_ledger
    from helpers.course.notebooks import write_atomically

    finished = [result for result in results if result.state in ("ran", "cached")]
    ledger = update_ledger(load_ledger(), finished)
    write_atomically(LEDGER, json.dumps(ledger, indent=1, ensure_ascii=False) + "\n")


def verify_files(options):
    """Compare executed notebooks with their stamps."""
    from helpers.course.provenance import differences

    code = 0
    for name in options.files:
        inside = sorted(Path(name).rglob("*.ipynb")) if os.path.isdir(name) else [Path(name)]
        if not inside:
            print(f"✘ {name}: no notebook in it")
            code = 1
        for file in inside:
            try:
                found = differences(file)
            except CourseError as error:
                found = [str(error).removeprefix(f"{file}: ")]
            code |= bool(found)
            print(f"✘ {file}" if found else f"✔ {file}: as stamped")
            for line in found:
                print(f"    {line}")
    return code


def refresh_notebooks(options):
    """Execute notebooks in place, without a stamp, so that their outputs can be committed."""
    import nbformat

    from helpers.course.notebooks import read_notebook, write_notebook
    from helpers.course.runner import execute

    code = 0
    for source in find_notebooks(options.notebooks):
        done = execute(nbformat.writes(read_notebook(source)), {}, str(source.parent), ours=False)
        print(f"{'✘' if done.error else '✔'} {notebook_key(source):<50} {done.seconds:>7.1f} s  {done.error}")
        if done.error:
            code = 1
        else:
            notebook = nbformat.reads(done.text, as_version=4)
            notebook.metadata.pop("widgets", None)  # their state has new names in every run
            write_notebook(notebook, source)
    return code


def write_site(options):
    """Build the site, with the sliders asked for; what they need is run unless it has been."""
    from helpers.course.report import result_line
    from helpers.course.site import build_site, check_site
    from helpers.course.site_sliders import chosen, load_settings, moved_parameters

    check_site(options.output)  # before the sliders, which take long
    settings = load_settings()
    entries = chosen(options.sliders, settings)
    moved = moved_parameters(entries, settings, report=lambda result: print(result_line(result)), workers=options.jobs)
    build_site(options.output, moved, launch=settings["site"].get("launch", []))
    print(f"open {options.output / 'index.html'}")
    return 0


def write_docs(options):
    """Bring the generated pages of docs/ up to date."""
    from helpers.course.ledger import DOCS, pages
    from helpers.course.notebooks import write_atomically

    for name, text in pages().items():
        write_atomically(DOCS / name, text)
    return 0


def start_copy(options):
    """Make a learner's copy, or merge what is new into it."""
    from helpers.course.learner_copy import find_copy, start
    from helpers.course.start_page import write_start_page

    folder = find_copy(options.folder)
    _report_start(folder, start(folder))
    write_start_page(folder)
    return 0


def _report_start(folder, placed):
    """Print what is new in a learner's copy."""
    from helpers.course.report import counted

    states = [item.state for item in placed]
    for item in placed:
        if item.state != "unchanged" and set(states) != {"new"}:
            both = f"you changed {counted(item.conflicts, 'cell')} of it too: yours stay, the new ones are below them"
            told = item.reason or (both if item.conflicts else "")
            print(f"{item.state:<11} {item.name:<50} {told}".rstrip())
    news = [f"{states.count(state)} {state}" for state in ("new", "updated", "left alone") if state in states]
    print(f"{folder}: {counted(len(placed), 'notebook')}, {', '.join(news) or 'nothing new'}")


def open_lab(options):
    """Bring a learner's copy up to date and open it in JupyterLab."""
    from helpers.course import lab
    from helpers.course.learner_copy import find_copy

    options.folder = find_copy(options.folder)
    start_copy(options)
    lab.open_lab(options.folder, options.jupyter)
    return 0


def check_progress(options):
    """Show a learner's progress."""
    from helpers.course.learner_copy import find_copy
    from helpers.course.progress import progress, progress_lines

    folder = find_copy(options.folder)
    print(*progress_lines(folder, progress(folder)), sep="\n")
    return 0


def audit_table(options):
    """Run the last notebook on a user's table, or check a delivery with what that left."""
    first, *others = options.table
    if first == "check" and len(others) == 1:
        return _check_delivery(Path(others[0]), options.audit)
    if others:
        raise CourseError(f"one table at a time (got {' '.join(options.table)})")
    if not options.target:
        raise CourseError("--target must name the column to predict")
    import nbformat

    from helpers.course.notebooks import read_notebook, write_atomically
    from helpers.course.runner import execute, parameter_values

    source, output = NOTEBOOKS / f"{AUDIT}.ipynb", options.output.resolve()
    given = {name: getattr(options, name) for name in ("target", "time", "group", "predictions", "seed")}
    values = parameter_values(source, given | {"data": str(Path(first).resolve()), "output": str(output)})
    done = execute(nbformat.writes(read_notebook(source)), values, str(source.parent))
    if done.error:
        raise CourseError(done.error.partition("AuditError: ")[2] or done.error)
    write_atomically(output / "audit.ipynb", done.text)
    record = json.loads((output / "record.json").read_text(encoding="utf-8"))
    for finding in record["findings"].values():
        print(f"{'✘' if finding['alarm'] else '·'} {finding['sentence']}")
    print(f"{options.output / 'report.html'} ({done.seconds:.0f} s)")
    return 0


def _check_delivery(table, folder):
    """Say why a delivery should be refused; 1 if so."""
    from helpers.audit import AuditError, refusals

    try:
        reasons, remarks = refusals(table, folder)
    except AuditError as error:
        raise CourseError(str(error)) from None
    for line in [*(f"✘ {reason}" for reason in reasons), *(f"· {remark}" for remark in remarks)]:
        print(line)
    print(f"{table}: {'refuse it' if reasons else '✔ keeps the contract, and no limit is crossed'}")
    return int(bool(reasons))


def show_solution(options):
    """Show a solution to a learner who has tried."""
    from helpers.course.learner_copy import find_copy
    from helpers.course.solutions import solution

    print(solution(find_copy(options.folder), options.notebook, options.exercise))
    return 0


def release_weeks(options):
    """Write the student version with nbgrader, which also notes the assignment in its gradebook."""
    from helpers.course.release import release
    from helpers.course.report import counted

    for week, number in release(options.weeks, solutions=not options.without_solutions).items():
        print(f"release/{week}: {counted(number, 'notebook')}")
    return 0


def grade_submissions(options):
    """Grade a folder of submissions."""
    from tqdm import tqdm

    from helpers.course.sandbox import is_available

    if not options.without_sandbox and not is_available():
        raise CourseError(
            "this system offers no sandbox (Linux with user namespaces does): answers would run with your permissions. "
            "To accept that, say --without-sandbox"
        )
    if not hasattr(os, "fork"):
        raise CourseError("grading needs Linux or macOS")
    from helpers.course.gradebook import read_deadlines, read_roster
    from helpers.course.grading import ClassRules, Limits, grade

    rules = ClassRules(
        read_roster(options.roster) if options.roster else (),
        read_deadlines(options.deadlines) if options.deadlines else {},
        options.late_gets_nothing,
    )

    given = {name: getattr(options, name) for name in Limits.__dataclass_fields__ if getattr(options, name)}
    with tqdm(unit="notebook", disable=None, dynamic_ncols=True) as bar:

        def tell(scores, known):
            first = scores[0]
            got, most = sum(score.points for score in scores), sum(score.max_points for score in scores)
            told = f"{got:g} of {most:g}" if most else first.reason
            bar.write(f"{'=' if known else '✔'} {first.student:<20} {first.week}/{first.notebook:<42} {told}")
            bar.update()

        grade(
            options.folder,
            options.output,
            limits=Limits(**given),
            workers=options.jobs,
            fresh=options.fresh,
            begin=bar.reset,
            report=tell,
            sandboxed=not options.without_sandbox,
            rules=rules,
            scheduler=options.scheduler,
        )
    print(f"{options.output}: scores.csv, class.html, feedback/, canvas.csv, moodle.csv, nbgrader's gradebook.db")
    return 0


def write_slides(options):
    """Write a week's slides and teaching card."""
    from helpers.course.slides import write_week

    for path in write_week(options.week, options.output, options.met):
        print(path)
    return 0


def _run(jobs, number, options, keep):
    """Run jobs with a progress bar and a line for each; `keep` gets each result."""
    from tqdm import tqdm

    from helpers.course import report
    from helpers.course.runner import Limits, run_jobs

    with tqdm(total=number, unit="notebook", disable=None, dynamic_ncols=True) as bar:

        def tell(result):
            bar.write(report.result_line(result))
            bar.update()
            keep(result)

        run_jobs(
            jobs,
            report=tell,
            workers=options.jobs,
            fresh=options.fresh,
            limits=Limits(options.timeout, options.notebook_timeout),
            scheduler=options.scheduler,
            kernel=options.kernel,
        )


if __name__ == "__main__":
    sys.exit(main())
