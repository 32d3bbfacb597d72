"""Encoders in every layout that hubs hold: trained, killed and resumed, saved, loaded, exported.

The layouts follow the public pages of the hub: which files there are, what their configs say, which weights there are
under which names. The weights are random and small.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    BertForPreTraining,
    BertModel,
    BertTokenizer,
    ModernBertConfig,
    ModernBertForMaskedLM,
    PreTrainedTokenizerFast,
)

from janib import corpora
from janib.errors import ConfigError, ModelError
from janib.labels import STANCE_LABELS
from janib.models.encoders.huggingface import load_pretrained
from janib.models.export.export import export_model
from janib.models.onnx import OnnxModel
from janib.models.store import load_model, save_model
from janib.models.transformer.model import TransformerModel
from janib.runs.experiment import read_experiment
from janib.schema import Example
from janib.text import arabert

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]

CONF = Path(__file__).parents[2] / "conf"
TEXTS = {
    "against": "نرفضُ هذا القـــرار ورداءته 👎 [رابط]",
    "neutral": "صدر القرار أمس، في ١٢ مادة",
    "favor": "نؤيّد القرار كثيرًا @فلان https://example.org/x",
}
ROWS = [Example(f"{i}{stance}", text, "القرار", stance=stance) for i in range(3) for stance, text in TEXTS.items()]

FIRST, MASKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], ["[رابط]", "[بريد]", "[مستخدم]"]
AFFIXES = ["و+", "ال+", "ب+", "ل+", "+ها", "+ة", "+ون"]
LETTERS = [*"ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي٠١٢0123456789.,:/@!+[]", *"abcdefghijklmnopqrstuvwxyz", "👎"]
PIECES = [*LETTERS, *(f"##{letter}" for letter in LETTERS), "القرار", "نؤيد", "نرفض"]
POSITIONS = 512

ARABERT = {"do_lower_case": False, "max_len": POSITIONS, "strip_accents": None, "never_split": MASKS}
CAMEL = {"do_lower_case": False, "special_tokens_map_file": None, "full_tokenizer_file": None}
UBC = {"do_lower_case": True, "never_split": None, "strip_accents": None, "tokenizer_class": "BertTokenizer"}


@dataclass(frozen=True)
class Layout:
    """A repository of the hub.

    ``model`` is the config of conf/model that trains it. ``kind`` is the class whose weights it holds, ``files`` are
    safetensors, a zipped or an older pickle, ``renames`` turns today's names of weights into its own. With ``whole``
    there is a tokenizer.json that has these tokens whole beside vocab.txt.
    """

    model: str
    settings: dict[str, object]
    vocabulary: Sequence[str] = (*FIRST, *MASKS, *PIECES)
    kind: Callable[[BertConfig], torch.nn.Module] = BertForMaskedLM
    files: tuple[str, ...] = ("bin",)
    renames: dict[str, str] = field(default_factory=dict)
    whole: Sequence[str] | None = None


SEGMENTED = {**ARABERT, "never_split": [*AFFIXES, *MASKS]}
LOWER = ["[PAD]", *(f"[unused{i}]" for i in range(9)), *FIRST[1:], *PIECES]
OLD_NAMES = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
BOTH = ("safetensors", "bin")

LAYOUTS = {
    "aubmindlab/bert-base-arabertv02": Layout("arabert_v02", ARABERT, kind=BertForPreTraining, files=BOTH, whole=MASKS),
    "aubmindlab/bert-base-arabertv02-twitter": Layout("arabert_v02_twitter", ARABERT, files=BOTH, whole=MASKS),
    "aubmindlab/bert-large-arabertv02": Layout(
        "arabert_v02_large", ARABERT, kind=BertForPreTraining, files=BOTH, whole=MASKS
    ),
    "aubmindlab/bert-large-arabertv02-twitter": Layout("arabert_v02_twitter_large", ARABERT, files=BOTH),
    "fake/twitter-without-added-tokens": Layout("arabert_v02_twitter", ARABERT, files=BOTH, whole=()),
    "aubmindlab/bert-base-arabertv2": Layout(
        *("arabert_v2", SEGMENTED, (*FIRST, *MASKS, *AFFIXES, *PIECES)),
        **{"kind": BertForPreTraining, "files": BOTH, "whole": [*AFFIXES, *MASKS]},
    ),
    "aubmindlab/bert-base-arabert": Layout(
        *("arabert_v1", SEGMENTED, ("[PAD]", *AFFIXES, *PIECES, *FIRST[1:], *MASKS)),
        **{"kind": BertForPreTraining, "files": ("old bin",), "renames": OLD_NAMES, "whole": [*AFFIXES, *MASKS]},
    ),
    "UBC-NLP/MARBERTv2": Layout("marbert_v2", UBC, LOWER, BertModel),
    "UBC-NLP/ARBERTv2": Layout("arbert_v2", {**UBC, "model_max_length": int(1e30)}, LOWER, BertModel),
    "CAMeL-Lab/bert-base-arabic-camelbert-mix": Layout("camelbert_mix", CAMEL, kind=BertForPreTraining),
    "CAMeL-Lab/bert-base-arabic-camelbert-da": Layout("camelbert_da", CAMEL, kind=BertForPreTraining),
    "fake/wrong-prefix": Layout("camelbert_mix", CAMEL, renames={"bert.": "model.bert."}),
    "fake/no-padding": Layout("camelbert_mix", {**CAMEL, "pad_token": None}, (*FIRST[1:], *MASKS, *PIECES)),
}
REFUSED = {"fake/wrong-prefix": "would be random", "fake/no-padding": "without pad_token"}
WHOLE = [name for name in LAYOUTS if name not in REFUSED]


def put_repository(folder, layout):
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(layout.vocabulary) + "\n", encoding="utf-8")
    settings = {"tokenizer_class": "BertTokenizer", **layout.settings}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    # As in the older ones, without the id of padding and the rest that a later library writes.
    config = {"model_type": "bert", "max_position_embeddings": POSITIONS, "vocab_size": len(layout.vocabulary), **size}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    if layout.whole is not None:
        tokenizer = BertTokenizer(vocab={piece: i for i, piece in enumerate(layout.vocabulary)}, do_lower_case=False)
        tokenizer.add_tokens(list(layout.whole), special_tokens=True)
        tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    put_weights(folder, layout, BertConfig(**config))
    for name in ("README.md", "tf_model.h5", "training_args.bin"):
        (folder / name).write_bytes(b"x" * 100)


def put_weights(folder, layout, config):
    torch.manual_seed(0)
    model = layout.kind(config)
    weights = {name: values.clone() for name, values in model.state_dict().items()}
    prefix = "" if layout.kind is BertModel else "bert."
    weights[f"{prefix}embeddings.position_ids"] = torch.arange(POSITIONS).unsqueeze(0)
    weights.pop("cls.predictions.decoder.weight", None)  # the embeddings once more
    for new, old in layout.renames.items():
        weights = {name.replace(new, old): values for name, values in weights.items()}
    if "safetensors" in layout.files:
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    if layout.files != ("safetensors",):
        is_zip = "old bin" not in layout.files
        torch.save(weights, folder / "pytorch_model.bin", _use_new_zipfile_serialization=is_zip)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A mirror with all repositories. Farasa, which AraBERTv1 and v2 need, segments no word."""
    folder = tmp_path_factory.mktemp("hub")
    for name, layout in LAYOUTS.items():
        put_repository(folder / name, layout)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JANIB_MODEL_MIRROR", str(folder))
        patch.setattr(arabert, "start_farasa", lambda: lambda text: text)
        yield folder


def make(name, *overrides):
    words = [f"model={LAYOUTS[name].model}", f"model.encoder={name}", "model.training.epochs=2", *overrides]
    words += ["model.training.batch_size=4", "model.training.accumulation=1", "model.training.checkpoint_steps=1"]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("train", words)
    return read_experiment(config).make_model(corpora.get_corpus("mawqif"))


def fit(name, place):
    """Train, with the checkpoints in the folder ``place``."""
    model = make(name)
    model.checkpoint_dir = place / name
    return model.fit(ROWS, ROWS[:3])


def train_and_die(name, place):
    """Train in a child of this process, which kills itself after two steps."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), name
        assert os.WTERMSIG(status) == signal.SIGKILL, name
        return
    try:
        model = make(name)
        model.checkpoint_dir = place / name
        model.on_log = lambda step, _: os.kill(os.getpid(), signal.SIGKILL) if step >= 2 else None
        model.fit(ROWS, ROWS[:3])
    finally:
        os._exit(1)


@pytest.fixture(scope="module")
def checkpoints(hub, tmp_path_factory):
    """The checkpoints of trainings that were killed, one a repository, in one process of one thread."""
    place = tmp_path_factory.mktemp("checkpoints")
    program = f"""
import importlib.util, sys, torch
torch.set_num_threads(1)
spec = importlib.util.spec_from_file_location("layouts", {__file__!r})
layouts = importlib.util.module_from_spec(spec)
sys.modules["layouts"] = layouts
spec.loader.exec_module(layouts)
layouts.arabert.start_farasa = lambda: lambda text: text
for name in layouts.WHOLE:
    layouts.train_and_die(name, layouts.Path({str(place)!r}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return place


@pytest.mark.parametrize("name", WHOLE)
def test_it_trains_resumes_saves_loads_and_exports(name, hub, checkpoints, tmp_path, caplog):
    model = fit(name, tmp_path / "unbroken")
    found = model.predict_proba(ROWS)["stance"]
    assert np.isfinite(found).all()

    caplog.set_level("INFO")
    assert list((checkpoints / name).iterdir())
    resumed = fit(name, checkpoints)
    assert any(re.match(r"resuming from step \d of 6", message) for message in caplog.messages)
    assert (resumed.predict_proba(ROWS)["stance"] == found).all()

    save_model(model, tmp_path / "model", {}, "card")
    loaded, _ = load_model(tmp_path / "model")
    assert (loaded.predict_proba(ROWS)["stance"] == found).all()

    export_model(tmp_path / "model", tmp_path / "exported", check=write_rows(tmp_path))
    exported, _ = load_model(tmp_path / "exported")
    assert isinstance(exported, OnnxModel)
    np.testing.assert_allclose(exported.predict_proba(ROWS)["stance"], found, atol=1e-4)


def write_rows(folder):
    path = folder / "rows.csv"
    path.write_text("text,target\n" + "".join(f'"{text}",القرار\n' for text in TEXTS.values()), encoding="utf-8")
    return path


def test_an_encoder_with_rotary_positions_trains_and_its_export_is_refused(tmp_path):
    """As ModernBERT: without token types and pooler, with heads of its own, and read up to 8,192 tokens."""
    pieces = {piece: number for number, piece in enumerate((*FIRST, *PIECES))}
    marks = {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]"}
    tokenizer = Tokenizer(WordPiece(pieces, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        "[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]", [(mark, pieces[mark]) for mark in ("[CLS]", "[SEP]")]
    )
    options = {"model_max_length": 8192, "model_input_names": ["input_ids", "attention_mask"], "mask_token": "[MASK]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **marks, **options).save_pretrained(tmp_path / "encoder")
    size = {"hidden_size": 32, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 48}
    ids = {"pad_token_id": 0, "cls_token_id": 2, "bos_token_id": 2, "sep_token_id": 3, "eos_token_id": 3}
    ModernBertForMaskedLM(ModernBertConfig(vocab_size=len(pieces), **size, **ids)).save_pretrained(tmp_path / "encoder")

    training = {"epochs": 2, "layer_decay": 0.9}
    model = TransformerModel(labels={"stance": STANCE_LABELS}, encoder=str(tmp_path / "encoder"), training=training)
    found = model.fit(ROWS, ROWS[:3]).predict_proba(ROWS)["stance"]
    save_model(model, tmp_path / "model", {}, "card")
    loaded, _ = load_model(tmp_path / "model")
    assert (loaded.predict_proba(ROWS)["stance"] == found).all()
    with pytest.raises(ModelError, match="cannot be exported: the graph of an encoder of its kind does not run"):
        export_model(tmp_path / "model", tmp_path / "exported", check=write_rows(tmp_path))
    assert not (tmp_path / "exported").exists()


@pytest.mark.parametrize("name", [name for name, layout in LAYOUTS.items() if layout.settings in (ARABERT, SEGMENTED)])
def test_the_tokens_of_arabert_stay_whole(name, hub):
    tokenizer = load_pretrained(AutoTokenizer, hub / name)
    for word in LAYOUTS[name].settings["never_split"]:
        assert tokenizer.tokenize(f"نرفض {word} القرار") == ["نرفض", word, "القرار"]


@pytest.mark.parametrize("name", WHOLE)
def test_a_pair_is_no_longer_than_the_positions(name, hub):
    with pytest.raises(ConfigError, match=r"reads at most 512 tokens"):
        make(name, "model.max_length=513").fit(ROWS, [])


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_trained_is_refused(name, hub):
    with pytest.raises(ModelError, match=REFUSED[name]):
        make(name).fit(ROWS, [])
