"""Any multilingual encoder with its vocabulary cut to the pieces of some corpora, proved to be the same on them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from janib import corpora
from janib.errors import DataError, ModelError, suggest
from janib.io.files import write_folder
from janib.io.text_tables import SUFFIXES, RecordReader
from janib.models.encoders.build import check_vacant
from janib.models.encoders.hub import find_encoder
from janib.models.encoders.huggingface import quiet_transformers
from janib.models.encoders.tokenizer_pieces import (
    check_tokenizer,
    cut_tokenizer,
    find_fallback,
    find_special,
    list_pieces,
)
from janib.schema import check_text
from janib.text.cleaning import compose

FIELDS = ("text", "target", "speaker", "context")
"""What an encoder may be shown of a row."""

PROVED_TEXTS = 128
PROVED_TOKENS = 128
"""Hidden states are compared on so many texts at most, each cut after so many tokens."""

TOLERANCE = 1e-6
"""Largest difference between hidden states that counts as none."""

_BATCH = 16
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found when the cut encoder and the whole one were compared.

    Attributes
    ----------
    vocabulary, parameters
        Before and after.
    texts, pieces
        Of the corpora, special pieces not counted: the same pieces with both tokenizers, none lost.
    unseen
        Share of the pieces of new text of the same kind that are expected to be spelt with shorter ones: pieces seen
        once over all pieces (Good 1953, "The population frequencies of species").
    compared
        Texts whose last hidden states were compared.
    difference
        The largest absolute difference of any number in them, in fp32.
    """

    vocabulary: tuple[int, int]
    parameters: tuple[int, int]
    texts: int
    pieces: int
    unseen: float
    compared: int
    difference: float

    def describe(self) -> str:
        """Return the proof in words, three lines."""
        return (
            f"vocabulary {self.vocabulary[0]:,} -> {self.vocabulary[1]:,}, "
            f"parameters {self.parameters[0] / 1e6:,.1f} -> {self.parameters[1] / 1e6:,.1f} million\n"
            f"pieces: the same {self.pieces:,} on {self.texts:,} texts, 0 lost; of new text of this kind "
            f"about {self.unseen:.2%} would be spelt with shorter ones\n"
            f"last hidden states: largest difference {self.difference:.1g} on {self.compared:,} texts"
        )


def read_texts(sources: Sequence[str], cleaning: Sequence[str] = ()) -> list[str]:
    """Read the different texts of corpora and files, in order.

    Parameters
    ----------
    sources
        Names of corpora, CSV or JSON-lines files with a column ``text`` (those of :data:`FIELDS` are read), or files
        ending in ``.txt`` with a text a line.
    cleaning
        Steps of :func:`janib.text.cleaning.compose`: texts come as a model with this cleaning reads them.

    Raises
    ------
    DataError
        If a source is neither, cannot be read, or there is no text at all.
    """
    clean = compose(cleaning)
    texts: dict[str, None] = {}
    for source in sources:
        for text in _read_source(source):
            texts[clean(text)] = None
    texts.pop("", None)
    if not texts:
        raise DataError(f"there is no text in {', '.join(sources) or 'no source'}; expected at least one")
    return list(texts)


def _read_source(source: str) -> Iterator[str]:
    if source in corpora.NAMES:
        for rows in corpora.read_corpus(source)[1].values():
            for row in rows:
                yield from (getattr(row, field) or "" for field in FIELDS)
        return
    path = Path(source)
    if not path.is_file():
        raise DataError(
            f"{source!r} is neither a corpus ({', '.join(corpora.NAMES)}) nor a file{suggest(source, corpora.NAMES)}"
        )
    if path.suffix.lower() not in SUFFIXES:
        if path.suffix.lower() != ".txt":
            raise DataError(f"{source}: the suffix {path.suffix!r} is unknown, expected {', '.join(SUFFIXES)} or .txt")
        try:
            yield from path.read_text(encoding="utf-8-sig").split("\n")
        except UnicodeDecodeError as error:
            raise DataError(f"{source} is not UTF-8; save it as UTF-8") from error
        return
    with RecordReader(path) as reader:
        if reader.form == "csv" and "text" not in reader.columns:
            found = ", ".join(map(repr, reader.columns))
            raise DataError(f"{source} has no column 'text', only {found}; call the one that holds the texts so")
        for record in reader:
            problem = record.problem or check_text(record.text("text"))
            if problem:
                raise DataError(f"{source}, {record.place}: {problem}")
            yield from (record.text(field) or "" for field in FIELDS)


def trim_encoder(name: str, texts: Sequence[str], folder: Path) -> Proof:
    """Cut an encoder's vocabulary to the pieces of some texts and save it, without heads, as a Hugging Face folder.

    Beside these pieces the special ones stay, and the single characters that unseen words are spelt with
    (:func:`~janib.models.encoders.tokenizer_pieces.find_fallback`). Weights keep their dtype. Nothing is written unless
    what is saved, read again, splits every text into the same pieces and gives the same last hidden states.

    Parameters
    ----------
    name
        A name that :func:`janib.models.encoders.hub.find_encoder` knows.
    texts
        What the encoder must stay the same on.
    folder
        Where; it must not hold anything.

    Raises
    ------
    DataError
        If the texts have no piece.
    ModelError
        If the encoder cannot be had or is not of a kind that can be cut, or the proof fails.
    """
    check_vacant(folder)
    source = find_encoder(name).folder
    tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
    if not tokenizer.is_fast:
        raise ModelError(f"encoder {name!r} has no fast tokenizer (tokenizer.json), which cutting its vocabulary needs")
    document = json.loads(tokenizer.backend_tokenizer.to_str())
    check_tokenizer(document, name)
    with quiet_transformers(), write_folder(folder) as partial:
        counts = _count_pieces(tokenizer, texts)
        if not counts:
            raise DataError(f"encoder {name!r} finds no piece in {len(texts):,} texts; expected texts with words")
        seen = set(counts)
        model, report = AutoModel.from_pretrained(source, local_files_only=True, output_loading_info=True)
        if model.config.is_encoder_decoder:
            raise ModelError(
                f"encoder {name!r} is an encoder with a decoder ({model.config.model_type}); name one without"
            )
        always = find_special(document) | _list_special(model.config) | find_fallback(document, seen)
        kept = sorted((seen | always) & list_pieces(document).keys())
        before, after = _save_model(model, report["missing_keys"], kept, partial)
        _save_tokenizer(tokenizer, cut_tokenizer(document, kept), partial)
        del model
        compared, difference = _prove(name, source, partial, kept, texts)
    once = {number for number, count in counts.items() if count == 1}
    return Proof(
        vocabulary=(len(list_pieces(document)), len(kept)),
        parameters=(before, after),
        texts=len(texts),
        pieces=counts.total(),
        unseen=len(once - always) / counts.total(),
        compared=compared,
        difference=difference,
    )


def _count_pieces(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for chunk in _chunk(texts, _CHUNK):
        for numbers in tokenizer(chunk, add_special_tokens=False, truncation=False)["input_ids"]:
            counts.update(numbers)
    return counts


def _chunk(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(texts), size):
        yield list(texts[start : start + size])


def _list_special(config: Any) -> set[int]:
    return {value for name, value in config.to_dict().items() if name.endswith("_token_id") and isinstance(value, int)}


def _save_model(model: Any, missing: Sequence[str], kept: list[int], folder: Path) -> tuple[int, int]:
    """Save the rows of ``kept``; return the parameters before and after.

    ``missing`` names weights that the checkpoint does not have, so that those here are random: they stay missing.
    """
    words = model.get_input_embeddings().weight
    state = {key: weight for key, weight in model.state_dict().items() if key not in missing}
    before = sum(weight.numel() for weight in state.values())
    place = next(key for key, weight in state.items() if weight.data_ptr() == words.data_ptr())
    state[place] = words.detach()[kept]
    (folder / "model.safetensors").write_bytes(save(state, metadata={"format": "pt"}))
    config = model.config
    for name, value in config.to_dict().items():
        if name.endswith("_token_id") and value in kept:
            setattr(config, name, kept.index(value))
    config.vocab_size = len(kept)
    config.architectures = [type(model).__name__]
    config.save_pretrained(folder)
    return before, sum(weight.numel() for weight in state.values())


def _save_tokenizer(tokenizer: PreTrainedTokenizerBase, document: Mapping[str, Any], folder: Path) -> None:
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(path),
        model_max_length=tokenizer.model_max_length,
        model_input_names=tokenizer.model_input_names,
        padding_side=tokenizer.padding_side,
        truncation_side=tokenizer.truncation_side,
        **tokenizer.special_tokens_map,
    ).save_pretrained(folder)


def _prove(name: str, whole: Path, cut: Path, kept: list[int], texts: Sequence[str]) -> tuple[int, float]:
    """Compare the saved encoder with the whole one; return the texts whose states were compared, and the difference."""
    tokenizers = [AutoTokenizer.from_pretrained(folder, local_files_only=True) for folder in (whole, cut)]
    new = {old: number for number, old in enumerate(kept)}
    for chunk in _chunk(texts, _CHUNK):
        olds, news = (tokenizer(chunk, truncation=False)["input_ids"] for tokenizer in tokenizers)
        for text, old, found in zip(chunk, olds, news, strict=True):
            if [new.get(number) for number in old] != found:
                raise ModelError(
                    f"encoder {name!r} cannot be cut: its tokenizer splits {text[:60]!r} into other pieces afterwards; "
                    "nothing was kept. Use the whole encoder"
                )
    sample = list(texts[:: -(-len(texts) // PROVED_TEXTS)])
    states = [_encode(folder, tokenizer, sample) for folder, tokenizer in zip((whole, cut), tokenizers, strict=True)]
    difference = max(float((old - found).abs().max()) for old, found in zip(*states, strict=True))
    if not difference < TOLERANCE:
        raise ModelError(
            f"encoder {name!r} cannot be cut: its last hidden states change by {difference:.1g}, expected less than "
            f"{TOLERANCE:.0e}; nothing was kept. Use the whole encoder"
        )
    return len(sample), difference


def _encode(folder: Path, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> list[torch.Tensor]:
    model = AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32).eval()
    longest = min(tokenizer.model_max_length, PROVED_TOKENS)
    states = []
    with torch.inference_mode():
        for chunk in _chunk(texts, _BATCH):
            batch = tokenizer(chunk, padding=True, truncation=True, max_length=longest, return_tensors="pt")
            states.append(model(**batch).last_hidden_state * batch["attention_mask"][..., None])
    return states
