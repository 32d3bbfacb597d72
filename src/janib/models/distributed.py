"""Distributed training by the processes that torchrun starts; each takes its share of every batch.

Gradients are summed by one all-reduce after the backward pass. DistributedDataParallel would need wrappers, equal
shares and a special case for accumulation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def get_rank() -> int:
    """Return this process's rank, 0 if there is one process."""
    from torch import distributed

    return distributed.get_rank() if distributed.is_initialized() else 0


def count_processes() -> int:
    """Return the number of processes."""
    from torch import distributed

    return distributed.get_world_size() if distributed.is_initialized() else 1


def choose_device() -> torch.device:
    """Return the GPU of this process, or the CPU.

    Slurm may show each task one GPU alone, whose number is then 0 in all of them. What is computed in fp32 on a GPU is
    multiplied in TF32, which is several times faster.
    """
    import torch

    if not torch.cuda.is_available():
        return torch.device("cpu")
    torch.backends.cuda.matmul.allow_tf32 = True
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())


@contextmanager
def distributed_session() -> Iterator[None]:
    """Form a process group with the other processes that torchrun started, if it did, and leave it at the end."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield  # and import no torch, which not every model needs
        return
    import torch
    from torch import distributed

    device = choose_device()
    if device.type == "cuda":
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()


def take_share(batch: Sequence[int]) -> list[int]:
    """Return the part of a batch that this process computes, empty if there are more processes than rows."""
    return list(batch[get_rank() :: count_processes()])


def sum_gradients(parameters: Sequence[torch.Tensor], loss: float) -> float:
    """Sum the gradients of all processes in place; return the sum of their losses."""
    import torch

    if count_processes() == 1:
        return loss
    for parameter in parameters:
        if parameter.grad is None:  # a process without a row
            parameter.grad = torch.zeros_like(parameter)
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    flat = torch.cat([*(gradient.flatten() for gradient in gradients), gradients[0].new_tensor([loss])])
    torch.distributed.all_reduce(flat)
    parts = torch.split(flat[:-1], [gradient.numel() for gradient in gradients])
    for gradient, summed in zip(gradients, parts, strict=True):
        gradient.copy_(summed.view_as(gradient))
    return float(flat[-1])
