"""Where the claims of week 3, notebook 5, must fail."""

import tempfile
from functools import cache
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from helpers import data_pipeline as pipeline
from helpers import data_pipeline_flights as real
from helpers.checks import data_pipeline as check
from helpers.datasets import load_cars
from nulls import null

CARS = load_cars()
SPANS = {int(year): rows.reset_index(drop=True) for year, rows in CARS.groupby("year")}
EXAMPLES = {year: pipeline.example_gen(rows) for year, rows in SPANS.items()}
YEARS = range(1973, 1983)


def past(year):
    return pd.concat([EXAMPLES[y] for y in range(1970, year)], ignore_index=True)


def failures(damage):
    """The checks that fail, by year, when each of the last ten spans is damaged so."""
    schemas = {year: pipeline.infer_schema(past(year)) for year in YEARS}
    return {y: set(pipeline.validate(s, pipeline.example_gen(damage(SPANS[y])))["check"]) for y, s in schemas.items()}


@null("A delivery in kilograms raises the error by half or more in the median year, and nothing complains")
def _():
    ratios = []
    for year in YEARS:
        seen, span = past(year), SPANS[year]
        model = pipeline.make_model().fit(seen, seen["mpg"])
        rounded = span.assign(weight=span["weight"].round(-2))
        ratios.append(pipeline.rmse(model, rounded) / pipeline.rmse(model, span))
    return np.median(ratios)


@null("These seven breakages, all but kilowatts, are caught in every span")
def _():
    found = failures(lambda rows: rows.assign(horsepower=rows["horsepower"].to_numpy()[::-1]))
    return np.mean([len(checks) > 0 for checks in found.values()])


@null("Kilowatts: the distribution check finds half of the spans more than the ranges do")
def _():
    found = failures(lambda rows: pipeline.BREAKAGES["power in kilowatts"](rows.head(5), None)).values()
    return np.mean([("distribution" in checks) - ("ranges" in checks) for checks in found])


@null("By chance alone, the distribution check stops at most three good spans in a hundred")
def _():
    rng, stopped = np.random.default_rng(0), []
    for _ in range(3):
        dealt = pipeline.shuffle_spans(past(1983), rng)
        for year in YEARS:
            schema = pipeline.infer_schema(dealt[dealt["year"] < year], level=0.05)
            stopped.append("distribution" in set(pipeline.validate(schema, dealt[dealt["year"] == year])["check"]))
    return np.mean(stopped)


@null("Scaling the requests of 1982 by their own mean and spread at least doubles the error")
def _():
    trained, numbers = past(1982).query("split == 'train'"), pipeline.NUMBERS
    requests = past(1982).sample(40, random_state=0)
    z = (requests[numbers] - requests[numbers].mean()) / requests[numbers].std(ddof=0)
    own = requests.assign(**(z * trained[numbers].std(ddof=0) + trained[numbers].mean()))
    model = pipeline.train(past(1982))
    return pipeline.rmse(model, own) / pipeline.rmse(model, requests)


@null("Without the validator, the models trained on each of these three wrong units are pushed")
def _():
    pushed = []
    kept = past(1977).query("split == 'eval' and year > 1972")
    for way in ("weight in kilograms", "power in kilowatts", "liters per 100 km"):
        broken = pd.concat([past(1976), pipeline.example_gen(pipeline.BREAKAGES[way](SPANS[1976], None))])
        candidate, in_use = pipeline.train(broken), pipeline.train(past(1976))
        pushed.append(pipeline.rmse(candidate, kept) <= 1.05 * pipeline.rmse(in_use, kept))
    return np.mean(pushed)


@null("Running any span again, rows in another order, leaves every file byte for byte as it was")
def _():
    folder = Path(tempfile.mkdtemp())
    for span in SPANS.values():
        pipeline.run_span(span, folder)
    first = pipeline.folder_digest(folder)
    again = pipeline.run_span(SPANS[1970], folder)
    if again["candidate"] <= 1.05 * again["in_use"]:
        joblib.dump(joblib.load(folder / "models/1970.joblib"), folder / "serving/model.joblib")
    return first == pipeline.folder_digest(folder)


@null("At 40,000 rows, the test stops nearly every span for a shift of three points, and a limit of ten points none")
def _():
    past = CARS["origin"].value_counts().to_dict()
    rng, distance = np.random.default_rng(0), check.furthest_share
    alarms = pipeline.shift_alarms(past, 0.15, [40_000], distance=distance, n_spans=50, rng=rng)
    return alarms.loc[40_000, "test"] - alarms.loc[40_000, "distance"]


@cache
def deliveries():
    flights, weather = real.load_deliveries()
    return real.join(flights, weather, "airport and hour")


@null("A model with the departure delay, asked before departure, is worse than one that never had that column")
def _():
    known, rows = [*real.SCHEDULE, *real.WEATHER], deliveries()
    without, informed = (
        real.evaluate(real.train(rows, inputs), rows, inputs) for inputs in (known, [*known, "dep_delay"])
    )
    return without - informed


@null("Clocks five hours apart cost at most half of what the weather adds")
def _():
    rng, rows = np.random.default_rng(0), deliveries()
    dealt = rows.assign(**{name: rng.permutation(rows[name]) for name in real.WEATHER})
    schedule, right, wrong, *_ = real.promise_and_service(rows, dealt)
    return (right - wrong) / (right - schedule)
