"""What is in an Arrow array, as numpy has it, nulls included: by the C data interface, without an object for each.

https://arrow.apache.org/docs/format/CDataInterface.html says what is where.
"""

import ctypes
from typing import Any, Final, NamedTuple

_BITMAP, _VALUES = 0, 1  # the buffers of an array of numbers


class _ArrowArray(ctypes.Structure):
    """`struct ArrowArray`, as far as it is read."""

    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    )


_pointer_of: Final = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype = ctypes.c_void_p
_pointer_of.argtypes = (ctypes.py_object, ctypes.c_char_p)


class NumbersAndMissing(NamedTuple):
    """The numbers of an array, and which of them are none: these stand for nothing."""

    numbers: Any
    missing: Any


def read_numbers(numpy: Any, array: Any, kind: str) -> NumbersAndMissing:
    """Return a copy of the numbers of an array of a fixed width, such as `int64`."""
    _, capsule = array.__arrow_c_array__()  # which holds the memory
    head = _ArrowArray.from_address(_pointer_of(capsule, b"arrow_array"))
    end = head.offset + head.length
    width = numpy.dtype(kind)
    numbers = numpy.zeros(head.length, dtype=width)
    missing = numpy.zeros(head.length, dtype=bool)
    if head.length:
        numbers[:] = _bytes(numpy, head.buffers[_VALUES], end * width.itemsize).view(width)[head.offset :]
    if head.length and head.null_count and head.buffers[_BITMAP]:
        bits = numpy.unpackbits(_bytes(numpy, head.buffers[_BITMAP], (end + 7) // 8), bitorder="little")
        missing[:] = bits[head.offset : end] == 0
    del capsule
    return NumbersAndMissing(numbers, missing)


def _bytes(numpy: Any, address: int | None, size: int) -> Any:
    assert address is not None
    return numpy.frombuffer((ctypes.c_uint8 * size).from_address(address), dtype=numpy.uint8)
