"""Checks of the exercises in week1/01_ml_lifecycle."""

import math

import numpy as np
from scipy.stats import binom

from helpers.course.exercises import exercise, guess, judge_sorting, right, wrong

COMPONENTS = ("scoping", "data", "modeling", "deployment")
RETURNS = {
    "a new customer pays ten euros per wrong digit; the target was computed with one": "scoping",
    "two people label the same crossed sevens differently": "data",
    "error is 12 % on training and on new forms alike; labels are checked and consistent": "modeling",
    "each answer takes nine seconds, because the server loads the model again for every form": "deployment",
    "branches that write with felt pens were never in the training set": "data",
    "alarm on Friday evening, and nobody can switch back to the old version": "deployment",
    "all targets are met, but by contract the clerks type every form anyway": "scoping",
}
DEBTS = {
    "the fraud score was retrained with more data; since then hardly any case is referred": "fixed threshold",
    "a team adds 0.8 to another team's forecast on Sundays; the forecast learns about Sundays": "correction cascade",
    "removing the postcode changed the influence of age, income and all the rest": "entanglement",
    "the shop recommends what was bought, and what was bought is what it recommends": "feedback loop",
    "a supplier's file arrives late and stops everything; without it accuracy would be the same": "unneeded column",
    "the model trusted the form's color; last year only urgent forms were red, now all are": "broken correlation",
}


def sorting_answers(name, truth):
    """Other ways to write the right answer of a sorting exercise whose dict is `name`."""
    return {
        "a Series": f"{name} = pd.Series(check.{truth})",
        "another order": f"{name} = dict(reversed(check.{truth}.items()))",
        "capitals": f"{name} = {{case: f' {{kind.upper()}} ' for case, kind in check.{truth}.items()}}",
        "British spelling, an article": (
            f"{name} = {{case: 'the ' + kind.replace('modeling', 'modeling') for case, kind in check.{truth}.items()}}"
        ),
    }


def gain_of_a_year(forms, automated, error):
    """Euros gained in a year at the notebook's prices, compared with people reading every form."""
    return forms * automated * (0.06 - error) - 20_000


@exercise(
    wrong={
        "counts all forms as automated": "return forms * (person_eur + person_error * error_eur - error * error_eur) "
        "- RUN_EUR",
        "forgets that the machine errs": "return forms * automated * person_eur - RUN_EUR",
        "forgets that people err": "return forms * automated * (person_eur - error * error_eur) - RUN_EUR",
        "forgets the servers": "return forms * automated * (person_eur + (person_error - error) * error_eur)",
        "the machine errs on all forms": (
            "return forms * (automated * (person_eur + person_error * error_eur) - error * error_eur) - RUN_EUR"
        ),
        "the servers cost their share": (
            "return automated * (forms * (person_eur + (person_error - error) * error_eur) - RUN_EUR)"
        ),
        "the servers cost nothing where nothing is automated": (
            "gain = forms * automated * (person_eur + (person_error - error) * error_eur)\n"
            "return gain - RUN_EUR if automated else 0"
        ),
        "no loss can be made": (
            "return max(forms * automated * (person_eur + (person_error - error) * error_eur) - RUN_EUR, 0)"
        ),
        "people err on top of the machine": (
            "return forms * automated * (person_eur - (person_error + error) * error_eur) - RUN_EUR"
        ),
        "subtracts the wish of the owners": (
            "return forms * automated * (person_eur + (person_error - error) * error_eur) - RUN_EUR - WISHED_EUR"
        ),
        "the cost, not the gain": (
            "return RUN_EUR - forms * automated * (person_eur + (person_error - error) * error_eur)"
        ),
        "always a year of 4 million forms": (
            "return FORMS * automated * (person_eur + (person_error - error) * error_eur) - RUN_EUR"
        ),
    },
    right_too={
        "people alone against machine and people": (
            "alone = forms * (person_eur + person_error * error_eur)\n"
            "machine = forms * automated * error * error_eur + RUN_EUR\n"
            "return alone - machine - alone * (1 - automated)"
        ),
        "by the break-even error": "return forms * automated * error_eur * (break_even - error) - RUN_EUR",
        "NumPy": "return np.float64(forms) * automated * (person_eur + (person_error - error) * error_eur) - RUN_EUR",
    },
)
def yearly_gain(function):
    """Gain against people alone for several volumes, shares and errors, with the notebook's prices."""
    years = ((1_000_000, 0.7, 0.02), (500_000, 0.5, 0.0), (2_000_000, 1.0, 0.06), (0, 0.5, 0.1), (1_000_000, 0.0, 0.1))
    for forms, share, error in years:
        said, per_form = float(function(forms, share, error)), 0.06 - error
        if math.isclose(said, forms * share * per_form - 20_000, abs_tol=0.01):
            continue
        if math.isclose(said, 20_000 - forms * share * per_form, abs_tol=0.01):
            return wrong("The size is right. A gain is positive when the machine is cheaper than people.")
        if math.isclose(said, forms * share * per_form - 40_000, abs_tol=0.01):
            return wrong("What the owners wish for is no cost: compare it with the gain afterwards.")
        if math.isclose(said, forms * share * per_form, abs_tol=0.01) or math.isclose(
            said, share * (forms * per_form - 20_000), abs_tol=0.01
        ):
            return wrong("What does a year cost in which not a single form arrives?")
        if share < 1 and math.isclose(said, forms * per_form - 20_000, abs_tol=0.01):
            return wrong("Forms that people still read gain nothing.")
        if math.isclose(said, forms * share * 0.05 - 20_000, abs_tol=0.01):
            return wrong("Wages are not all: mistakes cost money too, the machine's and the people's.")
        if math.isclose(said, forms * share * (0.05 - error) - 20_000, abs_tol=0.01):
            return wrong("The machine's mistakes are counted, but those of the people it replaces are gone, too.")
        return wrong(
            "Per automated form: a wage saved, a person's expected slips saved, the machine's expected slips paid."
        )
    return right("The machine's error matters only on what it reads, and fixed costs decide whether small volumes pay.")


@guess(0.01, 100, unit=" times as many")
def guess_times(answer):
    """A guess of how much more team A misreads than team B."""


def chance_of_alarm(error, checked, limit):
    """Probability of an error of at least `limit` among `checked` forms, at a true error of `error`."""
    return binom.sf(math.ceil(round(limit * checked, 9)) - 1, checked, error)


@exercise(
    wrong={
        "more than the limit": (
            "from scipy.stats import binom\nreturn binom.sf(np.round(limit * checked, 9), checked, error)"
        ),
        "at most the limit": "from scipy.stats import binom\nreturn binom.cdf(limit * checked, checked, error)",
        "exactly the limit": (
            "from scipy.stats import binom\nreturn binom.pmf(np.ceil(limit * checked), checked, error)"
        ),
        "rounds down": "from scipy.stats import binom\nreturn binom.sf(int(limit * checked) - 1, checked, error)",
        "a bell curve": (
            "from scipy.stats import norm\nreturn norm.sf((limit - error) / np.sqrt(error * (1 - error) / checked))"
        ),
        "a single form": "return error",
        "either it is above or not": "return float(error >= limit)",
        "swaps error and limit": (
            "from scipy.stats import binom\nreturn binom.sf(np.ceil(error * checked) - 1, checked, limit)"
        ),
        "an average count": "return error * checked",
    },
    right_too={
        "one minus what is below": (
            "from scipy.stats import binom\nreturn 1 - binom.cdf(np.ceil(limit * checked) - 1, checked, error)"
        ),
        "adding up": (
            "from math import comb\n"
            "return sum(comb(checked, k) * error**k * (1 - error) ** (checked - k)\n"
            "           for k in range(checked + 1) if k >= limit * checked)"
        ),
        "a sum of probabilities": (
            "from scipy.stats import binom\nk = np.arange(checked + 1)\n"
            "return binom.pmf(k[k / checked >= limit], checked, error).sum()"
        ),
    },
)
def alarm_chance(function):
    """The upper tail of a binomial distribution, for several errors, samples and limits."""
    for error, checked, limit in ((0.05, 60, 0.15), (0.3, 25, 0.5), (0.1, 40, 0.25), (0.02, 50, 0.0)):
        said, exact = float(function(error, checked, limit)), chance_of_alarm(error, checked, limit)
        if math.isclose(said, exact, abs_tol=1e-6):
            continue
        asked = f"error {error}, {checked} forms, limit {limit}"
        if not 0 <= said <= 1:
            return wrong(f"A probability lies between 0 and 1; for {asked} this is {said:.3g}.")
        if math.isclose(said, binom.sf(limit * checked, checked, error), abs_tol=1e-6):
            return wrong("An error of exactly the limit sets the alarm off, too. What does `binom.sf(k, …)` leave out?")
        if math.isclose(said, 1 - exact, abs_tol=1e-6) or said > exact + 0.2 and limit > error:
            return wrong(f"For {asked} this is {said:.2f}. Which tail of the distribution sets the alarm off?")
        if abs(said - exact) < 0.1:
            return wrong(
                f"Near, but not it: for {asked} this is {said:.4f}, exactly it is another number. Count whole forms, "
                "and how many are needed to reach the limit."
            )
        return wrong(f"For {asked} this is {said:.2f}. How many misread forms are needed, and how likely are so many?")
    return right("A small sample passes a tight limit by chance; a limit far above the target wakes nobody.")


@exercise(
    wrong={
        "every error is the model's fault": "back_to = dict.fromkeys(back_to, 'modeling')",
        "go back where the alarm was": "back_to = dict(zip(back_to, ['deployment', 'data', 'modeling', 'deployment', "
        "'deployment', 'deployment', 'deployment']))",
        "high error asks for more data": "back_to = dict(zip(back_to, ['scoping', 'data', 'data', 'deployment', "
        "'data', 'deployment', 'scoping']))",
        "missing examples are repaired in the model": "back_to = dict(zip(back_to, ['scoping', 'data', 'modeling', "
        "'deployment', 'modeling', 'deployment', 'scoping']))",
        "a costlier mistake needs a better model": "back_to = dict(zip(back_to, ['modeling', 'data', 'modeling', "
        "'deployment', 'data', 'deployment', 'scoping']))",
        "a slow answer needs a smaller model": "back_to = dict(zip(back_to, ['scoping', 'data', 'modeling', "
        "'modeling', 'data', 'deployment', 'scoping']))",
        "what clerks do is a matter of the release": "back_to = dict(zip(back_to, ['scoping', 'data', 'modeling', "
        "'deployment', 'data', 'deployment', 'deployment']))",
    },
    right_too=sorting_answers("back_to", "RETURNS"),
)
def back_to(answers):
    """Seven incidents and the component to return to."""
    return judge_sorting(
        answers,
        RETURNS,
        kinds=COMPONENTS,
        hints={
            "scoping": "The system does what was asked for. Who asked for it, and on which numbers?",
            "data": "A better model cannot know what was never shown, or what nobody agreed on.",
            "modeling": "Equal errors on training and new forms, sound labels: would more such examples help?",
            "deployment": "The answers themselves are not what is wrong here. What exactly must be changed?",
        },
        praise="Symptoms show in deployment; the cause lies with whichever hand-over was wrong.",
    )


@exercise(
    wrong={
        "a retrained score that fails is entanglement": "debts = dict(zip(debts, 'entanglement,correction cascade,"
        "fixed threshold,feedback loop,unneeded column,broken correlation'.split(',')))",
        "a late file is entanglement": "debts = dict(zip(debts, 'fixed threshold,correction cascade,unneeded column,"
        "feedback loop,entanglement,broken correlation'.split(',')))",
        "patches are feedback": "debts = dict(zip(debts, 'fixed threshold,feedback loop,entanglement,"
        "correction cascade,unneeded column,broken correlation'.split(',')))",
        "a color is an unneeded column": "debts = dict(zip(debts, 'fixed threshold,correction cascade,entanglement,"
        "feedback loop,broken correlation,unneeded column'.split(',')))",
        "one debt for all": "debts = dict.fromkeys(debts, 'entanglement')",
        "what is bought goes along": "debts = dict(zip(debts, 'fixed threshold,correction cascade,entanglement,"
        "broken correlation,unneeded column,feedback loop'.split(',')))",
    },
    right_too={
        **sorting_answers("debts", "DEBTS"),
        "plurals and hyphens": "debts = {case: f\"{kind.replace(' ', '-')}s\" for case, kind in check.DEBTS.items()}",
    },
)
def debts(answers):
    """Six incidents and the debt behind each."""
    return judge_sorting(
        answers,
        DEBTS,
        hints={
            "fixed threshold": "The score still ranks the cases. What was not retrained with it?",
            "unneeded column": "Would accuracy change without it? Then what did the product gain by depending on it?",
            "entanglement": "A column is gone, and the weights of some others moved. What connects them?",
            "correction cascade": "One model corrects another model here. What happens when the first one improves?",
            "feedback loop": "Where do the data come from that this product learns from?",
            "broken correlation": "The column went along with the cause for a while. What has stopped?",
        },
        praise="In each, something depends on something that nobody had written down: that makes it debt.",
    )


def share_threshold(scores, share):
    """The threshold that a share of the scores reaches."""
    return np.quantile(scores, 1 - share)


@exercise(
    wrong={
        "keeps the old number": "return 0.7",
        "counts from the wrong end": "return np.quantile(scores, share)",
        "takes the share for a score": "return 1 - share",
        "a share of the range": "return np.max(scores) - share * (np.max(scores) - np.min(scores))",
        "a share of the largest score": "return (1 - share) * np.max(scores)",
        "a bell curve": "from scipy.stats import norm\nreturn np.mean(scores) + norm.isf(share) * np.std(scores)",
        "the list as it comes": "return scores[int(share * len(scores))]",
        "percent for shares": "return np.percentile(scores, 1 - share)",
        "a list of the cases": "return np.sort(scores)[::-1][: int(share * len(scores))]",
    },
    right_too={
        "sorting": "return np.sort(scores)[::-1][max(round(share * len(scores)) - 1, 0)]",
        "percentile": "return np.percentile(scores, 100 - 100 * share)",
        "pandas": "return pd.Series(scores).quantile(1 - share)",
        "Python": "return sorted(scores)[-round(share * len(scores))]",
        "partition": "k = round(share * len(scores))\nreturn np.partition(scores, -k)[-k]",
    },
)
def threshold_for(function):
    """The share of cases at or above the threshold, for scores on several scales."""
    rng = np.random.default_rng(5)
    for scores, share in ((rng.beta(2, 30, 700), 0.8), (rng.random(400), 0.35), (rng.normal(5, 2, 1000), 0.1)):
        threshold = np.asarray(function(scores.copy(), share), dtype=float)
        if threshold.size != 1:
            return wrong(f"Return one number, the threshold (got {threshold.size} numbers).")
        threshold = threshold.item()
        acted = np.mean(scores >= threshold)
        if abs(acted - share) <= 2 / len(scores):
            continue
        if math.isclose(threshold, 0.7):
            return wrong("That is the number set by hand, which is what failed.")
        if abs(acted - (1 - share)) <= 2 / len(scores):
            return wrong(f"{acted:.0%} of the cases reach it, {share:.0%} should: you counted from the other end.")
        if math.isclose(threshold, 1 - share):
            return wrong("Scores need not be spread evenly from 0 to 1, and after retraining least of all.")
        if math.isclose(threshold, np.max(scores) - share * np.ptp(scores)):
            return wrong("Scores need not be spread evenly between the lowest and the highest.")
        return wrong(f"{acted:.0%} of the cases reach this threshold; {share:.0%} were asked for.")
    return right("Derived from the scores, the threshold moves with every retraining, and the workload stays.")
