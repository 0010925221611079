import numpy as np
import pytest
import torch

from recsys_core.models import softmax
from recsys_core.models.softmax import NextItemSoftmax, catalogue_losses


class Given(NextItemSoftmax):
    def embed(self, *inputs):
        return inputs[0]


@pytest.mark.parametrize("corrected", [True, False])
def test_the_loss_by_hand(corrected):
    rng = np.random.default_rng(0)
    history, item = rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=(5, 4)).astype(np.float32)
    banned = np.zeros((3, 5), bool)
    banned[0, 2] = banned[1, 4] = True
    log_share = np.log(np.array([0.3, 0.3, 0.2, 0.1, 0.1], np.float32))
    odds = np.exp(np.where(banned, -np.inf, history @ item.T / 0.5 - (log_share if corrected else 0)))
    expected = -np.log(np.diag(odds) / odds.sum(axis=1))
    found = Given(0.5, corrects=corrected)(
        [torch.tensor(history)], [torch.tensor(item)], torch.arange(3), torch.tensor(banned), torch.tensor(log_share)
    )
    assert found["losses"].numpy() == pytest.approx(expected, rel=1e-5)


def test_the_whole_catalogue_in_chunks_is_the_plain_cross_entropy(monkeypatch):
    monkeypatch.setattr(softmax, "_CHUNK", 20)
    torch.manual_seed(0)
    queries, items = torch.randn(6, 4, requires_grad=True), torch.randn(17, 4, requires_grad=True)
    target = torch.tensor([0, 16, 3, 3, 9, 1])
    found = catalogue_losses(queries, items, target)
    gradients = torch.autograd.grad(found.sum(), (queries, items))
    plain = torch.nn.functional.cross_entropy(queries @ items.T, target, reduction="none")
    assert torch.allclose(found, plain, atol=1e-6)
    for one, other in zip(gradients, torch.autograd.grad(plain.sum(), (queries, items)), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_chunks_keep_memory_flat_in_the_catalogue():
    """No tensor kept for the gradient grows with queries times items."""
    queries, items = torch.randn(64, 8, requires_grad=True), torch.randn(300_000, 8)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: kept.append(tensor.numel()) or tensor, lambda t: t):
        catalogue_losses(queries, items, torch.zeros(64, dtype=torch.int64)).sum().backward()
    assert max(kept) <= softmax._CHUNK
