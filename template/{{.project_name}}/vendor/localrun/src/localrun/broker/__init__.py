"""Apache Kafka on this machine: one broker in KRaft mode, on 127.0.0.1 only.

``server`` starts, stops and finds it; ``configuration`` is what it is started with;
``processes`` and ``ports`` are what they need of the machine.
"""

from localrun.broker.configuration import USER, Listeners
from localrun.broker.server import DEFAULT_SERVERS, Broker, folder_of

__all__ = ["DEFAULT_SERVERS", "USER", "Broker", "Listeners", "folder_of"]
