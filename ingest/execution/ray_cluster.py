"""The connection to a Ray: bounded in time, quiet, and only to machines on which circuits would be the same."""

import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import grpc
import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy as Near

from graphdb.errors import UserError
from ingest.discovery.resume import PACKAGES
from ingest.execution.signal_actions import signals_kept

LOCAL, AUTO = "local", "auto"
"""A Ray on this machine for as long as it is needed, and the one that this machine is part of."""
ADDRESS = re.compile(r"(ray://)?([^/:\s]+|\[[^]\s]+\]):\d+")
PATIENCE = 10
"""Seconds in which an address answers."""
START = 120
"""Seconds in which every machine of a cluster starts a process and says what is installed there."""
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # without it, a tip on every start
}
"""Environment of a Ray that is started here, of its processes, and of the connection."""


@contextmanager
def connected(address: str, workers: int | None = None) -> Iterator[None]:
    """Hold a connection to a Ray, after a look at what its machines have installed; one that there is already is kept.

    `address` is `local`, `auto`, `HOST:PORT` or `ray://HOST:PORT`; a local Ray has so many CPUs as `workers`, else the
    machine's.

    Raises UserError for an address that is none or does not answer, and for machines that have other versions.
    """
    if ray.is_initialized():
        yield
        return
    try:
        _connect(address, workers)
        check_machines(installed())
        yield
    finally:
        with signals_kept():
            ray.shutdown()


def _connect(address: str, workers: int | None) -> None:
    os.environ |= QUIET
    size = {}
    if address == LOCAL:
        size = {"num_cpus": workers or len(os.sched_getaffinity(0)), "include_dashboard": False}
    elif address != AUTO:
        _knock(address)
    try:
        with signals_kept():
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **size)
    except ConnectionError as error:
        raise UserError(
            f"ray {address}: no Ray lets this command in; look with `ray status`, set RAY_AUTH_MODE=token where it "
            f"asks for a token, or give --ray {LOCAL}"
        ) from error
    except Exception as error:  # Ray raises no narrower kind: other versions, a start that takes too long
        raise UserError(f"ray {address}: {error}") from error


def _knock(address: str) -> None:
    """Raise UserError unless something that could be a Ray answers; Ray itself would try for minutes, aloud."""
    if not ADDRESS.fullmatch(address):
        raise UserError(f"ray {address!r} is no address: give {LOCAL}, {AUTO}, HOST:PORT or ray://HOST:PORT")
    if os.environ.get("RAY_USE_TLS") == "1":
        return
    with grpc.insecure_channel(address.removeprefix("ray://")) as channel:
        try:
            grpc.channel_ready_future(channel).result(PATIENCE)
        except grpc.FutureTimeoutError:
            raise UserError(
                f"ray {address}: no Ray answers there within {PATIENCE} s; look with `ray status` on its head node, "
                "and whether a firewall is between"
            ) from None


def check_machines(ours: Mapping[str, str]) -> None:
    """Raise UserError unless every machine of the cluster that runs tasks has these versions."""
    machines = {each["NodeID"]: each["NodeManagerAddress"] for each in ray.nodes() if each["Resources"].get("CPU")}
    ask = ray.remote(num_cpus=0)(_versions())
    asked = {node: ask.options(scheduling_strategy=Near(node, soft=False)).remote(PACKAGES) for node in machines}
    deadline = time.monotonic() + START
    for node, answer in asked.items():
        try:
            theirs = ray.get(answer, timeout=max(deadline - time.monotonic(), 0))
        except RayError as error:
            raise UserError(
                f"ray: machine {machines[node]} runs no tasks ({type(error).__name__}); look with `ray status`"
            ) from error
        check_same(machines[node], theirs, ours)


def installed() -> dict[str, str]:
    """Return package -> version of all that circuits depend on, in this process."""
    return _versions()(PACKAGES)


def check_same(machine: str, theirs: Mapping[str, str], ours: Mapping[str, str]) -> None:
    """Raise UserError unless a machine has the versions of the command's own process; those it lacks are absent."""
    for name, expected in ours.items():
        if theirs.get(name) != expected:
            has = f"{name} {theirs[name]}" if name in theirs else f"no {name}"
            raise UserError(
                f"ray: machine {machine} has {has}, this command runs with {expected}; install the same there: "
                f"Python {ours['python']} and 'knowledge-circuits[ingest,ray]=={ours['knowledge-circuits']}'"
            )


def _versions() -> Callable[[Sequence[str]], dict[str, str]]:
    """Return what says of names that are installed in which version, on machines without this package too."""

    def versions(names: Sequence[str]) -> dict[str, str]:  # within a function, so that Ray sends its code
        from importlib.metadata import PackageNotFoundError, version
        from platform import python_version_tuple

        found = {"python": ".".join(python_version_tuple()[:2])}
        for name in names:
            with suppress(PackageNotFoundError):
                found[name] = version(name)
        return found

    return versions
