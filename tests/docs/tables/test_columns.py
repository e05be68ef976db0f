"""The page on the columns of tables has every table of the service as it is defined; names of columns stay."""

from tests.docs.tables.columns import PAGE, introduction, lost, sections, tables


def test_the_page_has_every_column_as_it_is_defined() -> None:
    text = PAGE.read_text("utf-8")
    assert text == "\n".join([introduction(text), *sections()]), "python -m tests.docs.tables.columns renews it"


def test_every_column_is_described() -> None:
    found = tables()
    assert len(found) > 20
    assert not [(path, it.name) for path, columns in found.items() for it in columns if not it.description]


def test_a_column_that_is_gone_or_of_another_type_is_lost() -> None:
    text = PAGE.read_text("utf-8")
    assert lost(text, text) == []
    assert lost(text, text.replace("| `headline` |", "| `caption` |")) == [
        "`/v1/articles/{article_id}` `headline` text",
        "`/v1/articles` `headline` text",
    ]
    assert lost(text, text.replace("| `peak_day` | date |", "| `peak_day` | text |"))
