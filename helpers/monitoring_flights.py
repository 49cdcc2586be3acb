"""The metrics of a product that met a real year: flights from New York in 2013, day by day."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

from helpers import datasets
from helpers.monitoring import ring, set_bands

INPUTS = ["scheduled", "weekday", "distance", "temperature_f", "humidity_percent", "wind_mph", "rain_in", "pressure_mb"]
METRICS = {
    "flights": "software",
    "temperature": "input",
    "wind": "input",
    "evening share": "input",
    "expected late": "output",
    "late": "labels",
    "error": "labels",
}
QUARTER = 90  # days from January to March


def load_days(rng=None):
    """Metrics of each day of 2013, with a model of every second day of January to March.

    Parameters
    ----------
    rng : numpy.random.Generator, optional
        Deals the days of the year anew, so that no season is left; without it the days come as they came.

    Returns
    -------
    DataFrame of 365 rows
        By day of the year (from 1), the columns of :data:`METRICS`, ``month``, ``weekday`` (0 is Monday) and
        ``trained``: was the day one of those the model learned from? Its metrics flatter the model.
    """
    flights = _flights()
    date = flights.groupby(["month", "day"]).ngroup().to_numpy()
    place = np.arange(365) if rng is None else rng.permutation(365)
    flights = flights.assign(date=place[date] + 1, late=flights["arr_delay"] > datasets.LATE_MINUTES)
    first = flights[(flights["date"] <= QUARTER) & (flights["date"] % 2 == 1)]
    options = {"learning_rate": 0.2, "max_iter": 20, "max_leaf_nodes": 15, "early_stopping": False, "random_state": 0}
    model = HistGradientBoostingClassifier(**options).fit(first[INPUTS].to_numpy(float), first["late"].to_numpy())
    flights["expected"] = model.predict_proba(flights[INPUTS].to_numpy(float))[:, 1]
    flights["evening"] = flights["scheduled"] >= 17 * 60
    flights["squared"] = (flights["late"] - flights["expected"]) ** 2
    by_day = flights.groupby("date")
    mean = by_day[["temperature_f", "wind_mph", "evening", "expected", "late", "squared", "weekday"]].mean()
    days = pd.DataFrame(
        {
            "flights": by_day.size().astype(float),
            "temperature": mean["temperature_f"],
            "wind": mean["wind_mph"],
            "evening share": mean["evening"],
            "expected late": mean["expected"],
            "late": mean["late"],
            "error": mean["squared"],
        }
    )
    days["month"] = (pd.Timestamp("2013-01-01") + pd.to_timedelta(days.index - 1, unit="D")).month.astype(int)
    days["weekday"] = mean["weekday"].astype(int)
    days["trained"] = (days.index <= QUARTER) & (days.index % 2 == 1)
    return days


@cache
def _flights():
    """The flights that arrived, with their weather; loaded once, however often their days are dealt."""
    return datasets.load_flights(weather=True).dropna(subset="arr_delay")


def alarms_after_march(days, level):
    """Alarms of April to December, with bands from the days of January to March that the model did not learn from.

    Parameters
    ----------
    days : DataFrame
        As :func:`load_days` returns it.
    level : float
        Of each metric: see :func:`helpers.monitoring.set_bands`.

    Returns
    -------
    DataFrame of bool
        One row per day, one column per metric.
    """
    metrics, early = list(METRICS), days.index <= QUARTER
    return ring(days.loc[~early, metrics], set_bands(days.loc[early & ~days["trained"], metrics], level))


def seen_losses(days, lost, level):
    """Share of the working days after March on which the count of flights shows that a part of them was lost.

    Parameters
    ----------
    days : DataFrame
        As :func:`load_days` returns it.
    lost : float
        Share of each day's flights that never reached us.
    level : float
        Of the band, which comes from the flights of January to March.

    Returns
    -------
    (float, float)
        With the days as they are, and with each day compared with the mean of its weekday; more is better.
    """
    early, working = days.index <= QUARTER, days["weekday"] < 5
    usual = days["weekday"].map(days[early].groupby("weekday")["flights"].mean())
    shares = []
    for compared_with in (0, usual - usual.mean()):
        history = (days["flights"] - compared_with)[early].to_frame("flights")
        left = (days["flights"] * (1 - lost) - compared_with)[~early & working].to_frame("flights")
        shares.append(float(ring(left, set_bands(history, level))["flights"].mean()))
    return tuple(shares)
