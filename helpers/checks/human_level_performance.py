"""Checks of the exercises on human-level performance."""

import math

import numpy as np
import pandas as pd

from helpers.course.exercises import drawn, exercise, guess, judge_sorting, pick, right, wrong


def hlp_formula(share, ambiguous, slip):
    """Probability that two random labelers agree on a random field."""
    return (1 - slip) ** 2 * (ambiguous * (share**2 + (1 - share) ** 2) + 1 - ambiguous)


@guess(-30, 30, unit=" points")
def guess_lead(answer):
    """A guess of the model's lead over the people on the unambiguous fields."""


@exercise(
    wrong={
        "takes the majority's share": "return (1 - slip) ** 2 * (ambiguous * share + 1 - ambiguous)",
        "lets only one of the two slip": "return (1 - slip) * "
        "(ambiguous * (share**2 + (1 - share) ** 2) + 1 - ambiguous)",
        "forgets the unambiguous fields": "return (1 - slip) ** 2 * (share**2 + (1 - share) ** 2)",
        "forgets the minority": "return (1 - slip) ** 2 * (ambiguous * share**2 + 1 - ambiguous)",
        "two who slip agree": "return (1 - slip) ** 2 * (ambiguous * (share**2 + (1 - share) ** 2) + 1 - ambiguous) "
        "+ slip**2",
        "both must slip": "return (1 - slip**2) * (ambiguous * (share**2 + (1 - share) ** 2) + 1 - ambiguous)",
        "slips twice as often": "return (1 - 2 * slip) * (ambiguous * (share**2 + (1 - share) ** 2) + 1 - ambiguous)",
        "nobody slips where all is clear": "return (1 - slip) ** 2 * ambiguous * (share**2 + (1 - share) ** 2) "
        "+ 1 - ambiguous",
        "nobody agrees on an ambiguous field": "return (1 - slip) ** 2 * (1 - ambiguous)",
        "the share applies to all fields": "return (1 - slip) ** 2 * (share**2 + (1 - share) ** 2) * (1 - ambiguous)",
    },
    right_too={
        "by who differs": "return (1 - slip) ** 2 * (1 - 2 * ambiguous * share * (1 - share))",
        "field by field": "clear = 1 - ambiguous\nsame = np.dot([share, 1 - share], [share, 1 - share])\n"
        "keep = 1 - 2 * slip + slip**2\nreturn keep * clear + keep * ambiguous * same",
        "a loop over conventions": "agree = 1 - ambiguous\nfor part in (share, 1 - share):\n"
        "    agree += ambiguous * part**2\nreturn agree * (1 - slip) * (1 - slip)",
    },
)
def expected_hlp(function):
    """Agreement of two random labelers, against the formula on several settings."""
    cases = [(0.7, 1.0, 0.0), (0.7, 0.4, 0.0), (1.0, 0.4, 0.02), (0.5, 0.3, 0.05), (0.9, 0.0, 0.1)]
    cases.append(tuple(float(value) for value in drawn(1).uniform([0.55, 0.2, 0.02], [0.95, 0.8, 0.2]).round(2)))
    for share, ambiguous, slip in cases:
        got = float(function(share, ambiguous, slip))
        both, same = (1 - slip) ** 2, share**2 + (1 - share) ** 2
        if math.isclose(got, hlp_formula(share, ambiguous, slip), abs_tol=1e-6):
            continue
        facts = f"share {share}, ambiguous {ambiguous}, slip {slip}"
        if math.isclose(got, both * (ambiguous * share + 1 - ambiguous), abs_tol=1e-9):
            return wrong(
                "This is how often one labeler follows the majority. HLP compares two labelers with each other."
            )
        if math.isclose(got, (1 - slip) * (ambiguous * same + 1 - ambiguous), abs_tol=1e-9):
            return wrong("Either of the two may slip: the answer and the label that is taken for the truth.")
        if math.isclose(got, both * same, abs_tol=1e-9):
            return wrong(f"Not for {facts}: on the unambiguous fields nobody needs a convention.")
        if math.isclose(got, both * (ambiguous * share**2 + 1 - ambiguous), abs_tol=1e-9):
            return wrong("Two labelers of the minority convention agree with each other as well.")
        if slip and got > hlp_formula(share, ambiguous, slip):
            return wrong(
                f"For {facts} two random labelers agree less often than {got:.3f}. On every field, ambiguous or not, "
                "neither of the two may slip: how probable is that?"
            )
        return wrong(f"For {facts} two random labelers do not agree {got:.3f} of the time.")
    return right("Two labelers agree if both follow one convention or both follow the other, and neither slips.")


VERDICTS = {
    "reference numbers": "sides with a convention",
    "tumors and biopsies": "real win",
    "faint fields": "not comparable",
    "amounts by phone": "worse where it matters",
    "street names": "sides with a convention",
}


@exercise(
    wrong={
        "believes every headline": "verdicts = dict.fromkeys(verdicts, 'real win')",
        "trusts nothing that people labeled or not": "verdicts = dict.fromkeys(verdicts, 'sides with a convention')",
        "overlooks the expensive slice": "verdicts = {'reference numbers': 'sides with a convention', "
        "'tumors and biopsies': 'real win', 'faint fields': 'not comparable', 'amounts by phone': 'real win', "
        "'street names': 'sides with a convention'}",
        "overlooks that the people saw other items": "verdicts = {'reference numbers': 'sides with a convention', "
        "'tumors and biopsies': 'real win', 'faint fields': 'real win', 'amounts by phone': 'worse where it matters', "
        "'street names': 'sides with a convention'}",
        "doctors cannot be beaten": "verdicts = check.VERDICTS | {'tumors and biopsies': 'not comparable'}",
        "names are names": "verdicts = check.VERDICTS | {'street names': 'real win'}",
        "a lead is a lead": "verdicts = check.VERDICTS | {'reference numbers': 'worse where it matters'}",
        "rare is not comparable": "verdicts = check.VERDICTS | {'amounts by phone': 'not comparable'}",
    },
    right_too={
        "a Series in another order": "verdicts = pd.Series(check.VERDICTS).iloc[::-1]",
        "capitals and an article": "verdicts = {name: 'A ' + word.title() if word == 'real win' else word.upper() "
        "for name, word in check.VERDICTS.items()}",
    },
)
def headlines(verdicts):
    """Five reports of a beaten human level are judged."""
    return judge_sorting(
        verdicts,
        VERDICTS,
        hints={
            "sides with a convention": "Who made the labels, and on which fields does the model lead?",
            "real win": "Here the truth does not come from the people who are being beaten.",
            "not comparable": "Did the people and the model answer the same items?",
            "worse where it matters": "The average leads. Look at the slice that costs the company money.",
        },
        praise="Ask for the source of the truth, the same items, and the slices, before you believe a headline.",
    )


def _made_answers(seed):
    rng = np.random.default_rng(seed)
    unsure = rng.random(60) < 0.3
    is_wrong = rng.random(60) < np.where(unsure, 0.5, 0.15)
    label = rng.integers(0, 10, 60).astype(str)
    model = np.where(is_wrong, (label.astype(int) + 1).astype(str), label)
    human = np.roll(model, 7)
    return pd.DataFrame({"is_ambiguous": unsure, "label": label, "human": human, "model": model})


def share_of_ambiguous(answers):
    """Of the fields on which model and label differ, the share that is ambiguous."""
    return answers.loc[answers["model"] != answers["label"], "is_ambiguous"].mean()


@exercise(
    wrong={
        "turns the question round": "part = answers[answers['is_ambiguous']]; "
        "return (part['model'] != part['label']).mean()",
        "divides by all fields": "return ((answers['model'] != answers['label']) & answers['is_ambiguous']).mean()",
        "counts what it got right": "return answers.loc[answers['model'] == answers['label'], 'is_ambiguous'].mean()",
        "counts people's errors": "return answers.loc[answers['human'] != answers['label'], 'is_ambiguous'].mean()",
        "counts where the model leaves the human": "return answers.loc[answers['human'] != answers['model'], "
        "'is_ambiguous'].mean()",
        "in percent": "return 100 * answers.loc[answers['model'] != answers['label'], 'is_ambiguous'].mean()",
        "counts errors": "return answers.loc[answers['model'] != answers['label'], 'is_ambiguous'].sum()",
        "takes the others": "return 1 - answers.loc[answers['model'] != answers['label'], 'is_ambiguous'].mean()",
        "divides by the ambiguous fields": "bad = answers['model'] != answers['label']\n"
        "return (bad & answers['is_ambiguous']).sum() / answers['is_ambiguous'].sum()",
    },
    right_too={
        "a query": "bad = answers.query('model != label')['is_ambiguous']\nreturn bad.sum() / bad.size",
        "a cross table": "bad = answers['model'] != answers['label']\n"
        "return pd.crosstab(bad, answers['is_ambiguous'], normalize='index').loc[True, True]",
        "plain Python": "bad = [a for m, l, a in zip(answers['model'], answers['label'], answers['is_ambiguous']) "
        "if m != l]\nreturn sum(bad) / len(bad)",
    },
)
def convention_share(function, measured):
    """Share of the model's errors that lie on ambiguous fields, on the notebook's answers and invented ones."""
    secret = _made_answers(int(drawn(7).integers(2**31)))
    for answers in (_made_answers(1), _made_answers(2), secret, measured):
        got = float(function(answers.copy()))
        missed = answers["model"] != answers["label"]
        unsure = answers["is_ambiguous"]
        if math.isclose(got, unsure[missed].mean(), abs_tol=1e-9):
            continue
        if math.isclose(got, missed[unsure].mean(), abs_tol=1e-9):
            return wrong(
                "This is the error rate on ambiguous fields. Asked was: of all its errors, which share lies there?"
            )
        if math.isclose(got, (missed & unsure).mean(), abs_tol=1e-9):
            return wrong("Right numerator, but divided by all fields. Of the errors, which share is ambiguous?")
        if math.isclose(got, unsure[~missed].mean(), abs_tol=1e-9):
            return wrong("This looks at the fields it got right.")
        if 1 < got <= 100 and math.isclose(got, 100 * unsure[missed].mean()):
            return wrong("The right share in the wrong unit: return a number from 0 to 1.")
        return wrong("Select the rows where model and label differ; then take the mean of is_ambiguous.")
    return right(
        f"{got:.0%} of the model's errors lie on ambiguous fields. Most of these are lost lotteries: a guideline "
        "removes them, no better model can."
    )


STEPS = {
    "O or 0": "write the guideline",
    "crossed sevens": "improve the model",
    "wind on the line": "get a better signal",
    "um and er": "write the guideline",
    "blood test": "ship it",
    "thermal paper": "get a better signal",
}


@exercise(
    wrong={
        "always builds a bigger model": "steps = dict.fromkeys(steps, 'improve the model')",
        "always asks for better labels": "steps = dict.fromkeys(steps, 'write the guideline')",
        "hopes that a rule makes noise audible": "steps = {'O or 0': 'write the guideline', "
        "'crossed sevens': 'improve the model', 'wind on the line': 'write the guideline', "
        "'um and er': 'write the guideline', 'blood test': 'ship it', 'thermal paper': 'write the guideline'}",
        "improves what is already better than its truth needs": "steps = {'O or 0': 'write the guideline', "
        "'crossed sevens': 'improve the model', 'wind on the line': 'get a better signal', "
        "'um and er': 'write the guideline', 'blood test': 'improve the model', "
        "'thermal paper': 'get a better signal'}",
        "a low number for people asks for a better signal": (
            "steps = check.STEPS | {'O or 0': 'get a better signal', 'um and er': 'get a better signal'}"
        ),
        "close to people is good enough": "steps = check.STEPS | {'thermal paper': 'ship it'}",
        "beats people, so ship it": "steps = check.STEPS | {'um and er': 'ship it', 'O or 0': 'ship it'}",
        "takes crossed sevens for a convention": "steps = check.STEPS | {'crossed sevens': 'write the guideline'}",
    },
    right_too={
        "a Series in another order": "steps = pd.Series(check.STEPS).iloc[::-1]",
        "capitals": "steps = {name: step.capitalize() + '.' for name, step in check.STEPS.items()}",
    },
)
def next_steps(steps):
    """The next step for six products, from how people and model do."""
    return judge_sorting(
        steps,
        STEPS,
        hints={
            "write the guideline": "People see the same thing and write different things.",
            "improve the model": "People agree with each other and with the truth; who is behind?",
            "get a better signal": "Nobody can tell, not even the same person on a second try. What would help anyone?",
            "ship it": "The truth is from outside, and the model leads in every group.",
        },
        praise=(
            "Low agreement asks for a rule or a better signal; high agreement shows what the model still has to learn."
        ),
    )


_CURVES = (
    ([0.0, 0.1, 0.2, 0.4], [0.9, 0.7, 0.4, 0.1]),
    ([0.0, 0.03, 0.05, 0.1, 0.2], [0.95, 0.8, 0.6, 0.3, 0.1]),
    ([1.0, 2.0, 8.0], [0.8, 0.6, 0.2]),
    ([0.0, 1.0, 2.0, 3.0, 5.0], [1.0, 0.95, 0.55, 0.45, 0.0]),
)


def _first_below(accuracy):
    return next(i for i, value in enumerate(accuracy) if value <= 0.5)


def crossing(levels, accuracy):
    """The level at which an accuracy that falls with the level passes one half."""
    after = _first_below(accuracy)
    drop = (accuracy[after - 1] - 0.5) / (accuracy[after - 1] - accuracy[after])
    return levels[after - 1] + drop * (levels[after] - levels[after - 1])


@exercise(
    wrong={
        "interpolates with falling values": "return np.interp(0.5, accuracy, levels)",
        "takes the first measured level below": "return levels[np.argmax(np.asarray(accuracy) <= 0.5)]",
        "takes the nearest measured level": "return levels[np.argmin(np.abs(np.asarray(accuracy) - 0.5))]",
        "takes the last level above": "return levels[np.flatnonzero(accuracy >= 0.5)[-1]]",
        "takes the middle of the two": "i = int(np.argmax(accuracy <= 0.5))\nreturn (levels[i - 1] + levels[i]) / 2",
        "draws one line through all": "slope, start = np.polyfit(levels, accuracy, 1)\nreturn (0.5 - start) / slope",
        "sorts both": "return np.interp(0.5, np.sort(accuracy), np.sort(levels))",
        "half of the first": "return np.interp(accuracy[0] / 2, accuracy[::-1], levels[::-1])",
        "swaps level and accuracy": "return np.interp(0.5, levels, accuracy)",
    },
    right_too={
        "upside down": "return np.interp(-0.5, -np.asarray(accuracy), levels)",
        "by hand": "for i in range(1, len(levels)):\n    if accuracy[i] <= 0.5:\n"
        "        part = (accuracy[i - 1] - 0.5) / (accuracy[i - 1] - accuracy[i])\n"
        "        return levels[i - 1] + part * (levels[i] - levels[i - 1])",
        "sorted by accuracy": "order = np.argsort(accuracy, kind='stable')\n"
        "return np.interp([0.5], accuracy[order], levels[order])",
        "SciPy": "from scipy.interpolate import interp1d\nreturn interp1d(accuracy, levels)(0.5)",
    },
)
def half_right_level(function):
    """Level at which accuracy falls to one half, on four falling curves."""
    steps = np.pad(drawn(4).uniform(0.05, 0.3, (2, 6)).round(2).cumsum(axis=1), ((0, 0), (1, 0)))
    for levels, accuracy in (*_CURVES, (steps[0].tolist(), (1 - steps[1] / steps[1, -1]).tolist())):
        got = np.asarray(function(np.array(levels), np.array(accuracy)), dtype=float).item()
        if math.isclose(got, crossing(levels, accuracy), abs_tol=1e-6):
            continue
        if math.isclose(got, float(np.interp(0.5, accuracy, levels)), abs_tol=1e-9):
            return wrong(
                "np.interp needs its second argument to rise. Here accuracy falls; what happens if you reverse both?"
            )
        if got in levels:
            return wrong("This is a level that was measured. The curve passes one half between two of them.")
        after = _first_below(accuracy)
        if math.isclose(got, (levels[after - 1] + levels[after]) / 2):
            return wrong("This is halfway between two levels. How far along is one half between their two accuracies?")
        return wrong(
            f"For levels {levels} and accuracies {accuracy}, {got:.3f} is not where the curve passes one half."
        )
    return right("Reversed, accuracy rises, and a straight line between two measured levels gives the crossing.")


def verdict(network, people):
    """ "network" above every person, "people" below every one, else "open"."""
    return "network" if network > max(people) else "people" if network < min(people) else "open"


@exercise(
    wrong={
        "the mean of the people": "return 'network' if network > np.mean(people) else 'people'",
        "better than the worst is enough": (
            "return 'network' if network > min(people) else 'people' if network < min(people) else 'open'"
        ),
        "a draw with the best wins": (
            "return 'network' if network >= max(people) else 'people' if network <= min(people) else 'open'"
        ),
        "never open": "return 'network' if network > max(people) else 'people'",
        "the first and the last person": (
            "return 'network' if network > people[-1] else 'people' if network < people[0] else 'open'"
        ),
        "two standard deviations": (
            "far = 2 * np.std(people)\nreturn 'network' if network > np.mean(people) + far else "
            "'people' if network < np.mean(people) - far else 'open'"
        ),
        "a yes or no": "return network > max(people)",
    },
    right_too={
        "sorted, capitals": (
            "people = sorted(people)\nif network > people[-1]:\n    return 'Network'\n"
            "return 'People' if network < people[0] else 'Open'"
        ),
        "all of them": (
            "ahead = [network > person for person in people]\nbehind = [network < person for person in people]\n"
            "return 'the network' if all(ahead) else 'people' if all(behind) else 'open'"
        ),
    },
)
def who_wins(function):
    """The verdict over a network and some people, also where they are level."""
    cases = [
        (0.5, [0.4, 0.6, 0.55], "A network within the range of the people is not shown to be better or worse."),
        (0.7, [0.6, 0.4, 0.55], "The network is above every person."),
        (0.3, [0.6, 0.4, 0.55], "The network is below every person."),
        (0.58, [0.6, 0.4, 0.5], "It beats most people, but not the best. Is it outside their range?"),
        (0.6, [0.4, 0.6, 0.5], "Level with the best person: nobody wins."),
        (0.4, [0.4, 0.6, 0.5], "Level with the worst person: nobody wins."),
        (0.61, [0.6, 0.4, 0.5, 0.2], "A little above the best is above all of them, however far they lie apart."),
    ]
    for network, people, hint in cases:
        said = function(network, list(people))
        if isinstance(said, (bool, np.bool_)):
            return wrong("There are three outcomes: 'network', 'people' and 'open'.")
        if pick(said, ["people", "network", "open"]) != verdict(network, people):
            return wrong(hint)
    return right("Who wins depends on the condition, and within the range of the people nobody does.")
