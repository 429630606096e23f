"""The look of the graph's labels in Neo4j Browser, as a graph style sheet (GraSS).

The Browser merges every rule that fits a node, the last one counts most; so `Head` stands below `Component`. See
https://neo4j.com/docs/browser-manual/current/operations/browser-styling/.
"""

from graphdb import schema

LOOKS = {
    "Model": ("#5f6670", 65, "name"),
    "Relation": ("#0b7a63", 65, "name"),
    "Fact": ("#9a5b00", 50, "subject"),
    "Circuit": ("#2b6cb0", 65, "method"),
    "RelationCircuit": ("#2c5282", 65, "rule"),
    "Component": ("#5f6670", 50, "name"),
    "Embed": ("#5f6670", 50, "name"),
    "Head": ("#8b3fb0", 50, "name"),
    "KVHead": ("#b0559f", 50, "name"),
    "MLP": ("#2b6cb0", 50, "name"),
    "Logits": ("#5f6670", 65, "name"),
    "CircuitNode": ("#2b6cb0", 50, "name"),
    "HeadRole": ("#8b3fb0", 50, "role"),
    "Contrast": ("#9a5b00", 50, "kind"),
    "Recall": ("#9a5b00", 50, "answer"),
}
"""Label -> colour, on which white reads at 4.5 to 1 or better, diameter in pixels, the property that is its caption."""
CAPTIONS = {"FLOWS": "channel", "HOLDS_FOR": "role"}
"""Type of relationships -> the property that is its caption, in place of the type."""
OTHER = ("#5f6670", 50, "id")
"""How labels without a look of their own are drawn: what belongs to measures."""


def grass() -> str:
    """Return the style sheet: a rule for each label of the schema, its second labels, and types with a caption."""
    labels = [label for node in schema.NODES for label in (node.label, *node.kinds)]
    nodes = [_rule(f"node.{label}", _node(*LOOKS.get(label, OTHER))) for label in labels]
    types = [_rule(f"relationship.{name}", {"caption": f'"{{{shown}}}"'}) for name, shown in CAPTIONS.items()]
    return "\n".join([_rule("node", _NODE), *nodes, _rule("relationship", _RELATIONSHIP), *types])


_NODE = {"diameter": "50px", "border-width": "2px", "font-size": "10px", "caption": '"{id}"'}
_RELATIONSHIP = {
    "color": "#8a8f98",
    "shaft-width": "1px",
    "font-size": "8px",
    "padding": "3px",
    "text-color-external": "#000000",
    "text-color-internal": "#FFFFFF",
    "caption": '"<type>"',
}


def _node(colour: str, diameter: int, caption: str) -> dict[str, str]:
    return {
        "color": colour,
        "border-color": colour,
        "text-color-internal": "#FFFFFF",
        "diameter": f"{diameter}px",
        "caption": f'"{{{caption}}}"',
    }


def _rule(selector: str, properties: dict[str, str]) -> str:
    lines = "".join(f"  {name}: {value};\n" for name, value in properties.items())
    return f"{selector} {{\n{lines}}}\n"
