"""Where the claims of week 2, notebook 5, must fail."""

from functools import cache

import numpy as np
import pandas as pd

from helpers import datasets
from helpers import image_augmentation as aug
from helpers.images import warp
from nulls import null

CONDITIONS = {"uniform noise": aug.add_uniform_noise, "salt and pepper": aug.add_salt_and_pepper}
KINDS = CONDITIONS | {"low contrast": aug.lower_contrast, "blur": aug.blur, "shift": aug.shift}
KINDS |= {"elastic": aug.distort_elastically}


@cache
def parts():
    """1,000 scans to train on, 1,000 others, and their digits."""
    X, y = datasets.load_mnist()
    order = np.random.default_rng(0).permutation(len(y))
    return tuple((X[part], y[part]) for part in (order[:1000], order[1000:2000]))


@cache
def reader(*copies):
    return aug.fit_reader(*parts()[0], [KINDS[name] for name in copies], np.random.default_rng(1))


def gain(copies, condition):
    """Points of accuracy that copies of one kind bring in a condition."""
    X, y = parts()[1]
    images = CONDITIONS[condition](X, np.random.default_rng(2))
    return reader(copies).score(images, y) - reader().score(images, y)


@null("People stand more than three times the noise of the best network")
def _():
    table = datasets.load_published("geirhos2017_thresholds_50pct")
    level = table[table["experiment"] == "eidolon coherence 0.0"].set_index("observer")["level_at_50pct"]
    return level["human_mean"] / level.drop("human_mean").max()


@null("Noisy copies move our reader's threshold to at least 1.3 times the noise")
def _():
    (X, y), levels = parts()[1], [0, 0.2, 0.4, 0.6, 0.8, 1, 1.3, 1.6, 2, 3]
    noisy = {width: aug.add_uniform_noise(X, np.random.default_rng(3), width=width) for width in levels}
    plain, copies = (
        aug.threshold(pd.Series({width: each.score(images, y) for width, images in noisy.items()}), 0.5)
        for each in (reader(), reader("shift"))
    )
    return copies / plain


@null("Uniform noise brings at least 70 % of what matched copies bring against salt and pepper")
def _():
    return gain("blur", "salt and pepper") / gain("salt and pepper", "salt and pepper")


@null("Shifted copies cost at least ten points of accuracy in noise")
def _():
    return gain("low contrast", "uniform noise")


@null("One of each loses at most three points in any of the conditions")
def _():
    return min(gain("shift", condition) for condition in CONDITIONS)


@null("Published: salt and pepper helps against weak uniform noise, but not the other way round")
def _():
    table = datasets.load_published("gen2018_noise_transfer_table").set_index(["experiment", "condition"])
    noise, salt = (table.loc[(f"{name}-png-experiment", 0.35)] for name in ("noise", "salt-and-pepper"))
    plain, uniform, pepper = "clean(colour-trained)", "uniform-trained", "salt-pepper-trained"
    return (noise[pepper] - noise[plain]) - (salt[uniform] - salt[plain])


@null("A 9 that is turned around is mostly read as a 6")
def _():
    X, y = parts()[1]
    return (reader().predict(warp(X[y == 9], angle_deg=10)) == 6).mean()


@null("Copies at any angle cost at least half a point on tilted scans, compared with copies turned by up to 15°")
def _():
    rng, (X, y) = np.random.default_rng(4), parts()[1]
    tilted = aug.rotate(X, rng, max_deg=180)
    little, much = (
        aug.fit_reader(*parts()[0], [lambda X, rng, most=most: aug.rotate(X, rng, max_deg=most)], rng).score(tilted, y)
        for most in (15, 180)
    )
    return little - much


@null("Elastic copies bring at least a point on crumpled forms")
def _():
    X, y = parts()[1]
    return reader("elastic").score(X, y) - reader().score(X, y)
