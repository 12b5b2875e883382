import json

import pytest

from tests.conftest import MADE
from tests.support.cards import make_card
from vae.errors import ModelInvalidError
from vae.store.card import CARD
from vae.store.folder import read_model

VALID = make_card()["reference_percentiles"]
INVALID = [
    None,
    [],
    {},
    {"log_likelihood": VALID["log_likelihood"]},
    VALID | {"similarity": VALID["similarity"][:-1]},
    VALID | {"similarity": None},
    VALID | {"similarity": ["x"] * 101},
    VALID | {"similarity": [10**400] * 101},
    VALID | {"similarity": VALID["similarity"][::-1]},
    VALID | {"more": VALID["similarity"]},
]


@pytest.mark.parametrize("value", INVALID)
def test_a_card_with_percentiles_that_are_not_101_rising_numbers_is_left_out(weights, value):
    path = weights / MADE / CARD
    path.write_text(json.dumps(json.loads(path.read_text()) | {"reference_percentiles": value}))
    with pytest.raises(ModelInvalidError, match="reference_percentiles"):
        read_model(MADE)
