"""What leans on private parts of other projects: each with its reason; the page works without."""

import contextlib
import signal
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile


def release_upload(file: UploadedFile) -> None:
    """Free the memory of a file that has been read.

    Reason: Streamlit keeps the files of an uploader whose key has changed until the session ends,
    and ours changes after each upload. Without this, memory grows by every file.
    Checked with Streamlit 1.67; tests/test_workarounds.py fails when it stops working.
    """
    context: Any = get_script_run_ctx()
    with contextlib.suppress(AttributeError):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def exit_cleanly_on_interrupt() -> None:
    """Let Ctrl-C end the server with exit code 0; a second one ends it at once.

    Uvicorn shuts down at a SIGINT and then raises it again, which `streamlit run` turns into
    "Aborted!" and exit code 1. Its handler is a bound method of the server; setting the server's
    public `should_exit` ends it without raising the signal again. Without this, Ctrl-C ends the
    server all the same, with exit code 1.
    Checked with uvicorn 0.54; tests/test_server.py fails when it stops working.
    """
    handler = signal.getsignal(signal.SIGINT)
    server: Any = getattr(handler, "__self__", None)
    if not hasattr(server, "should_exit"):
        return

    def on_interrupt(*_: object) -> None:
        signal.signal(signal.SIGINT, handler)
        server.should_exit = True

    signal.signal(signal.SIGINT, on_interrupt)
