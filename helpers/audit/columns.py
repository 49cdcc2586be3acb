"""What each column is, and the numbers that a model gets from it."""

import re
import warnings

import numpy as np
import pandas as pd

MOST_CATEGORIES = 30
SURE = 0.9  # the part of a column that must be numbers, or dates, for the column to count as such
DAYS = ("%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%m/%d/%y", "%d/%m/%y", "%Y%m%d", "%d-%m-%Y")
DAYS += (
    "%Y.%m.%d",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b-%d-%Y",
    "%b %Y",
    "%m/%Y",
)
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
SHAPES = {"%Y": r"\d{4}", "%b": r"[^\W\d]+", "%B": r"[^\W\d]+", "%p": "[AaPp][Mm]"}  # and two digits of all else


def _shape(form):
    return re.compile(re.sub("%.", lambda part: SHAPES.get(part[0], r"\d{1,2}"), re.escape(form)))


FORMS = {"ISO8601": re.compile(r"\d{4}-\d.*")} | {day + time: _shape(day + time) for day in DAYS for time in TIMES}


def tidy(table):
    """The table with its column names as text, each one once, its rows numbered, and mixed values as text."""
    if not (table.index.is_unique and pd.api.types.is_integer_dtype(table.index)):
        table = table.reset_index(drop=True)
    table = table.set_axis(_unique(map(str, table.columns)), axis=1)
    return pd.DataFrame({name: _plain(table[name]) for name in table.columns}, index=table.index)


def _unique(names):
    taken = []
    for name in names:
        copies = sum(other == name or other.startswith(f"{name} (") for other in taken)
        taken.append(f"{name} ({copies + 1})" if name in taken else name)
    return taken


def _plain(values):
    """Numbers beside words, lists and the like as text."""
    return values.map(label, na_action="ignore") if values.dtype == object else values


def label(value):
    """A value as text, whole numbers without a decimal point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def as_number(values):
    """A column as numbers, also with decimal commas, percent or euro; None where a tenth is something else."""
    if pd.api.types.is_bool_dtype(values):
        return values.astype(float)
    if pd.api.types.is_numeric_dtype(values):
        numbers = pd.to_numeric(values, errors="coerce").astype(float)
        return numbers.where(np.isfinite(numbers))
    if not _is_text(values):
        return None
    for clean in (lambda text: text, _without_comma, _true_or_false):
        numbers = _by_value(values, lambda text, clean=clean: pd.to_numeric(clean(text), errors="coerce").astype(float))
        if numbers is not None:
            return numbers.where(np.isfinite(numbers))
    return None


def _by_value(values, convert):
    """A column whose different texts are converted once each; None where a tenth or more comes out as a gap."""
    text = values.dropna().astype(str).str.strip()
    codes, different = pd.factorize(text)
    found = convert(pd.Series(different, dtype=str)).take(codes).set_axis(text.index)
    return found.reindex(values.index) if len(text) and found.notna().mean() >= SURE else None


def _without_comma(text):
    text = text.str.replace(r"[\s%€$£']", "", regex=True)
    decimal = r",\d{1,2}$|,\d{4,}$|\.\d{3},|^-?0,"  # else three digits after each comma: thousands
    if text.str.contains(decimal, regex=True).any():
        return text.str.replace(".", "", regex=False).str.replace(",", ".")
    return text.str.replace(",", "")


def _true_or_false(text):
    return text.str.lower().map({"true": 1, "false": 0})


def as_date(values, *, form=None):
    """A column as dates, from texts in one form, or in any usual one; None where a tenth is something else."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.tz_localize(None)
    form = form or date_form(values)
    return None if form is None else _by_value(values, lambda text: _parsed(text, form))


def date_form(values):
    """The form of a column's dates, such as "%d.%m.%Y"; None where a tenth is something else."""
    if not _is_text(values):
        return None
    text = values.dropna().astype(str).str.strip().drop_duplicates().head(1000)
    first = list(text.head(20))
    likely = [form for form, shape in FORMS.items() if sum(map(bool, map(shape.fullmatch, first))) > len(first) / 2]
    shares = [_parsed(text, form).notna().mean() for form in likely]
    return likely[int(np.argmax(shares))] if shares and max(shares) >= SURE else None


def _parsed(text, form):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pd.to_datetime(text, format=form, errors="coerce", utc=True).dt.tz_localize(None)


def as_time(values):
    """A time column as dates or as numbers in order; None where it is neither."""
    if (dates := as_date(values)) is not None:
        return dates
    numbers = as_number(values)
    if numbers is None or numbers.notna().mean() < 0.5:
        return None
    if numbers.dropna().between(19000101, 21001231).all():
        return pd.to_datetime(numbers.dropna().astype(int).astype(str), format="%Y%m%d", errors="coerce").reindex(
            values.index
        )
    return numbers


def _is_text(values):
    return (
        values.dtype == object or pd.api.types.is_string_dtype(values) or isinstance(values.dtype, pd.CategoricalDtype)
    )


def kind_of(values):
    """One of empty, constant, identity, number, date, category and text, with the values in that form."""
    present = values.dropna()
    if present.empty or len(present) < 0.005 * len(values):
        return "empty", None
    distinct = present.nunique()
    if distinct == 1 and len(present) == len(values):
        return "constant", None
    if (numbers := as_number(values)) is not None:
        return ("identity" if counts_up(numbers) else "number"), numbers
    if (dates := as_date(values)) is not None:
        return "date", dates
    text = values.astype(object).map(label, na_action="ignore")
    if distinct >= 0.98 * len(values) and len(values) > 20:
        words = text.dropna().str.split().str.len().mean()
        return ("identity" if words < 2 else "text"), text
    return ("category" if distinct <= MOST_CATEGORIES else "text"), text


def counts_up(numbers):
    """Whether a column only numbers the rows of the file: whole, all different, and without large jumps."""
    if len(numbers) <= 20 or numbers.isna().any() or numbers.duplicated().any() or (numbers % 1 != 0).any():
        return False
    return bool(np.ptp(numbers) <= 2 * np.ptp(numbers.index) + 2)


def features(name, kind, values):
    """The columns of numbers that stand for one column, by name; those of categories are codes by frequency."""
    if kind == "number":
        return {name: values.to_numpy(float)}
    if kind == "date":
        missing = values.isna()
        parts = {f"{name}: month": values.dt.month, f"{name}: weekday": values.dt.day_of_week}
        return {label: part.astype(float).where(~missing).to_numpy() for label, part in parts.items()}
    counts = values.value_counts()
    if kind == "category":
        codes = {value: float(place) for place, value in enumerate(sorted(counts.index))}
        return {name: values.map(codes).to_numpy(float)}
    told = values.fillna("")
    return {
        f"{name}: length": told.str.len().to_numpy(float),
        f"{name}: words": told.map(lambda text: len(re.findall(r"\w+", text))).to_numpy(float),
        f"{name}: how frequent": values.map(counts).fillna(0).to_numpy(float),
    }
