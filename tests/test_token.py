"""Tokens: a corpus of hostile ones, each wrong in one way; what a good one says; and the issuer for demonstrations."""

import base64
import os
import random
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from auth.principal import Principal, Role
from auth.revocations import of_claims
from auth.token import LONGEST_TOKEN, Claims, DemoIssuer, Key, Verifier, bearer, principal
from schema.errors import ConfigError, InvalidInput, Unauthenticated
from tests.tokens.classes import CLASSES, HOSTILE, ORDER
from tests.tokens.forging import (
    AUDIENCE,
    CURVE,
    EDWARDS,
    ENCODINGS,
    FORMS,
    GOOD,
    GOOD_HEADER,
    ISSUER,
    NOW,
    RSA,
    PrivateKey,
    b64,
    headed,
    keyed_hash,
    said,
    token,
    verifier,
    without,
)
from tests.tokens.mutations import mutations

MUTATIONS: Final = 20_000 if os.environ.get("REQUIRE_SERVICES") == "1" else 600


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_token_is_refused(name: str) -> None:
    with pytest.raises(Unauthenticated):
        verifier().verify(HOSTILE[name])


def test_the_corpus_is_wide_and_each_token_is_another() -> None:
    assert len(HOSTILE) > 800
    assert len(set(HOSTILE.values())) == len(HOSTILE)
    assert min(sum(1 for _ in made()) for made in CLASSES) >= 9
    sizes = sorted(len(one) for one in HOSTILE.values() if len(one) > LONGEST_TOKEN)
    assert sizes[0] < LONGEST_TOKEN + 600
    assert sizes[-1] == 5_000_000


@pytest.mark.parametrize("wrong", [None, 7, b"a.b.c", ["a.b.c"], object()])
def test_what_is_no_text_is_refused(wrong: Any) -> None:  # noqa: ANN401 - what no caller with types would send
    with pytest.raises(Unauthenticated):
        verifier().verify(wrong)


def test_a_good_token_says_who_asks() -> None:
    claims = verifier().verify(said(client_id="app-1", jti="t1"))
    assert claims == Claims(
        "nguyễn-văn-an",
        "app-1",
        "MARD",
        frozenset({Role.OFFICER}),
        "t1",
        datetime.fromtimestamp(NOW - 60, UTC),
        datetime.fromtimestamp(NOW + 600, UTC),
    )
    assert principal(claims) == Principal("nguyễn-văn-an", "MARD", frozenset({"officer"}), "app-1")


@pytest.mark.parametrize(
    "good",
    [
        said(aud=[AUDIENCE]),
        said(exp=NOW - 29),
        said(iat=NOW + 30),
        said(nbf=NOW + 30),
        said(exp=NOW - 60 + 3600),
        said(roles=["steward", "officer", "publisher"]),
        without("roles"),
        without("roles", "agency"),
        token(payload={k: v for k, v in GOOD.items() if k != "agency"} | {"roles": ["developer"]}),
        headed(typ="application/at+jwt"),
        headed(x5t="thumbprint"),
        said(more="a" * 4000),
    ],
)
def test_a_token_at_the_edge_of_the_rules_is_accepted(good: str) -> None:
    assert verifier().verify(good).subject == GOOD["sub"]


def test_every_algorithm_verifies_its_own_tokens_only() -> None:
    keys: dict[str, tuple[Key, PrivateKey]] = {
        "ES256": (Key("ES256", CURVE.public_key()), CURVE),
        "EdDSA": (Key("EdDSA", EDWARDS.public_key()), EDWARDS),
        "RS256": (Key("RS256", RSA.public_key()), RSA),
    }
    for mine, (key, _) in keys.items():
        for theirs, (_, private) in keys.items():
            signed = token({**GOOD_HEADER, "alg": theirs}, key=private)
            if mine == theirs:
                assert verifier(key).verify(signed).agency == "MARD"
            else:
                with pytest.raises(Unauthenticated):
                    verifier(key).verify(signed)


@pytest.mark.parametrize("form", [FORMS.SubjectPublicKeyInfo, FORMS.PKCS1])
@pytest.mark.parametrize("encoding", [ENCODINGS.PEM, ENCODINGS.DER])
def test_an_rsa_key_is_no_shared_secret(encoding: serialization.Encoding, form: serialization.PublicFormat) -> None:
    forged = keyed_hash(RSA.public_key().public_bytes(encoding, form))
    with pytest.raises(Unauthenticated):
        verifier(Key("RS256", RSA.public_key())).verify(forged)


def good_of_every_kind() -> tuple[tuple[Verifier, str], ...]:
    """A token of each algorithm with its verifier; some with all claims, some with few."""
    fuller = {**GOOD, "client_id": "app-1", "jti": "t1", "nbf": NOW - 60}
    return (
        (verifier(), token()),
        (verifier(), token(payload=fuller)),
        (verifier(Key("EdDSA", EDWARDS.public_key())), token({**GOOD_HEADER, "alg": "EdDSA"}, fuller, EDWARDS)),
        (verifier(Key("RS256", RSA.public_key())), token({**GOOD_HEADER, "alg": "RS256"}, GOOD, RSA)),
    )


def accepted_of(how_many: int, chance: random.Random) -> list[str]:
    """Which of so many changed tokens are taken; anything but Unauthenticated ends the test."""
    verifiers, good = zip(*good_of_every_kind(), strict=True)
    for each, unchanged in zip(verifiers, good, strict=True):
        assert each.verify(unchanged).subject == GOOD["sub"]
    accepted = list[str]()
    for which, changed in mutations(good, how_many, chance):
        try:
            verifiers[which].verify(changed)
        except Unauthenticated:
            continue
        accepted.append(changed)
    return accepted


def test_no_change_of_a_byte_is_accepted_or_breaks_anything() -> None:
    assert accepted_of(MUTATIONS, random.Random(20261122)) == []


@pytest.mark.proof
def test_no_change_among_a_million_is_accepted_or_breaks_anything() -> None:
    seed = random.SystemRandom().getrandbits(64)
    assert accepted_of(1_000_000, random.Random(seed)) == [], seed


def test_the_other_form_of_a_signature_says_the_same_and_is_revoked_the_same() -> None:
    """Of ES256, (r, n - s) is as good as (r, s), and issuers make either: nothing may hang on a token's bytes."""
    text = said(jti="t1", client_id="app-1")
    content, _, end = text.rpartition(".")
    raw = base64.urlsafe_b64decode(f"{end}==")
    twin = f"{content}.{b64(raw[:32] + (ORDER - int.from_bytes(raw[32:], 'big')).to_bytes(32, 'big'))}"
    assert twin != text
    assert verifier().verify(twin) == verifier().verify(text)
    assert of_claims(verifier().verify(twin)) == of_claims(verifier().verify(text)) != ()


def test_no_signed_nonsense_breaks_anything() -> None:
    """The signature is good here, so that the claims are read: each is replaced by each odd value."""
    odd: list[object] = [None, True, -1, 0, 1.5, 2**80, "", "\0", "a" * 300, [], [[]], [None], {}, {"a": []}, [1, "a"]]
    for name in (*GOOD, "client_id", "jti", "nbf"):
        for value in odd:
            if (name, value) == ("roles", []):
                continue
            with pytest.raises(Unauthenticated):
                verifier().verify(said(**{name: value}))


def test_a_message_tells_an_expired_token_and_nothing_else() -> None:
    with pytest.raises(Unauthenticated, match="expired"):
        verifier().verify(said(exp=NOW - 31))
    messages: set[str] = set()
    for name in ("alg none", "kid unknown", "iss another", "roles unknown", "signature by another key"):
        with pytest.raises(Unauthenticated) as caught:
            verifier().verify(HOSTILE[name])
        messages.add(str(caught.value))
        assert caught.value.__cause__ is None
    assert len(messages) == 1


def test_an_app_in_its_own_name_is_no_person() -> None:
    claims = verifier().verify(said(sub="app-1", client_id="app-1"))
    assert principal(claims) == Principal(None, "MARD", frozenset({"officer"}), "app-1")


SMALL_RSA: Final = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - to be refused


@pytest.mark.parametrize(
    ("issuer", "audience", "keys"),
    [
        ("", AUDIENCE, {"k1": Key("ES256", CURVE.public_key())}),
        (ISSUER, "", {"k1": Key("ES256", CURVE.public_key())}),
        (ISSUER, AUDIENCE, {}),
        (ISSUER, AUDIENCE, {"k1": Key("ES256", CURVE.public_key()), "k2": Key("RS256", RSA.public_key())}),
        (ISSUER, AUDIENCE, {"k1": Key("RS256", CURVE.public_key())}),
        (ISSUER, AUDIENCE, {"k1": Key("ES256", RSA.public_key())}),
        (ISSUER, AUDIENCE, {"k1": Key("ES256", EDWARDS.public_key())}),
        (ISSUER, AUDIENCE, {"k1": Key("ES256", ec.generate_private_key(ec.SECP384R1()).public_key())}),
        (ISSUER, AUDIENCE, {"k1": Key("RS256", SMALL_RSA.public_key())}),
    ],
)
def test_a_verifier_that_would_accept_too_much_is_refused(issuer: str, audience: str, keys: dict[str, Key]) -> None:
    with pytest.raises(ConfigError):
        Verifier(issuer, audience, keys)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_bearer_header_gives_its_token(scheme: str) -> None:
    assert bearer(f"{scheme} a.b.c") == "a.b.c"


def test_no_header_is_no_token() -> None:
    assert bearer(None) is None


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Bearer  a.b.c",
        " Bearer a.b.c",
        "Bearer a.b.c ",
        "Bearer\ta.b.c",
        "Bearer a.b.c\n",
        "Bearer a.b.c, Bearer d.e.f",
        "Bearer a.b.c d.e.f",
        "Bearer:a.b.c",
        "Bearer=a.b.c",
        "Bearera.b.c",
        "Basic dTpw",
        "Token a.b.c",
        "a.b.c",
        'Bearer "a.b.c"',
        "Bearer a.b.\xe9",
        f"Bearer {'a' * (LONGEST_TOKEN + 1)}",
    ],
)
def test_a_malformed_header_is_refused(header: str) -> None:
    with pytest.raises(Unauthenticated):
        bearer(header)


def test_the_demo_issuer_issues_what_its_verifier_accepts(tmp_path: Path) -> None:
    issuer = DemoIssuer(tmp_path / "demo")
    issued = issuer.issue("mai", ["steward", "officer"], "MARD", minutes=5)
    claims = DemoIssuer(tmp_path / "demo").verifier().verify(issued)
    assert (claims.subject, claims.agency, claims.roles) == ("mai", "MARD", {Role.STEWARD, Role.OFFICER})
    assert (claims.expires - claims.issued).total_seconds() == 300
    assert issuer.verifier().verify(issuer.issue("app", ["developer"], None, client="app")).client == "app"
    assert "not-for-real-data" in issuer.issuer
    assert issuer.issue("mai", [], None) != issuer.issue("mai", [], None)
    with pytest.raises(Unauthenticated):
        DemoIssuer(tmp_path / "other").verifier().verify(issued)


def test_the_demo_key_is_the_owners_alone(tmp_path: Path) -> None:
    DemoIssuer(tmp_path)
    file = tmp_path / "demo-issuer.pem"
    assert [entry.name for entry in tmp_path.iterdir()] == [file.name]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="read by others"):
        DemoIssuer(tmp_path)


def test_demo_issuers_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        issuers = list(pool.map(DemoIssuer, [tmp_path] * 8))
    issued = issuers[0].issue("mai", [], None)
    assert {issuer.verifier().verify(issued).subject for issuer in issuers} == {"mai"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        SMALL_RSA.private_bytes(ENCODINGS.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    ],
)
def test_a_spoiled_demo_key_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "demo-issuer.pem"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        DemoIssuer(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("subject", "roles", "agency", "minutes"),
    [
        ("mai", ["root"], "MARD", 60),
        ("mai", ["officer"], None, 60),
        ("mai", ["officer"], "mard", 60),
        ("", ["officer"], "MARD", 60),
        ("mai", ["officer"], "MARD", 61),
        ("mai", ["officer"], "MARD", 0),
        ("mai", ["officer"], "MARD", -5),
        ("m" * 300, [], None, 60),
    ],
)
def test_the_demo_issuer_issues_nothing_that_would_be_refused(
    tmp_path: Path, subject: str, roles: list[str], agency: str | None, minutes: int
) -> None:
    with pytest.raises(InvalidInput):
        DemoIssuer(tmp_path).issue(subject, roles, agency, minutes)
