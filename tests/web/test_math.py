import numpy as np
import pytest

pytestmark = pytest.mark.browser


def test_smoothstep_starts_and_ends_at_rest(module_page):
    math = module_page("shared/math.js")
    values = math("({ smoothstep }) => [0, 0.001, 0.5, 0.999, 1].map(smoothstep)")
    assert values == pytest.approx([0, 3e-6, 0.5, 1 - 3e-6, 1], abs=1e-6)


def test_random_draws_have_the_priors_mean_and_deviation(module_page):
    draws = module_page("shared/math.js")(
        "({ gaussian }) => Array.from({ length: 20000 }, gaussian)"
    )
    assert np.mean(draws) == pytest.approx(0, abs=0.05)
    assert np.std(draws) == pytest.approx(1, abs=0.05)


def test_places_are_rounded_without_a_negative_zero(module_page):
    found = module_page("shared/math.js")(
        "({ roundPlace }) => roundPlace([-0.001, 1.23456]).map((v) => [v, Object.is(v, -0)])"
    )
    assert found == [[0, False], [1.23, False]]
