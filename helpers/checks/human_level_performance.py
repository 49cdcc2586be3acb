"""Checks of the exercises on human-level performance."""

import math

import numpy as np
import pandas as pd

from helpers.course.exercises import exercise, judge_sorting, right, wrong


@exercise(
    wrong={
        "takes the majority's share": "return (1 - slip) ** 2 * (ambiguous * share + 1 - ambiguous)",
        "lets only one of the two slip": "return (1 - slip) * "
        "(ambiguous * (share**2 + (1 - share) ** 2) + 1 - ambiguous)",
        "forgets the unambiguous fields": "return (1 - slip) ** 2 * (share**2 + (1 - share) ** 2)",
        "forgets the minority": "return (1 - slip) ** 2 * (ambiguous * share**2 + 1 - ambiguous)",
    }
)
def expected_hlp(function):
    """Agreement of two random labelers, against the formula on several settings."""
    cases = ((0.7, 1.0, 0.0), (0.7, 0.4, 0.0), (1.0, 0.4, 0.02), (0.5, 0.3, 0.05), (0.9, 0.0, 0.1))
    for share, ambiguous, slip in cases:
        got = float(function(share, ambiguous, slip))
        both, same = (1 - slip) ** 2, share**2 + (1 - share) ** 2
        if math.isclose(got, both * (ambiguous * same + 1 - ambiguous), abs_tol=1e-9):
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
        return wrong(f"For {facts} two random labelers do not agree {got:.3f} of the time.")
    return right("Two labelers agree if both follow one convention or both follow the other, and neither slips.")


VERDICTS = {
    "reference numbers": "sides with a convention",
    "tumours and biopsies": "real win",
    "faint fields": "not comparable",
    "amounts by phone": "worse where it matters",
    "street names": "sides with a convention",
}


@exercise(
    wrong={
        "believes every headline": "verdicts = dict.fromkeys(verdicts, 'real win')",
        "trusts nothing that people labeled or not": "verdicts = dict.fromkeys(verdicts, 'sides with a convention')",
        "overlooks the expensive slice": "verdicts = {'reference numbers': 'sides with a convention', "
        "'tumours and biopsies': 'real win', 'faint fields': 'not comparable', 'amounts by phone': 'real win', "
        "'street names': 'sides with a convention'}",
        "overlooks that the people saw other items": "verdicts = {'reference numbers': 'sides with a convention', "
        "'tumours and biopsies': 'real win', 'faint fields': 'real win', 'amounts by phone': 'worse where it matters', "
        "'street names': 'sides with a convention'}",
    }
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
            "worse where it matters": "The average leads. Look at the row that costs the company money.",
        },
        praise="Ask for the source of the truth, the same items, and the slices, before you believe a headline.",
    )


def _made_answers(seed):
    rng = np.random.default_rng(seed)
    unsure = rng.random(60) < 0.3
    is_wrong = rng.random(60) < np.where(unsure, 0.5, 0.15)
    label = rng.integers(0, 10, 60).astype(str)
    model = np.where(is_wrong, (label.astype(int) + 1).astype(str), label)
    return pd.DataFrame({"is_ambiguous": unsure, "label": label, "model": model})


@exercise(
    wrong={
        "turns the question round": "part = answers[answers['is_ambiguous']]; "
        "return (part['model'] != part['label']).mean()",
        "divides by all fields": "return ((answers['model'] != answers['label']) & answers['is_ambiguous']).mean()",
        "counts what it got right": "return answers.loc[answers['model'] == answers['label'], 'is_ambiguous'].mean()",
    }
)
def convention_share(function, measured):
    """Share of the model's errors that lie on ambiguous fields, on the notebook's answers and made-up ones."""
    for answers in (_made_answers(1), _made_answers(2), measured):
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
    }
)
def next_steps(steps):
    """The next step for six products, from how people and model do."""
    return judge_sorting(
        steps,
        STEPS,
        hints={
            "write the guideline": "People see the same thing and write different things.",
            "improve the model": "People agree with each other and with the truth; who is behind?",
            "get a better signal": "Nobody can tell, the same person neither on a second try. What would help anyone?",
            "ship it": "The truth is from outside, and the model leads on every row.",
        },
        praise=(
            "Low agreement asks for a rule or a better signal; high agreement shows what the model still has to learn."
        ),
    )


_CURVES = (
    ([0.0, 0.1, 0.2, 0.4], [0.9, 0.7, 0.4, 0.1]),
    ([0.0, 0.03, 0.05, 0.1, 0.2], [0.95, 0.8, 0.6, 0.3, 0.1]),
    ([1.0, 2.0, 8.0], [0.8, 0.6, 0.2]),
)


def _crossing(levels, accuracy):
    after = next(i for i, value in enumerate(accuracy) if value <= 0.5)
    drop = (accuracy[after - 1] - 0.5) / (accuracy[after - 1] - accuracy[after])
    return levels[after - 1] + drop * (levels[after] - levels[after - 1])


@exercise(
    wrong={
        "interpolates with falling values": "return np.interp(0.5, accuracy, levels)",
        "takes the first measured level below": "return levels[np.argmax(np.asarray(accuracy) <= 0.5)]",
        "takes the nearest measured level": "return levels[np.argmin(np.abs(np.asarray(accuracy) - 0.5))]",
    }
)
def half_right_level(function):
    """Level at which accuracy falls to one half, on three falling curves."""
    for levels, accuracy in _CURVES:
        got = float(function(np.array(levels), np.array(accuracy)))
        if math.isclose(got, _crossing(levels, accuracy), abs_tol=1e-6):
            continue
        if math.isclose(got, float(np.interp(0.5, accuracy, levels)), abs_tol=1e-9):
            return wrong(
                "np.interp needs its second argument to rise. Here accuracy falls; what happens if you reverse both?"
            )
        if got in levels:
            return wrong("This is a level that was measured. The curve passes one half between two of them.")
        return wrong(
            f"For levels {levels} and accuracies {accuracy}, {got:.3f} is not where the curve passes one half."
        )
    return right("Reversed, accuracy rises, and a straight line between two measured levels gives the crossing.")


@exercise(
    wrong={
        "believes that people always win": "winners = dict.fromkeys(winners, 'people')",
        "compares means only": "winners = {'color, clean': 'network', 'noise .10': 'people', "
        "'contrast 5 %, JPEG': 'people', 'contrast 5 %, PNG': 'network', 'contrast 3 %, PNG': 'network'}",
        "asks only whether it is within the range on one side": "winners = {'color, clean': 'network', "
        "'noise .10': 'people', 'contrast 5 %, JPEG': 'people', 'contrast 5 %, PNG': 'people', "
        "'contrast 3 %, PNG': 'network'}",
    }
)
def who_wins(winners, table):
    """People, network or open, in five conditions, by the range of the people."""
    truth = {}
    for name, row in table.iterrows():
        above, below = row["VGG-16"] > row["best person"], row["VGG-16"] < row["worst person"]
        truth[name] = "network" if above else "people" if below else "open"
    compare = "Compare the network with the best and with the worst person."
    return judge_sorting(
        winners,
        truth,
        hints={
            "open": "Is the network outside the range of the people?",
            "network": compare,
            "people": compare,
        },
        praise="Who wins depends on the condition, down to the file format of the test images.",
        kinds=["people", "network", "open"],
    )
