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


def train(rows, inputs, *, seed=0):
    """Train on half of the flights of January to June.

    Parameters
    ----------
    rows : DataFrame
        As :func:`join` returns it.
    inputs : list of str
        Columns that the model may use.
    seed : int
        Draws the half.

    Returns
    -------
    fitted classifier
        Of arriving more than 15 minutes late.
    """
    rows = rows.dropna(subset="arr_delay")
    half = rows[(rows["month"] <= 6) & (np.random.default_rng(seed).random(len(rows)) < 0.5)]
    model = HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=15, random_state=0, early_stopping=False)
    return model.fit(half[inputs].to_numpy(float), half["arr_delay"] > datasets.LATE_MINUTES)


def evaluate(model, rows, inputs):
    """AUC of a model on July to December, with `rows` as it is asked about them; 0.5 is guessing, more is better."""
    rows = rows[(rows["month"] > 6) & rows["arr_delay"].notna()]
    expected = model.predict_proba(rows[inputs].to_numpy(float))[:, 1]
    return float(roc_auc_score(rows["arr_delay"] > datasets.LATE_MINUTES, expected))


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
    informed = [*known, "dep_delay"]

    def promise(table, inputs):
        return evaluate(train(table, inputs, seed=seed), table, inputs)

    model = train(rows, informed, seed=seed)
    auc = {
        "schedule": promise(rows, SCHEDULE),
        "and weather": promise(rows, known),
        "and weather, clocks 5 h apart": promise(wrong_clock, known),
        "and weather and departure delay": evaluate(model, rows, informed),
        "the same, asked before departure": evaluate(model, rows.assign(dep_delay=np.nan), informed),
    }
    return pd.Series(auc, name="AUC")
