"""A labeling session: people label the same digits, each vote is one line of a CSV file.

The file has the columns ``item`` (row of :func:`helpers.datasets.load_mnist`), ``labeler`` (a name) and ``label``.
"""

import csv
import io
import time
from pathlib import Path

import ipywidgets as widgets
import matplotlib.pyplot as plt
import pandas as pd

COLUMNS = ("item", "labeler", "label")
UNREADABLE = "?"
LABELS = (*"0123456789", UNREADABLE)
PAUSE_S = 0.3  # a second click within this time is the other half of a double click


class LabelsError(ValueError):
    """A file of labels that cannot be used; shown as one line in a notebook."""

    def _render_traceback_(self):
        return [f"LabelsError: {self}"]


def read_labels(path, *, n_items=5000):
    """Read the votes of a labeling session.

    Parameters
    ----------
    path : str or Path
        A CSV file, or a folder of them (one per person).
    n_items : int, default 5000
        Items are numbered 0 to ``n_items - 1``.

    Returns
    -------
    DataFrame of shape (n_items_labeled, n_labelers)
        Indexed by item, one column per labeler, NaN where a vote is missing; a labeler's last vote counts. Names that
        differ in capitals only are one person.

    Raises
    ------
    LabelsError
        Names the file, the line and what is wrong with it, in one line.
    """
    path = Path(path)
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path] if path.is_file() else []
    if not files:
        raise LabelsError(f"'labels_csv' must be a CSV file or a folder of CSV files (got {str(path)!r})")
    rows = pd.concat([_read_file(file, n_items) for file in files], ignore_index=True)
    if rows.empty:
        raise LabelsError(f"'labels_csv' must have at least one vote (got none in {path.name})")
    rows["labeler"] = rows.groupby(rows["labeler"].str.casefold())["labeler"].transform("first")
    return rows.drop_duplicates(["item", "labeler"], keep="last").pivot(index="item", columns="labeler", values="label")


def _read_file(file, n_items):
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8")
    except (ValueError, OSError) as error:  # also what pandas raises for a file that is no table
        reason = str(error).splitlines()[0]
        raise LabelsError(f"{file.name} must be a CSV table with {', '.join(COLUMNS)} (got: {reason})") from None
    if missing := [name for name in COLUMNS if name not in table]:
        got = f"got no {', '.join(missing)}"
        if any(sign in "".join(table.columns) for sign in ";\t"):
            got = "got other signs than commas between the columns"
        raise LabelsError(f"{file.name} must have the columns {', '.join(COLUMNS)} ({got})")
    table = table[list(COLUMNS)].apply(lambda column: column.str.strip())
    allowed = {
        "item": (
            pd.to_numeric(table["item"], errors="coerce").isin(range(n_items)),
            f"a whole number from 0 to {n_items - 1}",
        ),
        "labeler": (table["labeler"] != "", "a name"),
        "label": (table["label"].isin(LABELS), "a digit 0 to 9 or ?"),
    }
    for name, (valid, wanted) in allowed.items():
        if not valid.all():
            line = int((~valid).to_numpy().argmax())
            raise LabelsError(f"{file.name}, line {line + 2}: {name} must be {wanted} (got {table[name].iloc[line]!r})")
    return table.astype({"item": int})


class LabelingSession:
    """Show one digit after the other and append each answer to a CSV file.

    Each name has its own place in the list, so several people can label one after the other. *Back* shows the last
    digit again; the new answer then counts. The answer can be clicked or typed.

    Parameters
    ----------
    X : array of shape (n_items, side * side)
        Ink from 0 to 1.
    items : sequence of int
        Rows of `X` to label, in the order in which they are shown.
    path : str or Path
        The CSV file, made with the first answer and added to if it is there; or a folder, in which each name gets a
        file.

    Notes
    -----
    ``session.widget`` is what a notebook displays, with :func:`helpers.touch.show_widget`; ``session.answer(label)``
    does what a click does.
    """

    def __init__(self, X, items, *, path):
        self.images, self.items, self.path = X, list(items), Path(path)
        self._done, self._clicked_at = {}, -PAUSE_S
        self._name = widgets.Text(description="Your name", placeholder="one name per person")
        self._name.observe(lambda change: self._show(), "value")
        self._picture = widgets.Image(format="png", width=180)
        self._status = widgets.Label()
        buttons = [widgets.Button(description=label, layout=widgets.Layout(width="3em")) for label in LABELS]
        for button in buttons:
            button.on_click(lambda clicked: self._click(clicked.description))
        back = widgets.Button(description="Back")
        back.on_click(lambda clicked: self.back())
        self._typed = widgets.Text(description="or type it", placeholder="0 to 9 or ?")
        self._typed.observe(lambda change: self._type(change["new"]), "value")
        row = widgets.HBox([*buttons, back])
        self.widget = widgets.VBox([self._name, self._picture, row, self._typed, self._status])
        self._show()

    @property
    def position(self):
        """How many digits the person whose name is typed has labeled."""
        return self._done.get(self._person, 0)

    @property
    def _person(self):
        return self._name.value.strip().casefold()

    def answer(self, label):
        """Write the label of the digit on show and go on to the next; without a name nothing is written."""
        if not self._person:
            self._status.value = "Please type your name first."
            return
        if self.position >= len(self.items):
            return
        try:
            self._write(label)
        except OSError as error:
            self._status.value = f"Nothing was written: {error.strerror} ({self.path})."
            return
        self._done[self._person] = self.position + 1
        self._show()

    def back(self):
        """Show the last digit again; the next answer replaces the one that was given."""
        self._done[self._person] = max(self.position - 1, 0)
        self._show()

    def _click(self, label):
        now = time.monotonic()
        if now - self._clicked_at >= PAUSE_S:
            self.answer(label)
        self._clicked_at = now

    def _type(self, text):
        if text:
            if text[-1] in LABELS:
                self.answer(text[-1])
            self._typed.value = ""

    def _write(self, label):
        file = self.path
        if not file.suffix or file.is_dir():
            file = file / f"{''.join(c if c.isalnum() else '_' for c in self._person)}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        is_new = not file.exists()
        with file.open("a", newline="", encoding="utf-8") as opened:
            row = (self.items[self.position], self._name.value.strip(), label)
            csv.writer(opened).writerows([COLUMNS] * is_new + [row])

    def _show(self):
        if self.position >= len(self.items):
            self._status.value = f"Thank you. All answers are in {self.path.name}. The next person types a name."
            return
        side = int(self.images.shape[1] ** 0.5)
        picture = io.BytesIO()
        image = self.images[self.items[self.position]].reshape(side, side)
        plt.imsave(picture, image, cmap="gray_r", vmin=0, vmax=1, format="png")
        self._picture.value = picture.getvalue()
        self._status.value = f"Digit {self.position + 1} of {len(self.items)}"
