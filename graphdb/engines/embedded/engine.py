"""The embedded engine: ArcadeDB inside this process, reached over Bolt on the loopback like any other server.

A store's files belong to one process at a time, its *owner*, which holds the folder's lock and leaves a note of how
to reach it. Every other process is a *guest* of the owner. The lock ends with the process that holds it, however
that ends, so a note without a lock is a dead owner's and is not believed.
"""

import atexit
import json
import os
import secrets
import shutil
import socket
import threading
import time
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from graphdb.engines.embedded.watchdog import Watchdog
from graphdb.errors import UserError, unwritable

if TYPE_CHECKING:
    from arcadedb_embedded import Database
    from arcadedb_embedded.server import ArcadeDBServer

DATABASE = "circuits"
LOCK = "kcircuits.lock"
NOTE = "connection.json"
LOG = "server/log/arcadedb.log"
READER = "reader"
READS = {"resultSetLimit": -1, "readTimeout": -1, "access": [], "types": {"*": {"access": ["readRecord"]}}}
"""The rights of a group of ArcadeDB's users who only read."""
PATIENCE = 30.0
"""Seconds that a guest waits for an owner that starts, or that starts to end, before it gives up."""

STATEMENT_SECONDS = 60
"""The engine ends any statement that runs longer, and heeds no limit that a client sends along."""

_LOGGING = """\
handlers = java.util.logging.FileHandler
.level = INFO
java.util.logging.FileHandler.pattern = {log}
java.util.logging.FileHandler.append = true
java.util.logging.FileHandler.limit = 2000000
java.util.logging.FileHandler.count = 1
java.util.logging.FileHandler.formatter = java.util.logging.SimpleFormatter
java.util.logging.SimpleFormatter.format = %1$tF %1$tT %4$s %5$s%6$s%n
"""


@dataclass(frozen=True, slots=True)
class Note:
    """How to reach the owner of a store."""

    uri: str
    user: str
    database: str
    pid: int
    password: str = field(repr=False)
    reader: "Reader"


@dataclass(frozen=True, slots=True)
class Reader:
    """How to ask for statements that only read: the engine's HTTP door, as a user who may do nothing else."""

    port: int
    user: str
    password: str = field(repr=False)


class Owner:
    """The engine, running in this process on a folder whose lock is held."""

    def __init__(self, folder: Path, lock: FileLock) -> None:
        self._folder, self._lock = folder, lock
        (folder / NOTE).unlink(missing_ok=True)
        self._server, self.note = _start(folder)
        self._watchdog = Watchdog(_java(self._server), self.note.reader.user)
        atexit.register(self.close)

    def publish(self) -> None:
        """Let other processes in, once there is a database that they can use."""
        _write_private(self._folder / NOTE, json.dumps(asdict(self.note)))

    def database(self) -> "Database":
        """The engine's own view of the database."""
        return self._server.get_database(DATABASE)

    def close(self) -> None:
        """Stop the engine, after which another process may own the folder. Closing twice is harmless."""
        atexit.unregister(self.close)
        (self._folder / NOTE).unlink(missing_ok=True)
        self._watchdog.close()
        self._server.stop()
        _disconnect_guests(int(self.note.uri.rpartition(":")[2]))
        self._lock.release()


def is_store(folder: Path) -> bool:
    """Tell whether a store was ever begun in the folder."""
    return (folder / LOCK).is_file()


def attach(folder: Path) -> Owner | Note:
    """Own the store in `folder`, created if it is not there, or find the note of the process that does.

    Raises UserError for a folder that is another's, cannot be written or whose owner does not answer.
    """
    _prepare(folder)
    lock = FileLock(folder / LOCK, thread_local=False)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            note = _read_note(folder / NOTE)
            if note is not None and listens(note.uri):
                return note
        else:
            return _own(folder, lock)
        if time.monotonic() > deadline:
            raise _no_answer(folder, note)
        time.sleep(0.1)


def _own(folder: Path, lock: FileLock) -> Owner:
    try:
        return Owner(folder, lock)
    except BaseException:
        lock.release()
        raise


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not is_store(folder) and any(folder.iterdir()):
            raise UserError(f"{folder} holds other files and no store: name an empty or a new folder")
        (folder / LOCK).touch(mode=0o600)
    except (FileExistsError, NotADirectoryError):
        raise UserError(f"{folder} is not a folder: name the folder of a store") from None
    except OSError as error:
        raise unwritable(folder, error) from error


def _no_answer(folder: Path, note: Note | None) -> UserError:
    owner = f"process {note.pid}" if note else "another process"
    return UserError(f"the store {folder} is locked by {owner}, which does not answer: end that process")


def _read_note(path: Path) -> Note | None:
    """Return the note, or None where there is none or it is being replaced."""
    try:
        said = json.loads(path.read_text())
        return Note(**said | {"reader": Reader(**said["reader"])})
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def listens(uri: str) -> bool:
    """Tell whether an engine takes connections at `bolt://HOST:PORT`."""
    host, port = uri.removeprefix("bolt://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        return False
    return True


def is_failed_commit(error: Exception) -> bool:
    """Tell whether the engine could not write a transaction to its log, as on a full disk."""
    return "Transaction error on commit" in str(error)


def _start(folder: Path) -> tuple["ArcadeDBServer", Note]:
    """Start the engine on free ports. Ports are chosen before they are used, so a lost race is tried again."""
    importing = threading.Thread(target=import_module, args=("graphdb.engines.bolt",))
    importing.start()
    try:
        _start_java(folder)
        _create_database(folder)
        for attempt in range(3):
            try:
                return _start_server(folder)
            except Exception as error:
                if attempt == 2 or "in use" not in str(error):
                    raise UserError(f"the store {folder} cannot be opened: {error}; see {folder / LOG}") from error
    finally:
        importing.join()
    raise AssertionError("the loop returns or raises")


def _start_java(folder: Path) -> None:
    """Start the Java machine, once a process, with its messages in the folder's log."""
    import jpype
    from arcadedb_embedded import jvm

    log = folder / LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    settings = folder / "server" / "logging.properties"
    settings.write_text(_LOGGING.format(log=log))
    if not jpype.isJVMStarted():
        jpype.startJVM(
            jvm.get_bundled_jre_lib_path(),
            "-Xrs",  # signals are Python's: Java's own end on SIGTERM crashes the interpreter
            "-Xmx1g",
            "-Xmn400m",  # a batch of circuits dies young: a third faster than the default
            "-XX:+UseSerialGC",
            "-XX:+UseCompactObjectHeaders",
            f"-XX:ErrorFile={log.parent}/crash-%p.log",
            "-Djava.awt.headless=true",
            "-Dfile.encoding=UTF8",
            "-Dpolyglot.engine.WarnInterpreterOnly=false",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
            "--add-opens=java.base/java.nio.channels.spi=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            classpath=[str(jar) for jar in sorted(Path(jvm.get_jar_path()).glob("*.jar"))],
            interrupt=False,
        )
        # Java waits at its end for the thread that started it, which a server may have ended long before.
        jpype.JClass("java.lang.Thread").detach()
    jpype.JClass("java.lang.System").setProperty("java.util.logging.config.file", str(settings))
    # Databases take these from the process, not from the settings of the server.
    settings_of_databases = jpype.JClass("com.arcadedb.GlobalConfiguration")
    settings_of_databases.COMMAND_TIMEOUT.setValue(STATEMENT_SECONDS * 1000)
    settings_of_databases.TX_WAL_FLUSH.setValue(1)  # a commit is on the disk before it is answered
    jpype.JClass("java.util.logging.LogManager").getLogManager().readConfiguration()


def _create_database(folder: Path) -> None:
    """Create the database aside and move it into place, so that an end in between leaves nothing half-made."""
    import arcadedb_embedded

    database, draft = folder / "databases" / DATABASE, folder / "server" / "draft"
    if database.exists():
        return
    shutil.rmtree(draft, ignore_errors=True)
    arcadedb_embedded.create_database(str(draft)).close()
    database.parent.mkdir(exist_ok=True)
    draft.rename(database)


def _start_server(folder: Path) -> tuple["ArcadeDBServer", Note]:
    from arcadedb_embedded.server import create_server

    home = folder / "server"
    shutil.rmtree(home / "config", ignore_errors=True)
    password = secrets.token_urlsafe(24)
    http, bolt = _free_ports(2)
    server = create_server(
        str(home),
        password,
        {
            "host": "127.0.0.1",
            "http_port": str(http),
            "bolt.port": str(bolt),
            "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "server.databaseDirectory": str(folder / "databases"),
            "server.logsDirectory": str(home / "log"),
            "server.saltIterations": "1000",
            "serverMetrics": "false",
            "server.healthCheck.enabled": "false",
            "opencypher.loadCsv.allowFileUrls": "false",
            "opencypher.loadCsv.allowRemoteUrls": "false",
        },
    )
    server.start()
    reader = _create_reader(_java(server), http)
    return server, Note(f"bolt://127.0.0.1:{bolt}", "root", DATABASE, os.getpid(), password, reader)


def _java(server: "ArcadeDBServer") -> Any:
    return server._java_server


def _create_reader(java: Any, port: int) -> Reader:
    """Create the user whom the engine lets read records, and nothing else."""
    import jpype

    document = jpype.JClass("com.arcadedb.serializer.json.JSONObject")
    security, password = java.getSecurity(), secrets.token_urlsafe(24)
    user = {"name": READER, "password": str(security.encodePassword(password)), "databases": {DATABASE: ["readers"]}}
    security.saveGroup("*", "readers", document(json.dumps(READS)))
    security.createUser(document(json.dumps(user)))
    return Reader(port, READER, password)


def _disconnect_guests(port: int) -> None:
    """Close the connections that the engine leaves open when it stops: their threads would keep Java running."""
    import jpype

    for thread in jpype.JClass("java.lang.Thread").getAllStackTraces().keySet():
        if str(thread.getClass().getName()) == "com.arcadedb.bolt.BoltNetworkExecutor":
            field = thread.getClass().getDeclaredField("socket")
            field.setAccessible(True)
            connection = field.get(thread)
            if connection.getLocalPort() == port:
                connection.close()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
