import pytest

pytestmark = pytest.mark.browser
FOLLOW = """({ follow }, [link, side, place, isHere]) => {
  const square = (size) => ({ left: -size, right: size, bottom: -size, top: size });
  const index = isHere ? { nearest: () => [[0, 1]] } : null;
  const maps = [
    { bounds: square(2), codes: { x: [0, 1.5], y: [0, -1] }, index },
    { bounds: square(6), codes: { x: [3, -5], y: [3, 4] }, index },
  ];
  return follow(link, side, place, maps);
}"""
SORT = "({ sortRows }, [rows, at, sign]) => sortRows(rows, at, sign).map(({ name }) => name)"
ENDS = "({ findEnds }, [rows, better]) => findEnds(rows, 0, better)"


def rows(*figures):
    return [{"name": str(i), "note": "", "values": [figure]} for i, figure in enumerate(figures)]


def test_the_same_place_is_the_same_on_both_maps(module_page):
    found = module_page("compare/link.js")(FOLLOW, ["place", 0, [1, -1], True])
    assert found == {"places": [[1, -1], [1, -1]], "image": None}


def test_a_place_off_the_other_map_is_none_there(module_page):
    found = module_page("compare/link.js")(FOLLOW, ["place", 1, [4, 0], True])
    assert found == {"places": [None, [4, 0]], "image": None}


def test_the_same_digit_is_where_each_model_has_put_it(module_page):
    found = module_page("compare/link.js")(FOLLOW, ["digit", 0, [1, -1], True])
    assert found == {"places": [[1.5, -1], [-5, 4]], "image": 1}


def test_until_the_codes_are_here_a_place_links_the_maps(module_page):
    found = module_page("compare/link.js")(FOLLOW, ["digit", 0, [1, -1], False])
    assert found == {"places": [[1, -1], [1, -1]], "image": None}


@pytest.mark.parametrize(("sign", "order"), [(-1, "3021"), (1, "0231")])
def test_rows_are_sorted_and_unknown_figures_come_last(module_page, sign, order):
    found = module_page("table/sort.js")(SORT, [rows(1, None, 1, 5), 0, sign])
    assert "".join(found) == order


@pytest.mark.parametrize(
    ("figures", "better", "best", "worst"),
    [
        ([1, None, 4], 1, 4, 1),
        ([1, None, 4], -1, 1, 4),
        ([1, 4], 0, None, None),
        ([2, 2], 1, None, None),
        ([None], 1, None, None),
    ],
)
def test_the_best_and_the_worst_figure_are_found(module_page, figures, better, best, worst):
    found = module_page("table/sort.js")(ENDS, [rows(*figures), better])
    assert found == {"best": best, "worst": worst}


def test_what_a_collapsed_model_reaches_is_no_merit(module_page):
    collapsed = {"name": "c", "note": "Collapsed", "values": [9]}
    found = module_page("table/sort.js")(ENDS, [[*rows(1, 4), collapsed], 1])
    assert found == {"best": 4, "worst": 1}
