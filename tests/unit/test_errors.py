import pytest

from janib.errors import JanibError, MissingExtraError, suggest


def test_missing_extra_names_the_way_to_install_it():
    with pytest.raises(JanibError) as raised:
        raise MissingExtraError("downloading a corpus", "experiments")
    assert str(raised.value) == (
        "downloading a corpus needs packages that are not installed; "
        "install them with: pip install 'janib[experiments]'"
    )


@pytest.mark.parametrize(
    ("found", "known", "said"),
    [
        ("favour", ["against", "favor"], "; did you mean 'favor'?"),
        ("مع", ["text", "target"], ""),
        ("نص", ["النص", "الجهة"], "; did you mean 'النص'?"),
        ("x", [], ""),
    ],
)
def test_suggest_names_only_what_is_near(found, known, said):
    assert suggest(found, known) == said
