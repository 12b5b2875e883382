import pytest
from playwright.sync_api import Error

pytestmark = pytest.mark.browser


@pytest.fixture
def import_module(serve_modules, tmp_path):
    modules = {
        "shared/sum.js": "export const sum = (a) => a.reduce((x, y) => x + y);",
        "map/mean.js": """import { sum } from "../shared/sum.js";
            export const mean = (a) => sum(a) / a.length;""",
    }
    for name, source in modules.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(source)
    return serve_modules(tmp_path)


def test_a_module_and_what_it_imports_run_in_chromium(import_module):
    mean = import_module("map/mean.js")
    assert mean("({ mean }, values) => mean(values)", [1, 2, 6]) == 3
    assert mean("async ({ mean }) => [mean([1]), await Promise.resolve('x')]") == [1, "x"]


def test_a_failure_in_javascript_is_a_failure_in_python(import_module):
    with pytest.raises(Error, match="too few"):
        import_module("map/mean.js")("() => { throw new RangeError('too few') }")
    with pytest.raises(Error):
        import_module("map/missing.js")("() => 0")
