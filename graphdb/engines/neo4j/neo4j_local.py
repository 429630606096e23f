"""Runs a real Neo4j Community on this machine without docker: a Java process that listens on the loopback.

A server is its folder: data, settings, password and log lie in it. While the server lives its process holds a
lock on `running.lock`, so whether it runs never depends on a process number that may since be another's.
"""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import neo4j
import platformdirs
from neo4j.exceptions import DriverError, Neo4jError

from graphdb.engines.neo4j.jars import RELEASES, Release, jars, version_order
from graphdb.engines.neo4j.java import Java, find_java
from graphdb.engines.ports import free_port
from graphdb.errors import UserError, unwritable

START_SECONDS = 120
STOP_SECONDS = 60
USER = "neo4j"
OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
CONFIG = """\
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size={page_cache}m
dbms.security.auth_enabled={auth}
dbms.usage_report.enabled=false
internal.server.bolt.connection_shutdown_wait_time=1s
internal.server.bolt.thread_pool_shutdown_wait_time=1s
"""


@dataclass(frozen=True)
class Server:
    """A running local server; `user` and `password` are empty where it asks for none."""

    uri: str
    user: str
    password: str = field(repr=False)
    pid: int
    version: str
    folder: Path
    was_running: bool = False

    @property
    def password_file(self) -> Path:
        """The file, readable by its owner alone, that holds the password and nothing else."""
        return self.folder / "password"


def default_folder() -> Path:
    """Return where the user's own server keeps its data."""
    return Path(platformdirs.user_data_dir("kcircuits")) / "neo4j"


def start(folder: Path | None = None, port: int = 7687, auth: bool = True) -> Server:
    """Start the server of `folder` (default: the user's own) and return it once it answers.

    `port` 0 takes a free one. With `auth` the user is `neo4j`, the password random and kept in the folder.
    A server that runs already is returned as it is, with `was_running`. UserError: no Java, no jars, the port
    is in use, data of a newer Neo4j, the folder cannot be written, or the server ends at once.
    """
    folder = (folder or default_folder()).absolute()
    lock = _lock(folder)
    if lock is None:
        return replace(_wait(folder), was_running=True)
    try:
        port = free_port(port)
        release, java = choose(folder)
        _prepare(folder, CONFIG.format(port=port, auth=str(auth).lower(), page_cache=_page_cache()) + release.settings)
        command = [str(java.path), "-Xmx1g", "-cp", f"{jars(release)}/*"]
        _set_password(command, folder)
        pid = _launch([*command, *_arguments(release, folder)], folder, lock)
        _record(Server(f"bolt://127.0.0.1:{port}", USER if auth else "", "", pid, release.version, folder))
    finally:
        os.close(lock)
    return _wait(folder)


def status(folder: Path | None = None) -> Server | None:
    """Return the running server of `folder` (default: the user's own), None when none runs."""
    folder = (folder or default_folder()).absolute()
    return _recorded(folder) if folder.exists() and _is_held(folder) else None


def stop(folder: Path | None = None) -> Server | None:
    """End the running server of `folder` cleanly and return it, None when none runs.

    UserError: it has not ended after a minute.
    """
    server = status(folder)
    if server is None:
        return None
    os.kill(server.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while status(server.folder):
        if time.monotonic() > deadline:
            raise UserError(f"Neo4j does not stop within {STOP_SECONDS} s; end it with: kill -9 {server.pid}")
        time.sleep(0.1)
    _reap(server.pid)
    return server


def _page_cache() -> int:
    """MiB of the graph that the server may keep in memory: an eighth of the machine's, taken as the graph fills it."""
    return max(256, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 8 // 2**20)


def admin(folder: Path, arguments: Sequence[str]) -> None:
    """Run an administration command (`neo4j-admin`) on the data of a stopped server; UserError where it fails."""
    release, java = choose(folder)
    _administrate([str(java.path), "-Xmx1g", "-cp", f"{jars(release)}/*"], folder, arguments)


def _administrate(java: Sequence[str], folder: Path, arguments: Sequence[str]) -> None:
    command = [*java, "org.neo4j.cli.AdminTool", *arguments]
    answer = subprocess.run(command, env=_environment(folder), cwd=folder, capture_output=True, text=True)
    if answer.returncode:
        what = " ".join(arguments[:2])
        raise UserError(f"Neo4j fails at `neo4j-admin {what}`: {_telling_line(answer.stdout + answer.stderr)}")


def _lock(folder: Path) -> int | None:
    """Return the descriptor of the folder's lock, now ours; None while a server or its start holds it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / "running.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unwritable(f"folder {str(folder)!r}", error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _is_held(folder: Path) -> bool:
    lock = _lock(folder)
    if lock is not None:
        os.close(lock)
    return lock is None


def choose(folder: Path) -> tuple[Release, Java]:
    """Return the newest release that the first suitable Java runs, never one older than the folder's data."""
    written = folder / "version"
    oldest = written.read_text().strip() if written.exists() else RELEASES[-1].version
    allowed = [release for release in RELEASES if release.order >= version_order(oldest)]
    if not allowed:
        newest = RELEASES[0].version
        raise UserError(f"folder {str(folder)!r} holds data of Neo4j {oldest}, newer than {newest}; choose another")
    java = find_java(allowed[-1].java)
    return next(release for release in allowed if release.java <= java.major), java


def _prepare(folder: Path, settings: str) -> None:
    """Write the settings, and the password the first time; forget the last server of this folder."""
    (folder / "server.json").unlink(missing_ok=True)
    (folder / "conf").mkdir(exist_ok=True)
    (folder / "conf" / "neo4j.conf").write_text(settings)
    if not (folder / "password").exists():
        _write_private(folder / "password", secrets.token_hex(16))


def _write_private(file: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    new = file.with_name(file.name + ".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    new.replace(file)


def _set_password(command: Sequence[str], folder: Path) -> None:
    """Give the folder's user its password before the first start; later the database has it."""
    if (folder / "data" / "databases" / "system").exists():
        return
    # By its file: the arguments of a process are readable by every user of the machine.
    _administrate(command, folder, ["dbms", "set-initial-password", f"@{folder}/password"])


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "NEO4J_HOME": str(folder), "NEO4J_CONF": str(folder / "conf")}


def _arguments(release: Release, folder: Path) -> list[str]:
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED]
    home = [f"--home-dir={folder}", f"--config-dir={folder}/conf", "--console-mode"]
    return [*opened, release.main_class, *home]


def _launch(command: list[str], folder: Path, lock: int) -> int:
    """Start a process of its own session; it inherits `lock` and so holds it while it lives."""
    os.set_inheritable(lock, True)  # noqa: FBT003
    log = os.open(folder / "console.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        streams = [(os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)]
        silent = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
        return os.posix_spawn(command[0], command, _environment(folder), file_actions=[silent, *streams], setsid=True)
    finally:
        os.close(log)


def _record(server: Server) -> None:
    """Leave beside the data what another process needs to find this server; the password has its own file."""
    facts = {"uri": server.uri, "user": server.user, "pid": server.pid, "version": server.version}
    _write_private(server.folder / "server.json", json.dumps(facts))
    (server.folder / "version").write_text(server.version)


def _recorded(folder: Path) -> Server | None:
    try:
        facts = json.loads((folder / "server.json").read_text())
    except FileNotFoundError:
        return None
    password = (folder / "password").read_text() if facts["user"] else ""
    return Server(**facts, password=password, folder=folder)


def _wait(folder: Path) -> Server:
    """Return the folder's server once it answers; UserError with the log's reason when it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and _is_held(folder):
        server = _recorded(folder)
        if server and _answers(server):
            return server
        time.sleep(0.1)
    log = folder / "console.log"
    reason = _telling_line(log.read_text()) if log.exists() else "nothing was started"
    raise UserError(f"Neo4j does not start: {reason} (log: {log})")


def _answers(server: Server) -> bool:
    login = (server.user, server.password) if server.user else None
    with neo4j.GraphDatabase.driver(server.uri, auth=login, connection_timeout=5) as driver:
        try:
            driver.verify_connectivity()
        except (DriverError, Neo4jError):
            return False
    return True


def _telling_line(log: str) -> str:
    """Return the last line of a log that names a cause, else its last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by:") or "ERROR" in line]
    return (causes or lines or ["no word from it"])[-1]


def _reap(pid: int) -> None:
    """Collect the exit status of the process where it is a child of this one."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
