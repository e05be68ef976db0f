"""The client for `asyncio` does what the other does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from detente_client import AsyncClient, Client, listing
from detente_client.connection.retries import Retries
from detente_client.connection.transport import AsyncConnection
from detente_client.errors import CannotConnectError, UnknownActorError

from tests.e2e.support import ActorFactory, article, clash
from tests.patience import PATIENCE
from tests.server import ServerClient

Asking = Callable[[AsyncClient], Awaitable[Any]]
Ask = Callable[[Asking], Any]


@pytest.fixture
def ask(sqlite_server: ServerClient) -> Ask:
    """Return a function that runs a story with a client of its own."""

    def run(story: Asking) -> Any:
        async def told() -> Any:
            async with AsyncClient(str(sqlite_server.base_url), recorded_by="bob", timeout=PATIENCE) as client:
                return await story(client)

        return asyncio.run(told())

    return run


def test_a_relation_and_what_is_asked_of_it(ask: Ask, idlib: Client) -> None:
    async def story(client: AsyncClient) -> None:
        then = client.at(as_of="2020-03-06")
        relation = await then.relation("Russia", "Turkey")
        same = idlib.relation("Russia", "Turkey")
        assert (relation.tension, relation.summary) == (same.tension, same.summary)
        assert [each.id async for each in relation.incidents()] == [each.id for each in same.incidents()]
        assert len(await relation.episodes().to_list()) == len(list(same.episodes()))
        assert (await relation.risk()).items == same.risk().items
        explained = await relation.explain("2020-02-01", "2020-03-06")
        assert explained.sentence == same.explain("2020-02-01", "2020-03-06").sentence
        assert (await relation.picture("svg", interval="month")).startswith(b"<svg")
        assert str(await then.cite(relation)) == str(idlib.cite(same))
        assert "<polyline" not in relation._repr_html_()
        assert (await relation.load_curve())._repr_html_() == same._repr_html_()

    ask(story)


def test_series_and_frames(ask: Ask, idlib: Client) -> None:
    pairs = [("Russia", "Turkey"), ("Syria", "Turkey")]

    async def story(client: AsyncClient) -> None:
        then = client.at(as_of="2020-03-06")
        series = (await then.relation("RUS", "TUR")).series("2020-01-01", interval="week")
        same = idlib.relation("RUS", "TUR").series("2020-01-01", interval="week")
        assert [point async for point in series] == list(same)
        assert (await series.to_polars()).equals(same.to_polars())
        assert (await series.to_pandas()).equals(same.to_pandas())
        many = then.series(pairs, "2020-01-01", None, "week")
        assert (await many.to_polars()).equals(idlib.series(pairs, "2020-01-01", None, "week").to_polars())
        assert [each.pair async for each in many] == [("RUS", "TUR"), ("SYR", "TUR")]
        assert (await then.relations().to_polars()).equals(idlib.relations().to_polars())
        assert (await client.actors(3).to_arrow()).num_rows == 3

    ask(story)


def test_many_articles_of_an_asynchronous_generator(ask: Ask, sqlite_server: ServerClient) -> None:
    pair = ActorFactory(sqlite_server).pair()

    async def articles() -> AsyncIterator[dict[str, Any]]:
        for _ in range(5):
            yield article(clash(*pair))
            await asyncio.sleep(0)
        yield article(clash(pair[0], "Nobody at all"))

    async def story(client: AsyncClient) -> None:
        posting = client.post_many(articles(), batch_size=2)
        errors = [result.error async for result in posting]
        assert [type(error) for error in errors] == [type(None)] * 5 + [UnknownActorError]
        assert (posting.recorded, posting.refused, client.position) == (5, 1, posting.position)
        assert (await client.at(as_of="2020-02-01").relation(*pair)).position >= posting.position
        assert (await client.post_many([article(clash(*pair))]).run()).recorded == 1

    ask(story)


def test_decisions(ask: Ask, sqlite_server: ServerClient) -> None:
    pair = ActorFactory(sqlite_server).pair()

    async def story(client: AsyncClient) -> None:
        sent = article(clash(*pair))
        await client.post(sent)
        await client.revise(sent["id"], {**sent, "headline": "New"})
        await client.correct(sent["id"], 1, clash(*pair, killed=3))
        other = await client.post(article(clash(*pair, occurred="2020-01-19")))
        ruled = await client.rule("link", [(sent["id"], 1), (other.id, 1)], "One")
        await client.withdraw(ruled.id, "Two")
        assert (await client.ruling(ruled.id)).withdrawal is not None
        await client.retract(other.id)
        history = (await client.article(sent["id"])).history
        assert {entry.recorded_by for entry in history} == {"bob"}

    ask(story)


def test_questions_asked_at_once_share_connections(ask: Ask) -> None:
    async def story(client: AsyncClient) -> None:
        codes = ["SYR", "TUR", "IRN", "ISR", "USA"]
        found = await asyncio.gather(*(client.relation("RUS", code) for code in codes))
        assert [sorted(each.pair) for each in found] == [sorted(("RUS", code)) for code in codes]

    ask(story)


def test_all_lists_and_what_is_one_of_them(ask: Ask, client: Client) -> None:
    article_id = client.articles().first()
    assert article_id is not None
    lists: list[Callable[[Any], Any]] = [
        lambda it: it.relations(3, sort="pair"),
        lambda it: it.incidents(3, actor=["RUS", "TUR"], end="2020-03-06"),
        lambda it: it.agreements(actor="RUS"),
        lambda it: it.actors(3, kind="state"),
        lambda it: it.publishers(1),
    ]

    async def story(other: AsyncClient) -> None:
        then, same = other.at(as_of="2020-03-06"), client.at(as_of="2020-03-06")
        for listed in lists:
            assert [each async for each in listed(then)] == list(listed(same))
            assert await listed(then).first() == listed(same).first()
            assert [len(page) async for page in listed(then).pages()] == [
                len(each) for each in listed(same).pages()
            ]
            assert (await listed(then).to_pandas()).equals(listed(same).to_pandas())
            assert repr(listed(then)) == repr(listed(same))
        assert await then.agreements(status="expired", actor="ISL").first() is None
        assert (await other.articles(1).to_list())[0].id
        assert (await other.suggestions(1).head()).position
        assert await other.rulings(2, status="standing").to_polars() is not None
        assert (await other.article(article_id.id)).id == article_id.id
        assert await other.models() == client.models()
        assert (await other.health()).status == client.health().status
        assert (await other.actor("Russia")).code == "RUS"
        assert str(await then.cite("RUS", "TUR")).startswith("Russia and Turkey")
        other.wait_for(1)
        assert other.position == then.position == 1
        assert repr(then) == repr(same).replace("<Client", "<AsyncClient")

    ask(story)


def test_whole_lists_come_at_once(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(other: AsyncClient) -> None:
        found = other.at(as_of="2020-03-06").incidents(actor="SYR")
        with monkeypatch.context() as patched:
            patched.setattr(AsyncConnection, "call", None)  # which is asked for a page
            at_once = await found.to_pandas(), await found.to_polars(), await found.to_arrow()
        monkeypatch.setattr(listing, "can_read_arrow", lambda: False)
        assert at_once[0].equals(await found.to_pandas())
        assert at_once[1].equals(await found.to_polars())
        assert at_once[2].num_rows == (await found.to_arrow()).num_rows == len(at_once[0]) > 0

    ask(story)


def test_series_are_told_and_drawn(ask: Ask, idlib: Client) -> None:
    async def story(client: AsyncClient) -> None:
        series = (await client.at(as_of="2020-03-06").relation("RUS", "TUR")).series("2020-01-01", interval="week")
        assert series._repr_html_() is None  # nothing was asked for yet
        assert (await series.answer()).complete
        assert (
            series._repr_html_()
            == idlib.relation("RUS", "TUR").series("2020-01-01", interval="week")._repr_html_()
        )
        assert (await series.to_arrow()).num_rows == len((await series.answer()).items)
        assert repr(series) == "<series: /v1/relations/RUS/TUR/tension>"
        names = [actor.code async for actor in client.actors(30, kind="state")]
        pairs = [(one, other) for one in names[:12] for other in names[12:22]]
        many = client.series(pairs, "2019-01-01", "2020-03-01", "day")
        assert {each.pair async for each in many} == {tuple(sorted(pair)) for pair in pairs}
        assert (await many.to_arrow()).num_rows == (await many.to_polars()).height == len(pairs) * 426

    ask(story)


def test_what_goes_wrong_is_said_as_it_is_without_waiting(ask: Ask, sqlite_server: ServerClient) -> None:
    pair = ActorFactory(sqlite_server).pair()

    async def broken() -> AsyncIterator[dict[str, Any]]:
        yield article(clash(*pair))
        raise KeyError("the source broke")

    async def story(client: AsyncClient) -> None:
        posting = client.post_many(broken())
        assert (await anext(posting)).status == 201
        with pytest.raises(KeyError, match="the source broke"):
            await anext(posting)
        with pytest.raises(TypeError, match="give an iterable"):
            await client.post_many({"id": "one"}).run()
        async with AsyncClient("http://127.0.0.1:9", retries=Retries(times=0)) as nowhere:
            with pytest.raises(CannotConnectError, match="nobody answers") as refused:
                await nowhere.post_many([article(clash(*pair))]).run()
        assert "lines 1 to 1 have no result" in refused.value.__notes__[0]

    ask(story)
