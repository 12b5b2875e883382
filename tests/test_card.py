import json

import pytest

from tests.conftest import MADE
from vae.errors import ModelBrokenError
from vae.store import card
from vae.store import folder as store

SOUND = {
    "log_likelihood": [-200.0 + i for i in range(101)],
    "likeness": [i / 100 for i in range(101)],
}


def with_familiarity(weights, value):
    path = weights / MADE / card.CARD
    path.write_text(json.dumps(json.loads(path.read_text()) | {"familiarity": value}))


@pytest.mark.parametrize("value", [None, SOUND])
def test_a_card_may_say_what_is_usual_or_say_nothing(weights, value):
    with_familiarity(weights, value)
    assert store.read(MADE).card["familiarity"] == value


@pytest.mark.parametrize(
    "value",
    [
        [],
        "usual",
        {},
        {"log_likelihood": SOUND["log_likelihood"]},
        SOUND | {"likeness": SOUND["likeness"][:-1]},
        SOUND | {"likeness": None},
        SOUND | {"likeness": ["x"] * 101},
        SOUND | {"likeness": [10**400] * 101},
        SOUND | {"likeness": SOUND["likeness"][::-1]},
        SOUND | {"more": SOUND["likeness"]},
    ],
)
def test_a_card_with_another_familiarity_is_left_out_with_the_reason(weights, value):
    with_familiarity(weights, value)
    with pytest.raises(ModelBrokenError, match="familiarity"):
        store.read(MADE)
