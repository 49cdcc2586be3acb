"""Two real deliveries that have to be joined: flights from New York in 2013, and the weather of each hour."""

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from helpers import datasets

SCHEDULE = ["scheduled", "weekday", "distance"]
WEATHER = ["temperature_f", "humidity_percent", "wind_mph", "rain_in", "pressure_mb", "visibility_miles"]
KEYS = ["origin", "month", "day", "hour"]
JOINS = {
    "hour, airport forgotten": (KEYS[1:], "left", 0),
    "airport and hour, matches only": (KEYS, "inner", 0),
    "airport and hour, clocks 5 h apart": (KEYS, "left", 5),
    "airport and hour": (KEYS, "left", 0),
}


def load_deliveries():
    """Both tables: the flights with the hour of their departure, and the weather, each hour of an airport once."""
    flights = datasets.load_flights()
    weather = datasets.load_weather().drop_duplicates(KEYS, keep="last")  # an hour comes twice when clocks go back
    return flights.assign(hour=flights["scheduled"] // 60), weather


def join(flights, weather, way):
    """Flights with their weather, by one of :data:`JOINS`; all but the last are wrong."""
    if way not in JOINS:
        raise ValueError(f"'way' must be one of {', '.join(JOINS)} (got {way!r})")
    keys, how, hours = JOINS[way]
    # The weather's clock shows universal time, five hours ahead of New York's winter; its date is left as it is.
    shifted = weather.assign(hour=(weather["hour"] + hours) % 24)
    return flights.merge(shifted[[*keys, *WEATHER]], on=keys, how=how)


def evaluate(rows, inputs, *, served=None, seed=0):
    """Train on half of the flights of January to June, evaluate on July to December.

    Parameters
    ----------
    rows : DataFrame
        As :func:`join` returns it.
    inputs : list of str
        Columns that the model may use.
    served : dict, optional
        Values that the columns have when the model is asked, where they differ from the table's.
    seed : int
        Draws the half.

    Returns
    -------
    float
        AUC for arriving more than 15 minutes late; 0.5 is guessing, more is better.
    """
    rows = rows.dropna(subset="arr_delay")
    late = rows["arr_delay"] > 15
    first = rows["month"] <= 6
    half = first & (np.random.default_rng(seed).random(len(rows)) < 0.5)
    model = HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=15, random_state=0, early_stopping=False)
    model.fit(rows.loc[half, inputs].to_numpy(float), late[half])
    asked = rows.loc[~first].assign(**(served or {}))
    return float(roc_auc_score(late[~first], model.predict_proba(asked[inputs].to_numpy(float))[:, 1]))


def promise_and_service(rows, wrong_clock, *, seed=0):
    """What four models reach on the later half of the year, the last of them also where it has to work.

    Parameters
    ----------
    rows, wrong_clock : DataFrame
        The right join, and the one with clocks five hours apart.
    seed : int

    Returns
    -------
    Series
        AUC by model.
    """
    known = [*SCHEDULE, *WEATHER]
    return pd.Series(
        {
            "schedule": evaluate(rows, SCHEDULE, seed=seed),
            "and weather": evaluate(rows, known, seed=seed),
            "and weather, clocks 5 h apart": evaluate(wrong_clock, known, seed=seed),
            "and weather and departure delay": evaluate(rows, [*known, "dep_delay"], seed=seed),
            "the same, asked before departure": evaluate(
                rows, [*known, "dep_delay"], served={"dep_delay": np.nan}, seed=seed
            ),
        },
        name="AUC",
    )
