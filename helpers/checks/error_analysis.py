"""Checks of the exercises in week2/04_error_analysis."""

import numpy as np
import pandas as pd

from helpers.course.exercises import as_list, exercise, judge_sorting, misfiled, pick, right, wrong

TAGS = dict(
    zip("abcdefgh", "rotated,faint,thick pen,ambiguous,faint,ambiguous,rotated,thick pen".split(","), strict=True)
)
FORGOTTEN = {
    "upside down": "frequency",
    "doctors": "room",
    "new lens": "ease",
    "stickers": "importance",
    "capital letters": "room",
}


@exercise(
    wrong={
        "takes what is hard to read for faint": 'my_tags = {"a": "rotated", "b": "faint", "c": "thick pen", '
        '"d": "faint", "e": "faint", "f": "faint", "g": "rotated", "h": "thick pen"}',
        "calls askew writing ambiguous": 'my_tags = {"a": "ambiguous", "b": "faint", "c": "thick pen", '
        '"d": "ambiguous", "e": "faint", "f": "ambiguous", "g": "ambiguous", "h": "thick pen"}',
        "explains an odd shape by rotation": 'my_tags = {"a": "rotated", "b": "faint", "c": "thick pen", '
        '"d": "rotated", "e": "faint", "f": "rotated", "g": "rotated", "h": "thick pen"}',
        "grain for a thick stroke": 'my_tags = check.TAGS | {"b": "thick pen", "e": "thick pen"}',
        "a list": "my_tags = list(check.TAGS.values())",
    },
    right_too={
        "another order and capitals": "my_tags = {k: check.TAGS[k].upper() for k in 'hgfedcba'}",
        "a Series with hyphens": "my_tags = pd.Series(check.TAGS).str.replace(' ', '-')",
    },
)
def tag_fields(answer):
    """The planted condition of eight pictures."""
    missed = misfiled(answer, TAGS)
    if not missed:
        return right("Tags come from looking. Two people should tag the same fifty fields, and compare.")
    first, said = next(iter(missed.items()))
    hints = {
        "faint": f"Look at the paper around the digit in {first}: is it clean or grainy?",
        "thick pen": f"Compare the width of the strokes in {first} with its neighbors.",
        "rotated": f"Turn your head for {first}. Can you read it now, or could it still be two digits?",
        "ambiguous": f"Is the scan of {first} bad, or does the digit just stand differently from its neighbors?",
    }
    return wrong(f"{len(missed)} of 8 differ. {hints[said]}")


@exercise(
    wrong={
        "takes every rate for frequency": 'forgotten = dict.fromkeys(forgotten, "frequency")',
        "takes a high ceiling for ease": 'forgotten = {"upside down": "frequency", "doctors": "ease", '
        '"new lens": "ease", "stickers": "importance", "capital letters": "ease"}',
        "takes what nobody misses for frequent": 'forgotten = {"upside down": "frequency", "doctors": "room", '
        '"new lens": "ease", "stickers": "room", "capital letters": "frequency"}',
        "the share alone": 'forgotten = check.FORGOTTEN | {"capital letters": "importance"}',
        "other keys": "forgotten = dict(zip('abcde', check.FORGOTTEN.values()))",
    },
    right_too={
        "another order": "forgotten = dict(reversed(check.FORGOTTEN.items()))",
        "with an article": "forgotten = {k: f'the {word}' for k, word in check.FORGOTTEN.items()}",
    },
)
def missing_factor(answer):
    """The factor each sentence forgets."""
    return judge_sorting(
        answer,
        FORGOTTEN,
        hints={
            "upside down": "How many forms would be read better if upside-down ones were read perfectly?",
            "doctors": "If two experts disagree as often as the reader errs, how far can its error rate fall?",
            "new lens": "The gain is real. What does it take to get it?",
            "stickers": "They are frequent and misread. What does one misread sticker cost?",
            "capital letters": "Half of the traffic is frequent enough. What does the comparison with a person tell?",
        },
        praise="Each factor alone makes a convincing sentence; the decision needs all four.",
    )


@exercise(
    wrong={
        "divides by all fields": "both = np.sum(in_leaf & is_error)\n"
        "return both / len(is_error), both / np.sum(is_error), np.mean(in_leaf)",
        "swaps rate and coverage": "both = np.sum(in_leaf & is_error)\n"
        "return both / np.sum(is_error), both / np.sum(in_leaf), np.mean(in_leaf)",
        "takes the share among the errors": "both = np.sum(in_leaf & is_error)\n"
        "return both / np.sum(in_leaf), both / np.sum(is_error), both / np.sum(is_error)",
        "in percent": "both = np.sum(in_leaf & is_error)\n"
        "return 100 * both / np.sum(in_leaf), 100 * both / np.sum(is_error), 100 * np.mean(in_leaf)",
        "rounds": "both = np.sum(in_leaf & is_error)\n"
        "return round(both / np.sum(in_leaf), 1), round(both / np.sum(is_error), 1), round(np.mean(in_leaf), 1)",
        "counts either": "both = np.sum(in_leaf | is_error)\n"
        "return both / np.sum(in_leaf), both / np.sum(is_error), np.mean(in_leaf)",
    },
    right_too={
        "means of parts": "return [is_error[in_leaf].mean(), in_leaf[is_error].mean(), in_leaf.mean()]",
        "an array": "both = (in_leaf * is_error).sum()\n"
        "return np.array([both / in_leaf.sum(), both / is_error.sum(), in_leaf.sum() / len(in_leaf)])",
    },
)
def leaf_numbers(function):
    """Error rate, coverage and share on random leaves."""
    rng = np.random.default_rng(0)
    for rate, size in [(0.3, 0.1), (0.05, 0.6), (0.9, 0.02), (0.5, 0.5)]:
        in_leaf, is_error = rng.random(400) < size, rng.random(400) < 0.1
        in_leaf[:2], is_error[:1] = True, True
        is_error = is_error | (in_leaf & (rng.random(400) < rate))
        got = [float(number) for number in as_list(function(in_leaf.copy(), is_error.copy()))]
        truth = [is_error[in_leaf].mean(), in_leaf[is_error].mean(), in_leaf.mean()]
        if len(got) != 3:
            return wrong("Return three numbers: error rate, coverage, share.")
        if np.allclose(got, truth):
            continue
        if np.allclose(got, [truth[1], truth[0], truth[2]]):
            return wrong("The right numbers in another order. The error rate looks at the fields of the leaf only.")
        if np.allclose(got[:2], truth[:2]):
            return wrong("The share is about all fields, read wrong or not.")
        if np.allclose(got[1:], truth[1:]):
            return wrong("An error rate asks: of the fields in this leaf, how many are wrong?")
        return wrong("Count three things first: fields in the leaf, errors, and errors in the leaf.")
    return right("A high rate with a low coverage is a curiosity; with a high coverage it is a plan.")


@exercise(
    wrong={
        "ranks before looking": 'steps = ["E", "G", "B", "D", "C", "A", "F"]',
        "repairs before estimating": 'steps = ["E", "B", "D", "C", "G", "A", "F"]',
        "tags before looking": 'steps = ["E", "D", "B", "G", "C", "A", "F"]',
        "goes back without measuring": 'steps = ["E", "B", "D", "G", "C", "F", "A"]',
        "measures before the repair": 'steps = ["E", "B", "D", "G", "A", "C", "F"]',
        "leaves out the way back": 'steps = ["E", "B", "D", "G", "C", "A"]',
    },
    right_too={
        "small letters in a tuple": "steps = tuple('ebdgcaf')",
        "an array": "steps = np.array(list('EBDGCAF'))",
    },
)
def loop_order(answer):
    """The seven steps in order."""
    order = [str(step).strip().upper() for step in as_list(answer)]
    if sorted(order) != list("ABCDEFG"):
        return wrong("Use each of the letters A to G once.")
    place = {letter: order.index(letter) for letter in order}
    rules = [
        ("E", "B", "Before you can look at misread fields, you have to find them."),
        ("B", "D", "Tags that were written before looking find only what you expected."),
        ("D", "G", "An estimate per tag needs fields that have been tagged and counted."),
        ("G", "C", "How would you choose the repair with the best balance, before estimating gain and effort?"),
        ("C", "A", "There is nothing to measure before the repair is carried out."),
        ("A", "F", "Whether to stop is decided by what the measurement says."),
    ]
    for earlier, later, hint in rules:
        if place[earlier] > place[later]:
            return wrong(hint)
    return right("Find, look, tag, estimate, repair, measure, and round again: the looking is the part people skip.")


@exercise(
    wrong={
        "forgets the baseline": 'saving = 10_000 * calls["share"] * calls["error_rate"] * calls["price_eur"]\n'
        'priorities = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})\n'
        'priorities = priorities.sort_values("per_day", ascending=False)\nfirst = priorities.index[0]',
        "forgets the frequency": 'saving = 10_000 * (calls["error_rate"] - calls["human_error_rate"]) '
        '* calls["price_eur"]\npriorities = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})\n'
        'priorities = priorities.sort_values("per_day", ascending=False)\nfirst = priorities.index[0]',
        "chooses the largest saving": 'room = calls["error_rate"] - calls["human_error_rate"]\n'
        'saving = 10_000 * calls["share"] * room * calls["price_eur"]\n'
        'priorities = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})\n'
        'priorities = priorities.sort_values("saving_eur", ascending=False)\nfirst = priorities.index[0]',
        "starts with the worst error rate": 'room = calls["error_rate"] - calls["human_error_rate"]\n'
        'saving = 10_000 * calls["share"] * room * calls["price_eur"]\n'
        'priorities = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})\n'
        'priorities = priorities.sort_values("per_day", ascending=False)\nfirst = calls["error_rate"].idxmax()',
        "worst first": 'room = calls["error_rate"] - calls["human_error_rate"]\n'
        'saving = 10_000 * calls["share"] * room * calls["price_eur"]\n'
        'priorities = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})\n'
        'priorities = priorities.sort_values("per_day")\nfirst = priorities.index[-1]',
        "multiplies by the days": 'room = calls["error_rate"] - calls["human_error_rate"]\n'
        'saving = 10_000 * calls["share"] * room * calls["price_eur"]\n'
        'priorities = pd.DataFrame({"saving_eur": saving, "per_day": saving * calls["days"]})\n'
        'priorities = priorities.sort_values("per_day", ascending=False)\nfirst = priorities.index[0]',
        "the price of one call": 'room = calls["error_rate"] - calls["human_error_rate"]\n'
        'saving = 10_000 * calls["share"] * room\n'
        'priorities = pd.DataFrame({"saving_eur": saving, "per_day": saving / calls["days"]})\n'
        'priorities = priorities.sort_values("per_day", ascending=False)\nfirst = priorities.index[0]',
    },
    right_too={
        "more columns": "priorities = calls.assign(saving_eur=1e4 * calls.share * calls.price_eur * (calls.error_rate "
        '- calls.human_error_rate))\npriorities["per_day"] = priorities.saving_eur / priorities.days\n'
        'priorities = priorities.sort_values("per_day", ascending=False)\nfirst = priorities["per_day"].idxmax()',
        "row by row, rounded to cents": "rows = {}\nfor tag, row in calls.iterrows():\n"
        '    eur = row["share"] * 10_000 * (row["error_rate"] - row["human_error_rate"]) * row["price_eur"]\n'
        '    rows[tag] = {"per_day": round(eur / row["days"], 2), "saving_eur": round(eur, 2)}\n'
        'priorities = pd.DataFrame(rows).T.sort_values("per_day", ascending=False)\nfirst = list(priorities.index)[0]',
    },
)
def priorities(table, first, calls):
    """Score the priority table: both columns, the order, and the choice."""
    if not isinstance(table, pd.DataFrame) or not {"saving_eur", "per_day"} <= set(table.columns):
        return wrong("'priorities' must be a DataFrame with the columns saving_eur and per_day.")
    if sorted(table.index) != sorted(calls.index):
        return wrong(f"Keep one row for each of {', '.join(calls.index)}.")
    fields, price = 10_000 * calls["share"], calls["price_eur"]
    saving = (fields * (calls["error_rate"] - calls["human_error_rate"]) * price).astype(float)
    per_day = saving / calls["days"]
    got = table.reindex(calls.index).astype(float)
    if not np.allclose(got["saving_eur"], saving, atol=0.05):
        if np.allclose(got["saving_eur"], fields * calls["error_rate"] * price, atol=0.05):
            return wrong("You let every error vanish. People err here too: nobody gets below the baseline.")
        if np.allclose(got["saving_eur"] * calls["share"], saving, atol=0.05):
            return wrong("Not all of the 10,000 calls have the tag.")
        return wrong("saving_eur: how many calls have the tag, which part of them could be repaired, at what price?")
    if not np.allclose(got["per_day"], per_day, atol=0.05):
        return wrong("The savings are right. per_day divides each by the days its repair takes.")
    best = per_day.idxmax()
    if not per_day.loc[table.index].is_monotonic_decreasing:
        return wrong("Both columns are right. Sort by the gain per day: which item has the largest, and comes first?")
    if pick(first, calls.index) != best:
        return wrong(f"Your own table does not put {first} on top. Which factor made you choose it?")
    return right(
        "Each rival lost to one factor: accent and broken line lack room, child is rare, hands-free takes too long. "
        "Say it like this in the meeting."
    )
