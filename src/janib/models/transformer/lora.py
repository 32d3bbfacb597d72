"""Low-rank adapters (LoRA), with which a large encoder can be trained on a small GPU."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from janib.errors import ConfigError, need_extra, suggest

_NAMES = {"rank": "r", "alpha": "lora_alpha", "dropout": "lora_dropout"}  # by the names of peft
_LAYERS = r".*\.layer\.\d+\..*\.(query|key|value|dense)"


def add_adapters(model: Any, settings: Mapping[str, float]) -> Any:
    """Add adapters to a model in place and freeze the matrices that they adapt.

    Parameters
    ----------
    model
        A classifier of the library transformers.
    settings
        ``rank``, ``alpha`` and ``dropout``, each optional.

    Returns
    -------
    peft.LoraModel
        Its ``merge_and_unload`` returns the model with the adapters merged into it.

    Raises
    ------
    ConfigError
        If a setting is unknown or out of range.
    MissingExtraError
        If peft is not installed.
    """
    _check_settings(settings)
    with need_extra("training with lora", "lora"):
        from peft import LoraConfig, LoraModel
    options: dict[str, Any] = {_NAMES[name]: value for name, value in settings.items()}
    adapted = LoraModel(model, LoraConfig(target_modules=_LAYERS, **options), "default")
    encoder = f"{model.base_model_prefix}."
    for name, parameter in model.named_parameters():
        if not name.startswith(encoder) or ".pooler." in name:
            parameter.requires_grad = True
    return adapted


def _check_settings(settings: Mapping[str, float]) -> None:
    for name in settings:
        if name not in _NAMES:
            raise ConfigError(f"lora has no setting {name!r}{suggest(name, _NAMES)}; it has {', '.join(_NAMES)}")
    rank, alpha, dropout = settings.get("rank", 8), settings.get("alpha", 8), settings.get("dropout", 0)
    if type(rank) is not int or rank < 1:
        raise ConfigError(f"lora.rank is {rank!r}, expected a whole number of at least 1")
    if not isinstance(alpha, int | float) or alpha <= 0:
        raise ConfigError(f"lora.alpha is {alpha!r}, expected a number above 0")
    if not isinstance(dropout, int | float) or not 0 <= dropout < 1:
        raise ConfigError(f"lora.dropout is {dropout!r}, expected 0 or more and below 1")
