"""A cluster: the workers of a Dask scheduler as an `Executor`.

Dask only carries cells to workers. What has been run is in the folder, which all workers have to see under the same
path, so a scheduler that is lost takes nothing with it.
"""

from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from evosim.storage.export import MissingExtraError

IN_FLIGHT = 4  # cells for each worker: enough that none waits, and few enough that none is forgotten
PATIENCE = "10s"  # for a connection
LOST = "KilledWorker", "CommClosedError", "FutureCancelledError"  # errors of Dask about a cell whose worker is gone


class SchedulerLostError(RuntimeError):
    """A scheduler that can't be reached, or not any more."""


class Cluster(Executor):
    """The workers of a Dask scheduler.

    with Cluster("tcp://10.0.0.1:8786") as cluster:
        cluster.submit(run_cell, "/shared/sweeps/rates", "0001-7")

    Raises:
        MissingExtraError: Dask distributed is not installed.
        SchedulerLostError: there is no scheduler at this address.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise MissingExtraError("--scheduler needs Dask distributed: pip install 'evosim[dask]'") from None
        self.address = address
        try:
            self.client = Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise SchedulerLostError(f"{address}: no Dask scheduler answers ({error})") from None
        self.executor: Executor = self.client.get_executor(pure=False)

    @property
    def at_once(self) -> int:
        """How many cells may be under way: IN_FLIGHT for each thread of a worker; workers may come and go."""
        try:
            threads: int = sum(self.client.nthreads().values())
            return IN_FLIGHT * max(1, threads)
        except Exception:  # of whatever kind Dask's errors are
            return IN_FLIGHT

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Submit a task; one whose worker is lost raises BrokenProcessPool, as that of a process here does.

        Raises:
            SchedulerLostError: the scheduler is gone.
        """
        if self.client.status != "running":
            raise SchedulerLostError(f"{self.address}: the scheduler is gone")
        try:
            theirs = self.executor.submit(function, *args, **kwargs)
        except (RuntimeError, OSError) as error:
            raise SchedulerLostError(f"{self.address}: the scheduler is gone ({error})") from None
        ours: Future[Any] = Future()
        ours.set_running_or_notify_cancel()
        theirs.add_done_callback(lambda done: _hand_over(done, ours))
        return ours

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; its workers stay."""
        self.client.close(timeout=2)


def _hand_over(theirs: Future[Any], ours: Future[Any]) -> None:
    """Set what has become of a task of Dask's."""
    try:
        ours.set_result(theirs.result())
    except CancelledError:
        ours.set_exception(BrokenProcessPool("cancelled"))
    except Exception as error:  # a worker that is lost, or what the task raised
        lost = type(error).__name__ in LOST
        ours.set_exception(BrokenProcessPool(str(error)) if lost else error)
