"""How fast the course runs, as ratios from one go: ``python tests/benchmark_runner.py [NOTEBOOK…]``.

Against a plain papermill loop over the same notebooks, one after the other, in time and in processor time; against its
own limit, its processor time divided by the cores; and an unchanged second run. Prints a Markdown table.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from helpers.course.syllabus import find_notebooks


def timed(*command):
    """Wall-clock seconds of a command and the processor seconds of all its processes."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, cpu


def main(names):
    """Run the loop, the cold run and the unchanged run; print the table."""
    notebooks, cores = find_notebooks(names), os.cpu_count()
    workbook = [sys.executable, "-m", "helpers.course.cli", "run", *map(str, notebooks)]
    with tempfile.TemporaryDirectory() as folder:
        loop = loop_cpu = 0.0
        for notebook in notebooks:
            target = str(Path(folder, "loop.ipynb"))
            command = (sys.executable, "-m", "papermill", str(notebook), target, "--cwd", str(notebook.parent))
            seconds, cpu = timed(*command)
            loop, loop_cpu = loop + seconds, loop_cpu + cpu
        cold, cold_cpu = timed(*workbook, "--output", folder + "/runs")
        again, _ = timed(*workbook, "--output", folder + "/runs")
    print(f"| {len(notebooks)} notebooks, {cores} cores | ratio |\n| --- | --- |")
    print(f"| papermill loop ÷ cold run | {loop / cold:.1f} |")
    print(f"| papermill loop ÷ cold run, processor time | {loop_cpu / cold_cpu:.1f} |")
    print(f"| cold run ÷ its limit (its processor time ÷ cores) | {cold * cores / cold_cpu:.2f} |")
    print(f"| cold run ÷ unchanged run | {cold / again:.0f} |")


if __name__ == "__main__":
    main(sys.argv[1:])
