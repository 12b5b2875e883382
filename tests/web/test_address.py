import pytest

pytestmark = pytest.mark.browser
READ = """({ readAddress }, search) => {
  const found = readAddress(search);
  return { ...found, hidden: [...found.hidden] };
}"""
NOTHING = {"mode": "dots", "hidden": [], "zoom": None}


def test_an_address_says_what_the_map_shows(module_page):
    found = module_page("map/address.js")(READ, "?view=both&hidden=35&zoom=1.50,-0.25,3")
    assert found == {"mode": "both", "hidden": [3, 5], "zoom": {"x": 1.5, "y": -0.25, "times": 3}}


@pytest.mark.parametrize(
    "search",
    [
        "",
        "?view=nonsense&hidden=abc&zoom=1,2",
        "?zoom=a,b,c",
        "?zoom=1,2,0.5",
        "?hidden=0123456789",
    ],
)
def test_a_broken_address_shows_the_whole_map(module_page, search):
    assert module_page("map/address.js")(READ, search) == NOTHING


def test_a_link_carries_what_is_shown_and_reads_back(module_page):
    script = """({ viewState, linkTo, readAddress }) => {
      const zoom = { x: 1, y: 2, times: 4 };
      Object.assign(viewState, { mode: "digits", hidden: new Set([7, 2]), zoom });
      const link = linkTo({ model: "explorer", z: "0.5,1" });
      const back = readAddress(new URL(link).search);
      return [link, { ...back, hidden: [...back.hidden] }];
    }"""
    link, back = module_page("map/address.js")(script)
    assert link.endswith("?model=explorer&z=0.5,1&view=digits&hidden=27&zoom=1.00,2.00,4.00")
    assert back == {"mode": "digits", "hidden": [2, 7], "zoom": {"x": 1, "y": 2, "times": 4}}
