"""Records that bring an experiment back: fingerprints, runs that repeat exactly, and an audit log that shows tampering.

A run is a function of its causes only (code, data, parameters, environment), so the recorded causes are its recipe.
"""

import hashlib
import inspect
import json
import logging
import os
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import recall_score

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # must stand before the import

import mlflow

from helpers import datasets

CAUSES = ("code", "train", "test", "max_depth", "seed", "library")
DEFAULT_TREES = {"0.21": 10, "0.22": 100}  # scikit-learn's default n_estimators, changed in 0.22
FIRST_LINK = "0" * 64


def pixels(X):
    """The 64 pixels as they come."""
    return X


def pixels_and_sums(X):
    """The 64 pixels, then the ink of each column and each row."""
    images = X.reshape(-1, 8, 8)
    return np.hstack([X, images.sum(axis=1), images.sum(axis=2)])


CODE = {"pixels": pixels, "pixels and sums": pixels_and_sums}


def fingerprint(*parts):
    """SHA-256 of bytes, text, arrays or the source of functions, as 64 hexadecimal digits.

    Examples
    --------
    >>> fingerprint("abc")[:8]
    'ba7816bf'
    >>> fingerprint(np.arange(3)) == fingerprint(np.arange(3) + 1)
    False
    """
    total = hashlib.sha256()
    for part in parts:
        if callable(part):
            part = inspect.getsource(part)
        total.update(part.encode() if isinstance(part, str) else np.asarray(part).tobytes())
    return total.hexdigest()


def form_tables(n_train, *, seed):
    """Three versions of one training table of 8 × 8 digits, and the held-out forms.

    Parameters
    ----------
    n_train : int
        Training forms, 100 to 1200.
    seed : int
        Draws the split, the keying errors and the deletions.

    Returns
    -------
    dict of str to (X, y)
        "as keyed" (a tenth of the labels wrong), "corrected", "after deletions" (corrected, 2 % of the forms
        withdrawn) and "held out" (the forms past the 1200th). X holds bytes 0 to 16, y the digit.
    """
    if not 100 <= n_train <= 1200:
        raise ValueError(f"'n_train' must be from 100 to 1200 (got {n_train})")
    rng = np.random.default_rng(seed)
    X, y = datasets.load_digits()
    order = rng.permutation(len(y))
    X, y = (X[order] * 16).astype(np.uint8), y[order].astype(np.uint8)
    slips = rng.random(n_train) < 0.1
    keyed = np.where(slips, (y[:n_train] + rng.integers(1, 10, n_train)) % 10, y[:n_train]).astype(np.uint8)
    kept = np.sort(rng.permutation(n_train)[: n_train - n_train // 50])
    return {
        "as keyed": (X[:n_train], keyed),
        "corrected": (X[:n_train], y[:n_train]),
        "after deletions": (X[kept], y[kept]),
        "held out": (X[1200:], y[1200:]),
    }


def content_store(tables):
    """Everything a run can be made of under its own fingerprint, so that a name cannot come to mean something else.

    Returns
    -------
    store : dict of str to object
        Fingerprint to feature function or (X, y).
    names : dict of str to str
        Fingerprint to readable name.
    """
    items = {fingerprint(code): (name, code) for name, code in CODE.items()}
    items |= {fingerprint(*table): (name, table) for name, table in tables.items()}
    return {key: item for key, (_, item) in items.items()}, {key: name for key, (name, _) in items.items()}


def twelve_recipes(key, *, rng):
    """The causes of twelve runs: each code, "as keyed" and "corrected" labels, and depth 4, 8 and 12, once.

    Parameters
    ----------
    key : dict of str to str
        Readable name to fingerprint.
    rng : numpy.random.Generator
        Draws the seed of each run, 1000 to 9999.

    Returns
    -------
    list of dict
        Causes, as :func:`predict` takes them.
    """
    return [
        {
            "code": key[code],
            "train": key[train],
            "test": key["held out"],
            "max_depth": depth,
            "seed": int(rng.integers(1000, 10000)),
            "library": "0.22",
        }
        for code in CODE
        for train in ("as keyed", "corrected")
        for depth in (4, 8, 12)
    ]


def fit(causes, store):
    """Train one model of extremely randomized trees from its causes alone.

    Parameters
    ----------
    causes : mapping
        Has all of :data:`CAUSES`: fingerprints of ``code``, ``train`` and ``test``, ``max_depth``, ``seed`` and
        ``library``, the version whose default number of trees is used.
    store : dict
        From :func:`content_store`.

    Returns
    -------
    ExtraTreesClassifier
        Fitted to what the feature function makes of the training forms.

    Raises
    ------
    ValueError
        When a cause is not recorded, or its fingerprint is of nothing in the store.
    """
    for cause in CAUSES:
        if cause not in causes:
            raise ValueError(f"'causes' must record {cause!r} (got {', '.join(causes)})")
        if cause in ("code", "train", "test") and causes[cause] not in store:
            raise ValueError(f"{cause!r} must be the fingerprint of something in the store (got {causes[cause]!r})")
    features, (X, y) = store[causes["code"]], store[causes["train"]]
    trees, depth = DEFAULT_TREES[causes["library"]], int(causes["max_depth"])
    return ExtraTreesClassifier(trees, max_depth=depth, random_state=int(causes["seed"])).fit(features(X), y)


def predict(causes, store):
    """The digits that a model trained by :func:`fit` reads on the test forms, an array of shape (n_test,)."""
    model, features = fit(causes, store), store[causes["code"]]
    return model.predict(features(store[causes["test"]][0]))


def run(causes, store):
    """Make one run and return its full record: the causes, then the effects.

    Returns
    -------
    dict
        The causes; ``accuracy`` (0 to 1, higher is better); ``recall``, a list of ten; ``predictions``, a fingerprint.

    Examples
    --------
    >>> store, names = content_store(form_tables(100, seed=0))
    >>> key = {name: key for key, name in names.items()}
    >>> causes = {"code": key["pixels"], "train": key["corrected"], "test": key["held out"]}
    >>> record = run(causes | {"max_depth": 4, "seed": 1, "library": "0.21"}, store)
    >>> record == run(record, store)
    True
    """
    y_pred, y_true = predict(causes, store), store[causes["test"]][1]
    recall = recall_score(y_true, y_pred, average=None)
    return {cause: causes[cause] for cause in CAUSES} | {
        "accuracy": round(float((y_pred == y_true).mean()), 6),
        "recall": [round(float(r), 6) for r in recall],
        "predictions": fingerprint(y_pred.astype(np.uint8)),
    }


def guess_missing(record, candidates, store, *, known=()):
    """Forget one cause at a time and try every plausible value of it.

    Parameters
    ----------
    record : dict
        A complete record, as :func:`run` returns it.
    candidates : dict of str to list
        Cause to the values it might have had.
    store : dict
        From :func:`content_store`.
    known : sequence of dict
        Records of runs that were made before: where a guess has the causes of one of them, or of `record` itself, it
        need not be trained again.

    Returns
    -------
    DataFrame
        One row per guess: ``missing``, ``guess``, ``accuracy`` (0 to 1) and ``exact`` (every form gets the recorded
        prediction).
    """
    made = {_recipe(row): row for row in (record, *known)}
    rows = []
    for cause, values in candidates.items():
        for value in values:
            causes = {**record, cause: value}
            guess = made.get(_recipe(causes)) or run(causes, store)
            rows.append((cause, value, guess["accuracy"], guess["predictions"] == record["predictions"]))
    return pd.DataFrame(rows, columns=["missing", "guess", "accuracy", "exact"])


def _recipe(record):
    return tuple(record[cause] for cause in CAUSES)


def open_tracking(folder, *, experiment="digits"):
    """Point MLflow at an SQLite file and an artifact folder inside `folder`, and start one experiment there."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("mlflow.utils.environment").setLevel(logging.ERROR)  # it misses pip in environments made by uv
    warnings.filterwarnings("ignore", message="`y_pred` was renamed")  # autolog calls log_loss by the old name
    folder = Path(folder).resolve()
    mlflow.set_tracking_uri(f"sqlite:///{(folder / 'tracking.db').as_posix()}")
    number = mlflow.create_experiment(experiment, artifact_location=(folder / "artifacts").as_uri())
    mlflow.set_experiment(experiment_id=number)
    return number


def append_entry(lines, entry):
    """The log with one more line: `entry` as JSON, and the fingerprint of the line before it."""
    previous = fingerprint(lines[-1]) if lines else FIRST_LINK
    return [*lines, json.dumps({"previous": previous, **entry}, sort_keys=True)]


def forge(lines, at, changes, *, repair="none"):
    """The log with `changes` made to the entry `at`, and links repaired: "none", "next" (one) or "all" after it."""
    if repair not in ("none", "next", "all"):
        raise ValueError(f"'repair' must be one of none, next, all (got {repair!r})")
    entries = [json.loads(line) for line in lines]
    entries[at] |= changes
    forged = list(lines)
    forged[at] = json.dumps(entries[at], sort_keys=True)
    last = {"none": at, "next": at + 1, "all": len(lines) - 1}[repair]
    for i in range(at + 1, min(last, len(lines) - 1) + 1):
        forged[i] = json.dumps(entries[i] | {"previous": fingerprint(forged[i - 1])}, sort_keys=True)
    return forged


def supplier_records(honest, store):
    """Four suppliers' claims of accuracy on forms their model has not seen, made from the record of an honest run."""
    on_training = run({**honest, "test": honest["train"]}, store)
    inflated = {**honest, "accuracy": round((1 + honest["accuracy"]) / 2, 6)}  # half of the errors
    unseeded = {name: value for name, value in honest.items() if name != "seed"}
    return {"North": honest, "East": unseeded, "South": inflated, "West": on_training}


def plot_recall(record, *, ax=None):
    """The slide: recall of each digit as bars, and no word of where it came from."""
    ax = ax or plt.subplots(figsize=(6, 2.6))[1]
    ax.bar(range(10), record["recall"], color="C0", width=0.7)
    title = f"Final model: {record['accuracy']:.0%} of digits read correctly"
    ax.set(xlabel="digit on the form", ylabel="recall", title=title, xticks=range(10), ylim=(0, 1))
    return ax


def save_slide(record, path):
    """Draw :func:`plot_recall` into the file `path`; returns the fingerprint of the file's bytes."""
    figure = Figure(figsize=(6, 2.6), layout="none")  # the place of the axes is given, and need not be searched for
    plot_recall(record, ax=figure.add_axes((0.1, 0.2, 0.87, 0.68)))
    FigureCanvasAgg(figure).print_png(path)  # draws it once; savefig does so twice
    return fingerprint(Path(path).read_bytes())


def plot_guesses(table, accuracy, *, ax=None):
    """Accuracy of every guess, one row per missing cause; hollow circles predict some form differently."""
    ax = ax or plt.subplots(figsize=(8, 3.6))[1]
    causes = list(dict.fromkeys(table["missing"]))
    for exact, marker, fill, label in [(False, "o", "none", "another run"), (True, "D", "C1", "exactly the run")]:
        part = table[table["exact"] == exact]
        rows = part["missing"].map(causes.index)
        ax.scatter(part["accuracy"], rows, marker=marker, s=60, facecolor=fill, edgecolor="C1" if exact else "C0",
                   label=label, zorder=3)  # fmt: skip
    ax.axvline(accuracy, color="0.4", linestyle="--", label="on the slide")
    ax.set(yticks=range(len(causes)), yticklabels=[f"{cause} missing" for cause in causes])
    ax.set_xlabel("accuracy on the held-out forms")
    ax.invert_yaxis()
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax
