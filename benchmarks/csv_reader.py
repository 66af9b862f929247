"""How long Auto Loader's stand-in takes for a CSV file, next to Spark's own reader.

Both read the same file with the same options, as streams into Spark's sink `noop`, in
one run and in turns. Their results are compared before any time is taken. Usage:
`python -m benchmarks.csv_reader [megabytes] [rounds] [plain|careful]` (see README.md).
"""

import random
import sys
import tempfile
import time
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from localrun.autoloader import CloudFilesReader, LoadContext
from localrun.spark import session

NAMES = ["id", "customer", "amount", "ordered_at", "address", "region", "note", "code"]
OPTIONS = {"header": "true", "multiLine": "true", "escape": '"'}
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]


def write(path: Path, megabytes: int, careful: bool) -> None:
    """Orders: a third of the cells quoted, some with line breaks and quotes in them.

    A `careful` file has a quote inside of a cell without quotes.
    """
    random.seed(7)
    lines = []
    for number in range(20_000):
        note = " ".join(random.choices(WORDS, k=random.randint(2, 9)))
        if number % 50 == 0:
            note = note.replace(" ", "\n", 1)
        if number % 10 == 0:
            note += f', ""{random.choice(WORDS)}""'
        cells = [
            str(number),
            f"{random.choice(WORDS)}-{random.randint(1, 99_999)}",
            f"{random.random() * 1000:.2f}",
            f"2024-{random.randint(1, 12):02}-{random.randint(1, 28):02} 10:00:00",
            f'"{random.choice(WORDS)}, {random.choice(WORDS)}"',
            random.choice(["EU", "US", "APAC", ""]),
            f'"{note}"' if number % 2 == 0 else note,
            str(random.randint(0, 10**9)),
        ]
        lines.append(",".join(cells) + "\n")
    block = "".join(lines)
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(NAMES) + "\n")
        for _ in range(megabytes * 2**20 // len(block) + 1):
            file.write(block)
        if careful:
            file.write('0,5" pipe,1.00,2024-01-01 10:00:00,x,EU,y,0\n')


def own(spark: SparkSession, folder: Path) -> DataFrame:
    schema = ", ".join(f"{name} STRING" for name in NAMES)
    return spark.readStream.options(**OPTIONS).schema(schema).csv(str(folder))


def ours(spark: SparkSession, folder: Path, state: Path) -> DataFrame:
    context = LoadContext(state, False, lambda path, signature: None)
    reader = CloudFilesReader(spark, context).option("cloudFiles.format", "csv")
    return reader.options(**OPTIONS).load(str(folder)).select(*NAMES)


def drain(df: DataFrame, checkpoint: Path, table: Path | None = None) -> float:
    writer = df.writeStream.option("checkpointLocation", str(checkpoint))
    writer = writer.trigger(availableNow=True)
    writer = writer.format("parquet" if table else "noop")
    begun = time.perf_counter()
    writer.start(str(table) if table else None).awaitTermination()
    return time.perf_counter() - begun


def digest(spark: SparkSession, table: Path) -> tuple[int, int]:
    """Number of rows, and a sum over them that every value changes."""
    hashed = F.sum(F.xxhash64(*NAMES).cast("decimal(38,0)"))
    row = spark.read.parquet(str(table)).agg(F.count(F.lit(1)), hashed).first()
    assert row is not None
    return tuple(row)


def main(megabytes: int, rounds: int, kind: str) -> None:
    spark = session.start()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        folder = root / "landing"
        folder.mkdir()
        write(folder / "orders.csv", megabytes, kind == "careful")
        drain(own(spark, folder), root / "c0", root / "own")
        drain(ours(spark, folder, root / "s0"), root / "c1", root / "ours")
        rows, _ = expected = digest(spark, root / "own")
        assert digest(spark, root / "ours") == expected, "the results differ"
        print(f"{megabytes} MB, {rows} rows, {kind}: the results are the same")
        ratios = []
        for number in range(rounds):
            here = root / str(number)
            theirs = drain(own(spark, folder), here / "a")
            begun = time.perf_counter()
            df = ours(spark, folder, here / "state")
            looked = time.perf_counter() - begun
            took = looked + drain(df, here / "b")
            ratios.append(took / theirs)
            print(
                f"Spark {theirs:.1f} s, ours {took:.1f} s (a look at the file "
                f"{looked:.1f} s), ratio {ratios[-1]:.2f}"
            )
        print(f"ratio, median of {rounds}: {sorted(ratios)[rounds // 2]:.2f}")


if __name__ == "__main__":
    arguments = [*sys.argv[1:], *["100", "3", "plain"][len(sys.argv) - 1 :]]
    main(int(arguments[0]), int(arguments[1]), arguments[2])
