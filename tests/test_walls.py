"""The walls of the house: who may import whom, and how large a room may be."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
APP = REPOSITORY / "app.py"
MODULES = sorted((REPOSITORY / "vae").rglob("*.py"))
NAMES = [str(path.relative_to(REPOSITORY)) for path in [*MODULES, APP]]
LONGEST = 250  # lines

# Each room, and the rooms whose modules it may import beside its own.
ARROWS = {
    "app": {"ui"},
    "ui": {"inference", "jobs", "runs", "parcel", "store", "data", "config", "errors"},
    "jobs": {"runs", "store", "disk", "config", "errors"},
    "__main__": {"teach", "measure", "store", "data", "config", "errors"},
    "teach": {"publish", "measure", "training", "runs", "store", "data", "config", "errors"},
    "publish": {"training", "inference", "store", "data", "errors"},
    "measure": {"inference", "store", "data"},
    "parcel": {"inference", "store", "card", "disk", "errors"},
    "training": {"runs", "store", "data", "disk", "config", "errors"},
    "runs": {"store", "disk", "config", "errors"},
    "inference": {"store", "config", "errors"},
    "store": {"card", "disk", "config", "errors"},
    "card": {"disk", "errors"},
    "data": {"config", "errors"},
    "disk": {"errors"},
    "config": {"errors"},
    "errors": set(),
    "vae": {"store", "inference"},  # vae/__init__.py; it imports them only when called
}


def room(path):
    """`vae/ui/charts.py` -> ui, `vae/store.py` -> store, `vae/__init__.py` -> vae."""
    if path == APP:
        return "app"
    first = path.relative_to(REPOSITORY / "vae").parts[0].removesuffix(".py")
    return "vae" if first == "__init__" else first


def imports(path):
    """Every module that a file imports, in full: `from vae import data` gives `vae.data`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("name", NAMES)
def test_imports_follow_the_arrows(name):
    path = REPOSITORY / name
    ours = [module.split(".") for module in imports(path) if module.split(".")[0] == "vae"]
    rooms = {parts[1] if len(parts) > 1 else "vae" for parts in ours}
    assert rooms - {room(path)} <= ARROWS[room(path)]


@pytest.mark.parametrize("name", NAMES)
def test_tensorflow_lives_in_training_and_streamlit_in_the_interface(name):
    path = REPOSITORY / name
    libraries = {module.split(".")[0] for module in imports(path)}
    if room(path) != "training":
        assert not libraries & {"tensorflow", "keras"}
    if room(path) not in ("app", "ui"):
        assert "streamlit" not in libraries


@pytest.mark.parametrize("name", NAMES)
def test_what_is_cached_for_all_visitors_stands_in_one_place(name):
    cached = "st.cache_" in (REPOSITORY / name).read_text(encoding="utf-8")
    assert not cached or name == "vae/ui/cache.py"


@pytest.mark.parametrize("name", NAMES)
def test_no_module_is_longer_than_a_reader_can_hold(name):
    assert len((REPOSITORY / name).read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("name", NAMES)
def test_every_public_function_and_class_says_what_it_is_for(name):
    tree = ast.parse((REPOSITORY / name).read_text(encoding="utf-8"))
    public = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    assert [node.name for node in public if not ast.get_docstring(node)] == []
    assert ast.get_docstring(tree) or not tree.body


PAGES = """
import sys
from streamlit.testing.v1 import AppTest
page = AppTest.from_file(sys.argv[1], default_timeout=60).run()
assert not page.exception, page.exception
heavy = {"tensorflow", "keras", "torch", "jax", "pandas", "pyarrow"}
print(sorted(heavy & {name.split(".")[0] for name in sys.modules}))
"""


@pytest.mark.usefixtures("weights")
def test_drawing_the_page_loads_no_heavy_library():
    command = [sys.executable, "-c", PAGES, str(APP)]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert ran.stdout.splitlines()[-1:] == ["[]"], ran.stderr
