"""Processes that train one model together, as torchrun started them; elsewhere there is one.

The first evaluates, tells progress and writes; the others only train.
"""

import os
from datetime import timedelta

_PATIENCE = timedelta(days=1)  # of processes that wait while the first one evaluates


def processes() -> int:
    """Number of processes that train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first() -> bool:
    """True in the process that evaluates, tells progress and writes."""
    return int(os.environ.get("RANK", "0")) == 0


def get_in_touch() -> None:
    """Connect the processes, where there are several and they are not yet connected."""
    if processes() == 1:
        return
    import torch
    from torch import distributed

    if distributed.is_initialized():
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    else:
        here = int(os.environ.get("LOCAL_WORLD_SIZE", str(processes())))
        torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // here))
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo", timeout=_PATIENCE)


def meet() -> None:
    """Wait until every process is here."""
    if processes() > 1:
        from torch import distributed

        distributed.barrier()


def shared(value: float) -> float:
    """Give every process the value of the first one."""
    if processes() == 1:
        return value
    import torch
    from torch import distributed

    told = torch.tensor([value], dtype=torch.float64, device="cuda" if torch.cuda.is_available() else "cpu")
    distributed.broadcast(told, 0)
    return float(told)


def part() -> None:
    """Let the processes go their ways."""
    if processes() > 1:
        from torch import distributed

        distributed.destroy_process_group()
