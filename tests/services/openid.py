"""An OpenID provider for tests: the one that the environment names, else one that is started for this run alone."""

import json
import os
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest

from tests.services.servers import running

HUB: Final = "urn:hub"
OTHER: Final = "urn:other"
"""What tokens are asked for: the hub, or something else that trusts this provider too."""
_MOST_STEPS: Final = 10


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider, and what its apps and people have to know to get tokens from it."""

    issuer: str
    endpoints: Mapping[str, Any]
    """Its discovery document."""
    secrets: Mapping[str, Any] = field(repr=False)
    browser: httpx.Client = field(repr=False)

    def jwks(self) -> bytes:
        """The public keys, found as any client finds them."""
        return self.browser.get(self.endpoints["jwks_uri"]).content

    def app_token(self, resource: str = HUB) -> str:
        """An access token of the confidential app in its own name."""
        granted = self._granted({"grant_type": "client_credentials", "resource": resource, "scope": "read"})
        return str(granted["access_token"])

    def sign_in(self, person: str, *, app: str = "public", resource: str = HUB) -> dict[str, str]:
        """All that the app is granted when this person signs in, by authorization code with PKCE."""
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(8)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.secrets[app]["id"],
            "redirect_uri": self.secrets["callback"],
            "scope": "openid offline_access read",
            "prompt": "consent",
            "resource": resource,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        back = self._back(asked, person, self.secrets["people"][person])
        assert back["state"] == state
        assert back["iss"] == self.issuer
        return self._granted(
            {
                "grant_type": "authorization_code",
                "code": back["code"],
                "redirect_uri": self.secrets["callback"],
                "code_verifier": verifier,
            },
            app,
        )

    def refresh(self, token: str) -> dict[str, str]:
        """What the public app is granted for its refresh token."""
        return self._granted({"grant_type": "refresh_token", "refresh_token": token}, "public")

    def _back(self, asked: Mapping[str, str], person: str, password: str) -> dict[str, str]:
        """Go where a browser is sent, fill in the form, and give what comes back to the app."""
        self.browser.cookies.clear()
        answer = self.browser.get(self.endpoints["authorization_endpoint"], params=asked)
        for _ in range(_MOST_STEPS):
            if answer.is_redirect:
                to = urljoin(str(answer.url), answer.headers["location"])
                if not to.startswith(self.issuer):
                    return {name: values[0] for name, values in parse_qs(urlsplit(to).query).items()}
                answer = self.browser.get(to)
            else:
                action = re.search(r'<form method="post" action="([^"]+)"', answer.text)
                assert answer.status_code == 200, answer.text
                assert action, answer.text
                to = urljoin(str(answer.url), unescape(action[1]))
                answer = self.browser.post(to, data={"login": person, "password": password})
        pytest.fail(f"{answer.url} leads nowhere")

    def _granted(self, asked: dict[str, str], app: str = "confidential") -> dict[str, str]:
        known, address = self.secrets[app], self.endpoints["token_endpoint"]
        if app == "public":
            answer = self.browser.post(address, data={**asked, "client_id": known["id"]})
        else:
            answer = self.browser.post(address, data=asked, auth=(known["id"], known["secret"]))
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def openid(folder: Path) -> Generator[Provider]:
    """Give a provider: that of HUB_TEST_OPENID_URL and HUB_TEST_OPENID_FILE, else our own with its keys in `folder`."""
    if url := os.environ.get("HUB_TEST_OPENID_URL"):
        with _found(url, Path(os.environ["HUB_TEST_OPENID_FILE"])) as provider:
            yield provider
        return
    with own_openid(folder) as provider:
        yield provider


@contextmanager
def own_openid(folder: Path) -> Generator[Provider]:
    """Give a provider that runs for this alone; or skip, and say what to install."""
    with running("openid", folder) as (url, file), _found(url, Path(file)) as provider:
        yield provider


@contextmanager
def _found(issuer: str, file: Path) -> Generator[Provider]:
    with httpx.Client() as browser:
        endpoints = browser.get(f"{issuer}/.well-known/openid-configuration").json()
        assert endpoints["issuer"] == issuer
        yield Provider(issuer, endpoints, json.loads(file.read_text("utf-8")), browser)
