"""Checks of the exercises in week1/02_deployment_patterns."""

import bisect
import math

from helpers import deployment_sequential as st
from helpers.course.exercises import by_key, drawn, exercise, guess, judge_sorting, pick, right, wrong

OLD_ERROR = 0.13
CHANGES = {"broken": 0.25, "worse": 0.05, "equal": 0.0, "better": -0.04}  # of the old error rate
MOST_HARM, MOST_DELAY = 28, 4_800
WIDE_HARM, WIDE_DELAY = 150, 9_600  # at the other rates: few releases
OTHER_RATES = ((0.05, 0.09), (0.17, 0.20))  # from each, one more old error rate


PATTERNS = {
    "amounts of money: one wrong answer is costly, clerks read every amount anyway": "shadow",
    "by law the form and its database change at midnight: they cannot both be in use": "blue-green",
    "a new way to order suggestions: do clerks with it pick faster than others without it, the same day?": "canary",
    "first model ever: people read all forms today, nobody has seen the model's live errors": "shadow",
    "errors are cheap, labels come in minutes, no form computed twice, not all users exposed at once": "canary",
    "same model on a new server fleet: it must take the full load at once, one switch back if not": "blue-green",
}
DEGREES = {
    "postcodes are sorted by the model day and night; a supervisor reads the weekly error report": "full automation",
    "payments: the model's amount is stored beside the clerk's, to be compared at the end of the month": "shadow",
    "tax forms: the model fills in the field, the clerk presses enter or corrects it": "AI assistance",
    "orders: amounts the model is sure of are booked, the others wait in a clerk's queue": "partial automation",
    "wills: two notaries read them; a model has been discussed, but never built": "human only",
}


@exercise(
    wrong={
        "a canary is always the careful choice": "pattern = dict.fromkeys(pattern, 'canary')",
        "a shadow also shows how people react": "pattern = dict(zip(pattern, "
        "['shadow', 'blue-green', 'shadow', 'shadow', 'canary', 'blue-green']))",
        "a canary always comes before a switch": "pattern = dict(zip(pattern, "
        "['shadow', 'canary', 'canary', 'shadow', 'canary', 'blue-green']))",
        "a shadow costs nothing": "pattern = dict(zip(pattern, "
        "['shadow', 'blue-green', 'canary', 'shadow', 'shadow', 'blue-green']))",
        "costly errors call for a canary": "pattern = dict(zip(pattern, "
        "['canary', 'blue-green', 'canary', 'shadow', 'canary', 'blue-green']))",
        "a first model starts with few users": "pattern = dict(zip(pattern, "
        "['shadow', 'blue-green', 'canary', 'canary', 'canary', 'blue-green']))",
        "cheap errors allow a switch": "pattern = dict(zip(pattern, "
        "['shadow', 'blue-green', 'canary', 'shadow', 'blue-green', 'blue-green']))",
        "new servers are tried on a few forms": "pattern = dict(zip(pattern, "
        "['shadow', 'blue-green', 'canary', 'shadow', 'canary', 'canary']))",
        "new servers are tried in the shadow": "pattern = dict(zip(pattern, "
        "['shadow', 'blue-green', 'canary', 'shadow', 'canary', 'shadow']))",
        "all clerks switch at once": "pattern = dict(zip(pattern, "
        "['shadow', 'blue-green', 'blue-green', 'shadow', 'canary', 'blue-green']))",
        "a list": "pattern = list(check.PATTERNS.values())",
    },
    right_too={
        "a Series": "pattern = pd.Series(check.PATTERNS)",
        "another order": "pattern = dict(reversed(check.PATTERNS.items()))",
        "the longer name": "pattern = {case: f'{way} deployment' for case, way in check.PATTERNS.items()}",
        "other spelling": "pattern = {case: 'A ' + way.title().replace('-', ' ') "
        "for case, way in check.PATTERNS.items()}",
    },
)
def pattern(answers):
    """Six releases, each with one fact that decides."""
    amounts, law, suggestions, first, cheap, fleet = PATTERNS
    said = {
        case: str(way).lower().replace("bluegreen", "blue-green") for case, way in by_key(answers, PATTERNS).items()
    }
    return judge_sorting(
        {case: way.replace("deployment", "") for case, way in said.items()},
        PATTERNS,
        hints={
            amounts: "People give the answer anyway. What can be learned before anybody is exposed?",
            law: "The two versions cannot be in production on the same day. Which patterns need that?",
            suggestions: "Clerks with it are compared with clerks without it. Who sees the answer in a shadow, and who "
            "still works without it when everybody has switched?",
            first: "People give the answer today. What can be learned before anybody is exposed?",
            cheap: "A shadow computes every form twice, and blue-green exposes everybody. What is left?",
            fleet: "It must carry the full load at once. Which pattern sends it every form as the one to answer?",
        },
        praise="Side by side or not, answer used or not, computing paid twice or not: those three facts choose.",
    )


def expected_exposure(pattern, needed, delay, share):
    """Forms that the new version has answered for users when it is rolled back, on average."""
    part = {"shadow": 0, "canary": share, "blue-green": 1}[pattern]
    return needed + part * delay if part else 0


@exercise(
    wrong={
        "forgets that labels are late": "return {'shadow': 0, 'canary': needed, 'blue-green': needed}[pattern]",
        "multiplies the labels by the share": (
            "return {'shadow': 0, 'canary': share * needed, 'blue-green': needed + delay}[pattern]"
        ),
        "waits longer, but forgets the share of the delay": (
            "return {'shadow': 0, 'canary': needed + delay / share, 'blue-green': needed + delay}[pattern]"
        ),
        "counts all traffic of a canary": (
            "return {'shadow': 0, 'canary': needed / share + delay, 'blue-green': needed + delay}[pattern]"
        ),
        "counts all traffic as exposed": "return needed / share + delay if pattern == 'canary' else needed + delay",
        "exposes the whole delay in a canary": "return 0 if pattern == 'shadow' else needed + delay",
        "thinks a canary needs fewer labels": "return {'shadow': 0, 'canary': share, 'blue-green': 1}[pattern]"
        " * (needed + delay)",
        "counts the forms that a shadow reads": (
            "return {'shadow': needed + delay, 'canary': needed + share * delay, 'blue-green': needed + delay}[pattern]"
        ),
        "the canary's share of the labels": (
            "return {'shadow': 0, 'canary': share * needed + delay, 'blue-green': needed + delay}[pattern]"
        ),
        "blue-green rolls back at the first labels": (
            "return {'shadow': 0, 'canary': needed + share * delay, 'blue-green': max(needed, delay)}[pattern]"
        ),
        "numbers as text": (
            "return str({'shadow': 0, 'canary': needed + share * delay, 'blue-green': needed + delay}[pattern])"
        ),
    },
    right_too={
        "a table": "return {'shadow': 0, 'canary': needed + share * delay, 'blue-green': needed + delay}[pattern]",
        "one formula": (
            "part = {'shadow': 0, 'canary': share, 'blue-green': 1}[pattern]\n"
            "return np.float64(part and needed + part * delay)"
        ),
        "cases": (
            "if pattern == 'shadow':\n    return 0.0\nif pattern == 'canary':\n"
            "    return (needed / share + delay) * share\nreturn int(needed + delay)"
        ),
    },
)
def exposed(function):
    """Exposed forms of the three patterns for several needs, delays and shares."""
    if isinstance(function("shadow", 50, 200, 0.1), str):
        return wrong("Return a number, not text.")
    if function("shadow", 50, 200, 0.1) != 0:
        return wrong("In a shadow, whose answer do users get?")
    for needed, delay, share in ((50, 200, 0.1), (30, 0, 0.5), (10, 1000, 0.25)):
        if not math.isclose(function("blue-green", needed, delay, share), needed + delay):
            return wrong("Under blue-green the forms that pass while labels are on their way are exposed as well.")
        said = function("canary", needed, delay, share)
        if math.isclose(said, needed) and delay:
            return wrong("While the canary's labels are on their way, it goes on reading its share of the forms.")
        if any(math.isclose(said, needed + forms) for forms in (delay, delay / share)) and delay:
            return wrong("Delay is counted in forms of all traffic. How many of those does the canary read?")
        if any(math.isclose(said, share * forms) for forms in (needed, needed + delay)):
            return wrong("The canary's labels come from its own forms only. How many forms must pass to collect them?")
        if math.isclose(said, needed / share + delay):
            return wrong("Not all forms that pass during a canary are read by the new version.")
        if not math.isclose(said, needed + share * delay):
            return wrong(
                "For the canary, first find all forms that pass until the last needed label is there, "
                "then the canary's part of them."
            )
    return right("Canary and blue-green both pay the needed labels in full; a canary pays only its share of the delay.")


@guess(0, 100, unit=" of 100")
def guess_peeking(answer):
    """A guess of how many equally good versions peeking rolls back."""


def evidence(wrong, right, p_old, p_bad):
    """Log of how many times more probable the labels are at one error rate than at the other."""
    return st.log_ratio(wrong, wrong + right, p_old, margin=p_bad - p_old)


@exercise(
    wrong={
        "turned upside down": "return wrong * np.log(p_old / p_bad) + right * np.log((1 - p_old) / (1 - p_bad))",
        "forgets the right answers": "return wrong * np.log(p_bad / p_old)",
        "does not take the logarithm": "return (p_bad / p_old) ** wrong * ((1 - p_bad) / (1 - p_old)) ** right",
        "adds chances instead of multiplying": "return np.log((wrong * p_bad + right * (1 - p_bad))"
        " / (wrong * p_old + right * (1 - p_old)))",
        "logarithm to base ten": (
            "return wrong * np.log10(p_bad / p_old) + right * np.log10((1 - p_bad) / (1 - p_old))"
        ),
        "logarithm to base two": "return wrong * np.log2(p_bad / p_old) + right * np.log2((1 - p_bad) / (1 - p_old))",
        "swaps wrong and right": "return right * np.log(p_bad / p_old) + wrong * np.log((1 - p_bad) / (1 - p_old))",
        "subtracts what speaks for the old": (
            "return wrong * np.log(p_bad / p_old) - right * np.log((1 - p_bad) / (1 - p_old))"
        ),
        "a ratio of logarithms": (
            "return (wrong * np.log(p_bad) + right * np.log(1 - p_bad))"
            " / (wrong * np.log(p_old) + right * np.log(1 - p_old) - 1e-12)"
        ),
        "right is all labels": (
            "return wrong * np.log(p_bad / p_old) + (right - wrong) * np.log((1 - p_bad) / (1 - p_old))"
        ),
        "a right answer has probability p, too": "return wrong * np.log(p_bad / p_old) - right * np.log(p_bad / p_old)",
        "every answer has probability p": "return (wrong + right) * np.log(p_bad / p_old)",
        "multiplies the logarithms": (
            "return wrong * np.log(p_bad / p_old) * right * np.log((1 - p_bad) / (1 - p_old))"
        ),
        "forgets the wrong answers": "return right * np.log((1 - p_bad) / (1 - p_old))",
    },
    right_too={
        "the helper": "return st.log_ratio(wrong, wrong + right, p_old, margin=p_bad - p_old)",
        "SciPy": (
            "from scipy.stats import binom\n"
            "return binom.logpmf(wrong, wrong + right, p_bad) - binom.logpmf(wrong, wrong + right, p_old)"
        ),
        "probabilities first": (
            "likelihood = lambda p: p**wrong * (1 - p) ** right\nreturn np.log(likelihood(p_bad) / likelihood(p_old))"
        ),
        "a sum over labels": (
            "import math\nsteps = [math.log(p_bad / p_old)] * wrong + [math.log((1 - p_bad) / (1 - p_old))] * right\n"
            "return sum(steps)"
        ),
    },
)
def log_ratio(function):
    """The likelihood ratio against the module's own, for several counts and rates."""
    if math.isclose(function(1, 0, 0.1, 0.2), 2):
        return wrong(
            "One wrong answer is twice as probable at 0.2 as at 0.1: that is the ratio. Where is its logarithm?"
        )
    if math.isclose(function(3, 0, 0.1, 0.2), evidence(0, 3, 0.1, 0.2)):
        return wrong("Which count belongs to p, and which to 1 − p?")
    if function(3, 0, 0.1, 0.2) < 0:
        return wrong("Three wrong answers must speak for the bad version: the sign is turned.")
    if math.isclose(function(3, 0, 0.1, 0.2), evidence(3, -3, 0.1, 0.2)):
        return wrong("`right` is the number of right answers, not of all labels.")
    if function(3, 0, 0.1, 0.2) == function(0, 10, 0.1, 0.2) == 0:
        return wrong("Probabilities multiply, so their logarithms add: three wrong answers alone are evidence already.")
    if function(3, 0, 0.1, 0.2) == 0:
        return wrong("Three wrong answers in a row are evidence too.")
    if function(0, 10, 0.1, 0.2) == 0:
        return wrong("Ten right answers in a row are evidence too.")
    if math.isclose(abs(function(0, 10, 0.1, 0.2)), 10 * math.log(2)):
        return wrong("A right answer has probability 1 − p, not p.")
    if function(0, 10, 0.1, 0.2) > 0:
        return wrong("Ten right answers must speak against the bad version.")
    if any(math.isclose(function(1, 0, 0.1, 0.2), log(2)) for log in (math.log10, math.log2)):
        return wrong("The natural logarithm was asked for: base e, neither ten nor two.")
    for bad, good, p_old, p_bad in ((3, 20, 0.13, 0.18), (0, 7, 0.05, 0.5), (12, 88, 0.1, 0.15), (1, 0, 0.1, 0.2)):
        truth = evidence(bad, good, p_old, p_bad)
        if not math.isclose(function(bad, good, p_old, p_bad), truth, rel_tol=1e-6, abs_tol=1e-9):
            return wrong(
                "Independent labels multiply their probabilities; after the logarithm each label adds its own."
            )
    if not math.isclose(function(0, 0, 0.1, 0.2), 0, abs_tol=1e-9):
        return wrong("Without any label there is no evidence either way: the logarithm of the ratio is then zero.")
    return right("Every wrong answer adds a fixed step up, every right one a small step down; the bounds do the rest.")


def careful_rule(wrong, labels, old_error):
    """A sequential test that asks for more evidence to promote than to roll back."""
    return st.sprt_rule(wrong, labels, old_error, beta=0.01)


def _costs(rule, old_error, **options):
    """What a rule costs each candidate; the mean harm of the two bad ones and the mean delay of the two good ones."""
    candidates = {name: old_error + change for name, change in CHANGES.items()}
    table = st.score_rule(rule, candidates, old_error, **options)
    return table, table["harm"][["broken", "worse"]].mean(), table["delay"][["equal", "better"]].mean()


def _slip(rule):
    """What is amiss where a rule weighs the evidence right but takes one count for another; None where it does not.

    Whatever its bounds are, its limit for a rollback rises with the labels as its evidence says.
    """

    def limit(labels):
        return bisect.bisect_left(range(labels + 1), True, key=lambda k: rule(k, labels, OLD_ERROR) == "roll back")

    rise = (limit(2000) - limit(200)) / 1800
    of_wrong, of_right = st.log_ratio(1, 1, OLD_ERROR), st.log_ratio(0, 1, OLD_ERROR)
    if math.isclose(rise, -of_right / of_wrong, abs_tol=0.001):
        return "`labels` counts wrong and right answers; your own `log_ratio` takes the right ones alone."
    if math.isclose(rise, -of_right / (of_wrong - 2 * of_right), abs_tol=0.001):
        return "`st.log_ratio` takes all labels, not the right answers alone."
    return None


@exercise(
    wrong={
        "peeks with a z-test": "return st.peeking_rule(wrong, labels, old_error)",
        "waits for one planned look": "return st.single_look_rule(wrong, labels, old_error)",
        "promotes at the first good sight": "return 'promote' if wrong <= old_error * labels else 'wait' "
        "if labels < 200 else 'roll back'",
        "never trusts anybody": "return 'roll back'",
        "prices both mistakes alike": "return st.sprt_rule(wrong, labels, old_error)",
        "asks for more evidence before rolling back": "return st.sprt_rule(wrong, labels, old_error, alpha=0.01)",
        "never decides": "return 'wait'",
        "never rolls back": "return 'promote' if st.log_ratio(wrong, labels, old_error) < -8 else 'wait'",
        "asks for far more evidence before either": (
            "return st.sprt_rule(wrong, labels, old_error, alpha=0.002, beta=0.002)"
        ),
        "a smaller margin": "return st.sprt_rule(wrong, labels, old_error, margin=0.02)",
        "a larger margin": "return st.sprt_rule(wrong, labels, old_error, margin=0.15)",
        "compares the rates after 100 labels": (
            "if labels < 100:\n    return 'wait'\n"
            "return 'roll back' if wrong / labels > old_error + 0.025 else 'promote'"
        ),
        "says yes or no": "return wrong <= old_error * labels",
        "its own log_ratio gets all labels": (
            "ratio = wrong * np.log((old_error + 0.05) / old_error)\n"
            "ratio = ratio + labels * np.log((0.95 - old_error) / (1 - old_error))\n"
            "return 'roll back' if ratio > 3 else 'promote' if ratio < -4.6 else 'wait'"
        ),
        "the helper gets the right answers": (
            "ratio = st.log_ratio(wrong, labels - wrong, old_error)\n"
            "return 'roll back' if ratio > 3 else 'promote' if ratio < -4.6 else 'wait'"
        ),
        "knows one old version only": "return st.sprt_rule(wrong, labels, 0.13, beta=0.01)",
    },
    right_too={
        "one bound moved": "return st.sprt_rule(wrong, labels, old_error, beta=0.01)",
        "both bounds moved": "return st.sprt_rule(wrong, labels, old_error, alpha=0.1, beta=0.01).title()",
        "more evidence before either": "return st.sprt_rule(wrong, labels, old_error, alpha=0.01, beta=0.01)",
        "a margin of four points": "return st.sprt_rule(wrong, labels, old_error, margin=0.04)",
        "by hand": (
            "steps = np.log((old_error + 0.05) / old_error), np.log((0.95 - old_error) / (1 - old_error))\n"
            "evidence = wrong * steps[0] + (labels - wrong) * steps[1]\n"
            "return 'rollback' if evidence > 3 else 'promote' if evidence < -4.6 else 'wait'"
        ),
    },
)
def promotion_rule(function):
    """Harm of two bad and delay of two good candidates in simulated canary releases.

    At one old error rate every count that a rule may be asked for could stand in a table; hence two more.
    """

    def rule(*counts):
        decision = str(function(*counts))
        return "roll back" if decision.lower().strip() == "rollback" else pick(decision, st.DECISIONS)

    table, harm, delay = _costs(rule, OLD_ERROR, n_runs=400, seed=1)
    score = f"Harm {harm:.0f} (at most {MOST_HARM}), delay {delay:.0f} (at most {MOST_DELAY})."
    if slip := (harm > MOST_HARM or delay > MOST_DELAY) and _slip(rule):
        return wrong(f"{score} {slip}")
    if not table[["promoted", "rolled_back"]].any(axis=None):
        return wrong(f"{score} It never decides: bad versions run on, and good ones are never promoted.")
    if delay > MOST_DELAY and table["rolled_back"]["equal"] > 0.15:
        return wrong(f"{score} An equal version is rolled back in {table['rolled_back']['equal']:.0%} of the releases.")
    if harm > MOST_HARM and table["promoted"]["worse"] > 0.03:
        return wrong(f"{score} The worse version is promoted in {table['promoted']['worse']:.0%} of the releases.")
    if harm > MOST_HARM and table["rolled_back"]["worse"] < 0.5:
        return wrong(f"{score} Most bad versions are never rolled back.")
    if harm > MOST_HARM:
        return wrong(f"{score} Bad versions are stopped, but late: which bound makes a rollback wait?")
    if delay > MOST_DELAY:
        return wrong(f"{score} Good versions wait too long.")
    rng = drawn(1)
    for bounds in OTHER_RATES:
        rate = rng.uniform(*bounds)
        _, harm, delay = _costs(rule, rate, n_runs=40, seed=int(rng.integers(2**31)))
        if harm > WIDE_HARM or delay > WIDE_DELAY:
            return wrong(
                f"At 0.13 it is fine. At an old error rate of {rate:.2f}: harm {harm:.0f} (at most {WIDE_HARM}), "
                f"delay {delay:.0f} (at most {WIDE_DELAY}). Does your rule use `old_error`?"
            )
    return right(
        f"{score} Promotion now asks for more evidence, and takes longer: a bad version that is promoted runs on until "
        "the next release, which is the costliest mistake."
    )


@exercise(
    wrong={
        "takes the stored answer for assistance": "degrees_of = dict(zip(degrees_of, "
        "['full automation', 'AI assistance', 'shadow', 'partial automation', 'human only']))",
        "a clerk's queue is assistance": "degrees_of = dict(zip(degrees_of, "
        "['full automation', 'shadow', 'partial automation', 'AI assistance', 'human only']))",
        "a report makes it partial": "degrees_of = dict(zip(degrees_of, "
        "['partial automation', 'shadow', 'AI assistance', 'full automation', 'human only']))",
        "a filled field has been decided": "degrees_of = dict(zip(degrees_of, "
        "['full automation', 'shadow', 'full automation', 'partial automation', 'human only']))",
        "a model that is discussed is a shadow": "degrees_of = dict(zip(degrees_of, "
        "['full automation', 'AI assistance', 'AI assistance', 'partial automation', 'shadow']))",
        "what is stored is not used at all": "degrees_of = dict(zip(degrees_of, "
        "['full automation', 'human only', 'AI assistance', 'partial automation', 'human only']))",
        "all alike": "degrees_of = dict.fromkeys(degrees_of, 'AI assistance')",
    },
    right_too={
        "a Series": "degrees_of = pd.Series(check.DEGREES)",
        "another order": "degrees_of = dict(reversed(check.DEGREES.items()))",
        "other spelling": "degrees_of = {case: way.upper().replace(' ', '-') for case, way in check.DEGREES.items()}",
    },
)
def degrees(answers):
    """Five products, one per degree of automation."""
    return judge_sorting(
        answers,
        DEGREES,
        hints={
            "full automation": "A weekly report is monitoring. Who decides about the single postcode?",
            "shadow": "An answer that is stored and compared later: did it help anybody to decide?",
            "AI assistance": "Does the answer go out before a person has seen it?",
            "partial automation": "Does every answer pass a person here, or do some leave without one?",
            "human only": "Does a model read any of these cases today?",
        },
        praise="What counts is who decides the single case.",
    )
