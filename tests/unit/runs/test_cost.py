import json

import numpy as np
import pytest

from janib.models.majority import MajorityModel
from janib.runs.cost import Cost, count_parameters, start_cost


def write_manifest(folder, settings):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "janib.json").write_text(json.dumps({"settings": settings}), encoding="utf-8")


def test_parameters_are_the_numbers_of_arrays_and_of_lists(tmp_path):
    options = {"c": 0.5, "chars": [2, 3], "words": ["رحب"]}  # chosen, not fitted
    write_manifest(tmp_path, options | {"weights": {"stance": {"bias": [0.1, 0.2, 0.3], "praise": [1.0, 0.0, -1.0]}}})
    assert count_parameters(tmp_path) == 6
    np.savez(tmp_path / "weights.npz", weights=np.zeros((5, 3)), hashes=np.zeros(7, np.uint64), terms=np.array(["نص"]))
    assert count_parameters(tmp_path) == 6 + 15
    write_manifest(tmp_path / "members" / "0", {"shares": {"stance": [0.25, 0.75]}})
    assert count_parameters(tmp_path) == 6 + 15 + 2


def test_parameters_of_tensors_are_read_from_their_header(tmp_path):
    save_file = pytest.importorskip("safetensors.numpy").save_file
    tensors = {"embeddings": np.zeros((10, 4), np.float16), "places": np.zeros(9, np.int64), "bias": np.zeros(3)}
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    assert count_parameters(tmp_path) == 43


def test_the_rest_of_a_training_is_not_its_time():
    cost = Cost()
    with cost.time_training(is_whole=False):
        pass
    assert "train_seconds" not in cost.describe()
    with cost.time_training(is_whole=True):
        pass
    assert 0 <= cost.describe()["train_seconds"] < 60


def test_predictions_add_up_and_memory_is_what_was_held_meanwhile():
    cost = start_cost()
    for n_rows in (3, 4):
        with cost.time_prediction(MajorityModel(labels={}), n_rows):
            held = np.ones(8 * 2**20)  # 64 MiB
    described = cost.describe()
    del held
    assert described["predict_rows"] == 7
    assert described["peak_mib"] > 64
    assert described["machine"].endswith(("core", "cores"))
    assert "tokens_asked" not in described


def test_what_a_model_used_before_does_not_count():
    class Metered(MajorityModel):
        used = 5

        def report_usage(self):
            return {"tokens_asked": self.used}

    cost, model = Cost(), Metered(labels={})
    for more in (2, 7):
        with cost.time_prediction(model, 1):
            model.used += more
        model.used += 100  # by others
    assert cost.describe()["tokens_asked"] == 9
