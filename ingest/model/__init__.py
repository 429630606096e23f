"""A language model as the pipeline sees it: loaded, checked, its weights in one form, its forward pass."""

from ingest.model.loading import LanguageModel, check_architecture, from_module, load, load_module

__all__ = ["LanguageModel", "check_architecture", "from_module", "load", "load_module"]
