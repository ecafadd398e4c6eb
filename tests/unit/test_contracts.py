"""What the placeholders of a database's address say."""

from urllib.parse import quote

from serai.contracts.databases import database_values


def test_each_part_of_the_address_comes_back_as_it_was() -> None:
    password = "p@ss/w:rd%é"
    url = f"postgresql://{quote('own er', safe='')}:{quote(password, safe='')}@db.example:6543/lch_1"
    assert database_values(url) == {
        "database.url": url, "database.name": "lch_1", "database.host": "db.example",
        "database.port": "6543", "database.user": "own er", "database.password": password,
    }  # fmt: skip


def test_a_socket_s_directory_is_the_host() -> None:
    found = database_values("postgresql://me@/lch_1?host=%2Frun%2Fpg&port=5433")
    assert (found["database.host"], found["database.port"]) == ("/run/pg", "5433")


def test_the_port_is_postgresql_s_own_where_none_is_said() -> None:
    assert database_values("postgresql://me@db/lch_1")["database.port"] == "5432"
