"""How Streamlit's scripts are labelled: so that a browser compiles them once, not at each visit."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A module is read as UTF-8, whatever its label says (HTML, "fetch a single module script"). But one
# that Chromium thinks it can read while it comes from its disk is compiled anew, though it is kept
# compiled too: "ModuleScript doesn't support off-thread cache consumption" (script_streamer.cc). It
# thinks so of UTF-8, which is also what no label means, and of Latin-1.
LABEL = "text/javascript; charset=iso-8859-2"


class Scripts:
    """ASGI middleware that labels them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; one for a script with our label on it."""

        async def label(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "javascript" in headers.get("content-type", ""):
                    headers["content-type"] = LABEL
            await send(message)

        ours = scope["type"] == "http" and "/static/js/" in scope["path"]
        await self.app(scope, receive, label if ours else send)
