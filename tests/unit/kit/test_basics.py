"""Clock, errors, settings and secrets."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from serai.kit import clock, secrets
from serai.kit.actor import SYSTEM, Actor
from serai.kit.errors import Conflict, Invalid, NotFound, SeraiError, Unauthenticated, Unavailable
from serai.kit.home import make_home, remove_home
from serai.kit.secrets import Vault
from serai.kit.settings import Settings
from serai.kit.web.problems import STATUS, status_of


def test_the_clock_is_aware_and_can_be_moved_and_put_back() -> None:
    assert clock.now().utcoffset() == timedelta(0)
    moving = clock.MovableClock(datetime(2026, 1, 1, tzinfo=UTC))
    former = clock.use(moving)
    try:
        assert clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
        moving.move(timedelta(days=31))
        assert clock.now() == datetime(2026, 2, 1, tzinfo=UTC)
    finally:
        assert clock.use(former) is moving


def test_an_error_carries_code_message_and_fields() -> None:
    plain = NotFound("There is none.")
    assert (plain.code, plain.message, plain.fields, str(plain)) == (
        "not_found", "There is none.", {}, "There is none.",
    )  # fmt: skip
    special = Invalid("No.", code="things.bad", fields={"name": "Too long."})
    assert (special.code, special.fields) == ("things.bad", {"name": "Too long."})


def test_every_kind_of_error_has_a_status_and_strangers_are_bugs() -> None:
    assert {status for _, status in STATUS} == {401, 403, 404, 409, 422, 503}
    assert status_of(Unauthenticated("who?")) == 401
    assert status_of(Conflict("no")) == 409
    assert status_of(SeraiError("?")) == 500


def test_an_actor_sees_its_account_and_staff_see_all() -> None:
    user = Actor("user", "usr_1", "acc_1")
    assert user.sees("acc_1")
    assert not user.sees("acc_2")
    assert not user.sees(None)
    assert not Actor("user", "usr_2").sees(None), "what belongs to nobody is not a stranger's"
    assert SYSTEM.sees("acc_1")
    assert SYSTEM.sees(None)


@pytest.mark.parametrize(
    ("scheme", "port", "address"),
    [("http", 80, "http://acme.apps.localhost"), ("https", 443, "https://acme.apps.localhost"),
     ("http", 8080, "http://acme.apps.localhost:8080"), ("https", 80, "https://acme.apps.localhost:80")],
)  # fmt: skip
def test_the_usual_port_is_left_out_of_addresses(scheme, port: int, address: str) -> None:
    settings = Settings(scheme=scheme, port=port)
    assert settings.url_of("acme") == address
    assert settings.host_of("acme") == "acme.apps.localhost"
    assert settings.public_url == address.replace("acme.apps.", "")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAI_PORT", "9090")
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere")
    settings = Settings()
    assert (settings.port, settings.database_url) == (9090, "postgresql://somewhere")


def test_sockets_move_to_tmp_when_the_home_s_path_is_too_long(tmp_path: Path) -> None:
    assert Settings(home=Path("/srv/s")).sockets == Path("/srv/s/run")
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    one, other = Settings(home=deep).sockets, Settings(home=deep / "x").sockets
    assert str(one).startswith("/tmp/serai-")
    assert one != other
    assert len(str(one / "web.sock")) < 104


def test_a_home_is_made_with_private_secrets_and_removed_whole(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    settings = Settings(home=tmp_path / "home")
    make_home(settings)
    make_home(settings)
    assert (settings.state / "secrets").stat().st_mode & 0o777 == 0o700
    remove_home(settings)
    remove_home(settings)
    assert not settings.home.exists()


def test_a_vault_reads_what_it_sealed_and_hides_it(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "key")
    sealed = vault.seal("sésame")
    assert "sésame" not in sealed
    assert vault.open(sealed) == "sésame"
    assert Vault(tmp_path / "key").open(sealed) == "sésame"
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_another_key_says_which_file_is_missing(tmp_path: Path) -> None:
    sealed = Vault(tmp_path / "one").seal("x")
    with pytest.raises(Unavailable, match=r"another master key.*secrets/master\.key"):
        Vault(tmp_path / "two").open(sealed)


def test_a_broken_key_file_and_a_missing_home_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("not a key")
    with pytest.raises(Unavailable, match="key"):
        Vault(tmp_path / "key")
    with pytest.raises(Unavailable, match="make up"):
        Vault(tmp_path / "nowhere" / "key")


def test_many_first_readers_of_a_secret_agree(tmp_path: Path) -> None:
    for number in range(20):
        found: list[str] = []
        path, barrier = tmp_path / str(number), threading.Barrier(4)

        def read(path: Path = path, barrier: threading.Barrier = barrier, found: list[str] = found) -> None:
            barrier.wait()
            found.append(secrets.read_or_make(path))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 4
        assert len(set(found)) == 1
        assert found[0]
    assert len(list(tmp_path.iterdir())) == 20, "nothing half-made is left"


def test_passwords_can_be_retyped_and_differ() -> None:
    made = {secrets.password() for _ in range(200)}
    assert len(made) == 200
    for word in made:
        assert len(word) == 20
        assert not set(word) & set("lI1O0")
        assert any(letter.isdigit() for letter in word)
