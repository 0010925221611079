"""What bi-encoders minimise: cross-entropy of the next item among sampled items, or among the whole catalogue."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint

_CHUNK = 1 << 22  # logits held at once


class NextItemSoftmax(torch.nn.Module, ABC):
    """Loss of pairs of a history and the item that followed; subclasses say how inputs become vectors.

    Parameters
    ----------
    temperature
        Divides the inner products of vectors of length one.
    corrects
        Whether log sampling shares are taken off sampled items (Yi et al. 2019, Sampling-bias-corrected neural
        modeling).
    """

    def __init__(self, temperature: float, *, corrects: bool) -> None:
        super().__init__()
        self.temperature, self.corrects = temperature, corrects

    @abstractmethod
    def embed(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Vectors of length one."""

    def forward(
        self, history: Sequence[torch.Tensor], item: Sequence[torch.Tensor], target: torch.Tensor,
        banned: torch.Tensor | None = None, log_share: torch.Tensor | None = None,
    ) -> dict[str, torch.Tensor]:  # fmt: skip
        """Losses of a batch of n pairs.

        Parameters
        ----------
        history, item
            Inputs of `embed`; `item` holds the m items among which the next ones are looked for.
        target
            Which of them each history was followed by, (n,).
        banned
            (n, m) bool: what is no negative for a history; None: the items are the whole catalogue.
        log_share
            Log of how often each item is met as a negative, (m,).

        Returns
        -------
        dict
            `losses`, (n,): their sum is to be divided by the pairs of the whole step, whatever batches and processes
            share it.
        """
        queries, items = self.embed(*history).float(), self.embed(*item).float()
        if banned is None or log_share is None:
            return {"losses": catalogue_losses(queries / self.temperature, items, target)}
        logits = queries @ items.T / self.temperature
        if self.corrects:
            logits = logits - log_share
        return {"losses": cross_entropy(logits.masked_fill(banned, -torch.inf), target, reduction="none")}


def catalogue_losses(queries: torch.Tensor, items: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of inner products over all items, (n,), without ever holding all of them.

    Items are taken in chunks whose logits are computed a second time for the gradient, so that memory is flat in the
    size of the catalogue.

    Parameters
    ----------
    queries, items
        (n, d) and (m, d).
    target
        Item of each query, (n,).
    """
    size = max(1, _CHUNK // max(1, len(queries)))
    sums = [
        checkpoint(_log_sum, queries, items[start : start + size], use_reentrant=False)
        for start in range(0, len(items), size)
    ]
    return torch.logsumexp(torch.stack(sums), dim=0) - (queries * items[target]).sum(dim=1)


def _log_sum(queries: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
    return torch.logsumexp(queries @ items.T, dim=1)
