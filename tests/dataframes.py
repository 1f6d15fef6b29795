#!/usr/bin/env python3
"""What data frames make of a sweep's Parquet and JSON lines. Needs pandas, pyarrow, polars, duckdb and matplotlib:

    cargo build --release && python3 tests/dataframes.py target/release/tightframe

- Every column that there is can be selected by its bare name, in SQL that ignores case.
- Types are those of docs/dataframes.md, in all three readers; `…_f64` is the float nearest to the text beside it.
- The code of docs/dataframes.md runs.
"""

import os
import re
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(sys.argv[1]).resolve()
GRID = """
[grid]
loss = ["mse", "ce"]
counts = [[6, 6, 6], [12, 6, 3]]
depth = [1, 2]
width = 4
bias = ["none", "last-layer"]
lambda = ["1/300", 1e-2]
[training]
run = true
seeds = [1, 2]
evaluations = 2000
"""


def run(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def number(text):
    return float(Fraction(text)) if "/" in text else float(text)


def types(path):
    """Every column of the file has the type that its name and its neighbours say."""
    table = pq.read_table(path)
    schema = table.schema
    scalars = {pa.int64(), pa.float64(), pa.string()}
    for field in schema:
        kind = field.type.value_type if pa.types.is_list(field.type) else field.type
        assert kind in scalars, field
        if field.name.endswith("_f64"):
            text = schema.field(field.name.removesuffix("_f64"))
            assert kind == pa.float64() and pa.types.is_list(text.type) == pa.types.is_list(field.type), field
            for row, float_ in zip(table[text.name].to_pylist(), table[field.name].to_pylist()):
                pairs = zip(row, float_) if isinstance(row, list) else [(row, float_)]
                assert all(t is None and x is None or number(t) == x for t, x in pairs), (field, row, float_)
    for name in ["counts", "widths", "u", "feature_norm", "multiplicity"]:
        assert pa.types.is_list(schema.field(name).type), name
    for name in ["depth", "rank", "classes"]:
        assert schema.field(name).type == pa.int64(), name
    names = [field.name for field in schema]
    assert all(re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name) for name in names)
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        duckdb.sql(f"SELECT {name} FROM '{path}'").fetchall()
    everything = ", ".join(names)
    assert len(duckdb.sql(f"SELECT {everything} FROM '{path}'").fetchall()) == table.num_rows
    frame, other = pd.read_parquet(path), pl.read_parquet(path)
    assert frame.depth.dtype == "int64" and frame.objective_f64.dtype == "float64" and other["u_f64"].dtype == pl.List(pl.Float64)
    assert list(frame.columns) == other.columns == names
    assert list(frame.iloc[0].counts) == other["counts"][0].to_list() == [6, 6, 6]
    said = pq.read_metadata(path).metadata
    assert b"[grid]" in said[b"tightframe.spec"] and said[b"tightframe.version"] and said[b"tightframe.normalisation"]
    return names, table.num_rows


def page(folder):
    """The code of the page, as it stands."""
    text = (ROOT / "docs/dataframes.md").read_text()
    run("sweep", "docs/sweep.toml", "-o", folder / "long-tails.parquet")
    os.chdir(folder)
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    for block in blocks:
        exec(compile(block, "docs/dataframes.md", "exec"), {})
    assert (folder / "collapsed.pdf").stat().st_size > 1000
    return len(blocks)


def main():
    import matplotlib

    matplotlib.use("Agg")
    listing = run("table", "--list", "--format", "text").splitlines()[1:]
    columns = [line.split()[0] for line in listing if line.strip()]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        spec = folder / "spec.toml"
        spec.write_text(f"columns = [{', '.join(repr(c) for c in columns)}]\n".replace("'", '"') + GRID)
        run("sweep", spec, "-o", folder / "all.parquet", "-o", folder / "all.jsonl", "-o", folder / "all.csv")
        names, rows = types(folder / "all.parquet")
        lines = pd.read_json(folder / "all.jsonl", lines=True, dtype=False)
        assert list(lines.columns) == names and len(lines) == rows
        csv = pd.read_csv(folder / "all.csv")
        assert csv.lambda_all_f64.dtype == "float64" and csv.objective.dtype == "float64"
        blocks = page(folder)
    print(f"{len(columns)} columns, {len(names)} in Parquet, {rows} rows, {blocks} blocks of code: all as they should be")


main()
