"""What the bulk imports of both engines write of circuits' own nodes and edges."""

import math

from graphdb import schema
from graphdb.records import Circuit

NODE = schema.node("CircuitNode").properties
INCLUDED = schema.relationship("Circuit", "INCLUDES", "Component").properties
FLOW = schema.relationship("CircuitNode", "FLOWS", "CircuitNode").properties


def fits(circuit: Circuit) -> bool:
    """Whether files and JSON can carry the circuit: a sum of weights may have left the finite numbers."""
    return math.isfinite(sum(abs(edge.weight) for edge in circuit.edges))
