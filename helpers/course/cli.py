"""The command ``workbook``: run the course headlessly, hand it to learners, grade and present it."""

import argparse
import itertools
import json
import os
import signal
import sys
from pathlib import Path

from helpers.course.notebooks import CourseError
from helpers.course.parameters import ParameterError
from helpers.course.syllabus import NOTEBOOKS, find_notebooks, load_syllabus, notebook_key


class Terminated(KeyboardInterrupt):
    """SIGTERM, handled as Ctrl-C is."""


def main(arguments=None):
    """Run one command; exit with 0, 1 where something failed, 2 for a mistake in the call, 130 or 143 when stopped."""
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


def _parser():
    parser = argparse.ArgumentParser(prog="workbook", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="print weeks, notebooks, objectives and readings")
    listing.set_defaults(command=list_course)

    run = commands.add_parser("run", help="execute notebooks, several at once")
    _add_notebooks(run, "all")
    _add_running(run, "runs")
    run.add_argument("--profile", choices=["quick", "full"], help="parameter values from the notebooks' metadata")
    run.set_defaults(command=run_notebooks)

    sweep = commands.add_parser("sweep", help="execute notebooks over a grid of parameters and gather their claims")
    _add_notebooks(sweep, "all")
    _add_running(sweep, "runs/sweep")
    sweep.add_argument(
        "--corners",
        action="store_true",
        help="instead of -p: both ends of each parameter, alone and all together, by five odd seeds",
    )
    sweep.add_argument("--ledger", action="store_true", help="put how often each claim held into docs/ledger.json")
    sweep.set_defaults(command=sweep_notebooks)

    verify = commands.add_parser("verify", help="say what differs between an executed notebook and its stamp")
    verify.add_argument("files", nargs="+", metavar="FILE")
    verify.set_defaults(command=verify_files)

    refresh = commands.add_parser("refresh", help="execute notebooks in place, to commit their outputs")
    _add_notebooks(refresh, "all")
    refresh.set_defaults(command=refresh_notebooks)

    docs = commands.add_parser("docs", help="write the generated pages of docs/: coverage and claims ledger")
    docs.set_defaults(command=write_docs)

    start = commands.add_parser("start", help="make or update a learner's copy; edits are never overwritten")
    start.add_argument("folder", metavar="DIR", type=Path)
    start.set_defaults(command=start_copy)

    check = commands.add_parser("check", help="show a learner's progress per week and objective")
    check.add_argument("folder", metavar="DIR", type=Path, nargs="?", default=Path("my-workbook"))
    check.set_defaults(command=check_progress)

    release = commands.add_parser("release", help="write the student version of weeks with nbgrader")
    release.add_argument("weeks", nargs="*", metavar="WEEK", help="such as week1 (default: all)")
    release.set_defaults(command=release_weeks)

    grade = commands.add_parser("grade", help="grade a folder of submissions, student/week/notebook")
    grade.add_argument("folder", metavar="SUBMISSIONS", type=Path)
    grade.add_argument("--output", type=Path, default=Path("grades"), metavar="DIR", help="default: grades")
    grade.add_argument("--jobs", type=_positive, metavar="N", help="submissions at once (default: the number of cores)")
    grade.add_argument("--fresh", action="store_true", help="grade also what has not changed")
    for name, unit in (
        ("cell-seconds", "S"),
        ("seconds", "S"),
        ("memory-mb", "MB"),
        ("processes", "N"),
        ("output-mb", "MB"),
    ):
        grade.add_argument(f"--{name}", type=_positive, metavar=unit, help="limit for one submission")
    grade.set_defaults(command=grade_submissions)

    slides = commands.add_parser("slides", help="write slides and a teaching card for a week")
    slides.add_argument("week", metavar="WEEK")
    slides.add_argument("--output", type=Path, default=Path("slides"), metavar="DIR", help="default: slides")
    slides.add_argument("--reveal", metavar="URL", help="where reveal.js lies, for a room without network")
    slides.set_defaults(command=write_slides)
    return parser


def _add_notebooks(parser, default):
    text = f"file, folder, or name such as week1 or week1/03_concept_drift (default: {default})"
    parser.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help=text)


def _add_running(parser, output):
    parser.add_argument("-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE", type=_assignment)
    parser.add_argument("--jobs", type=_positive, metavar="N", help="notebooks at once (default: the number of cores)")
    parser.add_argument("--output", type=Path, default=Path(output), metavar="DIR", help=f"default: {output}")
    parser.add_argument("--fresh", action="store_true", help="run also what has not changed since its last run")
    parser.add_argument("--timeout", type=_positive, metavar="S", help="seconds that one cell may take")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="run on a Dask cluster, such as tcp://host:8786")
    parser.add_argument("--kernel", metavar="NAME", help="kernel to run with (default: the notebook's own)")


def _assignment(text):
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE (got {text!r})")
    return name, value


def _positive(text):
    if not text.isdigit() or int(text) < 1:
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
    from helpers.course.runner import make_job

    jobs = []
    for source in find_notebooks(options.notebooks):
        target = options.output / f"{notebook_key(source)}.ipynb"
        values = dict(options.parameters)
        jobs.append(make_job(notebook_key(source), source, target, values, profile=options.profile))
    results = _run(jobs, options)
    return _exit_code(results)


def sweep_notebooks(options):
    """Execute notebooks over the grid that the parameters span, and gather claims and records."""
    from helpers.course import report
    from helpers.course.runner import make_job

    if bool(options.parameters) == options.corners:
        raise CourseError("a sweep needs at least one -p, such as -p seed=0:20, or else --corners")
    jobs = []
    for source in find_notebooks(options.notebooks):
        for point in _corners(source) if options.corners else _grid(options.parameters):
            name = f"{notebook_key(source)}/" + ",".join(f"{key}={value}" for key, value in point.items())
            jobs.append(make_job(name, source, options.output / f"{name}.ipynb", point))
    results = _run(jobs, options)
    finished = [result for result in results if result.state in ("ran", "cached")]
    table = report.sweep_table(finished)
    if table.empty:
        print("no claims and no records to gather")
        return _exit_code(results)
    options.output.mkdir(parents=True, exist_ok=True)
    table.to_csv(options.output / "sweep.csv", index=False)
    report.plot_sweep(table, "seed" if options.corners else options.parameters[0][0]).savefig(
        options.output / "sweep.png", dpi=100
    )
    counts = report.held(table)
    for row in counts.itertuples(index=False):
        mark = "✔" if row.as_stated else "✘"
        print(f"{mark} {row.held:>3} of {row.runs:<3} {row.notebook}: {row.name}")
    print(f"table and figure: {options.output / 'sweep.csv'}, {options.output / 'sweep.png'}")
    if options.ledger:
        from helpers.course.ledger import LEDGER, load_ledger, update_ledger
        from helpers.course.notebooks import write_atomically

        ledger = update_ledger(load_ledger(), finished)
        write_atomically(LEDGER, json.dumps(ledger, indent=1, ensure_ascii=False) + "\n")
    return int(not counts["as_stated"].all() or len(finished) < len(results))


def verify_files(options):
    """Compare executed notebooks with their stamps."""
    from helpers.course.provenance import differences

    code = 0
    for file in options.files:
        found = differences(Path(file))
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
        text, seconds, error = execute(nbformat.writes(read_notebook(source)), {}, str(source.parent), None, None)
        print(f"{'✘' if error else '✔'} {notebook_key(source):<50} {seconds:>7.1f} s  {error}")
        if error:
            code = 1
        else:
            write_notebook(nbformat.reads(text, as_version=4), source)
    return code


def write_docs(options):
    """Bring the generated pages of docs/ up to date."""
    from helpers.course.ledger import DOCS, pages
    from helpers.course.notebooks import write_atomically

    for name, text in pages().items():
        write_atomically(DOCS / name, text)
    return 0


def start_copy(options):
    """Make or update a learner's copy."""
    from helpers.course.release import start

    placed = start(options.folder)
    for item in placed:
        if item.state != "unchanged":
            print(f"{item.state:<11} {item.name}")
    kept = sum(item.state == "left alone" for item in placed)
    print(f"{options.folder}: {len(placed)} notebooks, {kept} with your edits left alone")
    return 0


def check_progress(options):
    """Show a learner's progress."""
    from helpers.course.progress import progress, progress_lines

    print(*progress_lines(progress(options.folder)), sep="\n")
    return 0


def release_weeks(options):
    """Write the student version with nbgrader, which also notes the assignment in its gradebook."""
    from helpers.course.release import release

    for week, notebooks in release(options.weeks).items():
        print(f"release/{week}: {notebooks} notebooks")
    return 0


def grade_submissions(options):
    """Grade a folder of submissions."""
    from tqdm import tqdm

    from helpers.course.grading import Limits, find_submissions, grade
    from helpers.course.sandbox import is_available

    given = {name: getattr(options, name) for name in Limits.__dataclass_fields__ if getattr(options, name)}
    if not is_available():
        print("no sandbox on this platform: answers run with your rights; only time per cell and output are limited")
    with tqdm(total=len(find_submissions(options.folder)), unit="notebook", disable=None, dynamic_ncols=True) as bar:

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
            report=tell,
        )
    print(f"scores: {options.output / 'scores.csv'}, nbgrader's gradebook: {options.output / 'gradebook.db'}")
    return 0


def write_slides(options):
    """Write a week's slides and teaching card."""
    from helpers.course.slides import write_week

    for path in write_week(options.week, options.output, reveal=options.reveal):
        print(path)
    return 0


def _grid(parameters):
    """Every point of the grid that the ``-p`` options span, as texts by name."""
    names = [name for name, _ in parameters]
    return [dict(zip(names, point, strict=True)) for point in itertools.product(*(_values(t) for _, t in parameters))]


def _corners(source):
    from helpers.course.notebooks import parameters_of, read_notebook
    from helpers.course.parameters import corners

    return [
        {name: str(value) for name, value in point.items()} for point in corners(parameters_of(read_notebook(source)))
    ]


def _values(text):
    """The values a grid parameter stands for: ``a,b,c``, or ``0:20`` for the whole numbers from 0 to 19."""
    start, colon, stop = text.partition(":")
    if colon and start.lstrip("-").isdigit() and stop.lstrip("-").isdigit() and int(start) < int(stop):
        return [str(value) for value in range(int(start), int(stop))]
    return text.split(",")


def _run(jobs, options):
    from tqdm import tqdm

    from helpers.course import report
    from helpers.course.ledger import load_ledger
    from helpers.course.runner import run_jobs

    seconds = {str(NOTEBOOKS / f"{key}.ipynb"): entry["seconds"] for key, entry in load_ledger().items()}
    with tqdm(total=len(jobs), unit="notebook", disable=None, dynamic_ncols=True) as bar:

        def tell(result):
            bar.write(report.result_line(result))
            bar.update()

        results = run_jobs(
            jobs,
            workers=options.jobs,
            fresh=options.fresh,
            timeout=options.timeout,
            scheduler=options.scheduler,
            kernel=options.kernel,
            expected=seconds,
            report=tell,
        )
    return results


def _exit_code(results):
    """Print claims and failures; say in the exit code whether something failed or a claim does not hold."""
    from helpers.course import report

    claims = report.claim_lines(results)
    if claims:
        print("\nClaims", *claims, sep="\n")
    failed = [result for result in results if result.state == "failed"]
    broken = sum(len(result.broken) for result in results)
    ran = len(results) - len(failed)
    print(f"\n{ran} of {len(results)} notebooks ran, {len(failed)} failed; {broken} claims do not hold")
    for result in failed:
        print(f"✘ {result.job.name}: {result.error}")
    return int(bool(failed or broken))


if __name__ == "__main__":
    sys.exit(main())
