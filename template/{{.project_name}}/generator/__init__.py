"""Sample data: files in a landing folder, and a ledger of what is planted in them.

`python -m generator --help` lists what can be set, settings.yml explains it.
"""

from generator.planted import Planted
from generator.run import generate, stream
from generator.settings import GeneratorError

__all__ = ["GeneratorError", "Planted", "generate", "stream"]
