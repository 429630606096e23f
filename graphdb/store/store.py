"""The store: one graph, one Cypher, whichever engine holds it. `open_store` is the way in."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, LiteralString, Self, TypeVar, cast

import platformdirs

from graphdb import schema
from graphdb.engines.embedded import engine
from graphdb.errors import UserError
from graphdb.queries.columns import returned_columns
from graphdb.read_only.limits import Limits, Rows
from graphdb.store.address import server_address
from graphdb.store.locks import Locks, check_room
from graphdb.store.passwords import server_password
from graphdb.store.types import Login, Row, Statement

if TYPE_CHECKING:
    import neo4j
    import pandas as pd
    from arcadedb_embedded import Database
    from neo4j.api import BookmarkManager

    from graphdb.explain.records import Story
    from graphdb.reports.circuit import CircuitReport
    from graphdb.reports.pair import PairReport

T = TypeVar("T")

ROWS = 2_000
"""Rows a statement: a message of the embedded engine is at most 16 MB."""
PAUSES = (0.1, 0.3, 1.0, 3.0, 9.0)
"""Seconds before each further run of a transaction whose commit was not answered, or that the server broke off.

What the driver itself knows to be transient, such as a deadlock or a server that is away, it retries by its own
clock: the `patience` of `graphdb.engines.bolt.connect`.
"""
PATIENCE = 60.0
"""Seconds that a server may be away before a command ends."""
_LOCK = "MATCH (m:Meta {id: 'schema'}) SET m.version = m.version RETURN m.version AS version"
"""Reads the version and locks it until the transaction ends: on a server, too, one transaction writes at a time.

Circuits meet in the components that all of them have, such as the logits, where writers would lock each other out
in any order, and deadlock.
"""


@dataclass(frozen=True, slots=True)
class _Link:
    """A live connection, and what to close after it."""

    driver: "neo4j.Driver"
    login: Login
    owner: engine.Owner | None
    bookmarks: "BookmarkManager"
    """What was written last: a member of a cluster that is behind waits for it before it answers."""
    reader: engine.Reader | None = None

    def session(self) -> "neo4j.Session":
        """Return a session that sees what the sessions before it wrote."""
        return self.driver.session(database=self.login.database, bookmark_manager=self.bookmarks)

    def close(self) -> None:
        self.driver.close()
        if self.owner:
            self.owner.close()


class Transaction:
    """A transaction that writes, alone: nothing that it reads changes before it ends. See `Store.transact`."""

    def __init__(self, transaction: "neo4j.ManagedTransaction") -> None:
        self._transaction = transaction

    def read(self, cypher: str, **parameters: object) -> list[dict[str, Any]]:
        """Run a statement and return its rows."""
        names, rows = _run(self._transaction, cypher, parameters)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def write(self, statements: Sequence[Statement]) -> None:
        """Run `UNWIND $rows AS row ...` statements with their rows; those without rows are skipped."""
        for text, rows in statements:
            for start in range(0, len(rows), ROWS):
                self._transaction.run(cast(LiteralString, text), rows=rows[start : start + ROWS]).consume()


class Store:
    """An open store. A context manager; made by `open_store`."""

    target: str
    """What to show the user: the folder or the address, without credentials."""
    engine: str
    """`embedded` or `neo4j`."""
    data_folder: Path
    """Where score files lie."""
    version: int
    """Version of the schema: this program's, except in a store that `graphdb.maintenance.migrate` works on."""

    def __init__(self, target: str, engine: str, data_folder: Path, link: Callable[[], _Link]) -> None:
        self.target, self.engine, self.data_folder = target, engine, data_folder
        self._locks = Locks(target, data_folder)
        self._new_link = link
        self._link = link()
        self._relinking = Lock()
        self.version = _version(self._link) or schema.VERSION

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({self.target!r}, engine={self.engine!r})"

    def close(self) -> None:
        """Close the connection, and the engine if this process runs it."""
        self._link.close()

    def read(self, cypher: str, parameters: Mapping[str, object] | None = None) -> "pd.DataFrame":
        """Run one reading statement in a managed transaction and return its rows.

        Raises UserError for a statement that the engine refuses. The columns are there when there are no rows.
        """
        return _frame(cypher, *self._managed(lambda link: _read(link, cypher, parameters)))

    def peek(self, cypher: str, parameters: Mapping[str, object], limits: Limits) -> Rows:
        """Run one statement that only reads, within limits: see `graphdb.read_only.guard`, the way in for users.

        Raises UserError for a statement that does more than read, that is refused or that passes a limit.
        """
        from graphdb.read_only import bolt_door, http_door

        if self._link.reader is None:
            return self._managed(
                lambda link: bolt_door.read(link.login, cypher, parameters, limits, link.bookmarks.get_bookmarks())
            )
        try:
            return http_door.read(self._link.reader, cypher, parameters, limits)
        except http_door.GoneError:
            self.read("RETURN 1 AS alive")  # finds the store's new owner, or becomes that
            return http_door.read(self._link.reader, cypher, parameters, limits)

    def reconnect(self) -> None:
        """Connect anew, to a server that was started again."""
        self._relink(self._link)

    def owned_database(self) -> "Database | None":
        """The embedded engine's own view of the database, where this process runs the engine."""
        return self._link.owner.database() if self._link.owner else None

    @property
    def login(self) -> Login:
        """How other clients reach the database, the password included."""
        return self._link.login

    def query(self, name: str, **parameters: object) -> "pd.DataFrame":
        """Run the query `name` of the library; what is not given takes its default."""
        from graphdb.queries import library

        query = library.load_query(name)
        given = library.bind(query, parameters)
        if query.computed_from:
            from graphdb.foretelling.answers import FORETOLD
            from graphdb.specificity.answers import COMPUTED

            return {**COMPUTED, **FORETOLD}[name](self, given).reindex(
                columns=[column.name for column in query.columns]
            )
        return self.read(query.text, given)

    def compare(
        self, a: str = "", b: str = "", view: str = "", *, level: str = "component", **options: Any
    ) -> "pd.DataFrame":
        """Compare two things, one with the rest, or all relations, as profiles of score and as sets beside chance.

        `a` and `b` are relations, facts' ids, subjects or circuits' ids; `view` and `level` are those of `kcircuits
        compare`, as are the options `model`, `method`, `other_model`, `other_method` and `seed`. docs/comparison.md
        lists each view's columns; `attrs["notes"]` says what is missing. Raises UserError.
        """
        from graphdb.comparison import answers

        found = answers.answer(self, answers.question(a, b, view, (level,), **options))
        found.main.attrs["notes"] = found.notes
        return found.main

    def circuit(self, what: str, *, model: str = "", method: str = "") -> "CircuitReport":
        """Return a stored circuit with its figures, edges and roles; a notebook draws it, `page()` is an HTML file.

        `what` is a fact's id, a subject or a circuit's id. Raises UserError where it has no circuit, or several.
        """
        from graphdb.reports.circuit import one_circuit

        return one_circuit(self, what, model, method)

    def pair(self, a: str, b: str = "", **options: Any) -> "PairReport":
        """Return two things beside each other, with what they share by chance; a notebook draws both in one.

        `a`, `b` and the options are those of `compare`. Raises UserError.
        """
        from graphdb.comparison.answers import question
        from graphdb.reports.pair import pair_report

        return pair_report(self, question(a, b, levels=("component", "edge"), **options))

    def nearest(
        self, fact: str, *, level: str = "component", relations: bool = False, model: str = "", method: str = ""
    ) -> "pd.DataFrame":
        """Return the facts, or with `relations` the relations, whose circuits are most like a fact's, as profiles.

        `fact` is a fact's id, a subject or a circuit's id. docs/comparison.md lists the columns; `attrs["notes"]` says
        what is missing. Raises UserError.
        """
        from graphdb.comparison import answers

        found, notes = answers.nearest_circuits(self, fact, answers.level(level), answers.Way(model, method))
        frame = found.relations if relations else found.facts
        frame.attrs["notes"] = notes
        return frame

    def explain(self, fact: str, *, model: str = "", method: str = "") -> "Story":
        """Return a fact's story: where its object appears, what feeds that, which heads act, what is not explained.

        `fact` is a fact's id, a subject or a circuit's id. Raises UserError.
        """
        from graphdb.explain import explain

        return explain(self, fact, model=model, method=method)

    def write(self, statements: Sequence[Statement]) -> None:
        """Run `UNWIND $rows AS row ...` statements with their rows, all in one transaction; see `transact`."""
        self.transact(lambda transaction: transaction.write(statements))

    def transact(self, work: "Callable[[Transaction], T]") -> T:
        """Run `work` in a transaction of its own and return what it does: all that it writes is there, or nothing.

        It waits until no other process writes. It may run again, where it is not known whether it arrived or an
        engine asks for it, so it must be safe to repeat. Raises UserError where the store cannot be written.
        """

        def alone(transaction: "neo4j.ManagedTransaction") -> T:
            stored = transaction.run(_LOCK).values()
            if stored != [[self.version]]:
                raise UserError(f"{self.target} is no longer of schema version {self.version}: run the command again")
            return work(Transaction(transaction))

        with self.writing():
            return self._managed(lambda link: _in_session(link, lambda session: session.execute_write(alone)))

    @contextmanager
    def still(self) -> Iterator[None]:
        """Keep the store as it is for as long as it is read: who wants to write waits, this process included."""
        from graphdb.engines.bolt import user_errors

        if self.engine == "embedded":
            with self._locks.writing():
                yield
            return
        with (
            user_errors(self.target),
            self._link.session() as session,
            session.begin_transaction() as transaction,
        ):
            transaction.run(_LOCK).consume()
            yield
            transaction.rollback()

    def define(self, constraints: Sequence[str]) -> None:
        """Create constraints that are not there, each in a transaction of its own."""
        for statement in constraints:
            self._managed(lambda link, statement=statement: _write(link, statement, {}))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Wait until no other process of this machine writes, neither the graph nor score files.

        What belongs together is written within one: the score files, the transaction that names them, and what it
        left without a name. Raises UserError after minutes, and where the disk of an embedded store is full.
        """
        with self._locks.writing():
            if self.engine == "embedded":
                check_room(Path(self.target))
            yield

    def claim(self, model_id: str, relation_ids: Iterable[str], run_id: str) -> AbstractContextManager[None]:
        """Keep every other ingest of this machine from relations in a model; UserError where there is one."""
        return self._locks.claim(model_id, relation_ids, run_id)

    def is_running(self, run_id: str) -> bool:
        """Whether a process of this machine is at work on a run; other machines' are not seen."""
        return self._locks.is_running(run_id)

    def _managed(self, work: Callable[[_Link], T]) -> T:
        """Run `work`, and again where it is not known whether it arrived, or who held the database is gone."""
        from neo4j.exceptions import DriverError, Neo4jError

        from graphdb.engines.bolt import is_broken_off, user_errors

        with user_errors(self.target):
            for pause in PAUSES:
                link = self._link
                try:
                    return work(link)
                except (DriverError, Neo4jError) as error:
                    if self._is_dead(link):
                        self._relink(link)
                    elif is_broken_off(error):
                        time.sleep(pause)
                    else:
                        self._heal(link, error)
                        raise
            return work(self._link)

    def _is_dead(self, link: _Link) -> bool:
        """An owner that ends may answer once more, with any error, before it falls silent."""
        return self.engine == "embedded" and not link.owner and not engine.listens(link.login.uri)

    def _heal(self, link: _Link, error: Exception) -> None:
        """Open the engine anew where it could not write its log: what follows a cut entry would not be recovered."""
        if link.owner and engine.is_failed_commit(error):
            with suppress(UserError, OSError):  # the disk may be too full even for that; the engine is closed then
                self._relink(link)

    def _relink(self, dead: _Link) -> None:
        with self._relinking:
            if self._link is dead:
                dead.close()
                self._link = self._new_link()


def _in_session(link: _Link, work: Callable[["neo4j.Session"], T]) -> T:
    with link.session() as session:
        return work(session)


def _read(link: _Link, cypher: str, parameters: Row | None = None) -> tuple[list[str], list[list[Any]]]:
    return _in_session(link, lambda session: session.execute_read(_run, cypher, parameters or {}))


def _run(transaction: "neo4j.ManagedTransaction", cypher: str, parameters: Row) -> tuple[list[str], list[list[Any]]]:
    """Return the columns' names and the rows."""
    result = transaction.run(cast(LiteralString, cypher), dict(parameters))
    return list(result.keys()), result.values()


def _write(link: _Link, statement: str, row: Row) -> None:
    _in_session(link, lambda session: session.execute_write(lambda t: Transaction(t).write([(statement, [row])])))


def _version(link: _Link) -> int:
    """Return the version of the stored schema; 0 in a new database."""
    _, version = _read(link, "MATCH (m:Meta {id: 'schema'}) RETURN m.version AS version")
    return version[0][0] if version else 0


def _ensure_schema(link: _Link, target: str, older: bool) -> None:
    """Give a new database its constraints and version; refuse one of another version, unless older ones are asked."""
    version = _version(link)
    if not version:
        for constraint in schema.constraints():
            _write(link, constraint, {})
        _write(link, "UNWIND $rows AS row MERGE (m:Meta {id: row.id}) SET m += row", schema.META)
    elif version > schema.VERSION:
        raise UserError(
            f"{target} has schema version {version}, this program reads {schema.VERSION}: "
            "install the version of knowledge-circuits that wrote it, or name another store"
        )
    elif version < schema.VERSION and not older:
        raise UserError(
            f"{target} has schema version {version}, this program reads {schema.VERSION}: "
            "`kcircuits migrate` brings it up to that"
        )


def _frame(cypher: str, keys: list[str], rows: list[list[Any]]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(rows, columns=pd.Index(keys or returned_columns(cypher)))


def open_store(target: str | Path | None = None, *, create: bool = True, older: bool = False) -> Store:
    """Open the store in a folder (embedded engine) or at an address (`bolt://`, `neo4j+s://`, ...).

    Without a target: $KCIRCUITS_STORE, else $NEO4J_URI, else a folder among the user's data. The user and database of a
    server are those of NEO4J_USERNAME and NEO4J_DATABASE; for its password see `graphdb.store.passwords`. With
    `create=False` a folder that holds no store raises UserError, as does all that keeps a store from opening, such as
    an older schema, unless `older` is True, which only a migration asks for.
    """
    name = _name(target)
    return _open_server(name, older) if "://" in name else _open_folder(_folder(name), create, older)


@contextmanager
def existing_store(target: str | Path | None = None) -> Iterator[Store | None]:
    """Open the store; None for a folder that holds none yet. For commands that check all before they begin one.

    Raises UserError as `open_store`.
    """
    name = _name(target)
    if "://" not in name and not engine.is_store(_folder(name)):
        yield None
        return
    with open_store(name) as store:
        yield store


def _name(target: str | Path | None) -> str:
    return str(target or os.environ.get("KCIRCUITS_STORE") or os.environ.get("NEO4J_URI") or _default_folder())


def _folder(name: str) -> Path:
    return Path(name).expanduser().absolute()


def _default_folder() -> Path:
    return platformdirs.user_data_path("kcircuits") / "store"


def _open_folder(folder: Path, create: bool, older: bool) -> Store:
    if not create and not engine.is_store(folder):
        raise UserError(f"there is no store in {folder}: `kcircuits ingest` makes one, `--store` names another")

    def link() -> _Link:
        from graphdb.engines.bolt import bookmark_manager, connect, user_errors

        held = engine.attach(folder)
        owner = held if isinstance(held, engine.Owner) else None
        note = held.note if isinstance(held, engine.Owner) else held
        driver = connect(note.uri, note.user, note.password, patience=5)
        login = Login(note.uri, note.user, note.password, note.database)
        link = _Link(driver, login, owner, bookmark_manager(), note.reader)
        with _closed_on_error(link), user_errors(str(folder)):
            _ensure_schema(link, str(folder), older)
            if owner:
                owner.publish()
        return link

    return Store(str(folder), "embedded", folder / "scores", link)


def _open_server(uri: str, older: bool) -> Store:
    from graphdb.engines.bolt import bookmark_manager, connect, user_errors, verify

    host, port = server_address(uri)
    user = os.environ.get("NEO4J_USERNAME", "neo4j")
    password = server_password(uri, user)
    database = os.environ.get("NEO4J_DATABASE") or None

    def link() -> _Link:
        with user_errors(uri):
            login = Login(uri, user, password, database)
            link = _Link(connect(uri, user, password, PATIENCE), login, None, bookmark_manager())
            with _closed_on_error(link):
                verify(link.driver, uri)
                _ensure_schema(link, uri, older)
        return link

    place = f"{host}_{port}_{database or 'default'}"
    return Store(uri, "neo4j", platformdirs.user_data_path("kcircuits") / "scores" / place, link)


@contextmanager
def _closed_on_error(link: _Link) -> Iterator[None]:
    try:
        yield
    except BaseException:
        link.close()
        raise
