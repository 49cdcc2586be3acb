"""How fast the course runs, as ratios from one go: ``python tests/benchmark_runner.py [NOTEBOOK…]``.

Against a plain papermill loop over the same notebooks, one after the other; against the fair rival, as many papermills
at once as there are cores with one BLAS thread each; against its own limit, its processor time divided by the cores;
and an unchanged second run. ``python tests/benchmark_runner.py --sweep`` measures what a point of a sweep costs: before
any kernel starts, and in all, for 10, 100 and 1,000 points of a cheap notebook. Each prints a Markdown table.
"""

import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from helpers import ONE_THREAD
from helpers.course.queue import run_queue
from helpers.course.sweep import sweep_jobs
from helpers.course.syllabus import find_notebooks

RIVAL = "xargs -P {cores} -I N sh -c '{python} -m papermill N {folder}/$(basename N) --cwd \"$(dirname N)\"'"
CHEAP = ["seed: int = 0  # random seed, 0 to 100000", "from helpers.course.claims import record\nrecord('seed', seed)"]


def timed(*command, text=None, env=None):
    """Wall-clock seconds of a command and the processor seconds of all its processes."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(command, check=True, input=text, text=True, env={**os.environ, **(env or {})}, **quiet)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, cpu


def main(names):
    """Run the loop, the rival, the cold run and the unchanged run; print the table."""
    notebooks, cores = find_notebooks(names), os.cpu_count()
    workbook = [sys.executable, "-m", "helpers.course.cli", "run", *map(str, notebooks)]
    with tempfile.TemporaryDirectory() as folder:
        loop, loop_cpu = papermill_loop([(notebook, []) for notebook in notebooks], folder)
        rival_command = RIVAL.format(cores=cores, python=sys.executable, folder=folder)
        rival, _ = timed("sh", "-c", rival_command, text="\n".join(map(str, notebooks)), env=ONE_THREAD)
        cold, cold_cpu = timed(*workbook, "--output", folder + "/runs")
        again, _ = timed(*workbook, "--output", folder + "/runs")
    print(f"| {len(notebooks)} notebooks, {cores} cores | ratio |\n| --- | --- |")
    print(f"| papermill loop ÷ cold run | {loop / cold:.1f} |")
    print(f"| papermill loop ÷ cold run, processor time | {loop_cpu / cold_cpu:.1f} |")
    print(f"| `xargs -P{cores} papermill`, one BLAS thread each ÷ cold run | {rival / cold:.2f} |")
    print(f"| cold run ÷ its limit (its processor time ÷ cores) | {cold * cores / cold_cpu:.2f} |")
    print(f"| cold run ÷ unchanged run | {cold / again:.0f} |")


def papermill_loop(runs, folder):
    """Seconds and processor seconds of plain papermill, one run after the other; each a notebook and options."""
    seconds = cpu = 0.0
    for notebook, options in runs:
        target = str(Path(folder, "loop.ipynb"))
        one = timed(sys.executable, "-m", "papermill", str(notebook), target, "--cwd", str(notebook.parent), *options)
        seconds, cpu = seconds + one[0], cpu + one[1]
    return seconds, cpu


def sweep():
    """Sweep a cheap notebook over more and more points; print the table."""
    print("| points | ms a point, before a kernel | kB a point held | papermill loop ÷ sweep | processor time |")
    print("| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "cheap.ipynb")
        tagged = new_code_cell(CHEAP[0], metadata={"tags": ["parameters"]})
        nbformat.write(new_notebook(cells=[tagged, new_code_cell(CHEAP[1])]), source)
        loop, loop_cpu = papermill_loop([(source, ["-p", "seed", str(seed)]) for seed in range(10)], folder)
        for number in (10, 100, 1000, 10_000):
            milliseconds, kilobytes = queued(source, number, Path(folder))
            row = f"| {number:,} | {milliseconds:.2f} | {kilobytes:.2f} |"
            if number <= 1000:
                command = (sys.executable, "-m", "helpers.course.cli", "sweep", str(source), "-p", f"seed=0:{number}")
                seconds, cpu = timed(*command, "--output", f"{folder}/{number}")
                row += f" {loop / 10 * number / seconds:.1f} | {loop_cpu / 10 * number / cpu:.1f} |"
            else:
                row += " | |"
            print(row, flush=True)


def queued(source, number, folder):
    """What planning and looking up a point costs without running it: milliseconds, and kilobytes held at most."""
    from helpers.course import runner

    performed = itertools.count()
    grid = {"seed": [str(seed) for seed in range(number)]}
    tracemalloc.start()
    started = time.perf_counter()
    jobs, _, _ = sweep_jobs({source: "cheap"}, grid, folder)
    real = runner.run_queue

    def without_kernels(jobs, **steps):
        steps |= {"perform": lambda *arguments: next(performed), "finish": lambda job, context, value: None}
        run_queue(jobs, **steps)

    runner.run_queue = without_kernels
    try:
        runner.run_jobs(jobs, report=lambda result: None)
    finally:
        runner.run_queue = real
    seconds = time.perf_counter() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return 1000 * seconds / number, peak / 1000 / number


if __name__ == "__main__":
    sweep() if sys.argv[1:] == ["--sweep"] else main(sys.argv[1:])
