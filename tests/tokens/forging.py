"""How tokens of tests are made: good ones, and the parts of which bad ones are put together."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from auth.token import Key, Verifier

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
