"""Tokens: a corpus of hostile ones, each wrong in one way; what a good one says; and the issuer for demonstrations."""

import base64
import hashlib
import hmac
import json
import random
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from auth.principal import Principal, Role
from auth.token import LONGEST_TOKEN, Claims, DemoIssuer, Key, Verifier, bearer, principal
from schema.errors import ConfigError, InvalidInput, Unauthenticated

NOW: Final = 1_790_000_000
ISSUER: Final = "https://login.example.vn"
AUDIENCE: Final = "https://hub.example.vn"
CURVE: Final = ec.generate_private_key(ec.SECP256R1())
OTHER_CURVE: Final = ec.generate_private_key(ec.SECP256R1())
EDWARDS: Final = ed25519.Ed25519PrivateKey.generate()
RSA: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey

GOOD_HEADER: Final[Mapping[str, Any]] = {"alg": "ES256", "kid": "k1", "typ": "at+jwt"}
GOOD: Final[Mapping[str, Any]] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "nguyễn-văn-an",
    "iat": NOW - 60,
    "exp": NOW + 600,
    "agency": "MARD",
    "roles": ["officer"],
}


def verifier(key: Key | None = None) -> Verifier:
    return Verifier(ISSUER, AUDIENCE, {"k1": key or Key("ES256", CURVE.public_key())}, clock=lambda: NOW)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signature(content: bytes, key: PrivateKey) -> bytes:
    match key:
        case ec.EllipticCurvePrivateKey():
            r, s = decode_dss_signature(key.sign(content, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        case ed25519.Ed25519PrivateKey():
            return key.sign(content)
        case rsa.RSAPrivateKey():
            return key.sign(content, padding.PKCS1v15(), hashes.SHA256())


def raw_token(header: bytes, payload: bytes, key: PrivateKey = CURVE) -> str:
    content = f"{b64(header)}.{b64(payload)}"
    return f"{content}.{b64(signature(content.encode(), key))}"


def token(header: Mapping[str, Any] = GOOD_HEADER, payload: Mapping[str, Any] = GOOD, key: PrivateKey = CURVE) -> str:
    return raw_token(json.dumps(dict(header)).encode(), json.dumps(dict(payload)).encode(), key)


def headed(**changed: object) -> str:
    return token({**GOOD_HEADER, **changed})


def said(**changed: object) -> str:
    return token(payload={**GOOD, **changed})


def without(*names: str) -> str:
    return token(payload={name: value for name, value in GOOD.items() if name not in names})


def spelled(name: str, value: str) -> str:
    """A token in which the claim's value is spelled so in JSON."""
    text = json.dumps({**GOOD, name: "@"}).replace('"@"', value)
    return raw_token(json.dumps(dict(GOOD_HEADER)).encode(), text.encode())


def keyed_hash(secret: bytes, algorithm: str = "HS256") -> str:
    """A token 'signed' with a shared secret: the public key, which everyone has."""
    header = json.dumps({**GOOD_HEADER, "alg": algorithm}).encode()
    content = f"{b64(header)}.{b64(json.dumps(dict(GOOD)).encode())}"
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    return f"{content}.{b64(hmac.new(secret, content.encode(), digest).digest())}"


def public(encoding: serialization.Encoding, form: serialization.PublicFormat) -> bytes:
    return CURVE.public_key().public_bytes(encoding, form)


ENCODINGS: Final = serialization.Encoding
FORMS: Final = serialization.PublicFormat
PEM: Final = public(ENCODINGS.PEM, FORMS.SubjectPublicKeyInfo)
NUMBERS: Final = CURVE.public_key().public_numbers()
JWK: Final[Mapping[str, Any]] = {
    "kty": "EC",
    "crv": "P-256",
    "x": b64(NUMBERS.x.to_bytes(32, "big")),
    "y": b64(NUMBERS.y.to_bytes(32, "big")),
}
HEAD, BODY, SIGNATURE = token().split(".")
UNSIGNED: Final = f"{HEAD}.{BODY}"


def unsigned(algorithm: str, end: str = "") -> str:
    return f"{b64(json.dumps({**GOOD_HEADER, 'alg': algorithm}).encode())}.{BODY}.{end}"


def duplicated(name: str, first: object, second: object) -> str:
    rest = json.dumps({key: value for key, value in GOOD.items() if key != name})[1:]
    text = f'{{"{name}": {json.dumps(first)}, "{name}": {json.dumps(second)}, {rest}'
    return raw_token(json.dumps(dict(GOOD_HEADER)).encode(), text.encode())


def malleable() -> str:
    """The last letter's unused bits set: another spelling of the same signature."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return f"{UNSIGNED}.{SIGNATURE[:-1]}{alphabet[alphabet.index(SIGNATURE[-1]) + 1]}"


HOSTILE: Final[Mapping[str, str]] = {
    # no algorithm, no signature
    "alg none": unsigned("none"),
    "alg None": unsigned("None"),
    "alg nOnE": unsigned("nOnE"),
    "alg none, signed": unsigned("none", SIGNATURE),
    "alg empty": headed(alg=""),
    "alg missing": token({"kid": "k1", "typ": "at+jwt"}),
    "alg a list": headed(alg=["ES256"]),
    "alg null": headed(alg=None),
    "alg small": headed(alg="es256"),
    "alg of another length": headed(alg="ES384"),
    "signature empty": f"{UNSIGNED}.",
    "signature missing": UNSIGNED,
    "signature of zeros": f"{UNSIGNED}.{b64(bytes(64))}",
    "signature in DER": f"{UNSIGNED}.{b64(CURVE.sign(UNSIGNED.encode(), ec.ECDSA(hashes.SHA256())))}",
    "signature by another key": token(key=OTHER_CURVE),
    "signature of another token": f"{UNSIGNED}.{said(sub='b').split('.')[2]}",
    "signature spelled otherwise": malleable(),
    "detached": f"{HEAD}..{SIGNATURE}",
    "five parts": f"{HEAD}.{BODY}.{BODY}.{BODY}.{SIGNATURE}",
    "padded": f"{HEAD}.{BODY}.{SIGNATURE}==",
    "blank after it": f"{HEAD}.{BODY}.{SIGNATURE} ",
    "line end after it": f"{HEAD}.{BODY}.{SIGNATURE}\n",
    "blank inside": f"{HEAD}. {BODY}.{SIGNATURE}",
    "not ASCII": f"{HEAD}.{BODY}.{SIGNATURE}é",
    "empty": "",
    "dots": "..",
    "a word": "secret",
    "the standard alphabet": f"{HEAD}.{BODY}.+/{SIGNATURE[2:]}",
    # the public key as a shared secret
    "HS256 with PEM": keyed_hash(PEM),
    "HS256 with PEM without its last line end": keyed_hash(PEM.rstrip()),
    "HS256 with DER": keyed_hash(public(ENCODINGS.DER, FORMS.SubjectPublicKeyInfo)),
    "HS256 with the point": keyed_hash(public(ENCODINGS.X962, FORMS.UncompressedPoint)),
    "HS256 with the compressed point": keyed_hash(public(ENCODINGS.X962, FORMS.CompressedPoint)),
    "HS256 with JWK": keyed_hash(json.dumps(JWK).encode()),
    "HS256 with JWKS": keyed_hash(json.dumps({"keys": [JWK]}).encode()),
    "HS256 with the key id": keyed_hash(b"k1"),
    "HS256 with nothing": keyed_hash(b""),
    "HS384 with PEM": keyed_hash(PEM, "HS384"),
    "HS512 with PEM": keyed_hash(PEM, "HS512"),
    "another family": token({**GOOD_HEADER, "alg": "RS256"}, key=RSA),
    "EdDSA for ES256": token({**GOOD_HEADER, "alg": "EdDSA"}, key=EDWARDS),
    # which key
    "kid missing": token({"alg": "ES256", "typ": "at+jwt"}),
    "kid unknown": headed(kid="k2"),
    "kid empty": headed(kid=""),
    "kid null": headed(kid=None),
    "kid a number": headed(kid=1),
    "kid a list": headed(kid=["k1"]),
    "kid an object": headed(kid={"k1": "k1"}),
    "kid a path": headed(kid="../../../../dev/null"),
    "kid SQL": headed(kid="k1' OR '1'='1"),
    "kid Cypher": headed(kid="k1'}) MATCH (n) DETACH DELETE n //"),
    "kid an address": headed(kid="https://evil.example/k1"),
    "kid another case": headed(kid="K1"),
    "kid with a blank": headed(kid="k1 "),
    "kid with NUL": headed(kid="k1\0"),
    "kid long": headed(kid="k" * 5000),
    # what a header may not hold
    "jku": headed(jku="https://evil.example/jwks.json"),
    "x5u": headed(x5u="file:///etc/passwd"),
    "jwk": headed(jwk=dict(JWK)),
    "x5c": headed(x5c=["MIIB"]),
    "crit": headed(crit=["exp"], exp=1),
    "crit empty": headed(crit=[]),
    "b64": headed(b64=False),
    "b64 true": headed(b64=True),
    "zip": headed(zip="DEF"),
    "cty": headed(cty="JWT"),
    "enc": headed(enc="A256GCM"),
    "header a list": raw_token(b'["ES256"]', json.dumps(dict(GOOD)).encode()),
    "header null": raw_token(b"null", json.dumps(dict(GOOD)).encode()),
    "header no JSON": raw_token(b"{alg:ES256}", json.dumps(dict(GOOD)).encode()),
    "header not UTF-8": raw_token(b'{"alg":"\xff"}', json.dumps(dict(GOOD)).encode()),
    "header twice": raw_token(
        b'{"alg":"none","alg":"ES256","kid":"k1","typ":"at+jwt"}', json.dumps(dict(GOOD)).encode()
    ),
    # what kind of token
    "typ missing": token({"alg": "ES256", "kid": "k1"}),
    "typ JWT": headed(typ="JWT"),
    "typ another case": headed(typ="AT+JWT"),
    "typ an ID token": headed(typ="id+jwt"),
    "typ a logout token": headed(typ="logout+jwt"),
    "typ a list": headed(typ=["at+jwt"]),
    "typ null": headed(typ=None),
    # when
    "exp missing": without("exp"),
    "exp past": said(exp=NOW - 31),
    "exp at the end of the leeway": said(exp=NOW - 30),
    "exp a text": said(exp=str(NOW + 600)),
    "exp a fraction": said(exp=NOW + 600.5),
    "exp a whole float": said(exp=float(NOW + 600)),
    "exp true": said(exp=True),
    "exp null": said(exp=None),
    "exp a list": said(exp=[NOW + 600]),
    "exp negative": said(exp=-1),
    "exp zero": said(exp=0),
    "exp 1e400": spelled("exp", "1e400"),
    "exp Infinity": spelled("exp", "Infinity"),
    "exp NaN": spelled("exp", "NaN"),
    "exp of 5,000 digits": spelled("exp", "9" * 5000),
    "exp in the year 9999": said(exp=253_402_300_799),
    "exp in the year 10000": said(iat=253_402_300_000, exp=253_402_300_800),
    "life over an hour": said(exp=NOW - 60 + 3601),
    "life of nothing": said(iat=NOW, exp=NOW),
    "life backwards": said(iat=NOW + 20, exp=NOW + 10),
    "iat missing": without("iat"),
    "iat to come": said(iat=NOW + 31),
    "iat to come, nbf past": said(iat=NOW + 31, nbf=NOW),
    "iat a text": said(iat=str(NOW)),
    "iat true": said(iat=True),
    "iat a float": said(iat=float(NOW)),
    "nbf to come": said(nbf=NOW + 31),
    "nbf a text": said(nbf="0"),
    "nbf null": said(nbf=None),
    "nbf false": said(nbf=False),
    # by whom, for whom
    "iss missing": without("iss"),
    "iss another": said(iss="https://login.example.com"),
    "iss a prefix": said(iss=ISSUER[:-1]),
    "iss longer": said(iss=f"{ISSUER}.evil.example"),
    "iss with a slash": said(iss=f"{ISSUER}/"),
    "iss another case": said(iss=ISSUER.upper()),
    "iss a list": said(iss=[ISSUER]),
    "iss null": said(iss=None),
    "iss empty": said(iss=""),
    "aud missing": without("aud"),
    "aud another": said(aud="https://other.example.vn"),
    "aud a part": said(aud=AUDIENCE[:-3]),
    "aud longer": said(aud=f"{AUDIENCE}.evil.example"),
    "aud ours among others": said(aud=[AUDIENCE, "https://other.example.vn"]),
    "aud others": said(aud=["https://other.example.vn"]),
    "aud empty": said(aud=""),
    "aud no one": said(aud=[]),
    "aud nested": said(aud=[[AUDIENCE]]),
    "aud an object": said(aud={AUDIENCE: True}),
    "aud null": said(aud=None),
    # who
    "sub missing": without("sub"),
    "sub empty": said(sub=""),
    "sub null": said(sub=None),
    "sub a number": said(sub=7),
    "sub a list": said(sub=["an"]),
    "sub long": said(sub="a" * 256),
    "sub decomposed": said(sub="nguye\u0302\u0303n"),
    "sub with a zero-width blank": said(sub="an\u200b"),
    "sub turned round": said(sub="an\u202e"),
    "sub with NUL": said(sub="an\0"),
    "sub half a pair": spelled("sub", '"\\ud800"'),
    "sub with a blank before": said(sub=" an"),
    "client_id null": said(client_id=None),
    "client_id empty": said(client_id=""),
    "jti a number": said(jti=1),
    "agency missing": without("agency"),
    "agency null": said(agency=None),
    "agency small": said(agency="mard"),
    "agency empty": said(agency=""),
    "agency a list": said(agency=["MARD"]),
    "agency two": said(agency="MARD,MOIT"),
    "agency any": said(agency="*"),
    "agency with a line end": said(agency="MARD\n"),
    "agency full width": said(agency="\uff2dARD"),
    "agency long": said(agency="A" * 33),
    "roles a text": said(roles="officer"),
    "roles an object": said(roles={"officer": True}),
    "roles null": said(roles=None),
    "roles unknown": said(roles=["root"]),
    "roles one unknown": said(roles=["officer", "root"]),
    "roles another case": said(roles=["Officer"]),
    "roles with a zero-width blank": said(roles=["officer\u200b"]),
    "roles full width": said(roles=["\uff4ffficer"]),
    "roles with a blank": said(roles=["officer "]),
    "roles twice": said(roles=["officer", "officer"]),
    "roles nested": said(roles=[["officer"]]),
    "roles a number": said(roles=[1]),
    "publisher of no agency": token(
        payload={k: v for k, v in GOOD.items() if k != "agency"} | {"roles": ["publisher"]}
    ),
    # how it is written
    "payload a list": raw_token(json.dumps(dict(GOOD_HEADER)).encode(), json.dumps([dict(GOOD)]).encode()),
    "payload null": raw_token(json.dumps(dict(GOOD_HEADER)).encode(), b"null"),
    "payload no JSON": raw_token(json.dumps(dict(GOOD_HEADER)).encode(), b"{"),
    "payload not UTF-8": raw_token(json.dumps(dict(GOOD_HEADER)).encode(), b'{"sub":"\xc3\x28"}'),
    "payload UTF-16": raw_token(json.dumps(dict(GOOD_HEADER)).encode(), json.dumps(dict(GOOD)).encode("utf-16")),
    "payload with a byte order mark": raw_token(
        json.dumps(dict(GOOD_HEADER)).encode(), b"\xef\xbb\xbf" + json.dumps(dict(GOOD)).encode()
    ),
    "payload then more": raw_token(json.dumps(dict(GOOD_HEADER)).encode(), json.dumps(dict(GOOD)).encode() + b"{}"),
    "sub twice": duplicated("sub", "an", "binh"),
    "sub twice alike": duplicated("sub", "an", "an"),
    "roles twice named": duplicated("roles", ["officer"], ["steward"]),
    "a name twice inside": spelled("jti", '{"a": 1, "a": 1}'),
    "deep": spelled("more", "[" * 2900 + "]" * 2900),
    "many lists": spelled("more", f"[{','.join(['[]'] * 80)}]"),
    "over 8 kB": said(more="a" * 6200),
    "5 MB": "a" * 5_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_token_is_refused(name: str) -> None:
    with pytest.raises(Unauthenticated):
        verifier().verify(HOSTILE[name])


def test_the_corpus_is_wide_and_each_token_is_another() -> None:
    assert len(HOSTILE) > 150
    assert len(set(HOSTILE.values())) == len(HOSTILE)
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


def test_no_change_of_a_byte_is_accepted_or_breaks_anything() -> None:
    chance = random.Random(20261122)
    good, accepted = token(), 0
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0\x7f\xe9\u0110"
    for _ in range(3000):
        changed = list(good)
        for place in chance.sample(range(len(good)), chance.choice((1, 1, 1, 2, 5))):
            changed[place] = chance.choice(letters.replace(good[place], ""))
        cut = chance.choice((len(good), len(good), chance.randrange(len(good))))
        try:
            verifier().verify("".join(changed)[:cut])
        except Unauthenticated:
            continue
        accepted += 1
    assert accepted == 0


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
