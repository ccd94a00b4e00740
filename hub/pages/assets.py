"""Static files under an address that changes with their content, so that a browser may keep them for good."""

import hashlib
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).resolve().parent.parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Assets:
    """The files of one folder, read once; one hash over all, so that scripts import each other by plain names."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in _TYPES}
        digest = hashlib.sha256()
        for name, body in self._files.items():
            digest.update(f"{name}\0{len(body)}\0".encode())
            digest.update(body)
        self.version = digest.hexdigest()[:16]

    def url(self, name: str) -> str:
        """The address of a file; KeyError where there is none, so that a page with a wrong name fails its test."""
        if name not in self._files:
            raise KeyError(name)
        return f"/static/{self.version}/{name}"

    async def serve(self, request: Request) -> Response:
        """Answer with a file of this version; of another version there is none."""
        name = request.path_params["name"]
        body = self._files.get(name) if request.path_params["version"] == self.version else None
        if body is None:
            raise HTTPException(404)
        return Response(
            body,
            media_type=_TYPES[Path(name).suffix],
            headers={"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"},
        )
