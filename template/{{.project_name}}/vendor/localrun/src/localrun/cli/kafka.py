"""The commands `localrun kafka start | stop | status`. Each returns an exit code."""

from argparse import Namespace
from typing import TYPE_CHECKING

from localrun import bundle
from localrun.errors import UsageError

if TYPE_CHECKING:
    from localrun.broker import Broker, Listeners


def start(options: Namespace) -> int:
    broker = _broker(options)
    before = broker.running()
    password = _secret(options) if options.sasl else None
    found = broker.start(options.port, password)
    print(f"Kafka runs {'already ' if before else ''}on {_shown(found)}")
    return 0


def stop(options: Namespace) -> int:
    broker = _broker(options)
    stopped = broker.stop()
    print("Kafka is stopped; its data are kept" if stopped else _not_running(broker))
    return 0


def status(options: Namespace) -> int:
    broker = _broker(options)
    found = broker.running()
    print(f"Kafka runs on {_shown(found)}" if found else _not_running(broker))
    return 0 if found else 1


def _broker(options: Namespace) -> "Broker":
    from localrun.broker import Broker, folder_of

    return Broker(options.folder or folder_of(bundle.find(options.root.resolve())))


def _secret(options: Namespace) -> str:
    from localrun.secrets import Secrets

    scope, separator, key = options.sasl.partition("/")
    if not (scope and separator and key):
        raise UsageError(f"--sasl {options.sasl}: write it as scope/key of a secret")
    return Secrets(bundle.find(options.root.resolve())).get(scope, key)


def _shown(found: "Listeners") -> str:
    sasl = f", with SASL on {found.sasl_servers}" if found.sasl else ""
    return f"{found.servers}{sasl}"


def _not_running(broker: "Broker") -> str:
    return f"Kafka does not run in {broker.folder}"
