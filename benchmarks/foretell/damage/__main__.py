"""Which answers an edit damages: `python -m benchmarks.foretell.damage --workers 14`.

Makes edits, one at a time, and asks all other known facts before and after; tells which answers change by keys,
margins, prompts and circuits. Prints the section, and writes a summary beside those of other models and methods, and
docs/foretelling.md.
"""

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.foretell import report
from benchmarks.foretell.damage.page import section
from benchmarks.foretell.damage.study import Study, measured, opened
from benchmarks.foretell.damage.summary import summary
from ingest.editing.prompts.request import check_method
from ingest.model_files import DEFAULT_MODEL


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.foretell.damage", description=__doc__)
    parser.add_argument("--edits", type=int, default=24, help="at least 2: fits leave one edit's relation out")
    parser.add_argument("--method", default="rome")
    parser.add_argument("--layer", type=int, help="default: as `kcircuits edit` chooses it")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="name or folder")
    parser.add_argument("--relations", nargs="+", default=(), help="packaged relations; default: all")
    parser.add_argument("--facts", type=int, help="facts of each relation; default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument(
        "--json",
        type=Path,
        default=report.DAMAGE,
        help="where the summary goes; default: benchmarks/foretell_damage.json, and into the page",
    )
    asked = parser.parse_args()
    if asked.edits < 2 or asked.workers < 1:
        parser.error(f"--edits {asked.edits} --workers {asked.workers}: give at least 2 edits and one worker")
    method, relations = check_method(asked.method), tuple(asked.relations)
    study = Study(method, asked.layer, asked.edits, asked.model, relations, asked.facts, asked.seed)
    bench = opened(study)  # before workers are: what it measures is in the model cache then
    study = replace(study, layer=bench.layer)
    found = summary(measured(study, bench.model.weights.topology, asked.workers))
    about = {"date": datetime.now(UTC).date().isoformat(), "layer": bench.layer, "known": len(bench.known.facts)}
    print(section({bench.model.record.id: {method.value: about | found}}))
    report.write_damage(bench.model.record.id, method.value, about | found, asked.json)


if __name__ == "__main__":
    main()
