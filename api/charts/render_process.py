"""The process that renders pictures, one after the other: definitions come in, pictures go out.

It is run as a file by itself, with no part of the house: it has no database, no settings and no network. Each
request is a line of JSON, with the format (`svg` or `png`), the scale of a PNG and the length of the definition,
and then the definition. Each answer is a line of JSON with `ok`, a length and whether it is the last one, and then
the picture, or what is wrong with the definition.
"""

import json
import os
import re
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

import vl_convert

_FONTS = Path(__file__).parent / "fonts"
_KEPT = 400 * 1024 * 1024  # bytes: a process that came to be larger is not used again
_CLIP = re.compile(r"(?:(?<=id=\")|(?<=url\(#))(clip\d+)(?=[\")])")
_NICE = 5  # by how much it comes behind what answers everyone else


def main(cpu_seconds: int, data_bytes: int) -> None:
    """Render what comes in until it ends, or the process has become large."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (data_bytes, data_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    vl_convert.register_font_directory(str(_FONTS))
    while line := sys.stdin.buffer.readline():
        _limit_time(cpu_seconds)
        if _answer(json.loads(line), sys.stdin.buffer, sys.stdout.buffer):
            return


def _limit_time(seconds: int) -> None:
    """Have the kernel end the process once it has computed so many seconds more, in all of its threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _answer(request: dict[str, Any], requests: BinaryIO, answers: BinaryIO) -> bool:
    """Answer a request, and return whether that was the last one."""
    definition = json.loads(requests.read(request["length"]))
    try:
        picture = _render(definition, request["format"], request["scale"])
        is_rendered = True
    except ValueError as error:
        picture, is_rendered = str(error).encode(), False
    is_last = _memory() > _KEPT
    head = {"ok": is_rendered, "length": len(picture), "is_last": is_last}
    answers.write(json.dumps(head).encode() + b"\n" + picture)
    answers.flush()
    return is_last


def _memory() -> int:
    """Return how much memory the process has, in bytes, as far as Linux tells: 0 elsewhere.

    The most that it ever had would not do: a process inherits that of the one that started it.
    """
    try:
        resident = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(resident) * resource.getpagesize()


def _render(definition: dict[str, Any], picture_format: str, scale: float) -> bytes:
    """Return a picture. Raises `ValueError` for what is no definition, or loads anything."""
    if loads_anything(definition):
        raise ValueError("a definition has all its data in it, and loads none")
    if picture_format == "svg":
        return _renumbered(vl_convert.vegalite_to_svg(definition, vl_version="6.1", allowed_base_urls=[])).encode()
    return vl_convert.vegalite_to_png(definition, vl_version="6.1", scale=scale, allowed_base_urls=[])


def _renumbered(svg: str) -> str:
    """Return a picture whose clips are counted from 1 on, and not on from those of the pictures before it."""
    numbers = {found: f"clip{at}" for at, found in enumerate(dict.fromkeys(_CLIP.findall(svg)), start=1)}
    return _CLIP.sub(lambda found: numbers[found[1]], svg)


def loads_anything(part: Any) -> bool:
    """Return whether a definition says where some of its data, a picture or a link is."""
    if isinstance(part, dict):
        return any(key in ("url", "href") or loads_anything(value) for key, value in part.items())
    return isinstance(part, list) and any(map(loads_anything, part))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
