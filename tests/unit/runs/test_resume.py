from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from janib.errors import ConfigError
from janib.provenance import hash_config
from janib.runs.experiment import drop_nulls
from janib.runs.resume import FoldResult, open_unfinished


def test_a_run_that_broke_off_is_found_again(tmp_path):
    folder = tmp_path / "abc"
    shares = np.random.default_rng(0).random((3, 2))
    with suppress(KeyboardInterrupt), open_unfinished(folder, resume=True) as unfinished:
        assert unfinished.read_run() == {}
        assert unfinished.read_fold(1) is None
        unfinished.write_run("run1", tmp_path / "out")
        unfinished.name_checkpoints("fold1").mkdir()
        unfinished.write_fold(1, FoldResult({"stance": shares}, {"temperature": {"stance": 1.5}}))
        raise KeyboardInterrupt
    with open_unfinished(folder, resume=True) as unfinished:
        assert unfinished.read_run() == {"run_id": "run1", "folder": str(tmp_path / "out")}
        fold = unfinished.read_fold(1)
        assert fold.choices == {"temperature": {"stance": 1.5}}
        np.testing.assert_array_equal(fold.probabilities["stance"], shares)
        assert not unfinished.name_checkpoints("fold1").exists()
    assert not folder.exists()


def test_without_resume_it_begins_anew(tmp_path):
    with suppress(KeyboardInterrupt), open_unfinished(tmp_path / "abc", resume=False) as unfinished:
        unfinished.write_run("run1", tmp_path)
        unfinished.name_checkpoints("refit").mkdir()
        raise KeyboardInterrupt
    with open_unfinished(tmp_path / "abc", resume=False) as unfinished:
        assert unfinished.read_run() == {}
        assert sorted(path.name for path in unfinished.folder.iterdir()) == ["lock"]


def test_two_processes_do_not_share_it(tmp_path):
    with open_unfinished(tmp_path / "abc", resume=True):
        with pytest.raises(ConfigError) as caught, open_unfinished(tmp_path / "abc", resume=True):
            pytest.fail("the folder was shared")
        assert str(caught.value) == (
            "another process runs the same config at this moment "
            f"(it holds {tmp_path / 'abc' / 'lock'}); wait for it, or end it"
        )


CONFIGS = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(min_size=1), inner), max_leaves=8
)


@given(st.dictionaries(st.text(min_size=1), CONFIGS), st.text(min_size=1))
def test_a_new_key_that_is_null_changes_no_hash(config, key):
    longer = config if key in config else {**config, key: None}
    assert hash_config(drop_nulls(longer)) == hash_config(drop_nulls(config))


def test_a_run_that_is_not_gone_on_with_is_named(tmp_path):
    with suppress(KeyboardInterrupt), open_unfinished(tmp_path / "abc", resume=False) as unfinished:
        assert unfinished.given_up is None
        unfinished.write_run("run1", tmp_path)
        raise KeyboardInterrupt
    with suppress(KeyboardInterrupt), open_unfinished(tmp_path / "abc", resume=True) as unfinished:
        assert unfinished.given_up is None
        raise KeyboardInterrupt
    with open_unfinished(tmp_path / "abc", resume=False) as unfinished:
        assert unfinished.given_up == "run1"
