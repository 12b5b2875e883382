import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.browser
BOUNDS = {"left": -4, "right": 5, "bottom": -3, "top": 3}
BOX = {"left": 34, "top": 6, "width": 700, "height": 500}
CLAMP = "({ clampView }, [view, bounds, box]) => clampView(view, bounds, box)"
NUMBERS = st.floats(-1e6, 1e6)


@pytest.fixture(scope="module")
def view(module_page):
    return module_page("map/view.js")


@pytest.fixture(scope="module")
def whole(view):
    return view("({ fitView }, [bounds, box]) => fitView(bounds, box)", [BOUNDS, BOX])


def test_the_whole_map_fits_with_equal_units(view, whole):
    ranges = view("({ viewRanges }, [view, box]) => viewRanges(view, box)", [whole, BOX])
    (left, right), (bottom, top) = ranges["x"], ranges["y"]
    assert left < -4 < 5 < right
    assert bottom < -3 < 3 < top
    assert (right - left) / 700 == pytest.approx((top - bottom) / 500)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NUMBERS, NUMBERS, st.floats(1e-3, 1e6))
def test_no_view_loses_the_map(view, whole, x, y, unit):
    found = view(CLAMP, [{"x": x, "y": y, "unit": unit}, BOUNDS, BOX])
    assert whole["unit"] <= found["unit"] <= 60 * whole["unit"] * 1.001
    assert -4.2 <= found["x"] <= 5.2
    assert -3.2 <= found["y"] <= 3.2
    again = view(CLAMP, [found, BOUNDS, BOX])
    assert again == pytest.approx(found)


def test_zooming_keeps_the_place_under_the_pointer(view, whole):
    script = """({ zoomView, createFrame }, [view, box, place]) => {
      const zoomed = zoomView(view, 3, place);
      return [createFrame(view, box).toPixel(place), createFrame(zoomed, box).toPixel(place)];
    }"""
    before, after = view(script, [whole, BOX, [1.5, -2]])
    assert after == pytest.approx(before)


def test_pixels_and_plane_convert_back_and_forth(view, whole):
    script = """({ createFrame }, [view, box, point]) => {
      const frame = createFrame(view, box);
      return frame.toPixel(frame.toPlane(point));
    }"""
    assert view(script, [whole, BOX, [123, 45]]) == pytest.approx([123, 45])
