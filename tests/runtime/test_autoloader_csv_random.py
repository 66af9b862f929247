"""CSV files of odd shapes, by chance: no value is lost, whichever way they are read."""

import re
from random import Random

import pytest
from autoloading import Source

from localrun.autoloader import csv_look, options
from localrun.autoloader.csv_beginnings import Quoting

QUOTING = Quoting.of(
    options.parse(
        {"cloudFiles.format": "csv", "escape": '"', "multiLine": "true"}, None
    )
)
PIECES = ["a", "b", ",", ",", "\n", "\n", '"', '"', '""', '"a"', "\r", " "]


def counted(text: str) -> set[int] | None:
    """The numbers of cells of its records, sign by sign; None where no end is clear."""
    numbers: set[int] = set()
    cells, at, is_blank = 1, 0, True
    while at < len(text):
        if text[at] == '"':
            at += 1
            while not (text[at : at + 1] == '"' and text[at + 1 : at + 2] != '"'):
                if at >= len(text):
                    return None
                at += 2 if text[at : at + 2] == '""' else 1
            is_blank = False
        while at < len(text) and text[at] not in ",\n":
            if text[at] == "\r":
                return None
            is_blank, at = False, at + 1
        if at == len(text):
            break
        if text[at] == ",":
            cells, is_blank = cells + 1, False
        else:
            numbers |= set() if is_blank else {cells}
            cells, is_blank = 1, True
        at += 1
    return numbers if is_blank else {*numbers, cells}


@pytest.mark.parametrize("is_possessive", [True, False])
@pytest.mark.parametrize("block", [1, 7, 2**22])
def test_a_look_counts_the_cells_that_are_there(
    tmp_path, monkeypatch, block, is_possessive
):
    if not is_possessive:  # as on Python 3.10
        monkeypatch.setattr(csv_look, "_IS_POSSESSIVE", False)
    monkeypatch.setattr(csv_look, "_BLOCK", block)
    rng, path = Random(block), tmp_path / "a.csv"
    for _ in range(300):
        text = "x\n" + "".join(rng.choices(PIECES, k=rng.randint(0, 14)))
        path.write_text(text, newline="")
        found = csv_look.look(str(path), QUOTING)
        expected = counted(text)
        assert found.plain == (expected is not None), text
        assert found.cells == (expected or set()), text


def cell(rng: Random, odd: bool, number: int) -> str:
    text = f"v{number}v"
    shapes = [text, f'"{text}"', f'"{text}, and more"', f'"{text}\n"', f' "{text}" ']
    shapes += [f'{text}" wide', f'"{text}"s', f'"a ""{text}"""', text + " " * 3]
    if odd:
        shapes += [f'"{text}', f"{text}\r", f'"x"\r\n"{text}"', f'""{text}"']
    return rng.choice(shapes)


def written(rng: Random, kind: str, first: int) -> str:
    """A file whose cells all have a number of their own, from `first` on."""
    names = ["id", "a", "a", "", "_c1", "a1", "A", " b", '"c,d"', "Größe"]
    header = ["id", "name", "note"]
    if kind != "one header":
        header = rng.choices(names, k=rng.randint(2, 6))
    lines = [",".join(header)]
    for _ in range(rng.randint(1, 8)):
        ragged = 0 if kind == "one header" else rng.choice([0, 0, -1, 1, 2])
        width = max(1, len(header) + ragged)
        cells = [cell(rng, kind == "odd", first + i) for i in range(width)]
        first += width
        lines.append(",".join(cells))
        lines += rng.choice([[], [], [""], ["  "]]) if kind != "one header" else []
    end = rng.choice(["\n", "\r\n"]) if kind == "odd" else "\n"
    mark = "\ufeff" if kind != "one header" and rng.random() < 0.3 else ""
    return mark + end.join(lines) + rng.choice(["", end])


@pytest.mark.parametrize("kind", ["one header", "several headers", "odd"])
def test_every_value_of_every_file_is_in_a_column(spark, tmp_path, kind):
    hints = {"cloudFiles.schemaHints": "_corrupt_record STRING"}
    source = Source(spark, tmp_path, "csv", escape='"', multiLine=True, **hints)
    rng, expected = Random(kind), set()
    for number in range(12):
        text = written(rng, kind, first=number * 1000)
        source.put(f"{number}.csv", text)
        expected |= set(re.findall(r"v\d+v", text))
    found = " ".join(str(value) for row in source.run() for value in row.values())
    assert len(expected) > 100
    assert expected - set(re.findall(r"v\d+v", found)) == set()
