"""Checks of the exercises in week1/02_deployment_patterns."""

import math

from helpers import sequential_tests as st
from helpers.course.exercises import exercise, right, wrong

OLD_ERROR = 0.13
CANDIDATES = {"broken": 0.38, "worse": 0.18, "equal": 0.13, "better": 0.09}
MOST_HARM, MOST_DELAY = 30, 4_800


def _by_keyword(answers, keywords):
    """The learner's choices, lower case and stripped, in the order of the keywords that name the scenarios."""
    given = {key: str(value).strip().lower() for key, value in answers.items()}
    return {word: next(value for key, value in given.items() if word in key) for word in keywords}


@exercise(
    wrong={
        "a canary is always the careful choice": "pattern = dict.fromkeys(pattern, 'canary')",
        "a shadow also shows how people react": "pattern = dict(zip(pattern, "
        "['shadow', 'blue-green', 'shadow', 'shadow', 'canary', 'blue-green']))",
        "a canary always comes before a switch": "pattern = dict(zip(pattern, "
        "['shadow', 'canary', 'canary', 'shadow', 'canary', 'blue-green']))",
        "a shadow costs nothing": "pattern = dict(zip(pattern, "
        "['shadow', 'blue-green', 'canary', 'shadow', 'shadow', 'blue-green']))",
    }
)
def pattern(answers):
    """Six releases, each with one fact that decides."""
    said = _by_keyword(answers, ["cheque", "midnight", "suggestions", "first model", "cheap", "fleet"])
    if strange := [value for value in said.values() if value not in ("shadow", "canary", "blue-green")]:
        return wrong(f"Choose among shadow, canary and blue-green (got {strange[0]!r}).")
    if said["midnight"] != "blue-green":
        return wrong(
            "One of these releases cannot have two versions at work on the same day. Which patterns need that?"
        )
    if said["suggestions"] != "canary":
        return wrong("For one release the question is what people do with the answer. Who sees the answer in a shadow?")
    if "shadow" in (said["cheap"], said["fleet"]):
        return wrong(
            "A shadow computes every form twice, and never puts the new version under the load of real answers."
        )
    if said["cheque"] != "shadow" or said["first model"] != "shadow":
        return wrong("Where people give the answer anyway, what can be learned before anybody is exposed?")
    if said["cheap"] != "canary" or said["fleet"] != "blue-green":
        return wrong("Look at the last two again: one needs the full load at once, the other only a limit to the harm.")
    return right("Side by side or not, answer used or not, computing paid twice or not: those three facts choose.")


@exercise(
    wrong={
        "forgets that labels are late": "return {'shadow': 0, 'canary': needed, 'blue-green': needed}[pattern]",
        "counts all traffic as exposed": "return needed / share + delay if pattern == 'canary' else needed + delay",
        "exposes the whole delay in a canary": "return 0 if pattern == 'shadow' else needed + delay",
        "thinks a canary needs fewer labels": "return {'shadow': 0, 'canary': share, 'blue-green': 1}[pattern]"
        " * (needed + delay)",
    }
)
def exposed(function):
    """Exposed forms of the three patterns for several needs, delays and shares."""
    if function("shadow", 50, 200, 0.1) != 0:
        return wrong("In a shadow, whose answer do users get?")
    for needed, delay, share in ((50, 200, 0.1), (30, 0, 0.5), (10, 1000, 0.25)):
        if not math.isclose(function("blue-green", needed, delay, share), needed + delay):
            return wrong("Under blue-green the forms that pass while labels are on their way are exposed as well.")
        said = function("canary", needed, delay, share)
        if math.isclose(said, needed) and delay:
            return wrong("While the canary's labels are on their way, it goes on reading its share of the forms.")
        if math.isclose(said, needed + delay) and delay:
            return wrong("Delay is counted in forms of all traffic. How many of those does the canary read?")
        if math.isclose(said, share * (needed + delay)):
            return wrong("The canary's labels come from its own forms only. How many forms must pass to collect them?")
        if not math.isclose(said, needed + share * delay):
            return wrong("Not all forms that pass during a canary are read by the new version.")
    return right(
        "The needed labels are paid by every pattern with exposure; the delay only by its share of the traffic."
    )


@exercise(
    wrong={
        "turned upside down": "return wrong * np.log(p_old / p_bad) + right * np.log((1 - p_old) / (1 - p_bad))",
        "forgets the right answers": "return wrong * np.log(p_bad / p_old)",
        "does not take the logarithm": "return (p_bad / p_old) ** wrong * ((1 - p_bad) / (1 - p_old)) ** right",
        "adds chances instead of multiplying": "return np.log((wrong * p_bad + right * (1 - p_bad))"
        " / (wrong * p_old + right * (1 - p_old)))",
    }
)
def log_ratio(function):
    """The likelihood ratio against the module's own, for several counts and rates."""
    if function(3, 0, 0.1, 0.2) < 0:
        return wrong("Three wrong answers must speak for the bad version: the sign is turned.")
    if function(0, 10, 0.1, 0.2) == 0:
        return wrong("Ten right answers in a row are evidence too.")
    if math.isclose(function(0, 0, 0.1, 0.2), 1):
        return wrong("Without any label there is no evidence either way: the logarithm of the ratio is then zero.")
    for bad, good, p_old, p_bad in ((1, 0, 0.1, 0.2), (3, 20, 0.13, 0.18), (0, 7, 0.05, 0.5), (12, 88, 0.1, 0.15)):
        truth = st.log_ratio(bad, bad + good, p_old, margin=p_bad - p_old)
        if not math.isclose(function(bad, good, p_old, p_bad), truth, rel_tol=1e-6, abs_tol=1e-9):
            return wrong(
                "Independent labels multiply their probabilities; after the logarithm each label adds its own."
            )
    return right("Every wrong answer adds a fixed step up, every right one a small step down; the bounds do the rest.")


@exercise(
    wrong={
        "peeks with a z-test": "return st.peeking_rule(wrong, labels, old_error)",
        "waits for one planned look": "return st.single_look_rule(wrong, labels, old_error)",
        "promotes at the first good sight": "return 'promote' if wrong <= old_error * labels else 'wait' "
        "if labels < 200 else 'roll back'",
        "never trusts anybody": "return 'roll back'",
        "prices both mistakes alike": "return st.sprt_rule(wrong, labels, old_error)",
    }
)
def promotion_rule(function):
    """Harm of two bad and delay of two good candidates in simulated canary releases."""
    table = st.score_rule(function, CANDIDATES, OLD_ERROR, n_runs=400, seed=1)
    harm, delay = table["harm"][["broken", "worse"]].mean(), table["delay"][["equal", "better"]].mean()
    score = f"Harm {harm:.0f} (at most {MOST_HARM}), delay {delay:.0f} (at most {MOST_DELAY})."
    if delay > MOST_DELAY and table["rolled_back"]["equal"] > 0.15:
        return wrong(f"{score} An equal version is rolled back in {table['rolled_back']['equal']:.0%} of the releases.")
    if harm > MOST_HARM and table["promoted"]["worse"] > 0.03:
        return wrong(f"{score} The worse version is promoted in {table['promoted']['worse']:.0%} of the releases.")
    if harm > MOST_HARM:
        return wrong(f"{score} Bad versions are stopped, but late.")
    if delay > MOST_DELAY:
        return wrong(f"{score} Good versions wait too long.")
    return right(f"{score} Promotion asks for stronger evidence than rollback, since its mistake is the dearer one.")


@exercise(
    wrong={
        "takes the stored answer for assistance": "degrees_of = dict(zip(degrees_of, "
        "['full automation', 'AI assistance', 'shadow', 'partial automation', 'human only']))",
        "a clerk's queue is assistance": "degrees_of = dict(zip(degrees_of, "
        "['full automation', 'shadow', 'partial automation', 'AI assistance', 'human only']))",
        "a report makes it partial": "degrees_of = dict(zip(degrees_of, "
        "['partial automation', 'shadow', 'AI assistance', 'full automation', 'human only']))",
    }
)
def degrees(answers):
    """Five products, one per degree of automation."""
    said = _by_keyword(answers, ["postcodes", "cheques", "tax", "orders", "wills"])
    truth = ["full automation", "shadow", "ai assistance", "partial automation", "human only"]
    if strange := [value for value in said.values() if value not in truth]:
        return wrong(f"Choose among the five degrees of the table (got {strange[0]!r}).")
    if said["cheques"] == "ai assistance":
        return wrong("An answer that is stored and compared later helped nobody to decide.")
    if said["orders"] == "ai assistance" or said["tax"] == "partial automation":
        return wrong("Assistance means that a person decides every case. Where does an answer leave without a person?")
    if said["postcodes"] == "partial automation":
        return wrong("A weekly report is monitoring. Who decides about the single postcode?")
    if list(said.values()) != truth:
        return wrong("Follow one single case: does the model's answer reach anybody, and does a person decide?")
    return right("What counts is who decides the single case: supervision, storage and queues are not the same thing.")


@exercise(
    wrong={
        "forgets that people err too": "return 1 - person_eur / error_eur",
        "forgets what people cost": "return 1 - person_error",
        "computes the tolerable error": "return person_error + person_eur / error_eur",
        "trusts the model where it is more likely right": "return 0.5",
    }
)
def break_even(function):
    """The confidence at which model and person cost the same, for several prices."""
    for person, error, slips in ((0.04, 1.0, 0.01), (0.1, 2.0, 0.0), (0.5, 20.0, 0.03), (0.2, 1.0, 0.1)):
        said = function(person, error, slips)
        if math.isclose(said, 1 - slips - person / error, abs_tol=1e-9):
            continue
        if math.isclose(said, slips + person / error, abs_tol=1e-9):
            return wrong("This is the error that may be tolerated. The question was for the confidence.")
        if slips and math.isclose(said, 1 - person / error, abs_tol=1e-9):
            return wrong("A form handed to a person can still be misread, and that costs too.")
        if math.isclose(said, 1 - slips, abs_tol=1e-9):
            return wrong(
                "As accurate as a person is not the point where costs are equal: a person must be paid as well."
            )
        return wrong("Put equal: the model's expected cost, and a person's wage plus the expected cost of slips.")
    return right("(1 − c) · error = person + slips · error. The formula is right only for an honest confidence.")
