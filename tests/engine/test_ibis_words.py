"""Every word of Ibis that the product uses, against the pinned pair of Ibis and DuckDB.

A word that is new in the product fails here until there is a case for it: versions of the two packages that install
together need not work together. With DuckDB 2.0, Ibis 12.0's `sql`, `list_tables`, `list_databases`, `list_catalogs`
and `to_pyarrow_batches` fail; nothing of the product may call them.
"""

import ast
import tempfile
from pathlib import Path

import ibis
import pandas as pd
import pytest
from ibis.backends.duckdb import Backend
from ibis.expr import types

from recsys_core import engine

ROOT = Path(__file__).parents[2]
FAIL_ON_DUCKDB_2 = {"sql", "list_tables", "list_databases", "list_catalogs", "to_pyarrow_batches"}
FRAME = pd.DataFrame({"u": ["a", "a", "b"], "n": [1, 2, 4], "x": [1.5, None, -2.0], "s": ["7", " 07-x", None]})


def last(t, value, **over):
    """The last value, in the order of n, of a window expression."""
    return t.mutate(it=value).order_by("n").it.execute().tolist()[-1]


def by_user(t):
    return ibis.window(group_by=t.u, order_by=t.n)


def backend():
    return engine.current().backend()


def written(t):
    path = f"{tempfile.mkdtemp()}/t.parquet"
    backend().to_parquet(t, path, compression="zstd")
    return path


CASES = {
    "agg": lambda t: (t.group_by("u").agg(k=t.count()).order_by("u").k.execute().tolist(), [2, 1]),
    "aggregate": lambda t: (t.aggregate(k=t.n.sum()).to_pandas().k.tolist(), [7]),
    "all": lambda t: (bool((t.n > 0).all().execute()), True),
    "anti_join": lambda t: (t.anti_join(t.filter(t.u == "b"), "u").count().execute(), 2),
    "any": lambda t: (bool((t.n > 3).any().execute()), True),
    "between": lambda t: (t.filter(t.n.between(2, 4)).count().execute(), 2),
    "cast": lambda t: (t.n.cast("string").execute().tolist(), ["1", "2", "4"]),
    "contains": lambda t: (int(t.count(where=t.s.contains("7")).execute()), 2),
    "count": lambda t: (int(t.count(where=t.n > 1).execute()), 2),
    "desc": lambda t: (t.order_by(t.n.desc()).n.execute().tolist(), [4, 2, 1]),
    "distinct": lambda t: (t.select("u").distinct().count().execute(), 2),
    "drop": lambda t: (t.drop("s", "x").columns, ("u", "n")),
    "epoch_seconds": lambda t: (
        t.select(k=ibis.literal("2026-01-01").cast("timestamp").epoch_seconds()).k.execute()[0],
        1_767_225_600,
    ),
    "execute": lambda t: (t.n.max().execute(), 4),
    "fill_null": lambda t: (t.x.fill_null(0.0).execute().tolist(), [1.5, 0.0, -2.0]),
    "filter": lambda t: (t.filter(t.u == "b").n.execute().tolist(), [4]),
    "floor": lambda t: (int(t.x.floor().min().execute()), -2),
    "ibis.ifelse": lambda t: (t.select(k=ibis.ifelse(t.x.isnull(), 0, t.n)).k.execute().tolist(), [1, 0, 4]),
    "ibis.null": lambda t: (t.select(k=ibis.ifelse(t.n > 1, ibis.null("int64"), t.n)).k.count().execute(), 1),
    "inner_join": lambda t: (t.inner_join(t.filter(t.u == "a").select("n"), "n").count().execute(), 2),
    "semi_join": lambda t: (t.semi_join(t.filter(t.u == "b"), "u").n.execute().tolist(), [4]),
    "strip": lambda t: (t.s.strip().execute().tolist()[:2], ["7", "07-x"]),
    "group_by": lambda t: (t.group_by(k=t.n // 2).agg(c=t.count()).order_by("k").c.execute().tolist(), [1, 1, 1]),
    "bit_xor": lambda t: (int(t.n.bit_xor().execute()), 7),
    "hash": lambda t: (t.n.hash().nunique().execute(), 3),
    "length": lambda t: (t.s.length().max().execute(), 5),
    "hexdigest": lambda t: (t.filter(t.n == 1).u.hexdigest("sha256").execute()[0][:8], "ca978112"),
    "isin": lambda t: (t.filter(t.u.isin(["b", "c"])).count().execute(), 1),
    "isinf": lambda t: (int(t.count(where=(t.x / 0).isinf()).execute()), 2),
    "isnan": lambda t: (int(t.count(where=t.n.cast("string").nullif("1").try_cast("float64").isnan()).execute()), 0),
    "isnull": lambda t: (int(t.count(where=t.x.isnull()).execute()), 1),
    "join": lambda t: (t.join(t.select("u", m=t.n), "u").count().execute(), 5),
    "lag": lambda t: (t.mutate(k=t.n.lag().over(by_user(t))).order_by("n").k.execute().dropna().tolist(), [1.0]),
    "lead": lambda t: (t.mutate(k=t.n.lead().over(by_user(t))).order_by("n").k.execute().dropna().tolist(), [2.0]),
    "left": lambda t: (t.filter(t.n == 2).s.left(3).execute().tolist(), [" 07"]),
    "left_join": lambda t: (t.left_join(t.filter(t.n > 2).select("u", m=t.n), "u").m.count().execute(), 1),
    "limit": lambda t: (len(t.limit(2).execute()), 2),
    "max": lambda t: (t.n.max(where=t.n < 4).execute(), 2),
    "median": lambda t: (t.n.median().execute(), 2.0),
    "min": lambda t: (t.n.min(where=t.n > 1).execute(), 2),
    "mutate": lambda t: (t.mutate(k=t.n + 1).k.max().execute(), 5),
    "name": lambda t: (t.select(t.n.name("k")).columns, ("k",)),
    "notnull": lambda t: (int(t.count(where=t.x.notnull()).execute()), 2),
    "nullif": lambda t: (t.n.nullif(4).count().execute(), 2),
    "nunique": lambda t: (t.u.nunique(where=t.n < 4).execute(), 1),
    "op": lambda t: (t.op().name[:5], "held_"),
    "order_by": lambda t: (t.order_by(ibis.desc("n")).n.execute().tolist(), [4, 2, 1]),
    "over": lambda t: (last(t, t.n.lag().over(order_by=t.n)), 2.0),
    "re_replace": lambda t: (t.filter(t.n == 2).s.re_replace(" ([0-9])", r"\1").execute().tolist(), ["07-x"]),
    "re_search": lambda t: (int(t.count(where=t.s.re_search("^ 0[0-9].*$")).execute()), 1),
    "round": lambda t: (int((t.n / 3).round().max().execute()), 1),
    "select": lambda t: (t.select("n", k=t.u).columns, ("n", "k")),
    "sum": lambda t: (t.n.sum().execute(), 7),
    "to_pandas": lambda t: (t.to_pandas().shape, (3, 4)),
    "create_table": lambda t: (backend().create_table("made", t, temp=True, overwrite=True).count().execute(), 3),
    "from_connection": lambda _: (ibis.duckdb.from_connection(engine.current().cursor()).name, "duckdb"),
    "read_parquet": lambda t: (backend().read_parquet(written(t), table_name="read").count().execute(), 3),
    "table": lambda t: (backend().table(t.op().name, database=("temp", "main")).count().execute(), 3),
    "drop_null": lambda t: (t.select(k=t.s.try_cast("int64")).drop_null().count().execute(), 1),
    "to_pyarrow": lambda t: (t.select("n").to_pyarrow().num_rows, 3),
    "to_parquet": lambda t: (Path(written(t)).read_bytes()[:4], b"PAR1"),
    "try_cast": lambda t: (t.s.try_cast("int64").execute().dropna().tolist(), [7.0]),
    "type": lambda t: (t.n.type().is_integer(), True),
    "union": lambda t: (t.select("u").union(t.select("u"), distinct=True).count().execute(), 2),
    "ibis.cases": lambda t: (t.select(k=ibis.cases((t.n < 2, "few"), else_="many")).k.execute()[0], "few"),
    "ibis.coalesce": lambda t: (t.select(k=ibis.coalesce(t.x, 9.0)).k.max().execute(), 9.0),
    "ibis.desc": lambda t: (t.order_by(ibis.desc("u"), "n").n.execute().tolist(), [4, 1, 2]),
    "ibis.greatest": lambda t: (t.select(k=ibis.greatest(t.n, 3)).k.sum().execute(), 10),
    "ibis.least": lambda t: (t.select(k=ibis.least(t.n, 3)).k.sum().execute(), 6),
    "ibis.literal": lambda t: (t.select(k=ibis.literal("; ").join([t.u, t.s])).k.execute()[0], "a; 7"),
    "ibis.row_number": lambda t: (last(t, ibis.row_number().over(order_by=t.n)), 2),
    "ibis.window": lambda t: (last(t, t.n.lag().over(ibis.window(order_by=t.n))), 2.0),
}
# Words that Ibis has too, but that the product says to numpy, pandas, text, sets and the engines themselves.
OTHERS = {
    "add", "argmax", "array", "ceil", "clip", "compile", "concat", "connect", "cumsum", "date", "dropna", "endswith",
    "equals", "fillna", "get", "index", "keys", "lower", "mean", "radd", "rank", "remove", "replace", "rstrip",
    "schema", "seconds", "sort", "split", "sqrt", "startswith", "sub", "tables", "time", "unique", "values", "within",
}  # fmt: skip


def words_of_the_product() -> set[str]:
    """Names called in the files that hold expressions, on whatever, if Ibis has them too; and calls of ibis itself."""
    kinds = [Backend, types.Table, *(getattr(types, name) for name in dir(types) if name.endswith(("Value", "Column")))]
    known = {name for kind in kinds for name in dir(kind) if not name.startswith("_")}
    words = set()
    for path in (ROOT / "recsys_core").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if not any(mark in source for mark in ("ibis", ".to_pandas()", ".execute()")):
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of_ibis = isinstance(node.func.value, ast.Name) and node.func.value.id == "ibis"
                words |= {f"ibis.{node.func.attr}"} if of_ibis else {node.func.attr} & known
    return words


def test_every_word_has_a_case():
    words = words_of_the_product()
    assert len(words & CASES.keys()) >= 50
    assert not words - CASES.keys() - OTHERS, "say what Ibis gives for these"
    assert not words & FAIL_ON_DUCKDB_2
    assert not CASES.keys() - words, "nothing of the product says these any more"


@pytest.mark.parametrize("word", CASES)
def test_ibis_says(word):
    with engine.held(FRAME) as table:
        got, wanted = CASES[word](table)
        assert got == wanted


def test_a_table_is_dropped_by_its_name():
    """Of SQLGlot 30.30, Ibis' DROP statements lose the name of their table."""
    made = backend().create_table("to_be_dropped", FRAME[["n"]], temp=True)
    assert made.count().execute() == 3
    backend().drop_table("to_be_dropped")
    with pytest.raises(Exception, match="to_be_dropped"):
        backend().table("to_be_dropped")
