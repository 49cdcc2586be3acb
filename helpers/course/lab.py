"""JupyterLab as a learner meets it: on their copy, with a start page, and with kernels that need not import first."""

import json
import os
import sys
from pathlib import Path

from helpers.course.kernels import CAN_FORK, FORKED, SELECT, warm_up
from helpers.course.notebooks import CourseError
from helpers.course.release import find_programs
from helpers.course.start_page import NAME, write_start_page

FILES = Path(__file__).parent / "jupyter"
ALSO = """
    scipy.signal scipy.ndimage aiohttp fastapi uvicorn prometheus_client imblearn.over_sampling pandera.pandas networkx
    openlineage.client mlflow
""".split()  # what single notebooks import, in the order of the course
FOR_INSTRUCTORS = "formgrader validate_assignment assignment_list course_list".split()


def lab_arguments(folder):
    """What JupyterLab is started with, for the learner's copy in `folder`."""
    terminal = json.dumps({"shell_command": [os.environ.get("SHELL") or "sh"]})  # not a login shell, which resets PATH
    posix = os.name == "posix"
    is_root = posix and os.geteuid() == 0  # in a container there is nobody else
    return [
        *([f"--ServerApp.terminado_settings={terminal}"] if posix else []),
        *(["--ServerApp.allow_root=True"] if is_root else []),
        f"--ServerApp.root_dir={Path(folder).resolve()}",
        f"--LabApp.default_url=/lab/tree/{NAME}",
        f"--LabApp.app_settings_dir={FILES / 'settings'}",
        f"--LabApp.extra_labextensions_path={FILES / 'labextensions'}",
        "--FileContentsManager.post_save_hook=helpers.course.lab.after_save",
        *(f"--ServerApp.jpserver_extensions=nbgrader.server_extensions.{name}=False" for name in FOR_INSTRUCTORS),
    ]


def open_lab(folder, options=()):
    """Open JupyterLab on a learner's copy, and return when it ends; `options` are Jupyter's own."""
    from jupyterlab.labapp import LabApp

    find_programs()  # so that a kernel and a terminal find the command `workbook`
    if CAN_FORK:
        os.environ[SELECT] = FORKED
        warm_up(ALSO)
    sys.argv[0] = "jupyter-lab"
    LabApp.launch_instance([*lab_arguments(folder), *options])


def after_save(os_path, model, contents_manager, **_):
    """Jupyter's hook: when a notebook is saved, the start page learns of it."""
    if model["type"] == "notebook":
        try:
            write_start_page(contents_manager.root_dir)
        except CourseError as error:
            contents_manager.log.warning("the start page is not up to date: %s", error)
