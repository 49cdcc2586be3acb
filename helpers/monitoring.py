"""A digit reading service with metrics on a real endpoint, working days with incidents, and alarms set from history."""

from contextlib import contextmanager
from dataclasses import dataclass
from urllib.request import ProxyHandler, build_opener

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from prometheus_client import CollectorRegistry, Counter, Histogram, Summary
from prometheus_client.exposition import start_http_server
from prometheus_client.parser import text_string_to_metric_families
from scipy.special import ndtri

from helpers import plotting
from helpers.images import warp

HOST = "127.0.0.1"
BRANCHES = {"Aachen": 0.5, "Bonn": 0.3, "Celle": 0.15, "Delft": 0.05}
METRICS = {
    "forms": "software",
    "latency p95 (ms)": "software",
    "failed requests": "software",
    "mean ink": "input",
    "faint images": "input",
    "unlike training": "input",
    "confidence": "output",
    "mix of answers": "output",
    "corrected by customer": "output",
    "error": "labels",
    "bias of a branch": "labels",
}
INCIDENTS = (
    "nothing",
    "server overloaded",
    "upload of Bonn fails",
    "weaker scanner lamp",
    "form template moved",
    "old model deployed",
    "Christmas orders",
    "half of the 7s mean 1",
    "in Celle every 7 means 1",
)


class DigitService:
    """Reads digits, and counts what it does in metrics of its own registry.

    Parameters
    ----------
    model : fitted classifier
        With ``predict_proba`` for images of 784 pixels.
    """

    def __init__(self, model):
        self.model = model
        self.registry = CollectorRegistry()
        self.forms = Counter("forms_read", "form fields read", ["answer"], registry=self.registry)
        self.ink = Summary("mean_ink", "ink per form field, 0 to 1", registry=self.registry)
        self.latency = Histogram(
            "latency_seconds", "time per form field", registry=self.registry, buckets=[1e-4, 1e-3, 1e-2, 0.1, 1]
        )

    def read(self, image):
        """Return the digit in `image`, an array of shape (784,), and update the metrics."""
        with self.latency.time():
            answer = int(self.model.predict_proba(image[None]).argmax())
        self.ink.observe(image.mean())
        self.forms.labels(answer=answer).inc()
        return answer


@contextmanager
def endpoint(registry):
    """Serve the metrics of `registry` on loopback for the length of a ``with`` block; yields the address."""
    server, thread = start_http_server(0, addr=HOST, registry=registry)
    try:
        yield f"http://{HOST}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=60)


def scrape(url):
    """Read every sample of a metrics endpoint.

    Parameters
    ----------
    url : str

    Returns
    -------
    dict of str to float
        By metric, with labels in braces as the endpoint writes them; creation times are left out.
    """
    with build_opener(ProxyHandler({})).open(url, timeout=60) as response:  # loopback needs no proxy
        text = response.read().decode()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    found = {}
    for sample in samples:
        labels = ",".join(f'{key}="{value}"' for key, value in sample.labels.items())
        if not sample.name.endswith("_created"):
            found[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
    return found


def increase(counter):
    """What a counter gained between scrapes, also across restarts.

    Parameters
    ----------
    counter : Series
        Scraped values in order; a fall means that the process restarted from zero. A missing value is a metric that
        had not counted anything yet.

    Returns
    -------
    Series
        Never negative; the first entry is the first value.

    Examples
    --------
    >>> increase(pd.Series([5, 9, 2, 2])).tolist()
    [5.0, 4.0, 2.0, 0.0]
    """
    counter = counter.astype(float).fillna(0)
    gained = counter.diff()
    return gained.where(gained >= 0, counter)


@dataclass(frozen=True)
class World:
    """All that can arrive on one working day, and what the service makes of it.

    Attributes
    ----------
    weights : array of shape (n,)
        How likely each form is to arrive; sums to 1.
    branch, meant, read : int arrays of shape (n,)
        Where each form comes from, the digit that was meant, and the digit that the service reads.
    confidence, ink, unlike : arrays of shape (n,)
        The model's probability for its answer; mean ink, 0 to 1; distance from what the model was trained on.
    latency_ms, fail, forms : float
        Median time to answer, share of failed requests, forms expected per day.
    usual_answers : array of shape (10,)
        Share of each answer when nothing happens.
    faint_below : float
        Ink below which an image counts as faint.
    """

    weights: np.ndarray
    branch: np.ndarray
    meant: np.ndarray
    read: np.ndarray
    confidence: np.ndarray
    ink: np.ndarray
    unlike: np.ndarray
    latency_ms: float
    fail: float
    forms: float
    usual_answers: np.ndarray
    faint_below: float


def make_world(incident, model, X, y, *, usual=None, old_model=None, seed=0):
    """All that can arrive on one working day, and what the service makes of it.

    Parameters
    ----------
    incident : str
        One of :data:`INCIDENTS`.
    model : fitted Pipeline
        First a PCA, then a classifier with ``predict_proba``.
    X, y : arrays of shape (n, 784) and (n,)
        Digits the model has not seen.
    usual : World, optional
        The world in which nothing happens to the same forms and model; gives the usual mix of answers, and all that
        the service makes of the forms where the incident changes neither them nor the model.
    old_model : fitted Pipeline, optional
        What the incident "old model deployed" deploys.
    seed : int, default 0
        Of who sends which form, and of the changed meanings; the same in every incident.

    Returns
    -------
    World
    """
    if incident not in INCIDENTS:
        raise ValueError(f"'incident' must be one of {', '.join(INCIDENTS)} (got {incident!r})")
    rng = np.random.default_rng(seed)
    branch = rng.choice(len(BRANCHES), len(y), p=list(BRANCHES.values()))
    coin = rng.random(len(y)) < 0.5
    images, meant, weights = X, y.copy(), np.ones(len(y))
    software = {"latency_ms": 40.0, "fail": 0.004, "forms": 800.0}
    if incident == "server overloaded":
        software |= {"latency_ms": 60.0, "fail": 0.03}
    elif incident == "upload of Bonn fails":
        weights[branch == list(BRANCHES).index("Bonn")] = 0
        software["forms"] *= 1 - BRANCHES["Bonn"]
    elif incident == "weaker scanner lamp":
        images = 0.8 * X
    elif incident == "form template moved":
        images = warp(X, right=2)
    elif incident == "Christmas orders":
        weights[y == 1] = 3
    elif incident == "half of the 7s mean 1":
        meant[(y == 7) & coin] = 1
    elif incident == "in Celle every 7 means 1":
        meant[(y == 7) & (branch == list(BRANCHES).index("Celle"))] = 1
    served = old_model if incident == "old model deployed" else model
    if usual and images is X and served is model:
        seen = {name: getattr(usual, name) for name in ("read", "confidence", "ink", "unlike")}
    else:
        seen = _seen(model, served, images)
    return World(
        weights=weights / weights.sum(),
        branch=branch,
        meant=meant,
        **seen,
        **software,
        usual_answers=usual.usual_answers if usual else np.bincount(seen["read"], minlength=10) / len(y),
        faint_below=usual.faint_below if usual else np.quantile(seen["ink"], 0.02),
    )


def _seen(model, served, X):
    probability, redrawn = served.predict_proba(X), model[0].inverse_transform(model[0].transform(X))
    return {
        "read": probability.argmax(axis=1),
        "confidence": probability.max(axis=1),
        "ink": X.mean(axis=1),
        "unlike": np.sqrt(((X - redrawn) ** 2).mean(axis=1)),
    }


def simulate_days(world, n_days, *, checked=300, corrects=0.3, rng):
    """The metrics of working days in one world.

    Parameters
    ----------
    world : World
        From :func:`make_world`.
    n_days : int
    checked : int, default 300
        Forms per day that a person labels, later.
    corrects : float, default 0.3
        Share of the wrong answers that customers notice and correct at once.
    rng : numpy.random.Generator

    Returns
    -------
    DataFrame
        One row per day and one column per metric of :data:`METRICS`; label metrics stand at the day they are about.
    """
    return pd.DataFrame([_day(world, checked, corrects, rng) for _ in range(n_days)], columns=list(METRICS))


def _day(world, checked, corrects, rng):
    n = rng.poisson(world.forms)
    drawn = rng.choice(len(world.read), n, p=world.weights)
    read, meant = world.read[drawn], world.meant[drawn]
    wrong = read != meant
    expected = n * world.usual_answers
    return (
        n,
        np.quantile(rng.lognormal(np.log(world.latency_ms), 0.4, n), 0.95),
        rng.binomial(n, world.fail) / n,
        world.ink[drawn].mean(),
        (world.ink[drawn] < world.faint_below).mean(),
        world.unlike[drawn].mean(),
        world.confidence[drawn].mean(),
        ((np.bincount(read, minlength=10) - expected) ** 2 / expected).sum(),
        (wrong & (rng.random(n) < corrects)).mean(),
        wrong[:checked].mean(),
        np.abs(_bias_z(world.branch[drawn[:checked]], read[:checked], meant[:checked])).max(),
    )


def _counts(branch, digit):
    return np.bincount(branch * 10 + digit, minlength=10 * len(BRANCHES)).reshape(-1, 10)


def _bias_z(branch, read, meant):
    """Read minus meant, by branch and digit, in standard errors; only forms where the two differ carry information."""
    differ = read != meant
    read, meant = _counts(branch[differ], read[differ]), _counts(branch[differ], meant[differ])
    return (read - meant) / np.sqrt(np.maximum(read + meant, 1))


def bias_by_branch(world, n_forms, *, rng):
    """Prediction bias of each branch and digit among checked forms.

    Parameters
    ----------
    world : World
        From :func:`make_world`.
    n_forms : int
        Checked forms, over all branches.
    rng : numpy.random.Generator

    Returns
    -------
    DataFrame
        One row per branch and digit: forms (checked in the branch), read and meant (shares of them), bias (read minus
        meant) and z (the bias in standard errors; beyond about 3 is no chance).
    """
    drawn = rng.choice(len(world.read), n_forms, p=world.weights)
    branch, read, meant = (form[drawn] for form in (world.branch, world.read, world.meant))
    forms = np.bincount(branch, minlength=len(BRANCHES))[:, None]
    table = pd.DataFrame(
        {
            "forms": np.repeat(forms, 10, axis=1).ravel(),
            "read": (_counts(branch, read) / forms).ravel(),
            "meant": (_counts(branch, meant) / forms).ravel(),
            "z": _bias_z(branch, read, meant).ravel(),
        },
        index=pd.MultiIndex.from_product([BRANCHES, range(10)], names=["branch", "digit"]),
    )
    table.insert(3, "bias", table["read"] - table["meant"])
    return table


def set_bands(history, level):
    """Limits outside which each metric raises an alarm, from quiet days.

    Parameters
    ----------
    history : DataFrame
        Quiet days, one column per metric.
    level : float
        Share of quiet days on which one metric may lie outside, in (0, 1), both sides together.

    Returns
    -------
    DataFrame
        Rows low and high: mean minus and plus the normal quantile times the standard deviation; low is never below
        0, since no metric here can be negative.
    """
    if not 0 < level < 1:
        raise ValueError(f"'level' must be in (0, 1) (got {level!r})")
    reach = -ndtri(level / 2) * history.std()
    return pd.DataFrame({"low": (history.mean() - reach).clip(lower=0), "high": history.mean() + reach}).T


def ring(days, bands):
    """Whether each metric of each day lies outside its band; a DataFrame of bool like `days`."""
    return (days < bands.loc["low"]) | (days > bands.loc["high"])


def when_known(days, label_delay):
    """The days as a dashboard shows them: label metrics `label_delay` days late, missing before."""
    late = [name for name, group in METRICS.items() if group == "labels"]
    return days.assign(**{name: days[name].shift(label_delay) for name in late})


def plot_dashboard(days, bands, *, metrics=tuple(METRICS), columns=4, since=None, title=None):
    """Draw each metric over the days with its band; days outside it are marked with a cross.

    Parameters
    ----------
    days, bands : DataFrame
        From :func:`simulate_days` and :func:`set_bands`.
    metrics : sequence of str
        Names of :data:`METRICS`, one panel each.
    columns : int, default 4
        Panels per row.
    since : float, optional
        Day of a dashed line, where something happened.
    title : str, optional
        Of the whole figure.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = -(-len(metrics) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(3 * columns, 2 * rows + 0.4), sharex=True, squeeze=False)
    for ax in axes.flat[len(metrics) :]:
        ax.set_visible(False)
    for ax, metric in zip(axes.flat, metrics, strict=False):
        ax.fill_between(days.index, *bands[metric], color="0.88")
        ax.plot(days[metric], linewidth=1.3)
        out = days.loc[ring(days, bands)[metric], metric]
        ax.plot(out, "x", color="#D55E00", linestyle="none")
        ax.set_title(f"{metric} ({METRICS[metric]})", fontsize=10)
        if since is not None:
            ax.axvline(since, color="k", linewidth=1, linestyle="--")
    fig.supxlabel("day", fontsize=11)
    fig.suptitle(title, fontsize=13, fontweight="bold")
    return fig


def plot_alarm_table(rates, *, n_days, ax=None):
    """Draw the share of days with an alarm, incidents in rows and metrics by group in columns; return the Axes."""
    ax = ax or plt.subplots(figsize=(11, 5.2))[1]
    plotting.plot_shares(rates, f"share of {n_days} days with an alarm", fontsize=10, ax=ax)
    ax.set_xticks(range(rates.shape[1]), rates.columns, rotation=35, ha="right")
    groups = pd.Series(range(rates.shape[1]), [METRICS[metric] for metric in rates.columns]).groupby(
        level=0, sort=False
    )
    for edge in groups.max()[:-1]:
        ax.axvline(edge + 0.5, color="w", linewidth=3)
    ax.secondary_xaxis("top").set_xticks(groups.mean(), groups.mean().index, fontweight="bold")
    ax.set_title("Which metric sees which failure?")
    return ax
