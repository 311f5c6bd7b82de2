# SPDX-License-Identifier: Apache-2.0
"""The queries in DuckDB."""
import decimal
import pathlib
import tempfile
import time

import duckdb

HERE = pathlib.Path(__file__).resolve().parent
VIEWS = ("gaps", "captures", "sketches")


def plain(value):
    """A number as JSON has it."""
    if isinstance(value, decimal.Decimal):
        return int(value) if value == int(value) else float(value)
    return value


class Session:
    """The lines below a folder that has fleet/."""

    def __init__(self, folder, threads=None):
        self.database = duckdb.connect()
        self.database.execute(f"SET file_search_path = '{folder}'")
        if threads:
            self.database.execute(f"SET threads = {threads}")
        self.seconds = {}

    def load(self, only=None):
        """Reads the lines, of hosts whose names match a pattern, and makes the views."""
        text = (HERE / "load.sql").read_text(encoding="utf-8")
        if only:
            text = text.replace("fleet/*/", f"fleet/{only}/")
        begin = time.monotonic()
        self.database.execute(text)
        self.seconds["load"] = time.monotonic() - begin
        for name in VIEWS:
            self.database.execute((HERE / f"views/{name}.sql").read_text(encoding="utf-8"))

    def ask(self, query):
        answer = self.database.execute(query)
        names = [column[0] for column in answer.description]
        return [{name: plain(value) for name, value in zip(names, row)} for row in answer.fetchall()]

    def answers(self):
        """What each query answers, by its name."""
        found = {}
        for path in sorted((HERE / "queries").glob("*.sql")):
            begin = time.monotonic()
            found[path.stem] = self.ask(path.read_text(encoding="utf-8"))
            self.seconds[path.stem] = time.monotonic() - begin
        return found


def merged_of_parts(folder, patterns):
    """The percentiles of sketches that several databases made, each of other hosts: nothing else of them met."""
    with tempfile.TemporaryDirectory() as parts:
        for number, pattern in enumerate(patterns):
            part = Session(folder)
            part.load(pattern)
            part.database.execute(f"COPY sketches TO '{parts}/sketches-{number}.parquet'")
            part.database.execute(
                f"COPY (SELECT * FROM records WHERE _record = 'loss') TO '{parts}/loss-{number}.parquet'")
        middle = Session(folder)
        middle.database.execute(f"CREATE VIEW sketches AS FROM '{parts}/sketches-*.parquet'")
        middle.database.execute(f"CREATE VIEW records AS FROM '{parts}/loss-*.parquet'")
        return middle.ask((HERE / "queries/6-percentiles.sql").read_text(encoding="utf-8"))
