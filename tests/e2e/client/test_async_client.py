"""The client for `asyncio` does what the other does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from detente_client import AsyncClient, Client
from detente_client.errors import UnknownActorError

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
