"""What a figure, a table or a sound shows, in words computed from what was drawn."""

import html
import re

import numpy as np
from matplotlib.collections import LineCollection, PathCollection, PolyCollection, QuadMesh
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.ticker import FixedLocator

MANY = 12  # longer lists are shortened to their ends
PARTS = 4  # of a map along each axis


def describe(figure):
    """Describe a figure: of each panel its title, its axes with units and ranges, and the numbers that it shows.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    str
        Plain text; numbers have two significant digits, so that no last bit of a computation shows.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> _ = ax.plot([1, 2, 4], [0.5, 0.1, 0.3], label="error")
    >>> _ = ax.set(xlabel="size", ylabel="share wrong", title="It falls")
    >>> describe(figure)
    'Figure. It falls. x: size, 1 to 4; y: share wrong, 0.1 to 0.5. Line "error": from 0.5 to 0.3, lowest 0.1 at 2.'
    """
    panels = [ax for ax in figure.axes if ax.get_visible() and ax.get_label() != "<colorbar>"]
    pictures = [ax for ax in panels if ax.images and not _has_scales(ax)]
    charts = [ax for ax in panels if ax not in pictures and (ax.has_data() or ax.texts)]
    parts = [_text(figure.get_suptitle()), *(_chart(ax) for ax in charts), _pictures(pictures)]
    words = " ".join(_sentence(part) for part in parts if part)
    return f"Figure with {len(charts)} panels. {words}" if len(charts) > 1 else f"Figure. {words}"


def number(value, *, digits=2):
    """A number with few significant digits, without an exponent where that is readable."""
    if not np.isfinite(value):
        return "none"
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.0f}" if 100 <= abs(rounded) < 1e7 else f"{rounded:g}"


def _place(value):
    """Where on an axis something is: a year or a size in full, anything else as a number."""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 10_000 else number(value)


def _chart(ax):
    title = " / ".join(filter(None, (_text(ax.get_title(loc)) for loc in ("left", "center", "right"))))
    marks = [*_bars(ax), *_images(ax), *_lines(ax), *_error_bars(ax), *_clouds(ax), *_bands(ax)]
    return " ".join(_sentence(part) for part in (title, ax.has_data() and _axes(ax), *marks, _notes(ax)) if part)


def _axes(ax):
    parts = []
    for name, axis in (("x", ax.xaxis), ("y", ax.yaxis)):
        label, places = _text(axis.get_label_text()), _categories(axis)
        extent = f"categories {_listed(places)}" if places else _extent(ax, name)
        scale = " (log scale)" if axis.get_scale() == "log" else ""
        parts.append(f"{name}: " + ", ".join(filter(None, (label, extent))) + scale)
    return "; ".join(parts)


def _extent(ax, name):
    """From where to where the data reach, without the empty margin of the axis."""
    low, high = getattr(ax.dataLim, f"interval{name}")
    if not np.isfinite([low, high]).all() or low > high:
        return ""
    digits = _digits(getattr(ax, f"{name}axis"))
    return " to ".join(_place(end) if name == "x" else number(end, digits=digits) for end in (low, high))


def _digits(axis):
    """One digit where a reader sees powers of ten only, else two."""
    return 1 if axis.get_scale() == "log" else 2


def _categories(axis):
    """The labels of an axis whose ticks are words, or name the cells of a map; also where another panel shows them."""
    words = axis.get_major_formatter().format_ticks(axis.get_majorticklocs())
    words = list(filter(None, map(_text, words)))
    if _meshes(axis.axes) and isinstance(axis.get_major_locator(), FixedLocator):
        return words
    are_numbers = all(re.fullmatch(r"[-−+\d.,%e×^{}$\\a-z]*\d[-−+\d.,%{}$]*", word) for word in words)
    return [] if are_numbers else words


def _lines(ax):
    marks = []
    bars = [container for container in ax.containers if isinstance(container, ErrorbarContainer)]
    ours = {line for container in bars for line in (container[0], *container[1])}
    lines = [line for line in ax.lines if line.get_visible() and len(line.get_xdata()) and line not in ours]
    for line in lines:
        x, y = (np.asarray(values, float) for values in line.get_data(orig=False))
        name = _name(line)
        if line.get_transform() == ax.get_yaxis_transform():
            marks.append(f"Horizontal line{name} at {number(y[0])}")
        elif line.get_transform() == ax.get_xaxis_transform():
            marks.append(f"Vertical line{name} at {_place(x[0])}")
        elif name or len(lines) <= 3:
            marks.append(f"{'Points' if line.get_linestyle() == 'None' else 'Line'}{name}: {_course(ax, x, y)}")
    return marks


def _course(ax, x, y):
    """How a line goes: its ends, and where it is first about lowest and highest if that is in between."""
    kept = np.isfinite(x) & np.isfinite(y)
    x, y, digits = x[kept], y[kept], _digits(ax.yaxis)
    if len(y) == 0:
        return "no values"
    if len(y) == 1:
        return f"{number(y[0], digits=digits)} at {_place(x[0])}"
    first, last = number(y[0], digits=digits), number(y[-1], digits=digits)
    told, slack = f"from {first} to {last}", 0.005 * np.ptp(y)
    for word, extreme in (("lowest", y.min()), ("highest", y.max())):
        if number(extreme, digits=digits) not in (first, last):
            place = x[np.abs(y - extreme) <= slack][0]
            told += f", {word} {number(extreme, digits=digits)} at {_place(place)}"
    return told


def _error_bars(ax):
    marks = []
    for container in (c for c in ax.containers if isinstance(c, ErrorbarContainer) and c[0] is not None):
        x, y = (np.asarray(values, float) for values in container[0].get_data(orig=False))
        lying = container.has_xerr and not container.has_yerr
        if lying or _categories(ax.xaxis):
            told = _listed([number(value) for value in (x if lying else y)])
        else:
            told = _course(ax, x, y)
        marks.append(f"Points with error bars{_name(container)}: {told}")
    return marks


def _bars(ax):
    bars = [container for container in ax.containers if isinstance(container, BarContainer) and len(container)]
    if len(bars) > MANY // 2:
        lengths = [length for container in bars for length in _lengths(container)]
        return [f"{_count(lengths, 'bar')}: {_range(lengths)}"]
    return [
        f"{_count(container, 'bar')}{_name(container)}: {_listed([number(length) for length in _lengths(container)])}"
        for container in bars
    ]


def _lengths(container):
    lying = container.orientation == "horizontal"
    return [bar.get_width() if lying else bar.get_height() for bar in container]


def _images(ax):
    marks = []
    for image in ax.images:
        values = np.ma.filled(np.ma.asarray(image.get_array(), dtype=float), np.nan)
        if values.ndim != 2:
            marks.append(f"A picture, in percent of ink: {_ink(image)}")
        elif not _has_its_numbers(ax, values):
            left, right, bottom, top = image.get_extent()
            upwards = (bottom < top) == (image.origin == "lower")
            marks.append(_map(values[:: 1 if upwards else -1, :: 1 if left < right else -1]))
        else:
            marks.append(_rows(values))
    for mesh in _meshes(ax):
        values = np.ma.filled(mesh.get_array().astype(float), np.nan)
        marks.append(_rows(values) if _has_its_numbers(ax, values) else _map(values))
    return marks


def _meshes(ax):
    return [mesh for mesh in ax.collections if isinstance(mesh, QuadMesh)]


def _has_its_numbers(ax, values):
    """Whether each of a map's values is written into it."""
    return len(ax.texts) >= np.size(values)


def _rows(values):
    return "Map, row by row: " + "; ".join(_listed([number(value) for value in row]) for row in values)


def _map(values):
    """The range of a map's values, and their means from end to end of each axis: where it is high, and where low."""
    told = f"Map of {values.shape[0]} by {values.shape[1]} values, {_range(values)}"
    for name, along in (("x", values.T), ("y", values)):
        parts = np.array_split(along, min(PARTS, len(along)))
        told += f"; means along {name}: {_listed([number(_settled(np.nanmean(part))) for part in parts])}"
    return told


def _clouds(ax):
    marks = []
    for cloud in ax.collections:
        if isinstance(cloud, PathCollection) and len(cloud.get_offsets()):
            x, y = np.ma.filled(np.ma.asarray(cloud.get_offsets(), dtype=float), np.nan).T
            where = f"x {_range(x)}, y {_range(y)}" if len(x) > 1 else f"at ({number(x[0])}, {number(y[0])})"
            marks.append(f"{_count(x, 'point')}{_name(cloud)}: {where}")
    return marks


def _bands(ax):
    bands = [c for c in ax.collections if isinstance(c, PolyCollection) and len(c.get_paths())]
    ours = {part for c in ax.containers if isinstance(c, ErrorbarContainer) for part in c[2]}
    thin = [c for c in ax.collections if isinstance(c, LineCollection) and len(c.get_segments()) and c not in ours]
    return [_count(bands, "shaded band")] * bool(bands) + ["Thin lines"] * bool(thin)


def _notes(ax):
    maps = [drawn.get_array() for drawn in (*ax.images, *_meshes(ax))]
    if any(values is not None and _has_its_numbers(ax, values) for values in maps):
        return ""
    notes = [_text(text.get_text()) for text in ax.texts if text.get_visible()]
    notes = [note for note in notes if note]
    return f"Labels in the figure: {_listed(notes)}" if notes else ""


def _has_scales(ax):
    return ax.axison and (len(ax.get_xticks()) > 0 or len(ax.get_yticks()) > 0)


def _pictures(axes):
    """Small pictures in a grid: of each its title, how much of it is ink, and where the middle of the ink lies."""
    if not axes:
        return ""
    told = []
    for ax in axes:
        title = _text(ax.get_title() or ax.get_title("left"))
        for image in ax.images:
            name = _name(image).strip() or (title and f'"{title}"')
            told.append(" ".join(filter(None, (name, _ink(image)))))
    return (
        f"{_count(told, 'picture')}, with the share of ink in percent, and how far its middle lies from the left and "
        f"from the top: {'; '.join(told)}"
    )


def _ink(image):
    """Share of ink and its middle, as in ``12 (48, 53)``: black is all ink, white is none."""
    ink = 1 - image.to_rgba(image.get_array())[..., :3].mean(axis=2)
    share = number(_settled(100 * ink.mean()))
    if share == "0":
        return "0"
    across, down = (
        np.average((np.arange(len(lines)) + 0.5) / len(lines), weights=lines) for lines in (ink.sum(0), ink.sum(1))
    )
    return f"{share} ({_settled(100 * across):.0f}, {_settled(100 * down):.0f})"


def _settled(value):
    """A mean without its last bits: they differ among processors, which shows on the edge between two roundings."""
    return round(float(value), 9)


def _name(artist):
    label = _text(str(artist.get_label()))
    return f' "{label}"' if label and not label.startswith("_") else ""


def _count(things, noun):
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"


def _range(values):
    return f"{number(np.nanmin(values))} to {number(np.nanmax(values))}" if np.isfinite(values).any() else "none"


def _listed(words):
    words = list(map(str, words))
    return ", ".join(words if len(words) <= MANY else [*words[: MANY // 2], "…", *words[-MANY // 2 :]])


def _text(text):
    return " ".join(str(text).replace("$", "").split())


def _sentence(text):
    return text if text.endswith((".", "?", "!")) else f"{text}."


def accessible_table(table_html, caption):
    """Give an HTML table of pandas a caption that only screen readers show, and say which headers head what.

    A header above several columns heads a ``colgroup``, one beside several rows a ``tbody`` of its own.
    """
    opening, head, body, rest = re.split(r"(?=<thead>)|(?=<tbody>)|(?<=</tbody>)", table_html)
    hidden = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
    named = f'<caption style="{hidden}">{html.escape(caption)}</caption>'
    return "".join([opening.rstrip(), named, _column_groups(head), "\n  ", _head(head), _body(body), rest])


def _head(head):
    return (
        head.replace("<th></th>", "<td></td>")
        .replace("<th>", '<th scope="col">')
        .replace("<th colspan=", '<th scope="colgroup" colspan=')
    )


def _column_groups(head):
    """The groups of columns under the headers of the first row; none where each header has one column."""
    first_row = head.partition("</tr>")[0]
    if "colspan" not in first_row:
        return ""
    spans = re.findall(r'<th(?: colspan="(\d+)")?', first_row.removeprefix("<thead>"))
    return "\n  " + "".join(f'<colgroup span="{span or 1}"></colgroup>' for span in spans)


def _body(body):
    """The rows, with a ``tbody`` for each of their groups where rows have headers of several levels."""
    rows = body.split("<tr>")
    levels = max(row.count("<th") for row in rows)
    for place, row in enumerate(rows):
        if row.count("<th") == levels > 1:
            rows[place] = row.replace("<th rowspan=", '<th scope="rowgroup" rowspan=', 1)
            if place > 1:
                rows[place - 1] = rows[place - 1].rstrip() + "\n  </tbody>\n  <tbody>\n    "
    return "<tr>".join(rows).replace("<th>", '<th scope="row">').replace("<th rowspan=", '<th scope="row" rowspan=')
