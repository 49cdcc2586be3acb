"""Read a table from a file, whatever its delimiter, encoding, decimal mark and date format."""

import csv
import hashlib
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.audit.finding import AuditError, first_line

MOST_ROWS = 50_000  # that are kept; more are sampled
CELLS = 2_000_000  # read at a time
MOST_SKIPPED = 0.05  # of the lines may have more fields than the header
ENCODINGS = ("utf-8-sig", "utf-16", "cp1252", "latin-1")
GAPS = ["", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "-", "?"]


def read_table(path, *, seed=0, most_rows=MOST_ROWS):
    """Read a CSV or Parquet file in bounded memory.

    Parameters
    ----------
    path : str or Path
    seed : int
        Of the sample that is drawn where the file has more rows than `most_rows`.

    Returns
    -------
    DataFrame, dict
        The table, its rows in the file's order with their number in the file, from 0, as index; and ``rows`` (in the
        file), ``sha256``, ``read_as``.

    Raises
    ------
    AuditError
        Where the file is no table.
    """
    path = Path(path)
    if not path.is_file():
        raise AuditError(f"there is no file {str(path)!r}")
    if path.stat().st_size == 0:
        raise AuditError(f"{path.name} is empty")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        head = file.read(200_000)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            chunks, read_as = _parquet(path) if head[:4] == b"PAR1" else _csv(path, head)
            table, rows = _sampled(chunks, most_rows, seed)
        except AuditError:
            raise
        except Exception as error:
            raise AuditError(f"{path.name} cannot be read as a table ({first_line(error)})") from None
    if table.shape[1] < 2:
        raise AuditError(f"{path.name} is no table: one column was found, {str(table.columns[0])[:40]!r}")
    skipped = sum(str(warning.message).count("Skipping line") for warning in told)
    if skipped > MOST_SKIPPED * (rows + skipped):
        raise AuditError(
            f"{path.name} is no table: {skipped:,} lines have more fields than the first, which names them"
        )
    if table.empty:
        raise AuditError(f"{path.name} has a header and no rows")
    if skipped:
        read_as += f", {skipped:,} lines with too many fields left out"
    return table, {"rows": rows, "sha256": digest, "read_as": read_as}


def _parquet(path):
    import pyarrow.parquet as parquet

    file = parquet.ParquetFile(path, memory_map=True, pre_buffer=False)
    if not file.metadata.num_rows:
        raise AuditError(f"{path.name} has no rows")
    batches = file.iter_batches(_rows_at_a_time(file.metadata.num_columns))
    return (batch.to_pandas() for batch in batches), "Parquet"


def _csv(path, head):
    encoding, text = _decoded(head)
    if "\x00" in text:
        raise AuditError(f"{path.name} is neither text nor Parquet")
    delimiter, fields = _delimiter(text)
    options = {"sep": delimiter, "encoding": encoding, "na_values": GAPS, "low_memory": False}
    options |= {"encoding_errors": "replace", "chunksize": _rows_at_a_time(fields), "skipinitialspace": True}
    return pd.read_csv(path, on_bad_lines="warn", **options), f"CSV, delimiter {delimiter!r}, {encoding}"


def _rows_at_a_time(columns):
    return max(1000, CELLS // max(columns, 1))


def _decoded(head):
    for encoding in ENCODINGS:
        if encoding == "utf-16" and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return encoding, head.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start > len(head) - 4:  # cut within a letter
                return encoding, head[: error.start].decode(encoding)
    raise AssertionError("latin-1 reads everything")


def _delimiter(text):
    """The delimiter that cuts the first lines into equally many parts, and how many; a Sniffer alone takes letters."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    best, fields, most = ",", 1, 0
    for mark in ",;\t|":
        counts = [len(row) for row in csv.reader(lines[: max(len(lines) - 1, 1)], delimiter=mark)]
        even = counts.count(counts[0]) / len(counts) if counts else 0
        if counts and counts[0] > 1 and even * min(counts[0], 50) > most:
            best, fields, most = mark, counts[0], even * min(counts[0], 50)
    return best, fields


def _sampled(chunks, most_rows, seed):
    """Of all rows those whose random number is among the smallest: a uniform sample."""
    rng, kept, keys, rows = np.random.default_rng(seed), None, np.zeros(0), 0
    for chunk in chunks:
        chunk = chunk.set_axis([str(name).strip() for name in chunk.columns], axis=1)
        chunk.index = range(rows, rows + len(chunk))
        rows += len(chunk)
        draws = rng.random(len(chunk))
        if len(keys) == most_rows:
            below = draws < keys.max()
            chunk, draws = chunk[below], draws[below]
        kept, keys = chunk if kept is None else pd.concat([kept, chunk]), np.concatenate([keys, draws])
        if len(keys) > most_rows:
            order = np.sort(np.argsort(keys, kind="stable")[:most_rows])
            kept, keys = kept.iloc[order], keys[order]
    if kept is None:
        raise AuditError("the file has no rows")
    return kept, rows
