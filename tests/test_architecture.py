"""What import-linter's contracts in pyproject.toml cannot say about the tree."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = REPOSITORY / "vae"
LONGEST = 250  # lines
HEAVY = """
import sys
print(sorted({"tensorflow", "keras", "torch", "jax", "pandas", "pyarrow"} & set(sys.modules)))
"""
IMPORT_INTERFACE = """
import importlib, pkgutil, vae.ui
for module in pkgutil.walk_packages(vae.ui.__path__, "vae.ui."):
    importlib.import_module(module.name)
"""
SHOW_EXPLORE = """
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("app.py", default_timeout=60).run()
assert not page.exception, page.exception
"""


def names(paths):
    return sorted(str(path.relative_to(REPOSITORY)) for path in paths)


def heavy_modules_after(script):
    """Return the heavy libraries that a Python process has loaded after running `script`."""
    command = [sys.executable, "-c", script + HEAVY]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()[-1]


@pytest.mark.parametrize("script", ["import vae", IMPORT_INTERFACE, SHOW_EXPLORE])
@pytest.mark.usefixtures("weights")
def test_package_and_pages_load_no_heavy_library(script):
    assert heavy_modules_after(script) == "[]"


def test_no_python_module_is_longer_than_250_lines():
    modules = PACKAGE.rglob("*.py")
    assert names(m for m in modules if len(m.read_text("utf-8").splitlines()) > LONGEST) == []


def test_javascript_is_in_web_alone():
    scripts = [path for path in PACKAGE.rglob("*.js") if PACKAGE / "web" not in path.parents]
    assert names(scripts) == []


def test_what_visitors_share_is_cached_in_one_module():
    modules = [m for m in PACKAGE.rglob("*.py") if "st.cache_" in m.read_text("utf-8")]
    assert names(modules) == ["vae/ui/cache.py"]
