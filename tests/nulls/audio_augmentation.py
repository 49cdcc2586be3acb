"""Where the claims of week 2, notebook 6, must fail."""

from functools import cache, partial

import numpy as np
from sklearn.decomposition import PCA
from sklearn.model_selection import GroupShuffleSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from helpers import audio_augmentation as aug
from helpers import datasets
from nulls import null


@cache
def recordings():
    """Waves, digits, voices, and the noise of two cafés, the first for training copies."""
    clips, y, voice = datasets.load_spoken_digits()
    rng, babble = np.random.default_rng(0), datasets.load_babble()
    cafes = aug.cafe_noise(rng, babble=babble[:8]), aug.cafe_noise(rng, babble=babble[8:])
    return aug.stack_clips(clips), y, voice, *cafes


@cache
def changes():
    *_, ours, theirs = recordings()
    cafe = partial(aug.add_background, noise=ours, snr_db=(0, 20))
    return {
        "quiet": lambda waves, rng: waves,
        "café": cafe,
        "echo": aug.add_echo,
        "shift": aug.shift_time,
        "far": partial(aug.shift_time, max_ms=600),
        "white noise": aug.add_white,
        "chained": lambda waves, rng: cafe(aug.add_echo(aug.shift_time(aug.change_speed(waves, rng), rng), rng), rng),
        "their café": partial(aug.add_background, noise=theirs, snr_db=(5, 5)),
        "hiss": partial(aug.add_white, snr_db=(5, 5)),
    }


@cache
def features(change, draw):
    rng = np.random.default_rng([len(change), draw])
    return aug.changed_features(recordings()[0], changes()[change], rng)


@cache
def accuracy(recipes, condition, make_model=aug.make_recognizer):
    """Of the linear model on new voices, trained on quiet recordings and three copies, by recipe."""
    _, y, voice, *_ = recordings()
    copies = [features(recipe, 1 + i % 3) for i, recipe in enumerate((recipes * 3)[:3])] if recipes else []
    train = {"it": np.stack([features("quiet", 0), *copies])}
    table = aug.held_out_accuracy(train, {"there": features(condition, 9)}, y, voice, make_model=make_model)
    return table["accuracy"].mean()


@null("Copies made before a random split flatter the model")
def _():
    _, y, *_ = recordings()
    folder = np.concatenate([features("quiet", 0), *(features("white noise", i) for i in range(3))])
    recording = np.tile(np.arange(len(y)), 4)
    scores = [
        cross_val_score(aug.make_recognizer(), folder, np.tile(y, 4), groups=recording, cv=splitter).mean()
        for splitter in (GroupShuffleSplit(4, train_size=15 / 36, random_state=draw) for draw in range(2))
    ]
    return scores[0] - scores[1]


@null("Café copies win back at least a third of the accuracy that a café at 5 dB takes")
def _():
    plain = accuracy((), "their café")
    return (accuracy(("echo",), "their café") - plain) / (accuracy((), "quiet") - plain)


@null("In the café the café's own copies beat the runner-up")
def _():
    others = accuracy(("white noise",), "hiss"), accuracy(("chained",), "hiss")
    return accuracy(("café",), "hiss") - max(others)


@null("One of each beats everything chained in echo and shift")
def _():
    return accuracy(("café", "echo", "shift"), "their café") - accuracy(("chained",), "their café")


@null("With everything chained, callers in an echo gain at most four points of accuracy")
def _():
    return accuracy(("echo",), "echo") - accuracy((), "echo")


@null("From new synthetic voices to a real person, the recognizer loses at least 25 points of accuracy")
def _():
    _, y, voice, *_ = recordings()
    quiet, losses = features("quiet", 0), []
    for stranger in (0, 12, 24):
        other = voice == stranger
        people = {"person": (quiet[other], y[other])}
        how = {"elsewhere": people, "n_splits": 2}
        table = aug.held_out_accuracy(
            {"it": quiet[None, ~other]}, {"new": quiet[~other]}, y[~other], voice[~other], **how
        )
        mean = table.groupby("tested on")["accuracy"].mean()
        losses.append(100 * (mean["new"] - mean["person"]))
    return np.mean(losses)


def quiet_cost(make_model):
    return accuracy((), "quiet", make_model) - accuracy(("café",), "quiet", make_model)


def make_linear_svm():
    return make_pipeline(StandardScaler(), PCA(60, svd_solver="covariance_eigh"), SVC(C=5, kernel="linear"))


@null("Café copies cost the linear model more in the quiet than the SVM")
def _():
    return quiet_cost(aug.make_recognizer) - quiet_cost(make_linear_svm)


@null("Café copies cost the SVM next to nothing in the quiet")
def _():
    return quiet_cost(make_linear_svm)


@null("Training shifts far beyond the real ones help less than shifts like the real ones")
def _():
    return accuracy(("shift",), "far") - accuracy(("far",), "far")
