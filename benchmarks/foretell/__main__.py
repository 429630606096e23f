"""What can be told before it is known: `python -m benchmarks.foretell`.

Whether a model's first choice is wrong, by its certainty and by what movers add. Prints the tables, and writes
benchmarks/foretell.json, docs/foretelling.md and, for the default model, the weights that the package ships.
"""

import argparse
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from benchmarks.foretell import report
from benchmarks.foretell.answers import fitted, packaged, rows
from benchmarks.foretell.pushes import kinds, pushes
from graphdb.tables import Format, print_frame
from ingest.model import load
from ingest.model_files import DEFAULT_MODEL, resolve


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.foretell", description=__doc__)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="name or folder")
    asked = parser.parse_args()
    model = load(resolve(asked.model, print))
    cases, rivals = packaged(model)
    found = list(rows(cases))
    print_frame(pd.DataFrame(found), Format.TABLE)
    print_frame(pd.DataFrame(pushes(rivals)), Format.TABLE)
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "facts": len(cases.wrong),
        "relations": len(np.unique(cases.relations)),
        "wrong": int(cases.wrong.sum()),
        "relations_wrong": len(np.unique(cases.relations[cases.wrong])),
        "rows": found,
        "answers": {"wrong": sum(each.wrong for each in rivals), "right": sum(not each.wrong for each in rivals)},
        "pushes": list(pushes(rivals)),
        "kinds": kinds(rivals),
    }
    report.write({**report.stored(), model.record.id: result})
    if asked.model == DEFAULT_MODEL:
        report.ship(model.record.id, fitted(cases))


if __name__ == "__main__":
    main()
