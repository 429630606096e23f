"""A language model as the pipeline sees it: loaded, checked, its weights in one form, its forward pass."""

from ingest.model.handle import ChangedModel, ModelHandle, changed
from ingest.model.loading import LanguageModel, check_architecture, load

__all__ = ["ChangedModel", "LanguageModel", "ModelHandle", "changed", "check_architecture", "load"]
