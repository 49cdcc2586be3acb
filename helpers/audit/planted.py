"""Tables with one planted fault, and clean ones, to try the audit on."""

import numpy as np
import pandas as pd

FAULTS = {
    "leak": "a column that is filled in after the answer is known",
    "group": "customers that repeat, each with its own habits",
    "drift": "a month from which on the same columns mean something else",
    "labels": "a part of the labels flipped",
    "slice": "a region where the columns say nothing",
    "useless data": "an answer that a few hundred rows tell as well as thousands",
}
REGIONS = ("north", "east", "south", "west")
MONTH_OF_DRIFT = 8  # the first of twelve months, from 0, in which the drift is there


def make_table(n=2000, fault="", *, seed=0):
    """Orders of a shop, with whether they were paid in time.

    Parameters
    ----------
    n : int
        Rows, at least 500.
    fault : str
        One of :data:`FAULTS`, several joined by " + ", or "" for a clean table.
    seed : int

    Returns
    -------
    DataFrame
        ``date``, ``customer``, ``region``, ``amount_eur``, ``age_days``, ``orders``, ``discount``, ``delay_days`` and
        ``paid`` ("yes" or "no"); with a leak also ``reminders``.

    Raises
    ------
    ValueError
        For a fault that is not one of these.
    """
    faults = set(filter(None, fault.split(" + ")))
    if strange := faults - FAULTS.keys():
        raise ValueError(f"'fault' must be made of {', '.join(FAULTS)} (got {strange.pop()!r})")
    rng = np.random.default_rng([seed, 17])
    day = np.sort(rng.integers(0, 365, n))
    customer = rng.permutation(n) // 8 if "group" in faults else rng.integers(0, 4 * n, n)
    z = rng.normal(size=(n, 5))
    if "group" in faults:  # the same customer, nearly the same columns
        z = rng.normal(size=(n, 5))[customer] + 0.02 * z
    region = np.array(REGIONS)[(rng.integers(0, 4, n)[customer % n] if "group" in faults else rng.integers(0, 4, n))]
    month = day // 31
    logit = _logit(z, simple="useless data" in faults)
    if "drift" in faults:
        turned = _logit(z * [-1, 1, -1, 1, 1], simple=False)
        logit = np.where(month >= MONTH_OF_DRIFT, turned, logit)
    if "slice" in faults:
        logit = np.where(region == "south", 0, logit)
    if "group" in faults:
        logit = 0.4 * logit + 5 * rng.normal(size=n)[customer]
    paid = rng.random(n) < 1 / (1 + np.exp(-logit))
    if "labels" in faults:
        paid ^= rng.random(n) < 0.1
    table = pd.DataFrame(
        {
            "date": (pd.Timestamp("2025-01-01") + pd.to_timedelta(day, unit="D")).strftime("%Y-%m-%d"),
            "customer": [f"C{number:05d}" for number in customer],
            "region": region,
            "amount_eur": (80 * np.exp(0.6 * z[:, 0])).round(2),
            "age_days": (400 * np.exp(0.5 * z[:, 1])).round(0),
            "orders": (6 * np.exp(0.7 * z[:, 2])).round(1),
            "discount": (0.1 + 0.03 * z[:, 3]).round(4),
            "delay_days": np.where(rng.random(n) < 0.05, np.nan, (4 + z[:, 4]).round(2)),
        }
    )
    if "leak" in faults:
        table["reminders"] = np.where(paid, 0, 1 + rng.poisson(1, n)) * (rng.random(n) > 0.01)
    return table.assign(paid=np.where(paid, "yes", "no"))


def _logit(z, *, simple):
    """How likely an order is paid: by one column alone, or by several that act together."""
    if simple:
        return np.where(z[:, 0] > 0, 2.2, -2.2)
    return 5 * z[:, 0] + 4 * z[:, 1] * z[:, 2] + 3 * np.sin(2 * z[:, 3]) + 2 * z[:, 2]
