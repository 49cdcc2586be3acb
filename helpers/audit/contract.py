"""A data contract for the next delivery, written as a small Python file that needs pandera only."""

import numpy as np
import pandas as pd

from helpers.audit.columns import as_date, as_number
from helpers.audit.finding import Finding, cannot, share_interval

MOST_COLUMNS = 200
SLACK = 2.0  # of the range of a number, on either side: amounts have long tails
HEADER = '''"""The contract of a delivery: what each column must be, as `workbook audit` found it. Edit it freely.

    errors = check(table)      # a list of reasons, empty where the table keeps the contract
"""

import pandera.pandas as pa

COLUMNS = {columns}


def schema():
    made = {{}}
    for name, rule in COLUMNS.items():
        checks = [pa.Check(lambda v, most=rule["most_gaps"]: v.isna().mean() <= most, ignore_na=False, error="gaps")]
        if "low" in rule:
            checks.append(pa.Check.in_range(rule["low"], rule["high"], error="range"))
        if "values" in rule:
            checks.append(pa.Check(lambda v, known=tuple(rule["values"]): v.isin(known).mean() >= 0.98, error="values"))
        if rule.get("text"):
            checks.append(pa.Check(lambda v: v.dropna().map(lambda x: isinstance(x, str)).all(), error="not text"))
        if rule.get("unique"):
            checks.append(pa.Check(lambda v: not v.duplicated().any(), error="repeats"))
        made[name] = pa.Column(rule["dtype"], checks, nullable=True)
    return pa.DataFrameSchema(made, unique_column_names=True)


def check(table):
    try:
        schema().validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases.drop_duplicates(["column", "check"])
        return [f"{{row.column or row.failure_case}}: {{row.check}}" for row in cases.itertuples()]
    return []
'''


def _ends_at_zero(numbers):
    """Whether numbers that are not negative look as if they could not be: they count something, or lean to one side."""
    low, middle, high = numbers.min(), numbers.median(), numbers.max()
    return bool((numbers % 1 == 0).all() or high - middle > 2 * (middle - low))


def rules(table):
    """What each column of a good table is: its type, its range or values, and how many gaps it may have."""
    made = {}
    for name in list(table.columns)[:MOST_COLUMNS]:
        values = table[name]
        share = float(values.isna().mean())
        rule = {
            "most_gaps": round(float(min(1.0, share + 4 * np.sqrt((share + 0.01) / max(len(values), 1)) + 0.02)), 3)
        }
        numbers = as_number(values)
        if values.notna().sum() == 0:
            rule |= {"dtype": None}
        elif numbers is not None:
            low, high = float(numbers.min()), float(numbers.max())
            slack = SLACK * ((high - low) or abs(high) or 1.0)
            lowest = 0.0 if low >= 0 and _ends_at_zero(numbers.dropna()) else low - slack
            rule |= {"dtype": "float64", "low": lowest, "high": high + slack}
            rule |= {"unique": True} if _counts_rows(numbers) else {}
        elif as_date(values) is not None:
            rule |= {"dtype": "datetime64[ns]"}
        else:
            text = values.dropna().astype(str).str.strip()
            rule |= {"dtype": None, "text": True}
            if text.nunique() <= 30 and len(text) >= 5 * text.nunique():
                rule["values"] = sorted(text.unique())
        made[str(name)] = rule
    return made


def _counts_rows(numbers):
    whole = numbers.notna().all() and bool((numbers % 1 == 0).all()) and not numbers.duplicated().any()
    return bool(whole and len(numbers) > 50)


def as_contract(table, made):
    """A delivery in the form that the contract speaks of: numbers and dates read as the audit reads them."""
    ready = {}
    for name in table.columns:
        values, rule = table[name], made.get(str(name), {})
        if rule.get("dtype") == "float64":
            numbers = as_number(values)
            values = values if numbers is None else numbers
        elif rule.get("dtype") == "datetime64[ns]":
            dates = as_date(values)
            values = values if dates is None else dates.astype("datetime64[ns]")
        elif rule.get("text"):
            text = values.astype(object)
            mixed = pd.api.types.is_numeric_dtype(values) and values.notna().any()
            values = values if mixed else text.where(values.notna(), None).map(_stripped)
        ready[str(name)] = values
    return pd.DataFrame(ready)


def _stripped(value):
    return None if value is None else str(value).strip()


def source(made):
    """The text of contract.py."""
    rows = "".join(f"    {name!r}: {rule!r},\n" for name, rule in made.items())
    return HEADER.format(columns="{\n" + rows + "}")


def check(table, made, *, namespace=None):
    """Reasons to refuse a delivery by its contract; an empty list where it keeps it."""
    names = namespace or load(source(made))
    return names["check"](as_contract(table, made))


def load(text):
    """The names that a contract's text defines."""
    names = {}
    exec(compile(text, "contract.py", "exec"), names)
    return names


def breakages(table, made, rng):
    """Ten planted breakages of these columns, by name, as far as the columns allow."""
    numbers = [n for n, r in made.items() if r["dtype"] == "float64"]
    words = [n for n, r in made.items() if "values" in r]
    dates = [n for n, r in made.items() if r["dtype"] == "datetime64[ns]"]
    any_ = list(made)
    pick = lambda names: names[int(rng.integers(len(names)))]  # noqa: E731
    broken = {}

    def plant(what, names, change):
        usable = [name for name in names if name in table.columns]
        if usable:
            name, other = pick(usable), table.copy()
            broken[f"{what}: {name}"] = change(other, name)

    plant("column gone", any_, lambda t, n: t.drop(columns=n))
    plant("column renamed", any_, lambda t, n: t.rename(columns={n: n + "_new"}))
    full = [n for n in any_ if made[n]["most_gaps"] < 0.5]
    plant("emptied", full, lambda t, n: t.assign(**{n: None}))
    plant("gaps in two thirds", full, lambda t, n: t.assign(**{n: t[n].where(rng.random(len(t)) < 1 / 3)}))
    plant(
        "other unit", [n for n in numbers if made[n]["high"] != 0], lambda t, n: t.assign(**{n: _number(t, n) * 1000})
    )
    plant(
        "sign turned",
        [n for n in numbers if made[n]["low"] >= 0 and made[n]["high"] > 0],
        lambda t, n: t.assign(**{n: -_number(t, n).abs() - 1}),
    )
    plant("sentinel", numbers, lambda t, n: t.assign(**{n: _number(t, n).where(rng.random(len(t)) > 0.1, -999_999.0)}))
    plant("words for numbers", numbers, lambda t, n: t.assign(**{n: "unknown"}))
    plant("other spelling", words, lambda t, n: t.assign(**{n: t[n].astype(str) + " (new)"}))
    plant("words for dates", dates, lambda t, n: t.assign(**{n: "soon"}))
    plant("numbers for words", words, lambda t, n: t.assign(**{n: 1.0}))
    return dict(list(broken.items())[:10])


def _number(table, name):
    return as_number(table[name]).astype(float)


def contract(case):
    """Write the contract from half of the rows, and try it on the other half, whole and broken in ten ways."""
    question = "Which contract must the next delivery keep?"
    raw = case.raw
    if len(raw) < 60:
        return cannot(question, "half of the rows is too little to write a contract from")
    rng = np.random.default_rng([case.seed, 6])
    order = rng.permutation(len(raw))[:10_000]
    good, held = (raw.iloc[np.sort(part)].reset_index(drop=True) for part in np.array_split(order, 2))
    made = rules(good)
    names = load(source(made))
    held_errors = check(held, made, namespace=names)
    broken = breakages(held, made, rng)
    caught = {what: bool(set(check(table, made, namespace=names)) - set(held_errors)) for what, table in broken.items()}
    table = pd.DataFrame({"breakage": list(caught), "caught": ["yes" if c else "no" for c in caught.values()]})
    sentence = (
        f"A contract of {len(made)} columns {'refuses' if held_errors else 'accepts'} good rows that it has not seen, "
    )
    sentence += f"and catches {sum(caught.values())} of {len(caught)} planted breakages."
    advice = (
        f"Loosen the rule for {held_errors[0]} in contract.py."
        if held_errors
        else ("Keep contract.py beside the pipeline, and let it stop a delivery before a model sees it.")
    )
    low, high = share_interval(sum(caught.values()), len(caught))
    share = sum(caught.values()) / max(len(caught), 1)
    facts = {"rules": rules(raw), "refuses_good": held_errors, "caught": caught}
    return Finding(
        question,
        sentence,
        advice,
        "share of planted breakages that are caught",
        share,
        low,
        high,
        bool(held_errors),
        table,
        facts=facts,
    )
