"""Sample data for the retail contract: files of JSON lines in a landing folder.

`python -m generator --help` lists what can be set, settings.yml explains it.
"""

from generator.run import generate, stream
from generator.settings import GeneratorError, Settings
from generator.state import Planted

__all__ = ["GeneratorError", "Planted", "Settings", "generate", "stream"]
