"""Small files as programs and people write them: each with its cells, or with the message and the step that it names."""

import bz2
import gzip
from dataclasses import dataclass, field

U = [round(i * 1.5 - 3, 2) for i in range(12)]
V = [(i * 7 % 12) / 4 for i in range(12)]
Y = ["no"] * 8 + ["yes"] * 4
NAMES = ["u", "v", "y"]


@dataclass(frozen=True)
class File:
    """A file, and what comes of it.

    `answer` is the first rows of the output, of all columns. `messages` are the beginnings of the errors, one after the other,
    and `steps` what each of them names: further options, or an edit of the file.
    """

    name: str
    content: bytes
    names: list[str] = field(default_factory=lambda: NAMES)
    answer: list[tuple] = field(default_factory=lambda: list(zip(U, V, Y, strict=True)))
    note: str = ""
    messages: tuple[str, ...] = ()
    steps: tuple = ()


def lines(head, line, end="\n", encoding="utf-8"):
    """The bytes of a head and of twelve lines, each made from its number and its cells."""
    rows = [head] if head is not None else []
    rows += [line(i, u, v, y) for i, (u, v, y) in enumerate(zip(U, V, Y, strict=True))]
    return "".join(row + end for row in rows).encode(encoding)


def plain(i, u, v, y):
    return f"{u},{v},{y}"


def comma(i, u, v, y):
    return f"{u};{v};{y}".replace(".", ",")


def without_names(i, u, v, y):
    return f"{i + 1},{u},{v},{y}"


def numbers(write):
    """The bytes of a table whose first column is written by a function of the number of the row."""
    return lines("a,v,y", lambda i, u, v, y: f"{write(i)},{v},{y}")


def marked(name, write, values, messages, *steps):
    """A file whose first column holds marks."""
    answer = list(zip(values, V, Y, strict=True))
    return File(f"{name}.csv", numbers(write), ["a", "v", "y"], answer, messages=messages, steps=steps)


def labels(name, write, answer, messages=(), steps=(), note=""):
    """A file whose labels are written by a function of the number of the row and the label."""
    content = lines("u,v,y", lambda i, u, v, y: f"{u},{v},{write(i, y)}")
    return File(f"{name}.csv", content, NAMES, list(zip(U, V, answer, strict=False)), note, messages, steps)


def take_out(mark):
    """An edit of a file that takes out a mark."""
    return lambda content: content.replace(mark.encode(), b"")


PLAIN = lines("u,v,y", plain)
LABELLED = [(i + 1, *cells) for i, cells in enumerate(zip(U, V, Y, strict=True))]
ROW_LABELS = "column '' labels the rows"
TRAILING = "a separator ends each line; the empty column behind it is left out"
BLANKS = "several blanks, or blanks at the ends of lines, were taken for one separator"
MARKS = "features must be numbers. Numbers have other marks in 'a' "
WHICH = "features must be numbers. Say what the mark in 'a' "
MISSING = "labels are missing in column 'y', the first in row "

FILES = [
    # Rows that are numbered or named
    File(
        "r-write-csv.csv",
        lines('"","u","v","y"', lambda i, u, v, y: f'"{i + 1}",{u},{v},"{y}"'),
        ["", *NAMES],
        LABELLED,
        ROW_LABELS,
    ),
    File("pandas-index.csv", lines(",u,v,y", without_names), ["", *NAMES], LABELLED, ROW_LABELS),
    File(
        "pandas-shuffled-index.csv",
        lines(",u,v,y", lambda i, u, v, y: f"{i * 7 % 12},{u},{v},{y}"),
        ["", *NAMES],
        [(i * 7 % 12, *cells[1:]) for i, cells in enumerate(LABELLED)],
        ROW_LABELS,
    ),
    File(
        "pandas-index-twice.csv",
        lines("Unnamed: 0,u,v,y", without_names),
        ["Unnamed: 0", *NAMES],
        LABELLED,
        "column 'Unnamed: 0' labels",
    ),
    File(
        "r-row-names.csv",
        lines('"","u","v","y"', lambda i, u, v, y: f'"car {i}",{u},{v},"{y}"'),
        ["", *NAMES],
        [(f"car {i}", *cells[1:]) for i, cells in enumerate(LABELLED)],
        ROW_LABELS,
    ),
    File(
        "r-write-table.txt",
        lines('"u" "v" "y"', lambda i, u, v, y: f'"{i + 1}" {u} {v} "{y}"'),
        ["", *NAMES],
        LABELLED,
        ROW_LABELS,
    ),
    File(
        "r-write-table.csv",
        lines('"u","v","y"', lambda i, u, v, y: f'"{i + 1}",{u},{v},"{y}"'),
        ["", *NAMES],
        LABELLED,
        ROW_LABELS,
    ),
    File(
        "name-or-decimal-comma.csv",
        lines("u,v,y", lambda i, u, v, y: f"{i + 1},{i * 3 % 11},{i * 5 % 7},{y}"),
        ["id", *NAMES],
        [(i + 1, i * 3 % 11, i * 5 % 7, Y[i]) for i in range(12)],
        messages=("the first line of 'name-or-decimal-comma.csv' has 3 cells and each line below has 4: either",),
        steps=(lambda content: b"id," + content,),
    ),
    File(
        "nameless-feature.csv",
        lines(",u,y", lambda i, u, v, y: f"{v},{u},{y}"),
        ["", "u", "y"],
        list(zip(V, U, Y, strict=True)),
    ),
    # Separators
    File("trailing.csv", lines("u,v,y,", lambda i, u, v, y: plain(i, u, v, y) + ","), note=TRAILING),
    File("trailing-crlf.csv", lines("u,v,y,", lambda i, u, v, y: plain(i, u, v, y) + ",", "\r\n"), note=TRAILING),
    File("trailing-rows.csv", lines("u,v,y", lambda i, u, v, y: plain(i, u, v, y) + ","), note=TRAILING),
    File(
        "trailing-several.csv",
        lines("u,v,y,,,", lambda i, u, v, y: plain(i, u, v, y) + ",,,") + b",,,,,\n",
        note=TRAILING,
    ),
    File("excel-sep.csv", lines("sep=;\nu;v;y", lambda i, u, v, y: f"{u};{v};{y}")),
    File(
        "excel-sep-bom.csv",
        lines("\ufeffsep=;\r\nu;v;y", comma, "\r\n"),
        messages=("features must be numbers. Numbers have other marks in 'u' ('-3,0'): add --decimal ','",),
        steps=(["--decimal", ","],),
    ),
    File(
        "european.csv",
        lines("u;v;y", comma),
        messages=(
            "'european.csv' looks ';' separated; add --separator ';'",
            "features must be numbers. Numbers have other marks in 'u' ('-3,0'): add --decimal ','",
        ),
        steps=(["--separator", ";"], ["--decimal", ","]),
    ),
    File("blanks.txt", lines("  u   v  y", lambda i, u, v, y: f" {u:8.2f} {v:8.2f}  {y}  "), note=BLANKS),
    File(
        "tab-and-blanks.data",
        lines("u v y", lambda i, u, v, y: f'{u:8.2f}   {v:6.2f}\t"{y} or so"'),
        note=BLANKS,
        answer=[(u, v, f"{y} or so") for u, v, y in zip(U, V, Y, strict=True)],
    ),
    File(
        "blanks.csv",
        lines("u   v  y", lambda i, u, v, y: f"{u:8.2f} {v:8.2f}  {y}"),
        note=BLANKS,
        messages=("'blanks.csv' looks ' ' separated; add --separator ' '",),
        steps=(["--separator", " "],),
    ),
    File("tabs.txt", lines("u\tv\ty", lambda i, u, v, y: f"{u}\t{v}\t{y}")),
    File("commas.data", PLAIN),
    File(
        "uci.data",
        lines(None, plain),
        ["column_0", "column_1", "column_2"],
        messages=(
            "the table has no column 'y'; it has '-3.0', '0.0', 'no'; add --no-header if its first line is data",
        ),
        steps=(["--no-header", "-t", "-1"],),
    ),
    File(
        "two-separators.txt",
        lines("u,a;v,b;y", lambda i, u, v, y: f"{i},1;{i},2;{y}"),
        ["u,a", "v,b", "y"],
        [(i + 0.1, i + 0.2, y) for i, y in enumerate(Y)],
        messages=(
            "'two-separators.txt' may be separated by ',' or ';'; give one of them with --separator",
            "features must be numbers. Numbers have other marks in 'u,a' ('0,1'): add --decimal ','",
        ),
        steps=(["--separator", ";"], ["--decimal", ","]),
    ),
    File("tabs.dat", lines("u\tv\ty", lambda i, u, v, y: f"{u}\t{v}\t{y}")),
    File("mac.csv", lines("u,v,y", plain, "\r")),
    File("windows.csv", lines("\ufeffu,v,y", plain, "\r\n")),
    # Compressed
    File("packed.csv.gz", gzip.compress(PLAIN, mtime=0)),
    File("packed.tsv.gz", gzip.compress(PLAIN.replace(b",", b"\t"), mtime=0)),
    File("packed.csv.bz2", bz2.compress(PLAIN)),
    File("packed.txt.gz", gzip.compress(PLAIN.replace(b",", b"   "), mtime=0), note=BLANKS),
    # Numbers
    marked(
        "decimal-comma",
        lambda i: f'"{i},5"',
        [i + 0.5 for i in range(12)],
        (MARKS + "('0,5'): add --decimal ','",),
        ["--decimal", ","],
    ),
    marked(
        "thousands",
        lambda i: f'"{1234567 * (i + 1):,}"',
        [1234567 * (i + 1) for i in range(12)],
        (MARKS + "('1,234,567'): add --thousands ','",),
        ["--thousands", ","],
    ),
    marked(
        "thousands-or-fraction",
        lambda i: f'"{i + 1},300"',
        [1300 + 1000 * i for i in range(12)],
        (WHICH + "('1,300') means: --decimal ',' reads 1.3 and --thousands ',' reads 1300",),
        ["--thousands", ","],
    ),
    marked(
        "fraction-or-thousands",
        lambda i: f'"{i + 1},300"',
        [i + 1.3 for i in range(12)],
        (WHICH + "('1,300') means: --decimal ',' reads 1.3 and --thousands ',' reads 1300",),
        ["--decimal", ","],
    ),
    marked(
        "some-thousands",
        lambda i: f'"{i * 400:,}"',
        [i * 400 for i in range(12)],
        (WHICH + "('1,200') means: --decimal ',' reads 1.2 and --thousands ',' reads 1200",),
        ["--thousands", ","],
    ),
    marked(
        "points-and-comma",
        lambda i: f'"1.23{i % 10},5"',
        [1230.5 + i % 10 for i in range(12)],
        (MARKS + "('1.230,5'): add --decimal ',' --thousands '.'",),
        ["--decimal", ",", "--thousands", "."],
    ),
    marked(
        "points",
        lambda i: f"1.234.56{i % 10}",
        [1234560 + i % 10 for i in range(12)],
        (MARKS + "('1.234.560'): add --decimal ',' --thousands '.'",),
        ["--decimal", ",", "--thousands", "."],
    ),
    marked(
        "no-break-space",
        lambda i: f"{i + 1}\u00a0300",
        [1300 + 1000 * i for i in range(12)],
        (MARKS + "('1\\xa0300'): add --thousands ' '",),
        ["--thousands", " "],
    ),
    marked(
        "thin-space",
        lambda i: f"{i + 1}\u202f300",
        [1300 + 1000 * i for i in range(12)],
        (MARKS + "('1\\u202f300'): add --thousands ' '",),
        ["--thousands", "space"],
    ),
    File(
        "points-beside-comma.csv",
        lines("a,b,y", lambda i, u, v, y: f'"{i},5",1.{i + 234},{y}'),
        ["a", "b", "y"],
        [(i + 0.5, 1234 + i, y) for i, y in enumerate(Y)],
        messages=(
            "features must be numbers. Numbers have other marks in 'a' ('0,5'): add --decimal ','",
            "features must be numbers. Say what the mark in 'b' ('1.234') means: '1,234' in its place reads 1.234 and "
            "--decimal ',' --thousands '.' reads 1234",
        ),
        steps=(["--decimal", ","], ["--thousands", "."]),
    ),
    marked(
        "apostrophe",
        lambda i: f"{i + 1}'300.5",
        [1300.5 + 1000 * i for i in range(12)],
        (MARKS + '("1\'300.5"): add --thousands "\'"',),
        ["--thousands", "'"],
    ),
    marked(
        "lakh",
        lambda i: f'"{i + 1},23,456"',
        [123456 + 100000 * i for i in range(12)],
        (MARKS + "('1,23,456'): add --thousands ','",),
        ["--thousands", ","],
    ),
    marked(
        "dollars",
        lambda i: f"${i}.25",
        [i + 0.25 for i in range(12)],
        (
            "features must be numbers. Take '$' out of the cells: cells with numbers alone are read, and not 'a' ('$0.25')",
        ),
        take_out("$"),
    ),
    marked(
        "euros",
        lambda i: f'"{i},25 €"',
        [i + 0.25 for i in range(12)],
        (
            "features must be numbers. Take '€' out of the cells, then add --decimal ',': cells with",
            MARKS + "('0,25'): add --decimal ','",
        ),
        take_out("€"),
        ["--decimal", ","],
    ),
    marked(
        "percent",
        lambda i: f"{i}.5%",
        [i + 0.5 for i in range(12)],
        ("features must be numbers. Take '%' out of the cells",),
        take_out("%"),
    ),
    marked(
        "brackets",
        lambda i: f"({i + 1})",
        [-i - 1 for i in range(12)],
        ("features must be numbers. Write -5 for (5): cells with numbers alone",),
        lambda content: content.replace(b"(", b"-").replace(b")", b""),
    ),
    marked(
        "comma-and-missing",
        lambda i: "NA" if i == 3 else f'"{i},5"',
        [i + 0.5 for i in range(12)],
        (MARKS + "('0,5'): add --decimal ','", "features must be numbers. Fill in missing cells"),
        ["--decimal", ","],
        lambda content: content.replace(b"NA", b'"3,5"'),
    ),
    marked("minus-sign", lambda i: f"\u2212{i}.5", [-i - 0.5 for i in range(12)], ()),
    marked("padded", lambda i: f"\u00a0{i}.5 ", [i + 0.5 for i in range(12)], ()),
    # Ids
    File(
        "id-of-20-digits.csv",
        lines("id,u,v,y", lambda i, u, v, y: f"{12345678901234567890 + i},{u},{v},{y}"),
        ["id", *NAMES],
        [(12345678901234567890 + i, *cells[1:]) for i, cells in enumerate(LABELLED)],
        messages=(
            "column 'id' holds whole numbers of 20 digits, which distances round and SMOTE refuses: "
            "if it is an id, name it in --passthrough",
        ),
        steps=(["--passthrough", "id"],),
    ),
    # Labels
    labels(
        "missing-na",
        lambda i, y: "NA" if i == 4 else y,
        [*Y[:4], "NA", *Y[5:]],
        (f"1 of 12 {MISSING}5 ('NA'); fill",),
        (["--missing-as-class", "--sampling-strategy", "yes=8"],),
    ),
    labels(
        "missing-nan",
        lambda i, y: "nan" if i in (2, 3) else y,
        Y,
        (f"2 of 12 {MISSING}3 ('nan'); fill",),
        (lambda content: content.replace(b"nan", b"no"),),
    ),
    labels(
        "missing-mark",
        lambda i, y: "?" if i == 11 else y,
        Y[:11],
        (f"1 of 12 {MISSING}12 ('?'); fill",),
        (take_out("13.5,1.25,?\n"),),
    ),
    labels(
        "missing-cell",
        lambda i, y: "" if i == 4 else y,
        [*Y[:4], "", *Y[5:]],
        (f"1 of 12 {MISSING}5 (an empty cell); fill",),
        (["--missing-as-class", "--sampling-strategy", "yes=8"],),
    ),
    labels(
        "missing-blank",
        lambda i, y: "  " if i == 4 else y,
        [*Y[:4], "  ", *Y[5:]],
        (f"1 of 12 {MISSING}5 (an empty cell); fill",),
        (["--missing-as-class", "--sampling-strategy", "yes=8"],),
    ),
    labels("plus-and-minus", lambda i, y: "-" if y == "no" else "+", ["-"] * 8 + ["+"] * 4),
    labels("none-is-a-class", lambda i, y: "none" if y == "no" else "severe", ["none"] * 8 + ["severe"] * 4),
    labels(
        "equal-numbers",
        lambda i, y: "0" if y == "no" else ("1.0" if i > 10 else "1"),
        [0] * 8 + [1] * 4,
        note="labels '1', '1.0' of column 'y' are one number, and one class: '1'",
    ),
    labels(
        "equal-numbers-among-words",
        lambda i, y: y if y == "no" else ("01" if i > 10 else "1"),
        ["no"] * 8 + ["1"] * 4,
        note="labels '1', '01' of column 'y' are one number",
    ),
    labels(
        "case",
        lambda i, y: "No" if i < 3 else y,
        ["No"] * 3 + Y[3:],
        note="labels 'No', 'no' of column 'y' differ by case or blanks only and are 2 classes",
    ),
    labels(
        "outer-blanks",
        lambda i, y: " no" if i < 3 else y,
        [" no"] * 3 + Y[3:],
        note="labels ' no', 'no' of column 'y' differ by case or blanks only and are 2 classes",
    ),
]
