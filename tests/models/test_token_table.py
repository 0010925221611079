import numpy as np
import pytest

from recsys_core.models.token_table import TokenTable, kept_tokens

ROWS = [[1, 2, 3], [], [4], [5, 6]]


def rows(table):
    return [ids.tolist() for ids in table]


@pytest.fixture
def table():
    return TokenTable.of(ROWS)


def test_rows_come_back(table):
    assert rows(table) == ROWS
    assert table.lengths.tolist() == [3, 0, 1, 2]
    assert rows(table.take(np.array([3, 0, 0, 1]))) == [[5, 6], [1, 2, 3], [1, 2, 3], []]
    assert rows(table.first(2)) == [[1, 2], [], [4], [5, 6]]
    assert rows(table.followed_by([8, 9])) == [[1, 2, 3, 8, 9], [8, 9], [4, 8, 9], [5, 6, 8, 9]]
    assert rows(table.followed_by([])) == ROWS


def test_neighbours_are_joined_and_cut(table):
    apart = table.followed_by([9])
    assert rows(apart.joined(np.array([2, 0, 2]), 99, 1)) == [[1, 2, 3, 9], [], [4, 9, 5, 6]]
    assert rows(apart.joined(np.array([2, 2]), 3, 1)) == [[1, 2, 3], [4, 9, 5]]


def test_padding_by_hand(table):
    ids, mask = table.padded([7], [8])
    assert ids.tolist() == [[7, 1, 2, 3, 8], [7, 8, 0, 0, 0], [7, 4, 8, 0, 0], [7, 5, 6, 8, 0]]
    assert mask.tolist() == [[1] * 5, [1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0]]
    assert table.take(np.array([3, 2])).padded(multiple=8)[0].shape == (2, 8)
    ids, mask = table.padded()
    assert mask.sum(axis=1).tolist() == [3, 1, 1, 2], "an empty row gets one token of padding"
    assert ids.shape == (4, 3)


def test_no_rows_at_all():
    empty = TokenTable.of([])
    assert rows(empty) == []
    assert rows(empty.take(np.empty(0, np.int64))) == []
    assert empty.padded()[0].shape == (0, 1)


def test_texts_are_tokenised_once_and_mapped(tmp_path):
    made = []

    def make():
        made.append(1)
        return TokenTable.of(ROWS)

    texts = ["a", "", "b", "c"]
    for _ in range(2):
        found = kept_tokens(tmp_path, "encoder 1", texts, make)
        assert rows(found) == ROWS
        assert isinstance(found.ids.base, np.memmap)
    assert len(made) == 1
    kept_tokens(tmp_path, "encoder 2", texts, make)
    kept_tokens(tmp_path, "encoder 1", ["a", "b", "", "c"], make)
    assert len(made) == 3
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:-4])  # damaged: made anew
    assert rows(kept_tokens(tmp_path, "encoder 1", texts, make)) == ROWS
    assert len(made) == 4
    assert rows(kept_tokens(None, "", texts, make)) == ROWS
