"""What each column is, and the numbers that a model gets from it."""

import re
import warnings

import numpy as np
import pandas as pd

MOST_CATEGORIES = 30
FORMATS = ("ISO8601", "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y%m%d", "%b %d, %Y", "%d %B %Y")
FORMATS += ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%Y-%m", "%d-%b-%Y")


def unique_names(table):
    """The table with its column names as text, each one once."""
    names = []
    for name in map(str, table.columns):
        copies = sum(other == name or other.startswith(f"{name} (") for other in names)
        names.append(f"{name} ({copies + 1})" if name in names else name)
    return table.set_axis(names, axis=1)


def as_number(values):
    """A column as numbers, also with decimal commas, percent or euro; None where a tenth is something else."""
    if pd.api.types.is_bool_dtype(values):
        return values.astype(float)
    if pd.api.types.is_numeric_dtype(values):
        numbers = pd.to_numeric(values, errors="coerce").astype(float)
        return numbers.where(np.isfinite(numbers))
    if not _is_text(values):
        return None
    text = values.dropna().astype(str).str.strip()
    for clean in (lambda t: t, _without_comma):
        numbers = pd.to_numeric(clean(text), errors="coerce")
        numbers = numbers.where(np.isfinite(numbers))
        if len(text) and numbers.notna().mean() >= 0.9:
            return numbers.reindex(values.index).astype(float)
    return None


def _without_comma(text):
    text = text.str.replace(r"[\s%€$£']", "", regex=True)
    german = (
        text.str.contains(r",\d{1,2}$|\.\d{3},", regex=True).any() or text.str.contains(r"^-?\d+,\d+$").mean() > 0.5
    )
    return text.str.replace(".", "", regex=False).str.replace(",", ".") if german else text.str.replace(",", "")


def as_date(values):
    """A column as dates, from texts in any usual form; None where a tenth is something else."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.tz_localize(None) if getattr(values.dt, "tz", None) is not None else values
    present = values.dropna()
    if not _is_text(values) or present.empty:
        return None
    text = present.astype(str).str.strip()
    if not text.head(200).str.contains(r"\d", regex=True).mean() >= 0.9:
        return None
    for form in FORMATS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                if pd.to_datetime(text.head(200), format=form, errors="coerce", utc=True).notna().mean() < 0.9:
                    continue
                dates = pd.to_datetime(text, format=form, errors="coerce", utc=True)
            except (ValueError, TypeError):
                continue
        if dates.notna().mean() >= 0.9:
            return dates.dt.tz_localize(None).reindex(values.index)
    return None


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
    try:
        distinct = present.nunique()
    except TypeError:  # lists and the like
        values, present = values.astype(str).where(values.notna()), present.astype(str)
        distinct = present.nunique()
    if distinct == 1 and len(present) == len(values):
        return "constant", None
    if (numbers := as_number(values)) is not None:
        return ("identity" if _counts_up(numbers) else "number"), numbers
    if (dates := as_date(values)) is not None:
        return "date", dates
    text = values.astype(object).where(values.notna(), None).map(lambda v: None if v is None else str(v).strip())
    if distinct >= 0.98 * len(values) and len(values) > 20:
        words = text.dropna().str.split().str.len().mean()
        return ("identity" if words < 2 else "text"), text
    return ("category" if distinct <= MOST_CATEGORIES else "text"), text


def _counts_up(numbers):
    """Whether a column only numbers the rows: whole, all different, and without large jumps."""
    if len(numbers) <= 20 or numbers.isna().any() or numbers.duplicated().any() or (numbers % 1 != 0).any():
        return False
    return bool(np.ptp(numbers) <= 2 * len(numbers))


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
