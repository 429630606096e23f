"""The registry of discovery methods: one file and one line each."""

from ingest.methods.acdc import ACDC
from ingest.methods.base import EFFORTS, Effort, Method
from ingest.methods.eap import EAP
from ingest.methods.eap_ig import EAP_IG
from ingest.methods.random_scores import RANDOM
from ingest.methods.relp import RELP
from ingest.methods.secant import SECANT
from ingest.methods.secant_relp import SECANT_RELP
from ingest.methods.trained import TRAINED

METHODS = {method.name: method for method in (SECANT, TRAINED, SECANT_RELP, RELP, EAP, EAP_IG, ACDC, RANDOM)}
DEFAULT = SECANT.name

__all__ = ["DEFAULT", "EFFORTS", "METHODS", "Effort", "Method"]
