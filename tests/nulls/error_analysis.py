"""Where the claims of week 2, notebook 4, must fail."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from helpers import error_analysis as topic
from helpers.datasets import load_mnist
from nulls import null

X, Y = load_mnist()
TRAIN, DEV, FRESH = np.split(np.random.default_rng(0).permutation(len(Y))[:4200], [1000, 2600])


@cache
def reader(*copies):
    """The reader of the pilot, with 600 copies distorted in each of the given ways (None: as they were)."""
    copied = TRAIN[:600]
    images = [X[copied] if tag is None else topic.distort(X[copied], tag, seed=1) for tag in copies]
    labels = np.concatenate([Y[TRAIN], *[Y[copied]] * len(copies)])
    return topic.make_reader().fit(np.concatenate([X[TRAIN], *images]), labels)


@cache
def traffic(rows):
    """Scans of the development or the fresh fields, what is known of them, and their tags."""
    part = DEV if rows == "dev" else FRESH
    scans, fields, tags = topic.simulate_traffic(X[part], seed=[0, len(part)])
    return SimpleNamespace(scans=scans, fields=fields, tags=tags, y=Y[part], part=part)


def without_fading():
    """The development fields with a lamp that does not fade: only the paper still slips."""
    world = traffic("dev")
    scans, rotated = np.array(X[DEV]), world.tags["rotated"].to_numpy()
    scans[rotated] = topic.distort(scans[rotated], "rotated", seed=0)
    return world, reader().predict(scans) != world.y


def rates(*copies, tag="faint"):
    world = traffic("fresh")
    error = reader(*copies).predict(world.scans) != world.y
    return error.mean(), error[world.tags[tag]].mean()


@null("Thick pens have the most errors, rotated fields the worst error rate")
def _():
    world = traffic("dev")
    ink = X[DEV].mean(axis=1)
    tags = world.tags.assign(**{"thick pen": ink > np.quantile(ink, 2 / 3)})
    table = topic.tag_table(tags, reader().predict(world.scans) != world.y)
    return table["share_of_errors"].idxmax() == "thick pen" and table["error_rate"].idxmax() == "rotated"


@null("Faint scans have the most to gain")
def _():
    world, error = without_fading()
    points = topic.gain_table(world.tags, error, n_boot=2)["points"]
    return points["faint"] - points.drop("faint").max()


@null("Repairing thick pens would gain nothing: points")
def _():
    world = traffic("dev")
    scans, thick = np.array(world.scans), world.tags["thick pen"].to_numpy()
    for _ in range(2):
        scans[thick] = topic.distort(scans[thick], "thick pen", seed=0)
    error = reader().predict(scans) != world.y
    return topic.gain_table(world.tags, error, n_boot=2)["points"]["thick pen"]


@null("The worst leaf is the planted slice")
def _():
    world, error = without_fading()
    features = pd.get_dummies(world.fields, columns=["site", "form"], dtype=int).drop(columns="form_new")
    tree = DecisionTreeClassifier(max_depth=3, min_samples_leaf=0.075, random_state=0)
    tree.fit(features.to_numpy(dtype=np.float32), error)
    leaf = tree.apply(features.to_numpy(dtype=np.float32)) == topic.node_table(tree, features, error).index[0]
    faint = world.tags["faint"].to_numpy()
    return (leaf & faint).sum() / (leaf | faint).sum()


@null("Faint first saves something, but less than its ceiling")
def _():
    world = traffic("dev")
    ceiling = topic.gain_table(world.tags, reader().predict(world.scans) != world.y, n_boot=2)["points"]["faint"]
    return 100 * (rates()[0] - rates("thick pen")[0]) / ceiling


@null("Starting with the rotated fields makes the faint ones worse")
def _():
    return rates("faint")[1] - rates()[1]


@null("With rotated copies, one answer takes more of the faint fields than before")
def _():
    world = traffic("fresh")
    faint = world.tags["faint"].to_numpy()
    before, after = (np.bincount(reader(*c).predict(world.scans[faint])).max() / faint.sum() for c in ((), ("faint",)))
    return after - before


@null("Two rounds remove at least a fifth of all errors")
def _():
    return rates(None, None)[0] / rates()[0]


@null("Rotated fields are more frequent among the 24 largest losses than among all errors: ratio")
def _():
    world, rng = traffic("dev"), np.random.default_rng(0)
    error = reader().predict(world.scans) != world.y
    rotated = world.tags["rotated"].to_numpy()[error]
    return np.mean([rng.choice(rotated, 24, replace=False).mean() for _ in range(50)]) / rotated.mean()


@null("With the contrast restored, rotated copies no longer spoil the faint fields: rise of their error rate")
def _():
    return rates("rotated")[1] - rates()[1]


@null("Restored contrast removes over half of the errors on faint fields, without any training: ratio")
def _():
    faint = traffic("fresh").tags["faint"].to_numpy()
    as_in_pilot, y = X[FRESH][faint], Y[FRESH][faint]
    paper, ink = np.quantile(as_in_pilot, [0.5, 0.99])
    stretched = np.clip((as_in_pilot - paper) / (ink - paper), 0, 1)
    before, after = (np.mean(reader().predict(images) != y) for images in (as_in_pilot, stretched))
    return after / before
