"""The issuer's keys while the hub runs: taken and dropped by the clock, and never because of a token."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from auth.token import Key, Verifier, keys_of
from hub.keys import LARGEST_SET, PAUSE_SECONDS, follow, read
from schema.errors import ConfigError, Unauthenticated
from tests.tokens.forging import AUDIENCE, CURVE, EDWARDS, GOOD_HEADER, ISSUER, NOW, OTHER_CURVE, RSA, headed, token

OLD: Final = Key("ES256", CURVE.public_key())
NEW: Final = Key("ES256", OTHER_CURVE.public_key())
BY_OLD: Final = token()
BY_NEW: Final = token({**GOOD_HEADER, "kid": "k2"}, key=OTHER_CURVE)


class Provider:
    """A source of keys that counts how often it is asked, and fails when it is told to."""

    def __init__(self, keys: Mapping[str, Key]) -> None:
        self.keys = keys
        self.error: Exception | None = None
        self.asked = 0

    def __call__(self) -> Mapping[str, Key]:
        """The keys that it has now."""
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.keys


class Minutes:
    """A clock of which each step is let pass by the test."""

    def __init__(self) -> None:
        self.paused = list[float]()
        self._begun, self._over = asyncio.Semaphore(0), asyncio.Semaphore(0)

    async def pause(self, seconds: float) -> None:
        """Wait until the test says that the time is over."""
        self.paused.append(seconds)
        self._begun.release()
        await self._over.acquire()

    async def begun(self) -> None:
        """Wait until a pause begins."""
        await self._begun.acquire()

    async def pass_one(self) -> None:
        """Let one pause end, and wait until the next one begins."""
        self._over.release()
        await self.begun()


class Followed:
    """A verifier whose keys follow a provider, by such a clock."""

    def __init__(self, source: Callable[[], Mapping[str, Key]]) -> None:
        self.verifier = Verifier(ISSUER, AUDIENCE, source(), clock=lambda: NOW)
        self.minutes = Minutes()
        self.task = asyncio.create_task(follow(self.verifier, source, self.minutes.pause))

    def takes(self, text: str) -> bool:
        """Whether the token is accepted."""
        try:
            self.verifier.verify(text)
        except Unauthenticated:
            return False
        return True


@asynccontextmanager
async def following(source: Callable[[], Mapping[str, Key]]) -> AsyncGenerator[Followed]:
    """Give a verifier that follows this source, whose first keys it has."""
    followed = Followed(source)
    await followed.minutes.begun()
    yield followed
    followed.task.cancel()
    await asyncio.gather(followed.task, return_exceptions=True)


async def test_a_new_key_is_picked_up_once_and_one_that_is_gone_holds_no_longer() -> None:
    provider = Provider({"k1": OLD})
    async with following(provider) as hub:
        assert (hub.takes(BY_OLD), hub.takes(BY_NEW)) == (True, False)
        provider.keys = {"k1": OLD, "k2": NEW}
        assert not hub.takes(BY_NEW)
        await hub.minutes.pass_one()
        assert (hub.takes(BY_OLD), hub.takes(BY_NEW), provider.asked) == (True, True, 2)
        provider.keys = {"k2": NEW}
        await hub.minutes.pass_one()
        assert (hub.takes(BY_OLD), hub.takes(BY_NEW), provider.asked) == (False, True, 3)
        assert hub.minutes.paused == [PAUSE_SECONDS] * 3


async def test_no_token_makes_the_hub_ask_the_provider() -> None:
    provider = Provider({"k1": OLD})
    async with following(provider) as hub:
        unknown = [headed(kid=f"unknown-{number}") for number in range(100)]
        for _ in range(100):
            assert not any(map(hub.takes, unknown))
        await asyncio.sleep(0)
        assert provider.asked == 1
        await hub.minutes.pass_one()
        assert provider.asked == 2


@pytest.mark.parametrize(
    "error", [ConfigError("hỏng", "down"), TimeoutError("down"), OSError("down"), RecursionError("down")]
)
async def test_a_provider_that_is_down_changes_nothing_and_is_told_once(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    provider = Provider({"k1": OLD})
    async with following(provider) as hub:
        provider.error = error
        with caplog.at_level(logging.DEBUG, "hub"):
            for _ in range(3):
                await hub.minutes.pass_one()
                assert (hub.takes(BY_OLD), hub.takes(BY_NEW)) == (True, False)
            assert [record.levelno for record in caplog.records] == [logging.WARNING]
            provider.error, provider.keys = None, {"k2": NEW}
            await hub.minutes.pass_one()
            assert (hub.takes(BY_OLD), hub.takes(BY_NEW)) == (False, True)
            provider.error = error
            await hub.minutes.pass_one()
            assert len(caplog.records) == 2


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"k1": Key("RS256", RSA.public_key())},
        {"k1": Key("EdDSA", EDWARDS.public_key())},
        {"k1": OLD, "k2": Key("RS256", RSA.public_key())},
        {"k1": Key("ES256", ec.generate_private_key(ec.SECP384R1()).public_key())},
    ],
)
async def test_keys_that_do_not_fit_are_not_taken(keys: Mapping[str, Key]) -> None:
    provider = Provider({"k1": OLD})
    async with following(provider) as hub:
        provider.keys = keys
        await hub.minutes.pass_one()
        assert (hub.takes(BY_OLD), hub.takes(BY_NEW)) == (True, False)


def jwk(kid: str, key: ec.EllipticCurvePrivateKey = CURVE) -> dict[str, Any]:
    return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid}


def of(*keys: object) -> bytes:
    return json.dumps({"keys": keys}).encode()


MANY: Final = 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>502 Bad Gateway</body></html>",
        b'{"error": "down"}',
        b" " * (LARGEST_SET + 1),
        of(jwk("k2", OTHER_CURVE)) + b" " * LARGEST_SET,
        of(*(jwk(f"k{number}") for number in range(300))),
        of(jwk("k2", OTHER_CURVE), {"kty": "oct", "k": "c2VjcmV0", "kid": "k3"}),
        of({"kty": "oct", "k": "c2VjcmV0", "kid": "k2", "alg": "HS256"}),
    ],
    ids=lambda content: f"{len(content)} bytes",
)
async def test_a_file_that_is_spoiled_later_is_not_taken_and_at_the_start_is_refused(
    content: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(of(jwk("k1")))
    async with following(lambda: read(file)) as hub:
        file.write_bytes(content)
        await hub.minutes.pass_one()
        assert (hub.takes(BY_OLD), hub.takes(BY_NEW)) == (True, False)
        with pytest.raises(ConfigError) as caught:
            read(file)
        assert "\n" not in caught.value.vi + caught.value.en
        file.unlink()
        await hub.minutes.pass_one()
        assert hub.takes(BY_OLD)
        file.write_bytes(of(jwk("k2", OTHER_CURVE)))
        await hub.minutes.pass_one()
        assert (hub.takes(BY_OLD), hub.takes(BY_NEW)) == (False, True)


def test_a_file_without_end_is_read_to_its_bound() -> None:
    with pytest.raises(ConfigError, match=str(LARGEST_SET)):
        read(Path("/dev/zero"))


def test_hundreds_of_keys_are_read_and_each_verifies_its_own() -> None:
    found = keys_of(of(*(jwk(f"k{number}") for number in range(MANY))))
    assert len(found) == MANY
    verifier = Verifier(ISSUER, AUDIENCE, found, clock=lambda: NOW)
    assert verifier.verify(headed(kid="k199")).subject
    with pytest.raises(Unauthenticated):
        verifier.verify(headed(kid="k200"))
