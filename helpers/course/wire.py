"""What crosses between an answer and its check: plain data as JSON, in both directions, and nothing that is code.

Whatever arrives is rebuilt as values of Python, NumPy and pandas themselves, so that an object that equals everything
cannot cross. What an answer sends is bounded in size and depth, and never unpickled.
"""

import base64
import datetime
import itertools
import json
import math
import re
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

LARGEST = 32 * 2**20  # bytes of one message
DEEPEST = 30  # containers within containers
LONGEST = 10**6  # values that are taken from an iterator
PLAIN = (type(None), bool, str, float)
SEQUENCES: dict[str, type] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
VIEWS = (range, type({}.keys()), type({}.values()), type({}.items()))
NUMBERS = "biufcmM"  # kinds of dtypes whose values cross as bytes
REBUILT = re.compile(r"object|str|string|category|boolean|U?Int\d+|Float\d+|datetime64\[\w+, [\w/+:-]+\]")
BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


class CannotCross(TypeError):
    """A value that is not plain data."""


class Malformed(ValueError):
    """A message that :func:`encode` did not make, or one that is too large or too deep."""


def send(channel: socket.socket, message: Any) -> None:
    """Send a message of plain JSON."""
    raw = json.dumps(message).encode()
    channel.sendall(struct.pack("!I", len(raw)) + raw)


def receive(channel: socket.socket, largest: int | None = None) -> Any:
    """Receive a message; of one that is not trusted, at most `largest` bytes.

    Raises
    ------
    EOFError
        Where the other side has ended.
    Malformed
    """
    head = channel.recv(4, socket.MSG_WAITALL)
    if len(head) < 4:
        raise EOFError("the other side has ended")
    (size,) = struct.unpack("!I", head)
    if largest is not None and size > largest:
        raise Malformed(f"larger than {largest / 2**20:.0f} MB")
    raw = channel.recv(size, socket.MSG_WAITALL)
    if len(raw) < size:
        raise EOFError("the other side has ended")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise Malformed("not JSON, or too deep") from None


def encode(value: Any, functions: list | None = None, depth: int = DEEPEST) -> Any:
    """Make a value plain JSON; a function, where `functions` is given, is put there and crosses as its place.

    Raises
    ------
    CannotCross
        For what is no number, text, container, array, table or random generator.
    """
    if type(value) in PLAIN or (type(value) is int and -(2**60) < value < 2**60):
        return value
    if depth == 0:
        raise CannotCross("containers are nested too deep")

    def inner(values):
        return [encode(item, functions, depth - 1) for item in values]

    if isinstance(value, np.generic | np.ndarray):
        return _encode_array(value, inner)
    if isinstance(value, bool | int | float | str):  # of a class of its own
        return {"!": "int", "v": format(value, "x")} if isinstance(value, int) else _plain(value)
    if value is ... or value is pd.NA or value is pd.NaT:
        return {"!": "constant", "v": {...: "...", pd.NA: "NA"}.get(value, "NaT")}
    if isinstance(value, datetime.timedelta):
        return {"!": "timedelta", "v": pd.Timedelta(value).isoformat()}
    if isinstance(value, datetime.date):
        return {"!": "time", "v": value.isoformat(), "day": not isinstance(value, datetime.datetime)}
    if isinstance(value, complex | bytes):
        return {"!": "complex", "v": repr(complex(value))} if isinstance(value, complex) else _bytes(value)
    if isinstance(value, pd.Index):
        return {"!": "index", "v": _encode_index(value, inner)}
    if isinstance(value, pd.Series):
        parts = {"v": _encode_column(value, inner), "i": _encode_index(value.index, inner)}
        return {"!": "series", **parts, "n": inner([value.name])}
    if isinstance(value, pd.DataFrame):
        columns = [_encode_column(value.iloc[:, place], inner) for place in range(value.shape[1])]
        return {
            "!": "table",
            "v": columns,
            "i": _encode_index(value.index, inner),
            "c": _encode_index(value.columns, inner),
        }
    if isinstance(value, np.random.Generator):
        return {"!": "generator", "v": _encode_state(value.bit_generator.state, inner)}
    if isinstance(value, Mapping):
        return {"!": "dict", "v": [inner(pair) for pair in value.items()]}
    for name, kind in SEQUENCES.items():
        if isinstance(value, kind):
            return {"!": name, "v": inner(value)}
    if isinstance(value, (*VIEWS, Iterator)):
        values = list(itertools.islice(value, LONGEST + 1))
        if len(values) > LONGEST:
            raise CannotCross(f"more than {LONGEST:,} values")
        return {"!": "list", "v": inner(values)}
    if callable(value) and functions is not None and not isinstance(value, type):
        functions.append(value)
        return {"!": "function", "v": len(functions) - 1, "name": str(getattr(value, "__name__", "your function"))}
    raise CannotCross(f"a {type(value).__name__} is not plain data: numbers, texts, lists, dicts, arrays or tables")


def _plain(value):
    return str.__str__(value) if isinstance(value, str) else float(value)


def _bytes(value):
    return {"!": "bytes", "v": base64.b64encode(value).decode()}


def _encode_array(value, inner):
    if value.dtype.kind in NUMBERS or (value.dtype.kind in "US" and isinstance(value, np.ndarray)):
        raw = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"!": "array", "d": value.dtype.str, "s": value.shape, "v": raw, "scalar": isinstance(value, np.generic)}
    if value.dtype.kind in "US":
        return inner([value.item()])[0]
    if value.dtype.kind == "O":
        return {"!": "objects", "s": value.shape, "v": inner(value.ravel())}
    raise CannotCross(f"an array of {value.dtype} is not plain data")


def _encode_column(values, inner):
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in NUMBERS:
        return {"d": "", "v": _encode_array(values.to_numpy(), inner)}
    return {"d": str(values.dtype), "v": inner(values)}


def _encode_index(index, inner):
    names = inner(index.names)
    if isinstance(index, pd.MultiIndex):
        return {"many": True, "n": names, **_encode_column(index.to_flat_index(), inner)}
    if isinstance(index, pd.RangeIndex):
        return {"range": [index.start, index.stop, index.step], "n": names}
    return {"n": names, **_encode_column(index, inner)}


def _encode_state(state, inner):
    """A bit generator's state: a dict of dicts, of whole numbers of any size and of arrays."""
    return {
        key: _encode_state(item, inner) if isinstance(item, dict) else inner([item])[0] for key, item in state.items()
    }


def decode(data: Any, call: Callable | None = None, depth: int = DEEPEST + 5) -> Any:
    """Rebuild a value; where functions may cross, `call` makes one from its place and its name.

    Raises
    ------
    Malformed
    """
    try:
        return _decode(data, call, depth)
    except Malformed:
        raise
    except Exception as error:  # what NumPy and pandas say about parts that do not fit together
        raise Malformed(f"{type(error).__name__} while a value was rebuilt") from None


def _decode(data, call, depth):
    if type(data) in PLAIN or type(data) is int:
        return data
    if depth == 0 or type(data) is not dict:
        raise Malformed("no value, or too deep")

    def inner(values):
        return [_decode(item, call, depth - 1) for item in values]

    kind, value = data["!"], data["v"]
    if kind in SEQUENCES:
        return SEQUENCES[kind](inner(value))
    if kind == "dict":
        return {key: item for key, item in map(inner, value)}
    if kind == "function":
        if call is None or type(value) is not int:
            raise Malformed("a function where none may be")
        return call(value, str(data["name"]))
    return _REBUILD[kind](data, inner)


def _decode_array(data, inner=None):
    dtype = np.dtype(str(data["d"]))
    if dtype.kind not in NUMBERS + "US" or dtype.hasobject:
        raise Malformed("an array that is not of numbers or texts")
    values = np.frombuffer(bytearray(base64.b64decode(data["v"])), dtype).reshape(_shape(data["s"]))
    return values[()] if data["scalar"] else values


def _shape(lengths):
    """The shape of an array; an empty one has a shape of any size, of which lists could be made."""
    shape = [int(n) for n in lengths]
    if 0 in shape and math.prod(max(n, 1) for n in shape) > LONGEST:
        raise Malformed("an empty array that is too long")
    return shape


def _decode_objects(data, inner):
    values = np.empty(len(data["v"]), dtype=object)
    values[:] = inner(data["v"])
    return values.reshape(_shape(data["s"]))


def _decode_column(data, inner):
    """The values and the dtype of a Series or an Index."""
    if not data["d"]:
        values = _decode_array(data["v"])
        if np.ndim(values) != 1:  # pandas would repeat a single value as often as its index is long
            raise Malformed("a column that is none")
        return values, None
    if not REBUILT.fullmatch(data["d"]):
        raise Malformed("a column of an unknown type")
    return inner(data["v"]), data["d"]


def _decode_index(data, inner):
    names = inner(data["n"])
    if "range" in data:
        start, stop, step = map(int, data["range"])
        if len(range(start, stop, step)) > LONGEST:
            raise Malformed("an index that is too long")
        return pd.RangeIndex(start, stop, step, name=names[0])
    values, dtype = _decode_column(data, inner)
    if data.get("many"):
        return pd.MultiIndex.from_tuples(values, names=names)
    return pd.Index(values, dtype=dtype, name=names[0])


def _decode_series(data, inner):
    values, dtype = _decode_column(data["v"], inner)
    return pd.Series(values, index=_decode_index(data["i"], inner), dtype=dtype, name=inner(data["n"])[0])


def _decode_table(data, inner):
    index = _decode_index(data["i"], inner)
    columns = [_decode_column(column, inner) for column in data["v"]]
    whole = {
        place: values if dtype is None else pd.Series(values, index=index, dtype=dtype)
        for place, (values, dtype) in enumerate(columns)
    }
    table = pd.DataFrame(whole, index=index)
    table.columns = _decode_index(data["c"], inner)
    return table


def _decode_generator(data, inner):
    state = _decode_state(data["v"], inner)
    if state["bit_generator"] not in BIT_GENERATORS:
        raise Malformed("an unknown random generator")
    bits = getattr(np.random, state["bit_generator"])()
    bits.state = state
    return np.random.Generator(bits)


def _decode_state(state, inner):
    return {
        key: inner([item])[0] if not isinstance(item, dict) or "!" in item else _decode_state(item, inner)
        for key, item in state.items()
    }


def _decode_time(data, inner):
    return datetime.date.fromisoformat(data["v"]) if data["day"] else pd.Timestamp(data["v"])


_REBUILD: dict[str, Callable] = {
    "array": _decode_array,
    "objects": _decode_objects,
    "series": _decode_series,
    "table": _decode_table,
    "index": lambda data, inner: _decode_index(data["v"], inner),
    "generator": _decode_generator,
    "time": _decode_time,
    "timedelta": lambda data, inner: pd.Timedelta(data["v"]),
    "int": lambda data, inner: int(data["v"], 16),
    "complex": lambda data, inner: complex(data["v"]),
    "bytes": lambda data, inner: base64.b64decode(data["v"]),
    "constant": lambda data, inner: {"...": ..., "NA": pd.NA, "NaT": pd.NaT}[data["v"]],
}
