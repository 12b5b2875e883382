from streamlit.testing.v1 import AppTest

from vae.ui import uploads, workarounds


def app():
    from vae.ui import uploads

    uploads.file_box("A file", lambda data: None, ["txt"], 1)


def test_an_uploaded_file_is_let_go_after_reading(monkeypatch):
    files = []

    def release(file):
        context = workarounds.get_script_run_ctx()
        manager, ids = context.uploaded_file_mgr, [file.file_id]
        before = manager.get_files(context.session_id, ids)
        workarounds.release_upload(file)
        files.append((len(before), len(manager.get_files(context.session_id, ids))))

    monkeypatch.setattr(uploads, "release_upload", release)
    page = AppTest.from_function(app, default_timeout=30).run()
    page.file_uploader[0].set_value(("a.txt", b"abc", "text/plain")).run()
    assert not page.exception
    assert files == [(1, 0)]


def test_without_streamlits_file_manager_nothing_is_released_and_nothing_fails(monkeypatch):
    monkeypatch.setattr(workarounds, "get_script_run_ctx", lambda: None)
    workarounds.release_upload(None)
