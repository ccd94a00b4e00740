"""Bearer tokens: strict verification, and an issuer for demonstrations. The only module that imports the token library.

A token is checked from the outside in: size, alphabet, header, key, signature, then claims; nothing of it is believed
before its signature is verified, and no address in it is ever followed. Whatever goes wrong is Unauthenticated: a bad
token is never taken for no token.
"""

import base64
import json
import os
import re
import secrets
import stat
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from auth.principal import AGENCY_ROLES, Principal, Role
from schema.errors import ConfigError, InvalidInput, Unauthenticated

Algorithm: TypeAlias = Literal["ES256", "EdDSA", "RS256"]

LONGEST_TOKEN: Final = 8192
LONGEST_LIFE: Final = 3600
LEEWAY: Final = 30
_LEAST_RSA_BITS: Final = 2048
_LONGEST_NAME: Final = 255
_MOST_BRACKETS: Final = 64
_MOST_KEYS: Final = 256
_FAMILIES: Final[Mapping[str, Algorithm]] = {"EC": "ES256", "OKP": "EdDSA", "RSA": "RS256"}
_LAST_SECOND: Final = 253_402_300_799
"""The end of the year 9999: later seconds are no dates."""
_HEADER: Final = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})
"""What a header may hold: nothing that says where a key is (`jku`) or how else to read the token (`crit`, `zip`)."""
_TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_BEARER: Final = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9_.~+/=-]+)")
_AGENCY: Final = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,31}")


@dataclass(frozen=True, slots=True)
class Key:
    """A public key of the issuer, and the one algorithm that it is for."""

    algorithm: Algorithm
    public: EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. Only `Verifier.verify` makes one."""

    subject: str
    client: str | None
    agency: str | None
    roles: frozenset[Role]
    token_id: str | None
    issued: datetime
    expires: datetime


class Verifier:
    """Verifies the access tokens of one issuer for one audience; its keys may be replaced, their algorithm may not."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        keys: Mapping[str, Key],
        *,
        leeway: int = LEEWAY,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Refuse to be without an issuer, an audience or keys, for such a verifier would accept too much."""
        if not issuer or not audience:
            raise ConfigError(
                "chưa đặt bên cấp token hoặc bên nhận: hãy đặt cả hai rồi khởi động lại",
                "the token issuer or the audience is not set: set both, then start again",
            )
        self.issuer = issuer
        self.audience = audience
        self._keys: Mapping[str, Key] = {}
        self._leeway = leeway
        self._clock = clock
        self.trust(keys)
        self._signatures = jwt.PyJWS(algorithms=[key.algorithm for key in keys.values()])

    def trust(self, keys: Mapping[str, Key]) -> None:
        """Verify with these keys from now on and with no others; ConfigError, and no change, where they do not fit."""
        algorithms = {key.algorithm for key in (*keys.values(), *self._keys.values())}
        if not keys or len(algorithms) != 1 or not all(map(_fits, keys.values())):
            raise ConfigError(
                f"khóa của bên cấp token `{self.issuer}` không dùng được: hãy dùng một loại ES256, EdDSA hoặc RS256",
                f"the keys of the token issuer `{self.issuer}` are not usable: use one kind of ES256, EdDSA or RS256",
            )
        self._keys = dict(keys)

    def verify(self, token: str) -> Claims:
        """What the token says, if every check passes; else Unauthenticated, and never another error."""
        try:
            return self._claims(self._signed(token))
        except Unauthenticated:
            raise
        except Exception:  # noqa: BLE001 - whatever a hostile token provokes, the answer is the same
            raise _refused() from None

    def _signed(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature is good."""
        if len(token) > LONGEST_TOKEN or not _TOKEN.fullmatch(token):
            raise _refused()
        parts = [_decoded(part) for part in token.split(".")]
        header = _object(parts[0])
        key = self._keys[_text(header["kid"])]
        if not header.keys() <= _HEADER or header["alg"] != key.algorithm or header["typ"] not in _TYPES:
            raise _refused()
        return _object(self._signatures.decode(token, key.public, algorithms=[key.algorithm]))

    def _claims(self, said: Mapping[str, Any]) -> Claims:
        if said["iss"] != self.issuer or said["aud"] not in (self.audience, [self.audience]):
            raise _refused()
        issued, expires = self._lifetime(said)
        roles = _roles(said.get("roles", []))
        agency = said.get("agency")
        if agency is not None and not _AGENCY.fullmatch(agency):
            raise _refused()
        if agency is None and not roles.isdisjoint(AGENCY_ROLES):
            raise _refused()
        return Claims(
            _text(said["sub"]),
            _text(said["client_id"]) if "client_id" in said else None,
            agency,
            roles,
            _text(said["jti"]) if "jti" in said else None,
            datetime.fromtimestamp(issued, UTC),
            datetime.fromtimestamp(expires, UTC),
        )

    def _lifetime(self, said: Mapping[str, Any]) -> tuple[int, int]:
        issued, expires = _second(said["iat"]), _second(said["exp"])
        begins = _second(said["nbf"]) if "nbf" in said else issued
        now = self._clock()
        if now >= expires + self._leeway:
            raise Unauthenticated("token đã hết hạn: hãy đăng nhập lại", "the token has expired: sign in again")
        if max(issued, begins) > now + self._leeway or not 0 < expires - issued <= LONGEST_LIFE:
            raise _refused()
        return issued, expires


def keys_of(jwks: bytes) -> Mapping[str, Key]:
    """The public keys of a JWK set (RFC 7517) by their `kid`; ConfigError where one is not fit to verify with."""
    try:
        held = _object(jwks, brackets=_MOST_KEYS)["keys"]
        listed = [_key(cast("dict[str, Any]", each)) for each in held]
    except Exception as error:
        raise _bad_set() from error
    found = dict(listed)
    if not 0 < len(listed) == len(found) or len({key.algorithm for key in found.values()}) != 1:
        raise _bad_set()
    return found


def _key(said: Mapping[str, Any]) -> tuple[str, Key]:
    """One key and its `kid`; any error where it is private, symmetric, for another use, or too weak."""
    if "d" in said or said.get("use", "sig") != "sig" or said.get("key_ops", ["verify"]) != ["verify"]:
        raise ValueError("not a public key of signatures")
    algorithm = _FAMILIES[said["kty"]]
    key = Key(algorithm, jwt.PyJWK(dict(said), algorithm).key)
    if said.get("alg", algorithm) != algorithm or not _fits(key):
        raise ValueError("not of an algorithm that is verified here")
    return _text(said["kid"]), key


def _bad_set() -> ConfigError:
    return ConfigError(
        "tệp JWKS không dùng được: cần các khóa công khai để ký, mỗi khóa một `kid`, cùng một loại ES256, EdDSA "
        "hoặc RS256",
        "the JWKS file is not usable: it needs public signature keys, a `kid` each, all of one kind, ES256, EdDSA or "
        "RS256",
    )


def principal(claims: Claims) -> Principal:
    """Who a verified token speaks for; one that an app got in its own name (`sub` is `client_id`) is no person's."""
    person = None if claims.subject == claims.client else claims.subject
    return Principal(person, claims.agency, frozenset(claims.roles), claims.client)


def bearer(header: str | None) -> str | None:
    """The token of an `Authorization` header; None only where there is no such header at all."""
    if header is None:
        return None
    found = _BEARER.fullmatch(header) if len(header) <= LONGEST_TOKEN + len("Bearer ") else None
    if found is None:
        raise Unauthenticated(
            "phần đầu `Authorization` không hợp lệ: hãy gửi `Bearer` và một token, hoặc bỏ đi",
            "the `Authorization` header is not valid: send `Bearer` and a token, or leave it out",
        )
    return found[1]


def _refused() -> Unauthenticated:
    return Unauthenticated("token không hợp lệ: hãy đăng nhập lại", "the token is not valid: sign in again")


def _fits(key: Key) -> bool:
    match key.public:
        case EllipticCurvePublicKey():
            return key.algorithm == "ES256" and isinstance(key.public.curve, ec.SECP256R1)
        case Ed25519PublicKey():
            return key.algorithm == "EdDSA"
        case RSAPublicKey():
            return key.algorithm == "RS256" and key.public.key_size >= _LEAST_RSA_BITS


def _decoded(part: str) -> bytes:
    """The bytes of one part; of all spellings of the same bytes only the canonical one is read."""
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != part:
        raise _refused()
    return raw


def _object(raw: bytes, brackets: int = _MOST_BRACKETS) -> dict[str, Any]:
    """A JSON object in UTF-8 without duplicate names, NaN or infinities, and without deep or wide nesting."""
    if raw.count(b"[") + raw.count(b"{") > brackets:
        raise _refused()
    read = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    if not isinstance(read, dict):
        raise _refused()
    return cast("dict[str, Any]", read)


def _unique(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise _refused()
        found[name] = value
    return found


def _no_constant(_: str) -> object:
    raise _refused()


def _text(value: object) -> str:
    """An identifier: NFC, printable, not long; it is compared byte by byte ever after."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME:
        raise _refused()
    if not value.isprintable() or value != value.strip() or not unicodedata.is_normalized("NFC", value):
        raise _refused()
    return value


def _second(value: object) -> int:
    """A whole number of seconds since 1970; `True` is none, and neither is 1.0."""
    if type(value) is not int or not 0 < value <= _LAST_SECOND:
        raise _refused()
    return value


def _roles(value: object) -> frozenset[Role]:
    if not isinstance(value, list):
        raise _refused()
    named = cast("list[object]", value)
    found = frozenset(Role(_text(name)) for name in named)
    if len(found) != len(named):
        raise _refused()
    return found


class DemoIssuer:
    """Issues tokens to whoever can read its folder: for trial and tests only, never where real data is."""

    issuer: Final = "urn:hub:demo-issuer-not-for-real-data"
    audience: Final = "urn:hub:demo"

    def __init__(self, folder: Path) -> None:
        """Read the key in the folder, or make it at the first start."""
        self._key = _kept_key(folder / "demo-issuer.pem")
        public = self._key.public_key()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        self._kid = f"demo-{sha256(public.public_bytes(serialization.Encoding.DER, form)).hexdigest()[:16]}"
        self._public = public

    def verifier(self) -> Verifier:
        """A verifier that accepts this issuer's tokens and no others."""
        return Verifier(self.issuer, self.audience, {self._kid: Key("ES256", self._public)})

    def issue(
        self, subject: str, roles: Sequence[str], agency: str | None, minutes: int = 60, client: str | None = None
    ) -> str:
        """A token for this subject; InvalidInput where the verifier would refuse it."""
        if not 0 < minutes * 60 <= LONGEST_LIFE:
            raise InvalidInput(
                f"`{minutes}` phút không được: hãy chọn từ 1 đến 60",
                f"`{minutes}` minutes are not possible: choose 1 to 60",
            )
        now = int(time.time())
        said: dict[str, object] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "roles": sorted(set(roles)),
            "iat": now,
            "exp": now + minutes * 60,
            "jti": secrets.token_hex(16),
        }
        said |= {name: value for name, value in (("agency", agency), ("client_id", client)) if value is not None}
        token = jwt.encode(said, self._key, algorithm="ES256", headers={"kid": self._kid, "typ": "at+jwt"})
        try:
            self.verifier().verify(token)
        except Unauthenticated:
            known = ", ".join(f"`{role}`" for role in Role)
            raise InvalidInput(
                f"không cấp được token cho `{subject}`: vai trò là {known}; vai trò ở cơ quan cần mã cơ quan",
                f"no token can be issued to `{subject}`: roles are {known}; a role at an agency needs its code",
            ) from None
        return token


def _kept_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """The private key in the file, which nobody but its owner may read; made whole or not at all, by one maker only."""
    try:
        if not file.exists():
            _make_key(file)
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise ConfigError(
                f"tệp khóa `{file}` người khác đọc được: hãy xóa nó rồi khởi động lại",
                f"the key file `{file}` can be read by others: delete it, then start again",
            )
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _bad_key(file) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _bad_key(file)
    return key


def _bad_key(file: Path) -> ConfigError:
    return ConfigError(
        f"không đọc được khóa ở `{file}`: hãy xóa tệp đó hoặc cấp quyền rồi khởi động lại",
        f"the key in `{file}` cannot be read: delete that file or allow it, then start again",
    )


def _make_key(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(pem)
        out.flush()
        os.fsync(out.fileno())
    try:
        file.hardlink_to(draft)
    except FileExistsError:
        return  # another process made one meanwhile, and that one counts
    finally:
        draft.unlink()
