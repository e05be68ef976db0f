"""The cache of responses."""

from fastapi.routing import APIRoute

from api.http.middleware.bounded_cache import BoundedCache, CachedResponse, bytes_kept

ROUTE = APIRoute("/", lambda: None)


def answer(size: int) -> CachedResponse:
    return CachedResponse(b"x" * size, (), '"tag"', ROUTE)


def test_an_answer_is_found_under_its_key_and_no_other() -> None:
    cache = BoundedCache()
    cache.put(("tag", "host"), answer(3))
    assert cache.get(("tag", "host")) == answer(3)
    assert cache.get(("tag", "other host")) is None


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    cache = BoundedCache(max_bytes=3 * bytes_kept(("a",), answer(10)))
    for key in ("a", "b", "c"):
        cache.put((key,), answer(10))
    assert cache.get(("a",)) is not None
    cache.put(("d",), answer(10))
    assert [key for key in "abcd" if cache.get((key,))] == ["a", "c", "d"]


def test_the_same_answer_twice_takes_room_once() -> None:
    cache = BoundedCache(max_bytes=bytes_kept(("a",), answer(10)))
    for _ in range(5):
        cache.put(("a",), answer(10))
    assert cache.get(("a",)) == answer(10)


def test_a_very_large_answer_is_not_kept() -> None:
    cache = BoundedCache()
    cache.put(("a",), answer(5 * 1024 * 1024))
    assert cache.get(("a",)) is None


def test_a_daily_series_of_decades_is_kept() -> None:
    cache = BoundedCache()
    for name in "abcdefghijkl":
        cache.put((name,), answer(3 * 1024 * 1024))
    assert [name for name in "abcdefghijkl" if cache.get((name,))] == list("cdefghijkl")


def test_keys_and_headers_take_room_too() -> None:
    cache = BoundedCache(max_bytes=1_000_000)
    for number in range(100):
        headers = ((b"link", b"x" * 20_000),)
        cache.put((f"{number:020000}",), answer(10)._replace(headers=headers))
    assert [number for number in range(100) if cache.get((f"{number:020000}",))] == list(range(77, 100))
