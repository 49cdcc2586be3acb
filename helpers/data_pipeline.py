"""A data pipeline on spans of a table: ingest, statistics, schema, validation, transform, train, evaluate, push.

The steps carry the names that TensorFlow Extended gave them (Katsiapis et al. 2020); a span is one delivery of data.
"""

import hashlib
import json
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pandera.pandas as pa
from scipy.stats import chisquare, ks_2samp
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ["year", "displacement", "horsepower", "weight", "acceleration"]
CATEGORIES = ["origin", "cylinders"]
TARGET = "mpg"
MEASURED = [*NUMBERS[1:], TARGET]  # numbers whose range and distribution are watched
CHECKS = ["columns", "types", "empty cells", "repeats", "categories", "ranges", "distribution"]
_PANDERA = {
    "column_in_dataframe": "columns",
    "not_nullable": "empty cells",
    "multiple_fields_uniqueness": "repeats",
}  # pandera's names of its own checks; dtype(...) is "types"


def _empty_some(rows, rng):
    return rows.assign(horsepower=rows["horsepower"].mask(rng.permutation(len(rows)) < max(1, len(rows) // 5)))


def _new_origin(rows, rng):
    return rows.assign(origin=rows["origin"].mask(rng.permutation(len(rows)) < max(1, len(rows) // 10), "Korea"))


BREAKAGES = {
    "weight in kilograms": lambda rows, rng: rows.assign(weight=rows["weight"] * 0.4536),
    "power in kilowatts": lambda rows, rng: rows.assign(horsepower=rows["horsepower"] * 0.7457),
    "liters per 100 km": lambda rows, rng: rows.assign(mpg=235.21 / rows["mpg"]),
    "weight as text": lambda rows, rng: rows.assign(weight=rows["weight"].map("{:,.0f} lb".format)),
    "no power column": lambda rows, rng: rows.drop(columns="horsepower"),
    "power empty in a fifth": _empty_some,
    "a new origin": _new_origin,
    "sent twice": lambda rows, rng: pd.concat([rows, rows], ignore_index=True),
}


def example_gen(rows, *, eval_share=0.33):
    """ExampleGen: one span as examples, each in the split that its own content decides.

    Parameters
    ----------
    rows : DataFrame
        The span's rows, in any order.
    eval_share : float, default 0.33
        Share of examples kept for evaluation, 0 to 1.

    Returns
    -------
    DataFrame
        Numbers as floats, ordered by content, and ``split``: "train" or "eval". A row keeps its split for ever.
    """
    numbers = rows.select_dtypes("number").columns
    rows = rows.astype(dict.fromkeys(numbers, float))
    keys = [hashlib.sha256(f"{row.name}/{row.year:.0f}".encode()).hexdigest() for row in rows.itertuples(index=False)]
    split = np.where([int(key[:8], 16) < eval_share * 16**8 for key in keys], "eval", "train")
    ordered = rows.assign(split=split, _key=keys).sort_values(["_key", *rows.columns], kind="stable", ignore_index=True)
    return ordered.drop(columns="_key")


def statistics(rows):
    """StatisticsGen: count, missing, mean, m2 (sum of squared deviations), min and max of each number.

    Examples
    --------
    >>> statistics(pd.DataFrame({"x": [1.0, 2.0, 6.0]})).loc["x", ["count", "mean", "m2"]].tolist()
    [3.0, 3.0, 14.0]
    """
    values = rows.select_dtypes("number")
    columns = {
        "count": values.count(),
        "missing": values.isna().sum(),
        "mean": values.mean(),
        "m2": ((values - values.mean()) ** 2).sum(),
        "min": values.min(),
        "max": values.max(),
    }
    return pd.DataFrame(columns).astype(float)


def merge_statistics(a, b):
    """Statistics of two spans together, from their statistics alone.

    References
    ----------
    Chan, Golub, LeVeque 1983, Algorithms for computing the sample variance, The American Statistician 37(3), eq. 2.1.
    """
    count = a["count"] + b["count"]
    apart = b["mean"] - a["mean"]
    columns = {
        "count": count,
        "missing": a["missing"] + b["missing"],
        "mean": a["mean"] + apart * b["count"] / count,
        "m2": a["m2"] + b["m2"] + apart**2 * a["count"] * b["count"] / count,
        "min": np.minimum(a["min"], b["min"]),
        "max": np.maximum(a["max"], b["max"]),
    }
    return pd.DataFrame(columns)


def infer_schema(seen, *, margin=0.1, level=0.001, recent=3, allowed=None):
    """SchemaGen: what the next span must look like, judged by the spans seen so far.

    Parameters
    ----------
    seen : DataFrame
        Accepted examples, with ``year`` as the span.
    margin : float, default 0.1
        How far a number may lie outside what was seen, as a share of the range seen, 0 or more.
    level : float, default 0.001
        A column whose Kolmogorov–Smirnov p-value against the last `recent` spans is below this fails; 0 never does.
    recent : int, default 3
        Spans that the distribution is compared with.
    allowed : dict of str to list, optional
        Categories that a person added, by column.

    Returns
    -------
    pandera.DataFrameSchema
    """
    if margin < 0:
        raise ValueError(f"'margin' must be 0 or more (got {margin})")
    last = seen[seen["year"] > seen["year"].max() - recent]
    columns = {}
    for name in MEASURED:
        low, high = seen[name].min(), seen[name].max()
        reach = margin * (high - low)
        columns[name] = pa.Column(
            float,
            [
                pa.Check.in_range(low - reach, high + reach, error="ranges"),
                pa.Check(lambda s, past=last[name]: ks_2samp(s, past).pvalue >= level, error="distribution"),
            ],
        )
    for name in CATEGORIES:
        known = [*seen[name].unique(), *(allowed or {}).get(name, [])]
        columns[name] = pa.Column(None, pa.Check.isin(known, error="categories"))
    return pa.DataFrameSchema(columns, unique=["year", "name", *MEASURED])


def validate(schema, rows):
    """ExampleValidator: what is wrong with a span.

    Returns
    -------
    DataFrame
        One row per failed check: ``check`` (one of :data:`CHECKS`), ``column`` and ``cases``. Empty means accepted.
        A column of the wrong type is reported for that alone.
    """
    try:
        schema.validate(rows, lazy=True)
    except pa.errors.SchemaErrors as error:
        failed = error.failure_cases
    else:
        return pd.DataFrame(columns=["check", "column", "cases"])
    column = failed["column"].where(failed["check"] != "column_in_dataframe", failed["failure_case"])
    check = failed["check"].map(lambda name: "types" if name.startswith("dtype") else _PANDERA.get(name, name))
    table = pd.DataFrame({"check": check, "column": column})
    mistyped = set(table.loc[table["check"] == "types", "column"])
    table = table[~table["column"].isin(mistyped) | (table["check"] == "types")]
    return table.groupby(["check", "column"]).size().rename("cases").reset_index()


def shuffle_spans(rows, rng):
    """The same rows dealt again to spans of the same sizes: what is left of the differences between spans is chance."""
    return rows.assign(year=rng.permutation(rows["year"]))


def shift_alarms(past, shift, sizes, *, distance, limit=0.1, level=0.001, n_spans=200, rng):
    """How often two rules stop spans in which one category has become more frequent, by the number of rows.

    Parameters
    ----------
    past : dict of str to int
        Rows by category.
    shift : float
        What the first category has gained and the last one lost, as a share of all rows.
    sizes : sequence of int
        Rows of a span.
    distance : callable
        Takes `past` and such counts of one span, returns the largest change in any share.
    limit, level : float
        A span is stopped at a distance above `limit`, and by a chi-squared test at a p below `level`.
    n_spans : int
    rng : numpy.random.Generator

    Returns
    -------
    DataFrame
        Per number of rows: ``test`` and ``distance``, the share of spans that each stops, 0 to 1.
    """
    usual = np.array(list(past.values())) / sum(past.values())
    now = usual + np.array([shift, *[0] * (len(usual) - 2), -shift])
    table = pd.DataFrame(index=pd.Index(sizes, name="rows"), columns=["test", "distance"], dtype=float)
    for n in sizes:
        spans = rng.multinomial(n, now, size=n_spans)
        table.loc[n, "test"] = (chisquare(spans, n * usual, axis=1).pvalue < level).mean()
        moved = [distance(past, dict(zip(past, counts.tolist(), strict=True))) for counts in spans]
        table.loc[n, "distance"] = (np.array(moved) > limit).mean()
    return table


class BatchScaler(TransformerMixin, BaseEstimator):
    """The tempting scaler: standardizes every batch by the batch's own mean and standard deviation."""

    def fit(self, X, y=None):
        """Learn nothing."""
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        """Standardize `X` by itself; a batch of one row becomes nan."""
        X = np.asarray(X, dtype=float)
        spread = X.std(axis=0)
        return (X - X.mean(axis=0)) / np.where(spread == 0, np.nan, spread)


def make_model(*, scaler="training"):
    """Transform and Trainer in one object: impute, standardize and encode, then ridge regression.

    Parameters
    ----------
    scaler : {"training", "batch"}
        Standardize by the statistics of the training data, or of whatever batch comes in.
    """
    scalers = {"training": StandardScaler, "batch": BatchScaler}
    if scaler not in scalers:
        raise ValueError(f"'scaler' must be one of training, batch (got {scaler!r})")
    numbers = make_pipeline(SimpleImputer(strategy="median"), scalers[scaler]())
    categories = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    transform = ColumnTransformer([("numbers", numbers, NUMBERS), ("categories", categories, CATEGORIES)])
    return make_pipeline(transform, Ridge(1.0))


def train(rows, *, scaler="training"):
    """Trainer: the model fitted to the training split of accepted examples."""
    rows = rows[rows["split"] == "train"]
    return make_model(scaler=scaler).fit(rows, rows[TARGET])


def rmse(model, rows):
    """Root mean squared error in miles per gallon (lower is better)."""
    return float(np.sqrt(np.mean((model.predict(rows) - rows[TARGET]) ** 2)))


def infra_validate(path, rows):
    """InfraValidator: whether the saved model answers single requests with finite numbers, as text says it came in."""
    try:
        model = joblib.load(path)
        requests = [pd.DataFrame([json.loads(row.to_json())]) for _, row in rows.head(2).iterrows()]
        return all(np.isfinite(model.predict(request)).all() for request in requests)
    except ValueError:
        return False


def seen_so_far(folder, *, before=np.inf):
    """All accepted examples in `folder` of spans earlier than `before`, in order; None when there are none."""
    files = sorted(Path(folder).glob("examples/*.csv"))
    spans = [pd.read_csv(file) for file in files if float(file.stem) < before]
    return pd.concat(spans, ignore_index=True).astype(dict.fromkeys(MEASURED, float)) if spans else None


def run_span(rows, folder, *, validate_with=None, scaler="training", tolerance=1.05):
    """Take one span through every step, each of which may stop it.

    Running any span again, old or new, changes nothing. Only the newest span's model may be pushed: an older span is
    evaluated on older examples, where an older model is often the better one.

    Parameters
    ----------
    rows : DataFrame
        The span, with one ``year``.
    folder : path
        Holds ``examples/``, ``statistics/``, ``models/`` and ``serving/model.joblib``, the model in use.
    validate_with : dict, optional
        Options of :func:`infer_schema`; None skips validation, as for the first spans, which a person looks at.
    scaler : {"training", "batch"}
        See :func:`make_model`.
    tolerance : float, default 1.05
        A candidate is blessed when its error is at most this many times that of the model in use.

    Returns
    -------
    dict
        ``span``, ``stopped_by`` (a component's name, or "" when pushed), ``reason``, ``candidate`` and ``in_use``
        (errors on the evaluation split of the last four spans, in miles per gallon, or nan).
    """
    folder, span = Path(folder), int(rows["year"].iloc[0])
    outcome = {"span": span, "stopped_by": "", "reason": "", "candidate": np.nan, "in_use": np.nan}
    examples = example_gen(rows)
    if validate_with is not None:
        failures = validate(infer_schema(seen_so_far(folder, before=span), **validate_with), examples)
        if len(failures):
            columns = failures.groupby("check")["column"].agg(", ".join)
            reason = "; ".join(f"{check}: {names}" for check, names in columns.items())
            return outcome | {"stopped_by": "ExampleValidator", "reason": reason}
    for name in ("examples", "statistics", "models", "serving"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    examples.to_csv(folder / "examples" / f"{span}.csv", index=False)
    statistics(examples).to_csv(folder / "statistics" / f"{span}.csv")
    seen = seen_so_far(folder, before=span + 1)
    candidate, path = train(seen, scaler=scaler), folder / "models" / f"{span}.joblib"
    joblib.dump(candidate, path)
    return _release(outcome, path, seen, tolerance)


def _release(outcome, path, seen, tolerance):
    """Evaluate, try and push the candidate at `path`; complete the `outcome`."""
    recent = seen[(seen["split"] == "eval") & (seen["year"] > seen["year"].max() - 4)]
    serving = path.parent.parent / "serving" / "model.joblib"
    outcome["candidate"] = rmse(joblib.load(path), recent)
    outcome["in_use"] = rmse(joblib.load(serving), recent) if serving.exists() else np.nan
    if outcome["candidate"] > tolerance * outcome["in_use"]:
        return outcome | {"stopped_by": "Evaluator", "reason": "worse than the model in use"}
    if not infra_validate(path, recent):
        return outcome | {"stopped_by": "InfraValidator", "reason": "no finite answer to a single request"}
    if outcome["span"] < max(int(file.stem) for file in path.parent.glob("*.joblib")):
        return outcome | {"stopped_by": "Pusher", "reason": "a newer span is in"}
    beside = serving.with_suffix(".new")
    beside.write_bytes(path.read_bytes())
    beside.replace(serving)  # at a stroke: no request meets half a file
    return outcome


def folder_digest(folder):
    """SHA-256 of every file below `folder`, by relative path."""
    files = sorted(file for file in Path(folder).rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
