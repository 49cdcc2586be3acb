"""What the notebooks of the ML-in-production workbook stand on: one module per topic, and the course machinery."""

import os

# The course's arrays are small, and several BLAS threads would spend their time waiting for each other: on two cores a
# logistic regression of the digits takes 16 times as long with two. Only NumPy's first import reads these variables, so
# they are set here, before it; what is set already stays.
ONE_THREAD = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}
os.environ.update(ONE_THREAD | dict(os.environ))
