"""Install the peers, run them and print their figures beside ours: `python -m benchmarks.peers`.

`--only times` or `--only exchange`; with `--store`, the circuits that are exchanged are those of a store.
"""

import argparse

from benchmarks.peers.exchange import exchange_rows
from benchmarks.peers.rows import peer_rows
from benchmarks.report import results, show


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers")
    parser.add_argument("--only", choices=["times", "exchange"])
    parser.add_argument("--store", default="", help="a store whose circuits are exchanged; default: a new one")
    given = parser.parse_args()
    rows = [] if given.only == "exchange" else [*peer_rows()]
    rows += [] if given.only == "times" else exchange_rows(given.store)
    show(results(rows))


if __name__ == "__main__":
    main()
