"""Checks of the exercises in week2/06_audio_augmentation."""

import copy
import math

import numpy as np
import pandas as pd

from helpers.course.exercises import as_list, drawn, exercise, guess, judge_sorting, right, wrong


def voices_drawn(voice, n_train, rng):
    """True for all recordings of `n_train` voices drawn at random."""
    return np.isin(voice, rng.choice(np.unique(voice), n_train, replace=False))


@exercise(
    wrong={
        "draws recordings, not voices": "return rng.random(len(voice)) < n_train / len(np.unique(voice))",
        "takes the first voices in the file": "return np.isin(voice, np.unique(voice)[:n_train])",
        "draws a voice once per recording": "return np.isin(voice, rng.choice(voice, n_train))",
        "may draw a voice twice": "return np.isin(voice, rng.choice(np.unique(voice), n_train))",
        "the voices instead of the recordings": "return rng.choice(np.unique(voice), n_train, replace=False)",
        "a generator of its own": (
            "rng = np.random.default_rng(0)\n"
            "return np.isin(voice, rng.choice(np.unique(voice), n_train, replace=False))"
        ),
        "the generator of NumPy": "return np.isin(voice, np.random.choice(np.unique(voice), n_train, replace=False))",
        "numbers the voices from 0": "return np.isin(voice, rng.choice(len(np.unique(voice)), n_train, replace=False))",
        "the others": "return ~np.isin(voice, rng.permutation(np.unique(voice))[:n_train])",
    },
    right_too={
        "a shuffled list": (
            "voices = sorted(set(voice.tolist()))\nrng.shuffle(voices)\n"
            "return [number in voices[:n_train] for number in voice]"
        ),
        "scikit-learn": (
            "split = GroupShuffleSplit(1, train_size=n_train, random_state=int(rng.integers(1000)))\n"
            "mask = np.zeros(len(voice), dtype=bool)\nmask[next(split.split(voice, groups=voice))[0]] = True\n"
            "return mask"
        ),
        "pandas": "return pd.Series(voice).isin(rng.permutation(np.unique(voice))[:n_train])",
    },
)
def known_voices(function):
    """The mask keeps each voice on one side, with the wanted number of voices, drawn at random."""
    chosen = set()
    for seed in range(30):
        rng = drawn(seed)
        voice = rng.permutation(np.repeat([3, 4, 8, 11, 12, 20], [9, 1, 5, 20, 2, 3]))
        same = copy.deepcopy(rng)
        mask = np.array(as_list(function(voice, 4, rng)))
        if mask.shape != voice.shape or mask.dtype != bool:
            return wrong("Return one True or False per recording: an array of bools as long as `voice`.")
        known, new = set(voice[mask].tolist()), set(voice[~mask].tolist())
        if known & new:
            return wrong("Some voice has recordings on both sides: the model would meet an old customer in the test.")
        if len(known) != 4:
            return wrong(f"4 different voices were asked for; this mask has {len(known)}.")
        if not np.array_equal(mask, as_list(function(voice, 4, same))):
            return wrong("The same generator, asked twice, gave other voices: draw with `rng` and nothing else.")
        chosen.add(frozenset(known))
    if len(chosen) == 1:
        return wrong("The same voices come out whatever the generator: draw them with `rng`.")
    return right("Whole voices change sides, never single recordings: that is what a new customer is.")


def mixed_at(speech, noise, snr_db):
    """The speech and the noise, scaled so that the ratio of their mean powers is `snr_db` decibels."""
    wanted = np.mean(speech**2) / 10 ** (snr_db / 10)
    return speech + noise * np.sqrt(wanted / np.mean(noise**2))


@exercise(
    wrong={
        "takes decibels for an amplitude ratio": (
            "power = np.mean(speech**2) / 10 ** (snr_db / 10)\nreturn speech + noise * power / np.mean(noise**2)"
        ),
        "more decibels, more noise": (
            "power = np.mean(speech**2) * 10 ** (snr_db / 10)\n"
            "return speech + noise * np.sqrt(power / np.mean(noise**2))"
        ),
        "forgets how loud the noise already is": (
            "return speech + noise * np.sqrt(np.mean(speech**2) / 10 ** (snr_db / 10))"
        ),
        "forgets how loud the speech is": ("return speech + noise / np.sqrt(np.mean(noise**2) * 10 ** (snr_db / 10))"),
        "scales the speech instead": (
            "power = np.mean(noise**2) * 10 ** (snr_db / 10)\n"
            "return speech * np.sqrt(power / np.mean(speech**2)) + noise"
        ),
        "returns the noise alone": (
            "power = np.mean(speech**2) / 10 ** (snr_db / 10)\nreturn noise * np.sqrt(power / np.mean(noise**2))"
        ),
        "decibels by twenty": (
            "power = np.mean(speech**2) / 10 ** (snr_db / 20)\n"
            "return speech + noise * np.sqrt(power / np.mean(noise**2))"
        ),
        "powers from the peaks": (
            "power = np.max(speech**2) / 10 ** (snr_db / 10)\nreturn speech + noise * np.sqrt(power / np.max(noise**2))"
        ),
        "the silence left out": (
            "power = np.mean(speech[speech != 0] ** 2) / 10 ** (snr_db / 10)\n"
            "return speech + noise * np.sqrt(power / np.mean(noise**2))"
        ),
        "the louder samples only": (
            "from helpers.audio_augmentation import speech_power\n"
            "power = speech_power(speech) / 10 ** (snr_db / 10)\n"
            "return speech + noise * np.sqrt(power / np.mean(noise**2))"
        ),
        "absolute values for squares": (
            "ratio = np.mean(np.abs(speech)) / np.mean(np.abs(noise))\n"
            "return speech + noise * ratio / 10 ** (snr_db / 20)"
        ),
        "a sum and a mean": (
            "power = np.sum(speech**2) / 10 ** (snr_db / 10)\n"
            "return speech + noise * np.sqrt(power / np.mean(noise**2))"
        ),
        "variances for powers": (
            "power = np.var(speech) / 10 ** (snr_db / 10)\nreturn speech + noise * np.sqrt(power / np.var(noise))"
        ),
    },
    right_too={
        "amplitudes by twenty": (
            "rms = lambda sound: np.sqrt(np.mean(np.square(sound)))\n"
            "return speech + noise * rms(speech) / rms(noise) / 10 ** (snr_db / 20)"
        ),
        "sums, since both are equally long": (
            "factor = np.sqrt(sum(speech**2) / sum(noise**2) * 10 ** (-snr_db / 10))\n"
            "return [s + factor * n for s, n in zip(speech, noise)]"
        ),
    },
)
def add_noise(function):
    """Speech power over the power of what was added is the ratio asked for, whatever came in."""
    rng = drawn(5)
    for speech_level, noise_level, snr_db in [(1, 1, 10), (1, 1, 3), (0.1, 1, 6), (1, 0.2, 6), (2, 7, -5)]:
        speech, noise = rng.standard_normal((2, 400))
        speech, noise = speech + 0.7, noise - 0.4  # so that a variance is no power
        speech[:100] = 0  # silence before the word
        speech *= speech_level / np.sqrt(np.mean(speech**2))
        noise *= noise_level / np.sqrt(np.mean(noise**2))
        added = np.asarray(function(speech.copy(), noise.copy(), snr_db), dtype=float)
        if added.shape != speech.shape:
            return wrong("Return one sound as long as the speech: the speech with the noise added.")
        added = added - speech
        got = 10 * math.log10(np.mean(speech**2) / np.mean(added**2)) if np.any(added) else math.inf
        scaled = noise * (added @ noise) / (noise @ noise)  # the part of it that is the noise, louder or quieter
        if not np.allclose(added, scaled):
            return wrong("Take the speech away from what came back: the noise should be left, only louder or quieter.")
        if abs(got - snr_db) < 1e-6:
            continue
        if abs(10 * math.log10(np.var(speech) / np.var(added)) - snr_db) < 1e-6:
            return wrong("A variance subtracts the mean first. The power is the mean of the squares.")
        side = "below" if got >= 0 else "above"
        case = f"Asked for {snr_db} dB, what was added lies {abs(got):.2f} dB {side} the speech"
        if abs(got - snr_db) < 1.8:
            return wrong(f"{case}. The power is the mean of the squares over the whole array, silence included.")
        if abs(abs(got - snr_db) - 10 * math.log10(len(speech))) < 1.8:
            return wrong(f"{case}. Take the mean of the squares on both sides, or the sum on both.")
        if speech_level == noise_level == 1 and abs(got + snr_db) < 1:
            return wrong(f"{case}. A higher ratio means a clearer call: look at the sign.")
        if speech_level == noise_level == 1 and min(abs(got - 2 * snr_db), abs(got - snr_db / 2)) < 1:
            return wrong(f"{case}. Decibels compare powers; the noise is multiplied as an amplitude.")
        if speech_level == noise_level == 1:
            return wrong(f"{case}. The power is the mean of the squares, and the ratio is between two powers.")
        if speech_level != 1:
            return wrong(f"{case}, for speech that was quieter or louder than before. The ratio is between the two.")
        return wrong(f"{case}, for a noise recording that was quieter than before. Which power did it start with?")
    return right("The wanted noise power over the power it has, and the square root of that as the factor.")


@guess(0, 100, unit=" %")
def guess_cafe(answer):
    """A guess of the accuracy in a café at 5 dB with café copies."""


def most_understood(accuracy, calls):
    """The recipe that understands the largest share of the calls."""
    return (accuracy[list(calls)] * pd.Series(calls)).sum(axis=1).idxmax()


def _tables():
    rng = drawn(1)
    conditions, recipes = ["quiet", "café 5 dB", "echo"], ["nothing", "café", "echo", "chained"]
    for _ in range(40):
        values = rng.uniform(0.2, 1, (4, 3)).round(3)
        shares = rng.dirichlet([1, 1, 1]).round(3)
        calls = list(zip(conditions, shares.tolist(), strict=True))
        yield pd.DataFrame(values, recipes, conditions), dict([calls[i] for i in rng.permutation(3)])


@exercise(
    wrong={
        "every condition counts the same": "return accuracy.mean(axis=1).idxmax()",
        "the best in the most common condition": "return accuracy[max(calls, key=calls.get)].idxmax()",
        "the best of the worst conditions": "return accuracy.min(axis=1).idxmax()",
        "pairs shares and columns by position": "return (accuracy * list(calls.values())).sum(axis=1).idxmax()",
        "the position of the row": "return (accuracy[list(calls)] * pd.Series(calls)).sum(axis=1).argmax()",
        "the share instead of the name": "return (accuracy[list(calls)] * pd.Series(calls)).sum(axis=1).max()",
        "the least misunderstood": "return ((1 - accuracy[list(calls)]) * pd.Series(calls)).sum(axis=1).idxmax()",
    },
    right_too={
        "a product of matrices": "return (accuracy @ pd.Series(calls)).idxmax()",
        "a loop": (
            "def heard(name):\n    return sum(share * accuracy.loc[name, c] for c, share in calls.items())\n"
            "return max(accuracy.index, key=heard)"
        ),
        "fewest misunderstood": (
            "missed = ((1 - accuracy) * pd.Series(calls)).sum(axis=1)\n"
            "return missed.sort_values(kind='stable').index[0]"
        ),
    },
)
def best_recipe(function):
    """The recipe with the highest accuracy over the calls as they come, on forty random tables."""
    tables = [(table, calls, function(table.copy(), dict(calls))) for table, calls in _tables()]
    answers = [str(answer) for _, _, answer in tables]
    if answers == [(table @ pd.Series(calls)).idxmax() for table, calls, _ in tables]:
        return right("Each condition counts as often as it is called from: augment for the calls you get.")
    if answers == [table.mean(axis=1).idxmax() for table, _, _ in tables]:
        return wrong("A condition that one caller in a hundred has must not count as much as the most common one.")
    if answers == [table[max(calls, key=calls.get)].idxmax() for table, calls, _ in tables]:
        return wrong("The rarer conditions are calls too: they count for less, not for nothing.")
    if answers == [table.min(axis=1).idxmax() for table, _, _ in tables]:
        return wrong("That guards the worst condition. The question is the share of all calls understood.")
    if answers == [(table * list(calls.values())).sum(axis=1).idxmax() for table, calls, _ in tables]:
        return wrong("The dict need not list the conditions in the order of the columns: match them by name.")
    if not {*answers} <= {str(name) for table, _, _ in tables for name in table.index}:
        return wrong("Return the name of a recipe, a row of the table, and not a number.")
    return wrong("On random tables another recipe understands a larger share of the calls.")


def least_silence(starts_ms, word_ms, length_ms):
    """The shorter of the silences before and after a word."""
    return min(starts_ms, length_ms - starts_ms - word_ms)


@exercise(
    wrong={
        "only the end can cut the word": "return length_ms - starts_ms - word_ms",
        "only the start can cut the word": "return starts_ms",
        "all the silence there is": "return length_ms - word_ms",
        "half of the silence": "return (length_ms - word_ms) / 2",
        "the larger silence": "return max(starts_ms, length_ms - starts_ms - word_ms)",
        "forgets where the word begins": "return min(starts_ms, length_ms - word_ms)",
        "a little on the safe side": "return 0.9 * min(starts_ms, length_ms - starts_ms - word_ms)",
        "both ways at once": "return -starts_ms, length_ms - starts_ms - word_ms",
    },
    right_too={
        "an if": (
            "after = length_ms - (starts_ms + word_ms)\nif after < starts_ms:\n    return float(after)\n"
            "return starts_ms"
        ),
        "NumPy": "return np.min([starts_ms, length_ms - word_ms - starts_ms])",
    },
)
def safe_shift(function):
    """The largest shift in either direction that loses nothing of the word."""
    cases = [(75, 300, 900), (200, 600, 900), (100, 700, 900), (0, 500, 900), (50, 100, 2000)]
    cases += [(start, 500, start + 500 + after) for start, after in drawn(3).integers(10, 400, (4, 2)).tolist()]
    for starts, word, length in cases:
        got, truth = function(starts, word, length), least_silence(starts, word, length)
        if np.size(got) != 1:
            return wrong("Return one number: the direction is drawn at random, so the same limit holds for both.")
        if got == truth:
            continue
        case = f"A word of {word} ms that starts at {starts} ms of {length} ms and moves by {got} ms"
        if got > starts:
            return wrong(f"{case} can lose its start: shifts go both ways.")
        if got > length - starts - word:
            return wrong(f"{case} can lose its end: shifts go both ways.")
        return wrong(f"{case} loses nothing, but it could move further.")
    return right("The smaller of the two silences: beyond it the label stays and the word goes.")


def verdicts(table):
    """The rule of section 7 applied to a table of candidates, in its order of questions."""
    lost = table["people understand"] < 0.5
    rare = table["calls like it"] < 0.01
    fine = table["model understands"] >= table["people understand"] - 0.05
    return {
        name: "label lost"
        if lost[name]
        else "does not occur"
        if rare[name]
        else "already solved"
        if fine[name]
        else "use"
        for name in table.index
    }


@exercise(
    wrong={
        "whatever the model fails on": (
            "verdict = {name: 'use' if row['model understands'] < 0.9 else 'already solved'\n"
            "           for name, row in candidates.iterrows()}"
        ),
        "whatever occurs": (
            "verdict = {name: 'use' if row['calls like it'] >= 0.01 else 'does not occur'\n"
            "           for name, row in candidates.iterrows()}"
        ),
        "never asks whether a person understands": (
            "verdict = {name: 'does not occur' if row['calls like it'] < 0.01 else\n"
            "           'already solved' if row['model understands'] >= 0.9 else 'use'\n"
            "           for name, row in candidates.iterrows()}"
        ),
        "asks for the model first": (
            "verdict = {name: 'already solved' if row['model understands'] >= row['people understand'] - 0.05\n"
            "           else check.verdicts(candidates)[name] for name, row in candidates.iterrows()}"
        ),
        "a word cut short is still a word": (
            "verdict = check.verdicts(candidates) | {'word cut in the middle': 'use'}"
        ),
        "use everything": "verdict = dict.fromkeys(verdict, 'use')",
        "a little gain is a gain": "verdict = check.verdicts(candidates) | {'other accent': 'use'}",
    },
    right_too={
        "the rule as code": (
            "known = candidates['people understand'] >= 0.5\noccurs = candidates['calls like it'] >= 0.01\n"
            "behind = candidates['people understand'] - candidates['model understands'] > 0.05 + 1e-9\n"
            "verdict = pd.Series(np.select([~known, ~occurs, ~behind], ['label lost', 'does not occur', "
            "'already solved'], 'use'), candidates.index)"
        ),
        "another order, capitals": (
            "verdict = {name: said.capitalize() + '.' for name, said in reversed(check.verdicts(candidates).items())}"
        ),
        "with hyphens": "verdict = {name: said.replace(' ', '-') for name, said in check.verdicts(candidates).items()}",
    },
)
def verdict(answer, table):
    """Each candidate gets the verdict of the first question that it fails."""
    return judge_sorting(
        answer,
        verdicts(table),
        hints={
            "label lost": "Would a person still understand the digit? Ask that first.",
            "does not occur": "How many callers sound like that?",
            "already solved": "Compare the model with a person; how much is left to gain?",
            "use": "Ask the three questions one by one: does it fail any of them?",
        },
        praise="A person understands it, callers sound like it, the model does not: only then does it pay.",
    )
