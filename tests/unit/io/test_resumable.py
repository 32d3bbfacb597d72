import pytest

from janib.errors import DataError
from janib.io.resumable import open_partial


def write(target, *, resume, fails):
    with open_partial(target, {}, ".csv", resume=resume) as partial:
        with partial.rows.open("a") as rows:
            rows.write("a\n")
        partial.commit({})
        if fails:
            raise RuntimeError


@pytest.mark.parametrize("name", ["out.csv", "ن" * 120 + ".csv", "ن" * 125 + ".csv", "a" * 251 + ".csv"])
def test_any_name_that_the_disk_takes_is_written_and_resumed(tmp_path, name):
    target = tmp_path / name
    with pytest.raises(RuntimeError):
        write(target, resume=False, fails=True)
    with pytest.raises(DataError, match="go on with --resume"):
        write(target, resume=False, fails=False)
    write(target, resume=True, fails=False)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert target.read_text() == "a\na\n"
