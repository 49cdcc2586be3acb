"""Where the claims of week 3, notebook 1, must fail."""

from functools import cache
from unittest.mock import patch

import numpy as np
import pandas as pd

from helpers import data_definition as definition
from helpers.checks import data_definition as check
from helpers.datasets import load_spoken_digits
from helpers.images import center_ink
from nulls import null


def accuracy(**options):
    cuts = definition.compare_cuts(n_runs=3, seed=0, **options)
    return cuts.groupby(["trained", "graded"])["accuracy"].mean()["centered on the ink"]


@null("A silent change of the cut costs this model at least 40 points of accuracy")
def _():
    mean = accuracy(reach=2)
    return 100 * (mean["centered on the ink"] - mean["at a fixed place"])


@null("Cutting by one code brings nine tenths of the loss back, without training")
def _():
    def with_a_stain(images):
        stained = images.reshape(-1, 28, 28).copy()
        stained[:, :8, :8] = 1
        return center_ink(stained.reshape(-1, 784))

    with patch.object(definition, "center_ink", with_a_stain):
        mean = accuracy()
    loss = mean["centered on the ink"] - mean["at a fixed place"]
    return (mean["fixed, then centered"] - mean["at a fixed place"]) / loss


@cache
def dealt_by_lot():
    made_up = np.random.default_rng(0).permutation(load_spoken_digits()[2])
    splits = definition.compare_splits(n_runs=5, seed=0, by=made_up)
    return splits["voices"] - splits["clips"], made_up


@null("New voices, of these 36, are misheard more often than new clips: at least 5 words more in 1,000")
def _():
    return 1000 * dealt_by_lot()[0].mean()


@null("Over voices the interval is at least a fifth wider than if clips were independent")
def _():
    more, made_up = dealt_by_lot()
    return more.groupby(made_up).mean().sem() / more.sem()


def mean_gain(mislabel):
    with patch.object(definition, "mislabel", mislabel):
        gains = definition.summarize_gains(definition.quadrant_gains(n_runs=5, seed=0))
    return gains.pivot(index="action", columns="quadrant", values="gain")


@cache
def at_random():
    """A night shift that spoils as many labels as its rule did, whatever they are."""

    def mislabel(y, *, rng, is_image):
        y = np.asarray(y)
        night, slips = rng.random((2, len(y))) < ((0.4 * np.isin(y, [7, 9] if is_image else [1]).mean(),), (0.08,))
        other = (y + rng.integers(1, 10, len(y))) % 10 if is_image else 1 - y
        slipped = rng.integers(0, 10, len(y)) if is_image else 1 - y
        by_night = np.where(night, other, y)
        return pd.DataFrame(
            {
                "given": np.where(slips, slipped, by_night),
                "without_rule": np.where(slips, slipped, y),
                "without_slips": by_night,
            }
        )

    gain = mean_gain(mislabel)
    return 100 * (gain.loc["fix the labeling rule"] - gain.loc["label all twice"])


@null("In the big set of images, the rule is worth at least four points more of recall than as many slips")
def _():
    return at_random()["big images"]


@null("In the big table, the rule is worth at least ten points more of recall than all the slips")
def _():
    return at_random()["big table"]


@null("In the small table, a hundred checked labels gain more than a hundred new ones: at least 5 points of recall")
def _():
    gain = mean_gain(lambda y, **_: pd.DataFrame(dict.fromkeys(["given", "without_rule", "without_slips"], y)))
    return 100 * (gain.loc["check 100 labels", "small table"] - gain.loc["collect 100 more", "small table"])


@null("The group that the metadata single out has at least twice the share of wrong labels that it has of all labels")
def _():
    alike = dict.fromkeys(definition.LABELERS, 0.09)
    records = definition.draw_records(20_000, seed=0, wrong_by=alike)
    column, value = check.worst_group(records[records["checked"]], ["labeler", "shift", "device"], 30)
    rest = records[~records["checked"]]
    return rest.loc[rest[column] == value, "is_wrong"].mean() / rest["is_wrong"].mean()
