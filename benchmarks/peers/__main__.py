"""Install the peers, run them and print their figures beside ours: `python -m benchmarks.peers`."""

from benchmarks.peers.rows import peer_rows
from benchmarks.report import results, show


def main() -> None:
    """Print the table."""
    show(results(list(peer_rows())))


if __name__ == "__main__":
    main()
