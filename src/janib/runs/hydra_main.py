"""Entry of the Hydra scripts, with Hydra's errors in plain words."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from janib.errors import ConfigError, JanibError, end_cleanly, need_extra, report_errors, suggest
from janib.runs.config_help import describe_config, list_choices

if TYPE_CHECKING:
    from omegaconf import DictConfig


def run_hydra(task: Callable[[DictConfig], object], conf: Path, name: str) -> None:
    """Compose the config ``name`` from the folder ``conf`` with the command line's overrides and run ``task`` on it.

    With ``--help``, the keys of the config are shown instead.

    Raises
    ------
    SystemExit
        With status 2, after one message, if a key, a choice or a value is wrong.
    """
    if {"-h", "--help"} & set(sys.argv):
        sys.stdout.write(describe_config(conf, name, sys.argv[1:]))
        return
    with report_errors(), need_extra("an experiment", "experiments"):
        import hydra
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    import janib.runs.own_names  # which configs ask  # noqa: F401
    from janib.runs.overrides import quote_overrides
    from janib.runs.sweep import note_job, report_sweep

    @wraps(task)
    def run_job(config: DictConfig) -> None:
        if HydraConfig.get().mode == RunMode.RUN:
            with report_errors(), _translate(conf, name):  # it exits before Hydra adds a line of its own
                task(config)
            return
        error: Exception | None = None
        try:
            with end_cleanly(), _translate(conf, name):
                task(config)
        except Exception as raised:  # whatever it is, the other jobs go on
            error = raised
        note_job(error)

    os.environ["HYDRA_FULL_ERROR"] = "1"  # let Hydra raise: the messages are ours
    with report_errors(), _translate(conf, name):
        is_sweep = not {"-m", "--multirun", "hydra.mode=MULTIRUN"}.isdisjoint(sys.argv)
        sys.argv[1:] = quote_overrides(sys.argv[1:], is_sweep=is_sweep)
        hydra.main(version_base="1.3", config_path=str(conf), config_name=name)(run_job)()
        report_sweep()


@contextmanager
def _translate(conf: Path, name: str) -> Iterator[None]:
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    try:
        yield
    except (HydraException, OmegaConfBaseException) as error:
        cause = error.__cause__
        if isinstance(cause, JanibError | OSError):
            raise cause from error
        raise ConfigError(_explain(error, conf, name)) from error


def _explain(error: Exception, conf: Path, name: str) -> str:
    from hydra.errors import MissingConfigException
    from omegaconf.errors import ConfigKeyError, InterpolationToMissingValueError, MissingMandatoryValue

    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options is not None:
        group, _, choice = error.missing_cfg_file.partition("/")
        options = list_choices(conf / group) or sorted(error.options)
        return f"{group}={choice}: there is no such choice, only {', '.join(options)}{suggest(choice, options)}"
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key} has no value; give it one: {error.full_key}=…"
    missing = re.search(r"[Mm]issing mandatory value: (\S+)", str(error))
    if isinstance(error, InterpolationToMissingValueError) and missing:
        return f"{missing[1]} has no value; give it one: {missing[1]}=…"
    cause = error.__cause__
    key = getattr(cause, "full_key", None) or getattr(error, "full_key", None)
    if key and isinstance(cause or error, AttributeError | ConfigKeyError):
        keys = _list_keys(conf, name, key)
        return f"{key}: the config has no such key{suggest(key, keys)}"
    return " ".join(line.strip() for line in str(error).splitlines() if line.strip())


def _list_keys(conf: Path, name: str, wrong: str) -> list[str]:
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf

    overrides = [
        word for word in sys.argv[1:] if "=" in word and not word.lstrip("+~").startswith((f"{wrong}=", f"{wrong}."))
    ]
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(conf), version_base="1.3"):
            config = compose(name, [word for word in overrides if "," not in word and not word.startswith("hydra")])
    except HydraException:
        return []
    leaves = flatten_config(OmegaConf.to_container(config))  # type: ignore[arg-type]
    parts = [key.split(".") for key in leaves]
    return sorted({".".join(key[:depth]) for key in parts for depth in range(1, len(key) + 1)})


def flatten_config(config: Mapping[Any, Any], prefix: str = "") -> dict[str, Any]:
    """Return the leaves of a nested mapping under dotted keys.

    >>> flatten_config({"model": {"C": 1.0}, "seed": 0})
    {'model.C': 1.0, 'seed': 0}
    """
    flat: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, Mapping):
            flat |= flatten_config(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
