"""Adapters (LoRA): a large encoder is trained on a small card by a few weights beside its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from janib.errors import ConfigError, MissingExtraError, suggest


def add_adapters(model: Any, settings: Mapping[str, float]) -> Any:
    """Put adapters into a model in place and freeze what they stand for; return what merges them.

    Raises
    ------
    ConfigError
        If a setting is unknown, or has a value it cannot have.
    MissingExtraError
        If peft is not installed.
    """
    known = {"rank": "r", "alpha": "lora_alpha", "dropout": "lora_dropout"}
    for name in settings:
        if name not in known:
            raise ConfigError(f"lora has no setting {name!r}{suggest(name, known)}; it has {', '.join(known)}")
    rank, alpha, dropout = (
        settings.get(name, default) for name, default in (("rank", 8), ("alpha", 8), ("dropout", 0))
    )
    if type(rank) is not int or rank < 1:
        raise ConfigError(f"lora.rank is {rank!r}, expected a whole number of at least 1")
    if not isinstance(alpha, int | float) or alpha <= 0:
        raise ConfigError(f"lora.alpha is {alpha!r}, expected a number above 0")
    if not isinstance(dropout, int | float) or not 0 <= dropout < 1:
        raise ConfigError(f"lora.dropout is {dropout!r}, expected 0 or more and below 1")
    try:
        from peft import LoraConfig, LoraModel
    except ModuleNotFoundError as error:
        raise MissingExtraError("training with lora", "lora") from error
    options: dict[str, Any] = {known[name]: value for name, value in settings.items()}
    layers = r".*\.layer\.\d+\..*\.(query|key|value|dense)"
    adapted = LoraModel(model, LoraConfig(target_modules=layers, **options), "default")
    encoder = f"{model.base_model_prefix}."
    for name, parameter in model.named_parameters():
        if not name.startswith(encoder) or ".pooler." in name:
            parameter.requires_grad = True
    return adapted
