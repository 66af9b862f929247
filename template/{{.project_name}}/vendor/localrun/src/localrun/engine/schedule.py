"""The order of flows: each runs as soon as the datasets that it reads are ready.

Flows run in a few threads, since a small flow spends most of its time planning and
committing.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from localrun.engine.definitions import AnyFlow
from localrun.engine.results import FlowResult

THREADS = 3


class Schedule:
    """Runs flows that only tell by being tried what they have to wait for.

    `attempt` runs a flow, and returns how it ended or the dataset that it has to wait
    for; it is called in several threads. `settle` is told of each flow that ended, in
    this one. `ready` are the datasets that may be read; those of the flows join them.
    """

    def __init__(
        self,
        attempt: Callable[[AnyFlow], FlowResult | str],
        settle: Callable[[FlowResult], None],
        ready: set[str],
    ):
        self._attempt, self._settle, self._ready = attempt, settle, ready
        self._failed: set[str] = set()
        self._left: Counter[str] = Counter()
        self._waiting: dict[str, list[AnyFlow]] = {}
        self._running: dict[Future[FlowResult | str], AnyFlow] = {}

    def run(self, flows: Iterable[AnyFlow]) -> None:
        flows = list(flows)
        self._left = Counter(flow.target for flow in flows)
        with ThreadPoolExecutor(THREADS) as pool:
            self._pool = pool
            for flow in flows:
                self._start(flow)
            while self._running:
                done, _ = wait(self._running, return_when=FIRST_COMPLETED)
                for future in done:
                    self._take(self._running.pop(future), future.result())
        for dataset, waiting in self._waiting.items():
            for flow in waiting:
                why = f"{flow.target} and {dataset} read each other: a cycle"
                self._settle(_ended(flow, "FAILED", why))

    def _start(self, flow: AnyFlow) -> None:
        self._running[self._pool.submit(self._attempt, flow)] = flow

    def _take(self, flow: AnyFlow, ended: FlowResult | str) -> None:
        if isinstance(ended, FlowResult):
            self._end(flow, ended)
        elif ended in self._ready:
            self._start(flow)
        elif ended in self._failed:
            self._end(flow, _ended(flow, "SKIPPED", f"its input {ended} failed"))
        elif ended not in self._left:
            why = f"its input {ended} has no data yet: refresh {ended} as well"
            self._end(flow, _ended(flow, "FAILED", why))
        else:
            self._waiting.setdefault(ended, []).append(flow)

    def _end(self, flow: AnyFlow, ended: FlowResult) -> None:
        self._settle(ended)
        target = flow.target
        self._left[target] -= 1
        if ended.status != "COMPLETED":
            self._failed.add(target)
        elif self._left[target] == 0 and target not in self._failed:
            self._ready.add(target)
        else:
            return
        for waiting in self._waiting.pop(target, []):
            self._start(waiting)


def _ended(flow: AnyFlow, status: str, why: str) -> FlowResult:
    return FlowResult(flow.name, flow.target, status, error=why)
