"""Every kernel that a test starts is forked from one warm process and uses one BLAS thread.

The committed outputs come from plain kernels (``workbook refresh``), so strict nbval proves that both give the same.
"""

import os

from helpers.course.kernels import CAN_FORK, FORKED, SELECT

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
if CAN_FORK:
    os.environ.setdefault(SELECT, FORKED)
