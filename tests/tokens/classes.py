"""Hostile tokens by class: each class makes its tokens, named after what is wrong with them; all are to be refused."""

import base64
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.tokens.forging import (
    AUDIENCE,
    BODY,
    CURVE,
    GOOD,
    GOOD_HEADER,
    HEAD,
    ISSUER,
    JWK,
    NOW,
    OTHER_CURVE,
    PEM,
    RSA,
    SIGNATURE,
    UNSIGNED,
    b64,
    duplicated,
    headed,
    keyed_hash,
    public,
    raw_token,
    said,
    signature,
    spelled,
    token,
    unsigned,
    without,
)
from tests.tokens.single import SINGLE

Named = Iterator[tuple[str, str]]
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256."""
GOOD_JSON: Final = json.dumps(dict(GOOD)).encode()
HEADER_JSON: Final = json.dumps(dict(GOOD_HEADER)).encode()
ATTACKER_JWK: Final[Mapping[str, Any]] = {
    **JWK,
    "x": b64(OTHER_CURVE.public_key().public_numbers().x.to_bytes(32, "big")),
    "y": b64(OTHER_CURVE.public_key().public_numbers().y.to_bytes(32, "big")),
}
PLACES: Final = (
    "https://evil.example/jwks.json",
    "http://127.0.0.1/jwks.json",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "ftp://evil.example/jwks.json",
    "data:application/json;base64,e30=",
    f"{ISSUER}@evil.example/jwks.json",
)
OTHER_ALGORITHMS: Final = (
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS512",
    "PS256",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "Ed25519",
    "dir",
    "RSA-OAEP",
    "ECDH-ES",
    "A128KW",
    "PBES2-HS256+A128KW",
)
SECRETS: Final[Mapping[str, bytes]] = {
    "PEM with CRLF": PEM.replace(b"\n", b"\r\n"),
    "PEM in one line": b"".join(PEM.splitlines()),
    "base64 of PEM": base64.b64encode(PEM),
    "base64 of DER": base64.b64encode(public(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
    "OpenSSH": public(Encoding.OpenSSH, PublicFormat.OpenSSH),
    "JWK without blanks": json.dumps(JWK, separators=(",", ":")).encode(),
    "JWK in order": json.dumps(JWK, sort_keys=True, separators=(",", ":")).encode(),
    "x": JWK["x"].encode(),
    "x in bytes": CURVE.public_key().public_numbers().x.to_bytes(32, "big"),
    "the issuer": ISSUER.encode(),
    "the audience": AUDIENCE.encode(),
    "`secret`": b"secret",
}


def none_in_every_spelling() -> Named:
    """`none` in each mix of capitals, and with what a reader may trim or fold."""
    mixes = ["".join(letters) for letters in product(*(letter + letter.upper() for letter in "none"))]
    for mix in mixes:
        if mix not in {"none", "None", "nOnE"}:  # stand in the list of single ones
            yield mix, unsigned(mix)
        yield f"{mix}, signed with the right key", headed(alg=mix)
    for name, text in {
        "blank before": " none",
        "blank after": "none ",
        "NUL": "none\0",
        "Cyrillic o": "n\u043ene",
    }.items():
        yield name, unsigned(text)


def other_algorithms() -> Named:
    """Each algorithm that is not this issuer's, with the right key's signature, with none, and as a list of two."""
    for name in OTHER_ALGORITHMS:
        yield f"{name}, signed", headed(alg=name)
        yield f"{name}, unsigned", unsigned(name)
        yield f"{name} or ES256", headed(alg=[name, "ES256"])


def public_key_as_secret() -> Named:
    """The key that everyone has, in each form in which a library may hand it to HMAC."""
    for (name, secret), algorithm in product(SECRETS.items(), ("HS256", "HS384", "HS512")):
        yield f"{algorithm} with {name}", keyed_hash(secret, algorithm)


def keys_brought_along() -> Named:
    """A key or its address in the header: signed by that key, and by the right one."""
    header = {**GOOD_HEADER, "jwk": dict(ATTACKER_JWK)}
    yield "jwk, signed by it", token(header, key=OTHER_CURVE)
    yield "jwk without kid", token({**header, "kid": None}, key=OTHER_CURVE)
    yield "jwk that is ours", headed(jwk={**JWK, "kid": "k1"})
    yield "jwk symmetric", headed(jwk={"kty": "oct", "k": "c2VjcmV0"})
    yield "x5c of PEM", token({**GOOD_HEADER, "x5c": [base64.b64encode(PEM).decode()]}, key=OTHER_CURVE)
    yield "epk", headed(epk=dict(ATTACKER_JWK))
    for name, place in product(("jku", "x5u", "url", "iss"), PLACES):
        yield f"{name} {place}", token({**GOOD_HEADER, name: place}, key=OTHER_CURVE)
        yield f"{name} {place}, signed by the right key", headed(**{name: place})


def key_ids() -> Named:
    """Ids of keys that are none of ours, or are no ids."""
    odd: Mapping[str, object] = {
        "true": True,
        "zero": 0,
        "a float": 1.0,
        "a path to a known file": "/dev/null",
        "a path with NUL": "/etc/passwd\0k1",
        "a command": "k1|/bin/sh",
        "a template": "{{k1}}",
        "UNION": "x' UNION SELECT 'k1'--",
        "LOAD CSV": "'}) LOAD CSV FROM 'file:///etc/passwd' AS x RETURN x //",
        "__class__": "__class__",
        "a wildcard": "*",
        "a pattern": "k.",
        "full width": "\uff4b1",
        "a zero-width blank": "k1\u200b",
        "a line end": "k1\n",
        "10 kB": "k" * 10_000,
    }
    for name, value in odd.items():
        yield name, headed(kid=value)
    for number in range(10):
        yield f"unknown {number}", headed(kid=f"unknown-{number}")


def ways_to_read() -> Named:
    """Header members that say how to read the token otherwise."""
    odd: Mapping[str, Mapping[str, object]] = {
        "crit of b64": {"crit": ["b64"], "b64": False},
        "crit of nothing known": {"crit": ["x-hub"], "x-hub": 1},
        "crit null": {"crit": None},
        "crit a text": {"crit": "exp"},
        "crit of alg": {"crit": ["alg"]},
        "b64 as text": {"b64": "false"},
        "b64 zero": {"b64": 0},
        "b64 null": {"b64": None},
        "zip of none": {"zip": "none"},
        "cty of at+jwt": {"cty": "at+jwt"},
        "p2c of a billion": {"p2c": 10**9},
        "enc and alg": {"enc": "A128CBC-HS256"},
        "apu": {"apu": "x"},
        "ppt": {"ppt": "shaken"},
        "nonce": {"nonce": "1"},
        "a claim": {"sub": "an"},
    }
    for name, header in odd.items():
        yield name, headed(**header)
    for typ in (
        "",
        "jwt",
        "at+jwt ",
        "at+JWT",
        "application/jwt",
        "rt+jwt",
        "secevent+jwt",
        "JOSE",
        "JWE",
        "at+jwt;x=1",
    ):
        yield f"typ `{typ}`", headed(typ=typ)
    for typ in ("true", "1", "{}", "[]", '["at+jwt", "JWT"]'):
        yield f"typ {typ}", headed(typ=json.loads(typ))
    content = f"{b64(json.dumps({**GOOD_HEADER, 'crit': ['b64'], 'b64': False}).encode())}.an"
    yield "the payload as it is", f"{content}.{b64(signature(content.encode(), CURVE))}"
    yield "the payload pressed", raw_token(json.dumps({**GOOD_HEADER, "zip": "DEF"}).encode(), gzip.compress(GOOD_JSON))


def claims_missing_or_twice() -> Named:
    """Without each two of what is needed; each claim twice, the good one first and last."""
    needed = ("iss", "aud", "sub", "iat", "exp")
    for first, second in product(needed, needed):
        if first < second:
            yield f"neither {first} nor {second}", without(first, second)
    yield "none at all", token(payload={})
    for name, value in GOOD.items():
        if name not in {"sub", "roles"}:
            yield f"{name} twice, the good one first", duplicated(name, value, "x")
        yield f"{name} twice, the good one last", duplicated(name, "x", value)
    for name in GOOD_HEADER:
        text = HEADER_JSON[:-1] + f', "{name}": {json.dumps(GOOD_HEADER[name])}}}'.encode()
        yield f"{name} twice in the header", raw_token(text, GOOD_JSON)


def claims_ill_typed() -> Named:
    """Each claim as each kind of JSON value that it is not."""
    odd = ("true", "-1", "1.5", "{}", "[[]]", f'"{"a" * 300}"')
    for name, value in product((*GOOD, "client_id", "jti", "nbf"), odd):
        if (name, value) not in {("exp", "true"), ("exp", "-1")}:  # stand in the list of single ones
            yield f"{name} {value[:10]}", said(**{name: json.loads(value)})


def times() -> Named:
    """exp, nbf and iat one second beyond each edge, and as what is no whole second."""
    for name in ("exp", "iat", "nbf"):
        for text in ("1e9", "1E400", "-1e400", "1.79e9", "-Infinity", "0x6ab5", "1" * 4000, "1790000060.0", "-0"):
            yield f"{name} {text[:20]}", spelled(name, text)
        yield f"{name} of 2^63", said(**{name: 2**63})
        yield f"{name} in milliseconds", said(**{name: NOW * 1000})
        yield f"{name} a date", said(**{name: "2026-11-22T00:00:00Z"})
    yield "exp long past", said(iat=1, exp=3601)
    yield "exp a second past the leeway", said(exp=NOW - 31, iat=NOW - 90)
    yield "nbf a second past the leeway", said(nbf=NOW + 31)
    yield "nbf after exp", said(nbf=NOW + 601)
    yield "iat a second past the leeway", said(iat=NOW + 31, exp=NOW + 60)
    yield "a life of an hour and a second", said(iat=NOW, exp=NOW + 3601)
    yield "a life of a year", said(iat=NOW, exp=NOW + 31_536_000)
    yield "exp is iat", said(iat=NOW - 1, exp=NOW - 1)


def for_others() -> Named:
    """Audiences that look like ours, alone and in lists."""
    near = (
        AUDIENCE.upper(),
        f"{AUDIENCE}/",
        f" {AUDIENCE}",
        f"{AUDIENCE}\n",
        f"{AUDIENCE}\0",
        AUDIENCE[1:],
        "*",
        "hub",
    )
    for text in near:
        yield f"aud {text!r}", said(aud=text)
        yield f"aud [{text!r}]", said(aud=[text])
        yield f"aud ours and {text!r}", said(aud=[AUDIENCE, text])
    for name, value in {
        "twice": [AUDIENCE, AUDIENCE],
        "and null": [AUDIENCE, None],
        "in words": f"{AUDIENCE} x",
    }.items():
        yield f"aud ours {name}", said(aud=value)
    for name, value in {
        "true": True,
        "1": 1,
        "an object of ours": {"0": AUDIENCE},
        "lists": [[AUDIENCE], AUDIENCE],
    }.items():
        yield f"aud {name}", said(aud=value)


def issuers() -> Named:
    """Issuers that look like ours to a reader who folds, trims or takes a part; and another tenant's."""
    host = ISSUER.removeprefix("https://")
    near = (
        f"http://{host}",
        f"//{host}",
        host,
        f"{ISSUER}:443",
        f"{ISSUER}.",
        f"{ISSUER}#",
        f"{ISSUER}?",
        f"{ISSUER}/tenant-b",
        f"{ISSUER}/../tenant-b",
        f"{ISSUER}%2F",
        f"{ISSUER}\\",
        f"{ISSUER}\0",
        f"{ISSUER}\t",
        f" {ISSUER}",
        f"https://an@{host}",
        f"https://{host}@evil.example",
        f"https://evil.example/{host}",
        f"https://{host[0].upper()}{host[1:]}",
        ISSUER.replace("o", "\u043e"),
        ISSUER.replace("l", "\uff4c"),
        ISSUER.replace("e", "e\u0301"),
        ISSUER.replace(".", "\u3002"),
        "https://xn--lgin-1ba.example.vn",
        f"{ISSUER} {ISSUER}",
        "urn:hub:demo-issuer-not-for-real-data",
        "*",
        "null",
    )
    for text in near:
        yield f"iss {text!r}", said(iss=text)
    for name, value in {"ours and another": [ISSUER, "x"], "an object": {"iss": ISSUER}, "true": True}.items():
        yield f"iss {name}", said(iss=value)


def signatures() -> Named:
    """The signature cut, lengthened, emptied of meaning, and by others."""
    raw = base64.urlsafe_b64decode(f"{SIGNATURE}==")
    for length in (1, 16, 31, 32, 33, 48, 63):
        yield f"cut to {length} bytes", f"{UNSIGNED}.{b64(raw[:length])}"
    for more in (1, 2, 32, 64):
        yield f"{more} bytes longer", f"{UNSIGNED}.{b64(raw + bytes(more))}"
        yield f"{more} zero bytes before", f"{UNSIGNED}.{b64(bytes(more) + raw)}"
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    pairs = {
        "r zero": (0, s),
        "s zero": (r, 0),
        "both one": (1, 1),
        "both the order": (ORDER, ORDER),
        "r the order": (ORDER, s),
        "s the order": (r, ORDER),
        "turned round": (s, r),
        "r negated": (ORDER - r, s),
        "all ones": (2**256 - 1, 2**256 - 1),
    }
    for name, (one, other) in pairs.items():
        yield name, f"{UNSIGNED}.{b64(one.to_bytes(32, 'big') + other.to_bytes(32, 'big'))}"
    yield "twice", f"{UNSIGNED}.{b64(raw + raw)}"
    yield "in base64 twice", f"{UNSIGNED}.{b64(SIGNATURE.encode())}"
    yield "in hexadecimal", f"{UNSIGNED}.{raw.hex()}"
    yield "of the payload alone", f"{UNSIGNED}.{b64(signature(BODY.encode(), CURVE))}"
    yield "of the decoded parts", f"{UNSIGNED}.{b64(signature(HEADER_JSON + b'.' + GOOD_JSON, CURVE))}"
    yield "with another digest", f"{UNSIGNED}.{b64(_with_another_digest())}"
    yield "of RSA", f"{UNSIGNED}.{b64(signature(UNSIGNED.encode(), RSA))}"


def _with_another_digest() -> bytes:
    from_384 = CURVE.sign(UNSIGNED.encode(), ec.ECDSA(SHA384()))
    r, s = decode_dss_signature(from_384)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def spellings() -> Named:
    """The same bytes in another base64: padded, broken, of the standard alphabet, or with unused bits."""
    good = f"{UNSIGNED}.{SIGNATURE}"
    for name, mark in {
        "blank": " ",
        "tab": "\t",
        "line end": "\n",
        "CRLF": "\r\n",
        "NUL": "\0",
        "form feed": "\f",
    }.items():
        yield f"{name} before", f"{mark}{good}"
        yield f"{name} after", f"{good}{mark}" if name not in {"blank", "line end"} else f"{good}{mark}{mark}"
        yield f"{name} within the header", f"{HEAD[:4]}{mark}{HEAD[4:]}.{BODY}.{SIGNATURE}"
        yield f"{name} beside a dot", f"{HEAD}.{mark}{BODY}.{SIGNATURE}{mark}"
    for name, mark in {"=": "=", "==": "==", "====": "====", "%3D": "%3D"}.items():
        yield f"{name} after the header", f"{HEAD}{mark}.{BODY}.{SIGNATURE}"
        yield f"{name} after the payload", f"{HEAD}.{BODY}{mark}.{SIGNATURE}"
        if name != "==":
            yield f"{name} at the end", f"{good}{mark}"
    yield "dots written as %2E", good.replace(".", "%2E")
    yield "quoted", f'"{good}"'
    yield "in pointed brackets", f"<{good}>"
    yield "in base64 again", b64(good.encode())
    yield "turned round", good[::-1]
    yield "in capitals", good.upper()
    yield "Bearer again", f"Bearer {good}"
    yield "two with a comma", f"{good},{good}"
    yield "two with a dot", f"{good}.{good}"


def letters_that_look_alike() -> Named:
    """Letters and dots beyond ASCII that a reader may fold into ours."""
    good = f"{UNSIGNED}.{SIGNATURE}"
    for name, dot in {
        "full width": "\uff0e",
        "ideographic": "\u3002",
        "one dot leader": "\u2024",
        "half width": "\uff61",
    }.items():
        yield f"{name} dots", good.replace(".", dot)
    yield "full width e", "\uff45" + good[1:]
    yield "Cyrillic e", "\u0435" + good[1:]
    for name, mark in {
        "zero-width blank": "\u200b",
        "BOM": "\ufeff",
        "turning mark": "\u202e",
        "no-break blank": "\xa0",
    }.items():
        yield f"{name} before", mark + good
        yield f"{name} after", good + mark
    yield "half a pair", f"{HEAD}.{BODY}.\ud800{SIGNATURE[1:]}"


def nested() -> Named:
    """Tokens in tokens, encrypted ones, and the other serialisations."""
    good = f"{UNSIGNED}.{SIGNATURE}"
    yield "a token as payload", raw_token(HEADER_JSON, good.encode())
    yield "a token as payload, so called", raw_token(json.dumps({**GOOD_HEADER, "cty": "JWT"}).encode(), good.encode())
    for algorithm in ("dir", "RSA-OAEP-256", "ECDH-ES+A256KW", "none"):
        head = b64(json.dumps({"alg": algorithm, "enc": "A256GCM", "kid": "k1", "typ": "at+jwt"}).encode())
        yield f"encrypted with {algorithm}", f"{head}..{b64(bytes(12))}.{b64(good.encode())}.{b64(bytes(16))}"
        yield f"encrypted with {algorithm}, in three parts", f"{head}.{b64(good.encode())}.{b64(bytes(16))}"
    yield "flattened", json.dumps({"protected": HEAD, "payload": BODY, "signature": SIGNATURE})
    yield "general", json.dumps({"payload": BODY, "signatures": [{"protected": HEAD, "signature": SIGNATURE}]})
    yield "four parts", f"{good}.{SIGNATURE}"
    yield "one part", HEAD
    yield "selective disclosure", f"{good}~{b64(b'[1]')}~"
    yield from {
        "macaroon": "MDAxY2xvY2F0aW9u",
        "PASETO": f"v4.public.{BODY}",
        "opaque": "2YotnFZFEjr1zCsicMWpAA",
    }.items()


def documents() -> Named:
    """Signed, and no JSON object as we read one."""
    odd: Mapping[str, bytes] = {
        "empty": b" ",
        "a number": b"1",
        "a text": b'"sub"',
        "true": b"true",
        "a comment": b"/* */" + GOOD_JSON,
        "a comma more": GOOD_JSON[:-1] + b",}",
        "single quotes": GOOD_JSON.replace(b'"', b"'"),
        "NUL after it": GOOD_JSON + b"\0",
        "NUL before it": b"\0" + GOOD_JSON,
        "UTF-16 BE": json.dumps(dict(GOOD)).encode("utf-16-be"),
        "UTF-32": json.dumps(dict(GOOD)).encode("utf-32"),
        "UTF-7": json.dumps(dict(GOOD)).encode("utf-7") + b"+",
        "overlong": GOOD_JSON[:-1] + b', "jti": "\xc0\xaf"}',
        "pressed": gzip.compress(GOOD_JSON),
        "cut": GOOD_JSON[:-2],
        "a number of 4,400 digits": GOOD_JSON[:-1] + b', "x": ' + b"9" * 4400 + b"}",
        "a claim NaN": GOOD_JSON[:-1] + b', "x": NaN}',
        "a claim Infinity": GOOD_JSON[:-1] + b', "x": -Infinity}',
        "65 brackets": GOOD_JSON[:-1] + b', "x": [' + b"[]," * 65 + b"1]}",
        "4,000 brackets": b"[" * 4000,
        "2,000 objects": b'{"a":' * 1000,
    }
    for name, content in odd.items():
        yield f"payload {name}", raw_token(HEADER_JSON, content)
        yield f"header {name}", raw_token(content, GOOD_JSON)


def long_ones() -> Named:
    """Longer than a token may be, well signed or not at all."""
    for size in (8_193, 10_000, 16_384, 60_000):
        yield f"{size} letters", "a" * size
        yield f"{size} letters and two dots", "a" * (size - 4) + ".b.c"
    yield "well signed, just too long", said(more="a" * 6_300)
    yield "well signed, 60 kB", said(more="a" * 45_000)
    yield "a name of 6,300 letters", said(**{"a" * 6_300: 1})
    yield "a header of 6,300 letters", headed(**{"a" * 6_300: 1})


def people_and_agencies() -> Named:
    """Who it says that asks: no names, no roles, no agencies, and apps that are people."""
    for name, text in {
        "a tab": "an\t",
        "a line end": "an\n",
        "soft hyphen": "a\xadn",
        "BOM": "\ufeffan",
        "turning": "\u202ean",
        "Hangul filler before blank": "an\u3000",
        "decomposed": "Bo\u0323\u0302",
        "private use": "\ue000",
        "no character": "\uffff",
    }.items():
        yield f"sub {name}", said(sub=text)
        yield f"jti {name}", said(jti=text)
        yield f"client_id {name}", said(client_id=text)
        yield f"role {name}", said(roles=["officer", text])
    for text in (
        "MARD ",
        "MARD\0",
        "MARD/../MOIT",
        "MARD' OR 1=1",
        "\u039cARD",
        "MARD\u200b",
        "-MARD",
        ".MARD",
        "M RD",
        "ĐN",
    ):
        yield f"agency {text!r}", said(agency=text)
    for roles in (
        ["admin"],
        ["steward "],
        ["STEWARD"],
        ["steward\n"],
        [""],
        [None],
        [True],
        {"0": "steward"},
        "steward,officer",
    ):
        yield f"roles {roles!r}", said(roles=roles)
    yield "a thousand roles", said(roles=["officer"] * 1000)


CLASSES: Final[tuple[Callable[[], Named], ...]] = (
    none_in_every_spelling,
    other_algorithms,
    public_key_as_secret,
    keys_brought_along,
    key_ids,
    ways_to_read,
    claims_missing_or_twice,
    claims_ill_typed,
    times,
    for_others,
    issuers,
    signatures,
    spellings,
    letters_that_look_alike,
    nested,
    documents,
    long_ones,
    people_and_agencies,
)


def corpus() -> dict[str, str]:
    """Every hostile token by its name, which begins with that of its class; a name or token made twice fails."""
    found = dict(SINGLE)
    for made in CLASSES:
        for name, text in made():
            full = f"{made.__name__.replace('_', ' ')}: {name}"
            assert full not in found, full
            found[full] = text
    return found


HOSTILE: Final[Mapping[str, str]] = corpus()
