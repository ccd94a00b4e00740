"""Opening the hub: whom it trusts, the secrets it keeps, and what it refuses to start with."""

import asyncio
import json
import socket
import time
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from auth.principal import ANONYMOUS, Principal, Role
from auth.token import keys_of
from hub.redis import SharedRedis
from hub.services import Services, opened
from hub.settings import Settings
from hub.wakeups import Local, Topic
from schema.engine import Engine
from schema.errors import ConfigError, RateLimited, Unauthenticated

ISSUER: Final = "https://login.example.vn"
CURVE: Final = ec.generate_private_key(ec.SECP256R1())
OTHER_CURVE: Final = ec.generate_private_key(ec.SECP256R1())
EDWARDS: Final = ed25519.Ed25519PrivateKey.generate()
RSA: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)

Jwk = Mapping[str, Any]


def of_curve(key: ec.EllipticCurvePrivateKey = CURVE, **more: object) -> Jwk:
    return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "k1", **more}


def of_edwards(key: ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey = EDWARDS, **more: object) -> Jwk:
    return {**OKPAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "k1", **more}


def of_rsa(key: rsa.RSAPrivateKey = RSA, **more: object) -> Jwk:
    return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "k1", **more}


def without(key: Jwk, name: str) -> Jwk:
    return {member: value for member, value in key.items() if member != name}


def jwks(*keys: Jwk) -> bytes:
    return json.dumps({"keys": keys}).encode()


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (of_curve(), "ES256"),
        (of_curve(alg="ES256", use="sig", key_ops=["verify"], x5t="abc"), "ES256"),
        (of_edwards(), "EdDSA"),
        (without(of_rsa(), "key_ops"), "RS256"),
        (of_rsa(alg="RS256"), "RS256"),
    ],
)
def test_a_public_key_of_signatures_is_read(key: Jwk, algorithm: str) -> None:
    found = keys_of(jwks(key))
    assert {kid: one.algorithm for kid, one in found.items()} == {"k1": algorithm}


def test_several_keys_of_one_kind_are_read() -> None:
    found = keys_of(jwks(of_curve(), of_curve(OTHER_CURVE, kid="k2")))
    assert {kid: one.public for kid, one in found.items()} == {
        "k1": CURVE.public_key(),
        "k2": OTHER_CURVE.public_key(),
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"keys": []}',
        b'{"keys": {}}',
        b'{"keys": {"k1": {}}}',
        b'{"keys": ["k1"]}',
        b'{"keys": [], "keys": []}',
        b"[" * 5_000,
        jwks({"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}),
        jwks({"kty": "oct", "k": "c2VjcmV0", "kid": "k1", "alg": "HS256"}),
        jwks(of_curve(), {"kty": "oct", "k": "c2VjcmV0", "kid": "k2"}),
        jwks(of_curve(), of_edwards(kid="k2")),
        jwks(of_curve(), of_curve(OTHER_CURVE)),
        jwks(without(of_curve(), "kid")),
        jwks(of_curve(kid="")),
        jwks(of_curve(kid=5)),
        jwks(of_curve(use="enc")),
        jwks(of_curve(key_ops=["sign"])),
        jwks(of_curve(key_ops=["deriveBits"])),
        jwks(of_curve(alg="ES384")),
        jwks(of_curve(alg="HS256")),
        jwks(of_rsa(alg="PS256")),
        jwks(of_curve(ec.generate_private_key(ec.SECP384R1()))),
        jwks(of_edwards(ed448.Ed448PrivateKey.generate())),
        jwks(of_rsa(rsa.generate_private_key(public_exponent=65537, key_size=1024))),  # noqa: S505 - to be refused
        jwks({**ECAlgorithm.to_jwk(CURVE, as_dict=True), "kid": "k1"}),
        jwks({**OKPAlgorithm.to_jwk(EDWARDS, as_dict=True), "kid": "k1"}),
        jwks(of_curve(x="AAAA")),
        jwks(without(of_curve(), "kty")),
        jwks(of_curve(kty="RSA")),
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_a_set_that_is_not_fit_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigError) as caught:
        keys_of(content)
    assert "\n" not in caught.value.vi + caught.value.en


def trusting(folder: Path, engine: Engine, *keys: Jwk, **settings: Any) -> Settings:  # noqa: ANN401 - any setting
    (folder / "keys.json").write_bytes(jwks(*keys))
    return Settings(
        data=folder / "data",
        graph_url=engine.url,
        graph_user=engine.user,
        graph_password=engine.password,
        graph_database=engine.database,
        issuer=ISSUER,
        jwks_file=folder / "keys.json",
        **settings,
    )


def silent(_vi: str, _en: str) -> None:
    """Say nothing."""


def token(key: ec.EllipticCurvePrivateKey = CURVE, **claims: object) -> str:
    now = int(time.time())
    said: dict[str, object] = {
        "iss": ISSUER,
        "aud": "hub",
        "sub": "an",
        "roles": [],
        "iat": now,
        "exp": now + 60,
        **claims,
    }
    return jwt.encode(said, key, algorithm="ES256", headers={"kid": "k1", "typ": "at+jwt"})


async def test_an_issuer_is_trusted_by_its_keys_and_there_is_no_other(engine: Engine, tmp_path: Path) -> None:
    async with opened(trusting(tmp_path, engine, of_curve()), silent) as services:
        assert services.engine is None
        assert services.issuer is None
        said = services.verifier.verify(token(roles=["steward"], agency="A"))
        assert (said.subject, said.agency, said.roles) == ("an", "A", frozenset({Role.STEWARD}))
        for bad in (token(OTHER_CURVE), token(iss="https://other.example.vn"), token(aud="other")):
            with pytest.raises(Unauthenticated):
                services.verifier.verify(bad)
    assert not (tmp_path / "data" / "demo-issuer.pem").exists()


async def test_keys_are_changed_without_a_new_start(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.keys.PAUSE_SECONDS", 0.01)
    async with opened(trusting(tmp_path, engine, of_curve()), silent) as services:
        assert services.verifier.verify(token()).subject == "an"
        (tmp_path / "keys.json").write_bytes(jwks(of_curve(OTHER_CURVE)))
        async with asyncio.timeout(20):
            while not taken(services, token(OTHER_CURVE)):  # noqa: ASYNC110 - read by the clock, told to nobody
                await asyncio.sleep(0.01)
        assert not taken(services, token())


def taken(services: Services, text: str) -> bool:
    try:
        services.verifier.verify(text)
    except Unauthenticated:
        return False
    return True


async def test_the_audience_is_that_of_the_settings(engine: Engine, tmp_path: Path) -> None:
    async with opened(trusting(tmp_path, engine, of_curve(), audience="economy"), silent) as services:
        assert services.verifier.verify(token(aud="economy")).subject == "an"
        with pytest.raises(Unauthenticated):
            services.verifier.verify(token())


async def refused(settings: Settings) -> str:
    with pytest.raises(ConfigError) as caught:
        async with opened(settings, silent):
            raise AssertionError("it opened")
    assert "\n" not in caught.value.vi + caught.value.en
    return caught.value.en


async def test_half_an_issuer_is_refused(tmp_path: Path) -> None:
    data, keys = tmp_path / "data", tmp_path / "keys.json"
    assert "HUB_JWKS_FILE" in await refused(Settings(data=data, issuer=ISSUER))
    assert str(keys) in await refused(Settings(data=data, issuer=ISSUER, jwks_file=keys))
    keys.write_bytes(b"")
    assert "JWKS" in await refused(Settings(data=data, issuer=ISSUER, jwks_file=keys))
    keys.write_bytes(jwks(of_curve()))
    assert "HUB_ISSUER" in await refused(Settings(data=data, jwks_file=keys))
    assert not (data / "graph").exists()


async def test_a_folder_that_cannot_be_made_or_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    for data in (tmp_path / "file", tmp_path / "file" / "data", Path("/proc/hub"), Path("/proc")):
        assert f"`{data}`" in await refused(Settings(data=data))


async def test_the_cursor_secret_is_made_once_and_kept_for_its_owner(engine: Engine, tmp_path: Path) -> None:
    settings = trusting(tmp_path, engine, of_curve())

    async def sealed(services: Services) -> str:
        return services.execution._cursors.write("seal", [1])  # pyright: ignore[reportPrivateUsage] - what the secret does

    async with opened(settings, silent) as services:
        first = await sealed(services)
    kept = settings.data / "cursor.key"
    assert len(kept.read_bytes()) == 32
    assert kept.stat().st_mode & 0o077 == 0
    async with opened(settings, silent) as services:
        assert await sealed(services) == first
    assert sorted(path.name for path in settings.data.iterdir()) == ["cursor.key"]
    kept.chmod(0o640)
    assert "can be read by others" in await refused(settings)
    kept.chmod(0o600)
    kept.write_bytes(b"")
    assert "cursor.key" in await refused(settings)
    async with opened(trusting(tmp_path, engine, of_curve(), cursor_secret="s3cret"), silent) as services:
        assert await sealed(services) != first


async def test_answers_are_kept_unless_the_settings_say_otherwise(engine: Engine, tmp_path: Path) -> None:
    async with opened(trusting(tmp_path, engine, of_curve()), silent) as services:
        assert services.answers is not None
        assert isinstance(services.wakeups, Local)
    async with opened(trusting(tmp_path, engine, of_curve(), cache_mb=0), silent) as services:
        assert services.answers is None


async def test_the_rates_are_those_of_the_settings(engine: Engine, tmp_path: Path) -> None:
    settings = trusting(
        tmp_path, engine, of_curve(), rate_anonymous=2, rate_client=3, proxies=(ip_network("10.0.0.0/8"),)
    )
    async with opened(settings, silent) as services:
        assert services.rates is not None

        async def admitted(asker: Principal, host: str, *forwarded: str) -> int:
            assert services.rates is not None
            for number in range(5):
                try:
                    await services.rates.account(asker, host, forwarded).request()
                except RateLimited:
                    return number
            return 5

        assert await admitted(ANONYMOUS, "10.1.2.3", "192.0.2.7") == 2
        assert await admitted(ANONYMOUS, "192.0.2.7") == 0
        assert await admitted(Principal(client="app"), "192.0.2.7") == 3


async def test_a_hub_opens_and_closes_whether_or_not_its_redis_is_there(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = trusting(tmp_path, engine, of_curve(), redis_url=f"redis://:hush@127.0.0.1:{port}")
    async with opened(settings, silent) as services:
        assert isinstance(services.wakeups, SharedRedis)
        assert services.execution.policies.wakeups is services.wakeups
        await services.wakeups.publish(Topic.DATA)
    assert [record.getMessage() for record in caplog.records] == [
        "redis does not answer (ConnectionError): going on without it"
    ]
    assert "hush" not in caplog.text
