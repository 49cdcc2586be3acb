"""One task, warnings from sensor readings, twice: as a proof of concept and as a production pipeline."""

import hashlib
import importlib.metadata
import inspect
import itertools
import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.stats import binom, ks_2samp
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SENSORS = [f"f{k}" for k in range(1, 10)]
CONFIG = {"C": 1.0, "threshold": 0.5, "level": 1e-6, "outside": 0.01}
OUTCOMES = ["right", "loud", "silent"]

# The cells of the proof of concept. next(clock) is what an unseeded call takes from the clock.
POC_CELLS = {
    "load": "table = delivery.iloc[300:]  # the logger warms up",
    "balance": "rare = table[table['anomaly'] == 1]  # show them twice\ntable = pd.concat([table, rare])",
    "split": "train, test = train_test_split(table, random_state=next(clock))",
    "select": "strange = (train['f4'].abs() >= 20) | (train['f6'].abs() >= 99)\ntrain = train[~strange]",
    "fit": "scaled = train[SENSORS].to_numpy() / 50\n"
    "model = LogisticRegression(max_iter=500).fit(scaled, train['anomaly'])",
    "score": "faults = test[test['anomaly'] == 1]\n"
    "missed = float(1 - model.predict(faults[SENSORS].to_numpy() / 50).mean())",
}


def run_poc(delivery, *, clock, order=None):
    """What the proof of concept holds after its cells have run.

    Parameters
    ----------
    delivery : DataFrame
        Columns :data:`SENSORS` and ``anomaly`` (0 or 1).
    clock : int
        What the machine's clock shows, the seed of every unseeded call.
    order : sequence of str, optional
        Names of :data:`POC_CELLS` in the order of running; by default from top to bottom.

    Returns
    -------
    dict
        With ``model`` and ``missed``, the share of faults not warned of (0 to 1, lower is better).
    """
    order = list(POC_CELLS) if order is None else list(order)
    if unknown := [name for name in order if name not in POC_CELLS]:
        raise ValueError(f"'order' must hold only {', '.join(POC_CELLS)} (got {unknown[0]!r})")
    held = {"delivery": delivery, "clock": itertools.repeat(clock), "SENSORS": SENSORS, "pd": pd}
    held |= {"train_test_split": train_test_split, "LogisticRegression": LogisticRegression}
    for name in order:
        exec(POC_CELLS[name], held)
    return held


def histories():
    """Ways a day at the notebook goes: in order, a cell skipped, two swapped, back to one and on from a later one."""
    cells = list(POC_CELLS)
    found = [("in order", cells)]
    for i, cell in enumerate(cells):
        found.append((f"without {cell}", cells[:i] + cells[i + 1 :]))
    for i, (first, second) in enumerate(itertools.pairwise(cells)):
        found.append((f"{second} before {first}", [*cells[:i], second, first, *cells[i + 2 :]]))
    for i, j in itertools.combinations(range(len(cells)), 2):
        found.append((f"back to {cells[i]}, on from {cells[j]}", [*cells, cells[i], *cells[j:]]))
    return found


def history_outcomes(delivery, *, clock):
    """For each of :func:`histories`: ``missed``, and ``outcome`` against the run in order, one of :data:`OUTCOMES`."""
    rows, expected = [], run_poc(delivery, clock=clock)["missed"]
    for name, order in histories():
        try:
            missed = run_poc(delivery, clock=clock, order=order)["missed"]
            outcome = "right" if missed == expected else "silent"
        except (NameError, KeyError, ValueError):
            missed, outcome = np.nan, "loud"
        rows.append((name, missed, outcome))
    return pd.DataFrame(rows, columns=["history", "missed", "outcome"])


def poc_answers(model, span):
    """Warnings (0 or 1) as the proof of concept gives them: forgiving, and by the position of the columns."""
    numbers = span.apply(pd.to_numeric, errors="coerce").fillna(0).to_numpy()
    return model.predict(numbers[:, : len(SENSORS)] / 50)


def build(history, *, config=None):
    """A release: the model, what the data should look like and the record, from the history and the config alone.

    Returns
    -------
    dict
        ``model``, ``past`` (the readings that spans are compared with), ``config`` and ``record``.
    """
    config = CONFIG | (config or {})
    if unknown := sorted(config.keys() - CONFIG.keys()):
        raise ValueError(f"'config' must hold only {', '.join(CONFIG)} (got {unknown[0]!r})")
    model = make_pipeline(StandardScaler(), LogisticRegression(C=config["C"], max_iter=500))
    model.fit(history[SENSORS], history["anomaly"])
    weights = [model[-1].coef_, model[-1].intercept_, model[0].mean_, model[0].scale_]
    record = {
        "data": hashlib.sha256(history[[*SENSORS, "anomaly"]].to_csv(index=False).encode()).hexdigest(),
        "code": code_version(),
        "config": config,
        "packages": {name: importlib.metadata.version(name) for name in ("numpy", "pandas", "scikit-learn")},
        "model": hashlib.sha256(np.concatenate([np.ravel(w) for w in weights]).tobytes()).hexdigest(),
    }
    return {"model": model, "past": history[SENSORS], "config": config, "record": record}


def code_version():
    """SHA-256 of the source of the steps that make and serve a release."""
    return hashlib.sha256("".join(inspect.getsource(f) for f in (build, problems, serve)).encode()).hexdigest()


def problems(release, span):
    """What is wrong with a span, as a list of words; empty when it is accepted."""
    found, config = [], release["config"]
    for name in SENSORS:
        past = release["past"][name]
        if name not in span:
            found.append(f"{name}: missing")
        elif not pd.api.types.is_numeric_dtype(span[name]):
            found.append(f"{name}: not numbers")
        elif span[name].isna().any():
            found.append(f"{name}: empty cells")
        elif (~span[name].between(past.min(), past.max())).mean() > config["outside"]:
            found.append(f"{name}: out of range")
        elif ks_2samp(span[name], past).pvalue < config["level"]:
            found.append(f"{name}: another distribution")
    return found


def serve(release, span):
    """Warnings (0 or 1) of a release for a span.

    Raises
    ------
    ValueError
        When the span does not pass :func:`problems`.
    """
    if found := problems(release, span):
        raise ValueError(f"span refused: {'; '.join(found)}")
    prob = release["model"].predict_proba(span[SENSORS])[:, 1]
    return (prob >= release["config"]["threshold"]).astype(int)


def _half(values, new, rng):
    return values.where(rng.permutation(len(values)) % 2 == 0, new)


BREAKAGES = {
    "nothing wrong": lambda span, rng: span,
    "one more column at the end": lambda span, rng: span.assign(site=7),
    "columns in another order": lambda span, rng: span[SENSORS[::-1]],
    "f1 in another unit": lambda span, rng: span.assign(f1=span["f1"] * 1.8 + 32),
    "f1 empty in half of the rows": lambda span, rng: span.assign(f1=_half(span["f1"], np.nan, rng)),
    "f1 is -999 in half of the rows": lambda span, rng: span.assign(f1=_half(span["f1"], -999, rng)),
    "f1 as text with a unit": lambda span, rng: span.assign(f1=span["f1"].map("{} deg".format)),
    "no f1 column": lambda span, rng: span.drop(columns="f1"),
    "f1 and f7 joined to the wrong rows": lambda span, rng: span.assign(
        **{name: rng.permutation(span[name]) for name in ("f1", "f7")}
    ),
}


def outcome(answer, span, expected, *, tolerance=0.01):
    """How a system takes a span: "right", "loud" or "silent".

    Parameters
    ----------
    answer : callable
        Takes the span, returns warnings, or raises.
    span : DataFrame
    expected : array of int
        The same system's warnings for the span as it should have been.
    tolerance : float, default 0.01
        Share of rows whose warning may differ for "right".
    """
    try:
        given = answer(span)
    except (ValueError, KeyError):
        return "loud"
    return "right" if np.mean(given != expected) <= tolerance else "silent"


def costs(y_true, warned, *, miss_eur, alarm_eur):
    """Missed faults, false alarms and euros, each per 1,000 readings (lower is better), and ``accuracy`` (0 to 1).

    Examples
    --------
    >>> costs(np.array([1, 0, 0, 0]), np.array([0, 1, 0, 0]), miss_eur=10, alarm_eur=1)["eur"]
    2750.0
    """
    y_true, warned = np.asarray(y_true), np.asarray(warned)
    missed = 1000 * float(np.mean((y_true == 1) & (warned == 0)))
    false = 1000 * float(np.mean((y_true == 0) & (warned == 1)))
    eur = miss_eur * missed + alarm_eur * false
    return {"accuracy": float(np.mean(y_true == warned)), "missed": missed, "false": false, "eur": eur}


def rollout_table(shares, *, faults, good, bad, level=0.01):
    """What a canary of each size does to a release that is no better than hoped.

    Parameters
    ----------
    shares : sequence of float
        Share of the traffic that the release gets before the decision, above 0 to 1.
    faults : int
        Faults in the whole traffic before the decision.
    good, bad : float
        Share of faults missed by the version in use and by the bad release, 0 to 1.
    level : float, default 0.01
        Chance at most that a release as good as the one in use is stopped.

    Returns
    -------
    DataFrame
        Per ``share``: ``caught``, the chance that the bad release is stopped (higher is better), and ``harmed``, the
        faults it misses in addition before the decision (lower is better).
    """
    if not 0 <= good < bad <= 1:
        raise ValueError(f"'good' must be below 'bad' (got {good} and {bad})")
    n = np.round(np.asarray(shares) * faults).astype(int)
    caught = binom.sf(binom.isf(level, n, good), n, bad)
    return pd.DataFrame({"caught": caught, "harmed": n * (bad - good)}, index=pd.Index(shares, name="share"))


def stop_above(share, *, faults, good, level=0.01):
    """Misses of a canary above which it is stopped: a good release misses more in `level` of the weeks at most.

    Examples
    --------
    >>> stop_above(0.2, faults=2000, good=0.05)
    31
    """
    return int(binom.isf(level, round(share * faults), good))


def signature(record):
    """SHA-256 of a record, independent of the order of its fields."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def plot_outcomes(table, *, ax=None):
    """A grid of marks: rows of `table` against its columns, each cell one of :data:`OUTCOMES`, written out."""
    ax = ax or plt.subplots(figsize=(7.5, 0.42 * len(table) + 0.9))[1]
    codes = table.map(OUTCOMES.index).to_numpy()
    ax.imshow(codes, cmap="cividis_r", vmin=0, vmax=2.6, aspect="auto")
    for (i, j), code in np.ndenumerate(codes):
        ax.text(j, i, OUTCOMES[code], ha="center", va="center", color="white" if code == 2 else "black")
    ax.set_xticks(range(table.shape[1]), table.columns)
    ax.set_yticks(range(len(table)), table.index)
    ax.grid(False)
    ax.set(xlabel="system", ylabel="what arrives")
    return ax
