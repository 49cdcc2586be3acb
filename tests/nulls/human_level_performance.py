"""Where the claims of week 3, notebook 3, must fail."""

from functools import cache

from helpers import human_level_performance as hlp
from helpers.datasets import load_published
from nulls import null


@cache
def leads(share, slip=0.02):
    runs = hlp.compare((share,), n_train=2000, n_runs=3, seed=0, slip=slip)
    return hlp.lead(runs).set_index("fields")


@null("Over all fields the model beats 'human level'")
def _():
    return leads(1.0).loc["all", "lead"]


@null("On the ambiguous fields it leads by at least five points")
def _():
    return 100 * leads(1.0).loc["ambiguous", "lead"]


@null("On the unambiguous fields it is at least 1.5 points behind people")
def _():
    return -100 * leads(0.7, slip=0.1).loc["unambiguous", "lead"]


@null("One line in the guideline raises the model's agreement too, by at least eight points")
def _():
    return 100 * (leads(1.0).loc["all", "model"] - leads(0.95).loc["all", "model"])


@null("At full agreement people lead again, by at least one point")
def _():
    return -100 * leads(1.0, slip=0.1).loc["all", "lead"]


def half_right(experiment):
    table = load_published("geirhos2017_thresholds_50pct")
    return table[table["experiment"] == experiment].set_index("observer")["level_at_50pct"][
        list(hlp.OBSERVERS.values())
    ]


@null("People bear over three times the noise of the best network")
def _():
    levels = half_right("contrast-png-experiment")
    return levels.drop("human_mean").min() / levels["human_mean"]


@null("With PNG files VGG-16 needs no more contrast than people")
def _():
    levels = half_right("contrast-experiment")
    return levels["vgg"] / levels["human_mean"]


@null("At equal accuracy people's answers vary by three bits more than those of two networks")
def _():
    noise = hlp.load_weak_signal("noise")
    spread = noise[noise["level"] == noise["level"].min()].set_index("observer")["entropy_bits"]
    return spread["human"] - spread[["AlexNet", "GoogLeNet"]].max()
