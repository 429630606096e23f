"""Prints the circuits of relations: how large they are, how well they do beside what, and how they transfer."""

from collections.abc import Sequence

import pandas as pd

from graphdb.tables import Format, cell, print_frame, print_json, records


def print_relation_circuits(circuits: pd.DataFrame, transfer: pd.DataFrame, form: Format) -> None:
    """Print circuits (rows of the query) and the transfer matrix among their relations; CSV has the circuits alone."""
    names = list(dict.fromkeys(circuits["relation"]))
    among = transfer[transfer["circuit_of"].isin(names) & transfer["facts_of"].isin(names)]
    match form:
        case Format.JSON:
            print_json({"circuits": records(circuits), "transfer": records(among)})
        case Format.CSV:
            print_frame(circuits, form)
        case Format.TABLE:
            print_frame(_sizes(circuits), form, "Circuits of relations; collapsed: q, k, v merged, kv-heads expanded")
            print_frame(_quality(circuits, "faithfulness"), form, "\nMean faithfulness, 95% interval over facts")
            print_frame(_quality(circuits, "hit10"), form, "\nHit@10, 95% interval over facts")
            for rule, rows in among.groupby("rule"):
                print_frame(matrix(rows, names), form, f"\nFaithfulness of circuits ({rule}) on held-out facts; * own")
            print("\nrandom: equal size and layer profile; shuffled: the answers of the relation's other facts")


def _sizes(circuits: pd.DataFrame) -> pd.DataFrame:
    columns = ["relation", "rule", "edges", "nodes", "edges_collapsed", "nodes_collapsed", "vote_share", "reached"]
    return circuits[columns].rename(columns=lambda name: name.replace("_", " "))


def _quality(circuits: pd.DataFrame, figure: str) -> pd.DataFrame:
    """One figure on both parts, beside what it is compared with."""
    low, high = ("low", "high") if figure == "faithfulness" else ("hit10_low", "hit10_high")
    interval = [f"{cell(a)}–{cell(b)}" for a, b in zip(circuits[low], circuits[high], strict=True)]
    shown = circuits[["relation", "rule", "facts_train", f"{figure}_train", "facts", figure]].assign(interval=interval)
    beside = [f"{figure}_shuffled", f"{figure}_random", *(["hit10_model", "hit10_model_shuffled"] * (low != "low"))]
    names = {f"{figure}_train": "train", "facts_train": "n train", "facts": "n held out", figure: "held out"}
    return shown.join(circuits[beside]).rename(columns=lambda name: names.get(name, name.removeprefix(f"{figure}_")))


def matrix(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Circuits down, facts across, the diagonal marked; empty where a pair was never run together."""
    values = {(row["circuit_of"], row["facts_of"]): row["faithfulness"] for row in records(rows)}

    def shown(circuit: str, facts: str) -> str:
        return cell(values.get((circuit, facts))) + ("*" if circuit == facts else "")

    return pd.DataFrame(
        [{"circuit of": circuit} | {facts: shown(circuit, facts) for facts in names} for circuit in names]
    )
