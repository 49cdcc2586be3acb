"""A year that happened: flights from New York in 2013, and the same year with its days or its flights dealt anew."""

from calendar import month_abbr

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from helpers import datasets
from helpers.concept_drift_monitors import ks_distance

WEATHER = ["temperature_f", "humidity_percent", "wind_mph", "rain_in", "pressure_mb", "visibility_miles"]
INPUTS = ["scheduled", "weekday", "carrier", "origin", "distance", *WEATHER]
LATER = range(4, 13)  # the months after the first quarter


def load_year():
    """The flights that arrived, ready for a model.

    Returns
    -------
    DataFrame
        ``month``, ``date`` (day of the year, from 1), the columns of :data:`INPUTS` as numbers, and ``late``: did it
        arrive more than 15 minutes late?
    """
    flights = datasets.load_flights(weather=True).dropna(subset="arr_delay").reset_index(drop=True)
    for name in ("carrier", "origin"):
        flights[name] = np.unique(flights[name].to_numpy(str), return_inverse=True)[1]
    flights["date"] = flights.groupby(["month", "day"]).ngroup() + 1
    return flights[["month", "date", *INPUTS]].assign(late=flights["arr_delay"] > datasets.LATE_MINUTES)


def deal(year, unit, rng):
    """The same flights with other months: a year without seasons.

    Parameters
    ----------
    year : DataFrame
        As :func:`load_year` returns it.
    unit : {"days", "flights"}
        What is dealt. Whole days stay together, with their weather and their jams; or each flight goes by itself.
    rng : numpy.random.Generator

    Returns
    -------
    DataFrame
        A copy with new ``month`` and ``date``.
    """
    if unit == "days":
        days = year.groupby("date")["month"].first()
        place = pd.Series(rng.permutation(len(days)), index=days.index)
        date = year["date"].map(place).to_numpy()
        return year.assign(month=days.to_numpy()[date], date=date + 1)
    if unit == "flights":
        order = rng.permutation(len(year))
        return year.assign(month=year["month"].to_numpy()[order], date=year["date"].to_numpy()[order])
    raise ValueError(f"'unit' must be 'days' or 'flights' (got {unit!r})")


def train(flights):
    """Gradient boosting (many small trees, each mending what those before it left) on the inputs of these flights."""
    options = {"learning_rate": 0.2, "max_iter": 20, "max_leaf_nodes": 15, "early_stopping": False, "random_state": 0}
    model = HistGradientBoostingClassifier(**options)
    return model.fit(flights[INPUTS].to_numpy(float), flights["late"].to_numpy())


def score(model, flights):
    """The model's probability that each flight is late."""
    return model.predict_proba(flights[INPUTS].to_numpy(float))[:, 1]


def keep_back(flights, unit, rng):
    """Mark a third of the flights to be kept back: single ``flights``, or those of a third of the ``days``."""
    ids = flights["date"].to_numpy() if unit == "days" else np.arange(len(flights))
    kept = rng.permutation(np.unique(ids))
    return np.isin(ids, kept[: len(kept) // 3])


def promises(year, settings, *, n_splits=3, seed=0):
    """What a model of the first quarter promises on flights kept back from it, and what it keeps in the months after.

    Parameters
    ----------
    year : DataFrame
        As :func:`load_year` returns it.
    settings : list of (str, str)
        What is dealt anew, "nothing", "days" or "flights" (see :func:`deal`), and what is kept back, "days" or
        "flights" (see :func:`keep_back`).
    n_splits : int
        Splits, and deals, over which each number is the mean.

    Returns
    -------
    DataFrame
        By setting: the AUC ``promised`` by the third kept back, that of the ``months after`` (mean of nine), and the
        ``fall`` from one to the other. An AUC of 0.5 is guessing, more is better.
    """
    rows = {}
    for dealt, kept in settings:
        aucs = []
        for split in range(n_splits):
            rng = np.random.default_rng([seed, split])
            flights = year if dealt == "nothing" else deal(year, dealt, rng)
            first, later = flights[flights["month"] <= 3], flights[flights["month"] > 3]
            back = keep_back(first, kept, rng)
            model = train(first[~back])
            later = later.assign(expected=score(model, later)).groupby("month")
            after = [roc_auc_score(month["late"], month["expected"]) for _, month in later]
            aucs.append((roc_auc_score(first["late"][back], score(model, first[back])), np.mean(after)))
        promised, held = np.mean(aucs, axis=0)
        rows[dealt, kept] = {"promised": promised, "months after": held, "fall": promised - held}
    return pd.DataFrame(rows).T.rename_axis(["dealt anew", "kept back"])


def follow_months(year):
    """Train on the first quarter and watch the nine months after it.

    Parameters
    ----------
    year : DataFrame

    Returns
    -------
    DataFrame
        By month: ``late`` (share), ``expected`` (the model's mean probability), ``inputs`` (the largest KS distance of
        any of the six weather columns to the first quarter, from 0 to 1) and ``error`` (distance of the two shares).
    """
    first, later, rows = year[year["month"] <= 3], year[year["month"] > 3], {}
    for name, month in later.assign(expected=score(train(first), later)).groupby("month"):
        late, expected = float(month["late"].mean()), float(month["expected"].mean())
        far = max(
            ks_distance(*(flights[column].dropna().to_numpy() for flights in (first, month))) for column in WEATHER
        )
        rows[name] = {"late": late, "expected": expected, "inputs": float(far), "error": abs(late - expected)}
    return pd.DataFrame(rows).T.rename_axis("month")


def retrain_monthly(year, *, window=3):
    """For each month after the first quarter, the model's miss if it was trained on the `window` months before.

    Returns
    -------
    Series
        By month, the distance of the share of late flights from the model's mean probability; smaller is better.
    """
    misses = {}
    for name in LATER:
        month = year[year["month"] == name]
        model = train(year[year["month"].between(name - window, name - 1)])
        misses[name] = abs(float(month["late"].mean() - score(model, month).mean()))
    return pd.Series(misses, name="error").rename_axis("month")


def plot_months(months, limit, *, ax=None):
    """Draw the share of late flights, what the model expects, and how far dealt years stray from it; return the Axes.

    Parameters
    ----------
    months : DataFrame
        As :func:`follow_months` returns it.
    limit : float
        Distance that is ordinary without seasons.
    ax : Axes, optional
    """
    ax = ax or plt.subplots(figsize=(8, 3.6))[1]
    ax.plot(months.index, months["late"], "o-", label="late")
    ax.plot(months.index, months["expected"], "s--", label="expected by the model")
    low, high = months["expected"] - limit, months["expected"] + limit
    ax.fill_between(months.index, low, high, alpha=0.2, color="C1", label="ordinary in a year without seasons")
    ax.set_xticks(list(months.index), [month_abbr[month] for month in months.index])
    ax.set(xlabel="2013", ylabel="share of the flights", ylim=(0, None))
    ax.set_title("Late flights, and what a model of January to March expects")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax
