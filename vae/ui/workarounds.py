"""What leans on private parts of Streamlit: each with its reason, and plainer pages without it."""

import contextlib
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
