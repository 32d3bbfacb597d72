"""Torch modules that can be exported, and their ONNX graphs."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from janib.models.encoder_inputs import PairTokenizer
from janib.models.onnx import TARGET

OPSET = 23  # the first with an attention operator


@dataclass(frozen=True, slots=True)
class ExportableModule:
    """A model as a torch module, and its tokenizer.

    Attributes
    ----------
    module
        Takes a mapping of tensors: those of ``tokenizer.inputs``, shape (n_rows, n_tokens), and with targets also
        ``target``, shape (n_rows,). Returns outputs of shape (n_rows, n_outputs), one task's after another's.
    tokenizer
        The tokenizer of the pairs.
    settings
        Arguments of :class:`~janib.models.onnx.OnnxModel` except ``labels``, ``folder``, ``tokenizer`` and ``margin``.
    """

    module: nn.Module
    tokenizer: PairTokenizer
    settings: Mapping[str, Any]


@runtime_checkable
class ExportableModel(Protocol):
    """A model that can be exported."""

    def make_module(self) -> ExportableModule:
        """Return the fitted model as a torch module."""
        ...


class LogitsOnly(nn.Module):
    """The logits of a classifier of the library transformers."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Return logits of shape (n_rows, n_outputs)."""
        logits: Tensor = self.model(**inputs).logits
        return logits


class PooledLinear(nn.Module):
    """Linear classifiers of an encoder's mean-pooled output, scaled to length 1.

    Parameters
    ----------
    encoder
        An encoder of the library transformers.
    weights, bias
        Shapes (1 + n_targets, width + 1, n_outputs) and (n_outputs,). The first block is for all rows, and its last
        row is not used. Each other block is for the rows of one target, and its last row is a bias.
    """

    def __init__(self, encoder: nn.Module, weights: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.encoder = encoder
        self.shared = nn.Parameter(weights[0, :-1])
        self.bias = nn.Parameter(bias)
        self.by_target = nn.Parameter(torch.cat([torch.zeros_like(weights[:1]), weights[1:]]))

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Return logits of shape (n_rows, n_outputs)."""
        own = self.by_target[inputs[TARGET]]
        tokens = {name: values for name, values in inputs.items() if name != TARGET}
        total = (self.encoder(**tokens).last_hidden_state * inputs["attention_mask"][..., None]).sum(dim=1)
        vectors = nn.functional.normalize(total, dim=1)
        logits: Tensor = vectors @ self.shared + self.bias
        return logits + torch.einsum("rw,rwo->ro", vectors, own[:, :-1]) + own[:, -1]


def trace_module(exportable: ExportableModule, path: Path) -> None:
    """Write a module as an ONNX graph for batches of any size and length."""
    module = exportable.module.to("cpu").eval()
    shape = (2, 16)  # torch would take a size of 1 for a constant
    inputs = {name: torch.ones(shape, dtype=torch.int64) for name in exportable.tokenizer.inputs}
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length")
    shapes: dict[str, dict[int, Any]] = {name: {0: batch, 1: length} for name in inputs}
    if exportable.settings["targets"] is not None:
        inputs[TARGET], shapes[TARGET] = torch.ones(shape[:1], dtype=torch.int64), {0: batch}
    with _quiet_exporter():
        program = torch.onnx.export(
            module,
            kwargs={"inputs": inputs},
            output_names=["logits"],
            dynamic_shapes={"inputs": shapes},
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None  # as always if no file is named
    for value in program.model.graph.inputs:  # named after the mapping
        value.name = str(value.name).removeprefix("inputs_")
    program.save(path, external_data=False)


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)  # it warns of torchvision, which is not needed
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
