import pytest
from hypothesis import given
from hypothesis import strategies as st

from janib.errors import ConfigError
from janib.models.transformer.names import NameVariation, find_form
from janib.schema import Example

NAMES = ("روسيا", "فرنسا", "الروسية", "الفرنسية", "حزب النور", "حزب الأمل", "France", "Russia")
ROWS = [Example(str(i), f"نددت الوزارة بما فعلته {name} أمس", name) for i, name in enumerate(NAMES)]


def vary(epoch=0, rows=ROWS, **shares):
    return NameVariation(rows, mask="[MASK]", seed=1, **shares).vary(epoch)


def test_a_name_is_exchanged_for_one_of_its_form():
    for epoch in range(20):
        for before, after in zip(ROWS, vary(epoch, exchange=1.0), strict=True):
            assert after.target in NAMES
            assert find_form(after.target) == find_form(before.target)
            assert after.text == before.text.replace(before.target, after.target)


def test_every_name_of_a_form_is_drawn():
    assert {vary(epoch, exchange=1.0)[0].target for epoch in range(50)} == {"روسيا", "فرنسا"}


def test_a_hidden_name_is_in_neither_segment():
    for before, after in zip(ROWS, vary(hide=1.0), strict=True):
        assert after.target == "[MASK]"
        assert after.text == before.text.replace(before.target, "[MASK]")


def test_an_epoch_is_drawn_anew_and_always_alike():
    rows = ROWS * 20
    first, again, second = (vary(epoch, rows, exchange=0.4, hide=0.3) for epoch in (0, 0, 1))
    assert first == again != second
    assert [row.id for row in first] == [row.id for row in rows]
    assert 0.2 < sum(row.target == "[MASK]" for row in first) / len(rows) < 0.4


def test_a_name_that_the_text_lacks_stays():
    row = Example("1", "لا للضرائب", "الحكومة")
    assert vary(0, [row, *ROWS], exchange=1.0)[0] == vary(0, [row, *ROWS], hide=1.0)[0] == row


@given(st.lists(st.text("اليةروسيان حزبللFrance", min_size=1, max_size=12), min_size=1, max_size=8))
def test_any_names_vary(names):
    rows = [Example(str(i), f"قال {name} نعم", name) for i, name in enumerate(names)]
    assert [row.id for row in vary(3, rows, exchange=0.5, hide=0.5)] == [row.id for row in rows]


@pytest.mark.parametrize("shares", [{"exchange": 1.1}, {"hide": -0.1}, {"exchange": 0.6, "hide": 0.6}])
def test_impossible_shares_are_refused(shares):
    with pytest.raises(ConfigError, match="vary_names has exchange="):
        vary(**shares)
