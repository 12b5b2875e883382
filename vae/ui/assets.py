"""Routes for what the browser fetches by address: our modules, Plotly, and each model's data.

Every address names its content (a hash or a version), so a browser keeps it for good. Addresses are
relative to the page's own; the routes carry `server.baseUrlPath`.
"""

import functools
import hashlib
from pathlib import Path

import plotly
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

WEB = Path(__file__).resolve().parent.parent / "web"
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
PREFIX = "latent"  # our addresses begin with it; no route of Streamlit's does
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
KINDS = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".jpg": "image/jpeg"}


def routes() -> list[BaseRoute]:
    """Return the routes to mount in `st.App`."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    root = f"/{base}" if base else ""
    return [
        # Streamlit serves its first page at the root alone, but people type its name.
        Route(f"{root}/explore", _first_page),
        Mount(
            f"{root}/{PREFIX}",
            routes=[
                Route("/web/{version}/{path:path}", _web_file),
                Route("/plotly/{version}/plotly.min.js", _plotly),
                Route("/models/{name}/{version}/{kind}.bin", _model_data),
            ],
        ),
    ]


def module_url(path: str) -> str:
    """Return the address of a file of `vae/web`."""
    return f"{PREFIX}/web/{_web_version()}/{path}"


def plotly_url() -> str:
    """Return the address of the installed Plotly's own library for the browser."""
    return f"{PREFIX}/plotly/{plotly.__version__}/plotly.min.js"


def model_url(name: str, version: str, kind: str) -> str:
    """Return the address of a model's `codes`, `labels` or `atlas`."""
    return f"{PREFIX}/models/{name}/{version}/{kind}.bin"


@functools.cache
def _web_files() -> list[Path]:
    return sorted(path for path in WEB.rglob("*.*") if path.suffix in KINDS)


@functools.cache
def _web_version() -> str:
    digest = hashlib.sha256()
    for path in _web_files():
        digest.update(str(path.relative_to(WEB)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


async def _first_page(request: Request) -> Response:
    return RedirectResponse("./" + (f"?{request.url.query}" if request.url.query else ""))


async def _web_file(request: Request) -> Response:
    path = WEB / request.path_params["path"]
    if request.path_params["version"] != _web_version() or path not in _web_files():
        raise HTTPException(404)
    return FileResponse(path, media_type=KINDS[path.suffix], headers=FOREVER)


async def _plotly(request: Request) -> Response:
    if request.path_params["version"] != plotly.__version__:
        raise HTTPException(404)
    return FileResponse(PLOTLY, media_type=KINDS[".js"], headers=FOREVER)


async def _model_data(request: Request) -> Response:
    from vae.ui import cache  # NumPy is slow to import; the server is up before it

    name, version, kind = (request.path_params[key] for key in ("name", "version", "kind"))
    data = await run_in_threadpool(cache.browser_data, name, version, kind)
    if data is None:
        raise HTTPException(404)
    return Response(data, media_type="application/octet-stream", headers=FOREVER)
