"""The database: declarative base, engine, sessions, and the one helper for a transaction outside a request."""

from __future__ import annotations

import select as select_module
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from weakref import WeakKeyDictionary

import transaction
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Engine,
    MetaData,
    String,
    bindparam,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    Session,
    SessionTransaction,
    mapped_column,
    sessionmaker,
)
from zope.sqlalchemy.datamanager import STATUS_CHANGED, join_transaction

from jointops.kernel.types import Quantity, UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Key = Annotated[int, mapped_column(primary_key=True)]
Code = Annotated[str, mapped_column(String(80))]


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime(), Decimal: Quantity()}


def make_engine(url: str, *, echo: bool = False) -> Engine:
    """Return an engine for ``url`` (``sqlite:///path`` or ``postgresql+psycopg://…``).

    SQLite gets foreign keys, a write-ahead log with full durability, and write transactions that wait for one
    another in this process instead of failing. PostgreSQL runs serializable-safe at read committed with row locks.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, echo=echo, connect_args={"timeout": 30, "check_same_thread": False})
        _prepare_sqlite(engine)
        return engine
    engine = create_engine(url, echo=echo, pool_size=10, max_overflow=10)
    event.listen(engine, "checkout", _refuse_cut_off)
    return engine


def _refuse_cut_off(connection: Any, _record: Any, _proxy: Any) -> None:
    """Have the pool connect anew where the server has hung up, which shows without asking it: that takes a while."""
    waiting = select_module.poll()
    waiting.register(connection.fileno(), select_module.POLLIN)
    if waiting.poll(0):
        raise DisconnectionError


def _prepare_sqlite(engine: Engine) -> None:
    # sqlite3 opens transactions late and as readers; a reader that becomes a writer can fail at once, however long
    # the timeout. So the driver's own handling is off, and a session that will write says so (BEGIN IMMEDIATE).
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.execute("PRAGMA cache_size = -65536")
        cursor.close()

    write_lock = threading.Lock()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if connection.get_execution_options().get("read_only"):
            connection.exec_driver_sql("BEGIN")
            return
        # SQLite's own waiting starves writers under load: they queue here in order of arrival instead.
        write_lock.acquire()
        connection.info["holds_write_lock"] = True
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            _release(connection)
            raise

    def _release(connection: Any) -> None:
        if connection.info.pop("holds_write_lock", False):
            write_lock.release()

    @event.listens_for(engine, "commit")
    def _commit(connection: Any) -> None:
        # The event comes before the commit: it is carried out here, so that the lock is given up after it.
        try:
            connection.exec_driver_sql("COMMIT")
        finally:
            if not connection.connection.dbapi_connection.in_transaction:
                _release(connection)

    @event.listens_for(engine, "rollback")
    def _rollback(connection: Any) -> None:
        try:
            if connection.connection.dbapi_connection.in_transaction:
                connection.exec_driver_sql("ROLLBACK")
        finally:
            _release(connection)


def make_session_factory(engine: Engine, info: Mapping[str, Any] | None = None) -> sessionmaker[Session]:
    """Return a factory of sessions on ``engine``; instances stay readable after the commit; what is closed stays so.

    ``info`` is what an installation decides and services go by: they find it in ``session.info``.
    """
    return sessionmaker(bind=engine, expire_on_commit=False, close_resets_only=False, info=dict(info or {}))


def open_session(
    factory: sessionmaker[Session], manager: transaction.TransactionManager, *, read_only: bool = False
) -> Session:
    """Return a session joined to ``manager``'s transaction: it commits and rolls back with it."""
    session = factory()
    # A Core statement does not tell zope.sqlalchemy that something changed, and would be rolled back in silence:
    # every session counts as changed from its start, and needs none of the listeners that find out.
    join_transaction(session, STATUS_CHANGED, manager)
    if read_only:
        session.connection(execution_options={"read_only": True})
    return session


@contextmanager
def unit_of_work(factory: sessionmaker[Session], *, read_only: bool = False) -> Iterator[Session]:
    """Open a session in one transaction for a command or a job: committed at the end, rolled back on an error."""
    manager = transaction.TransactionManager(explicit=True)
    with manager:
        session = open_session(factory, manager, read_only=read_only)
        yield session


_SHARE = select(func.pg_advisory_xact_lock_shared(bindparam("key", type_=BigInteger)))
_SHARED = "shared keys by transaction"


def shared(key: InstrumentedAttribute[int]) -> ColumnElement[Any]:
    """Return the column of a query in PostgreSQL that takes part in writing under ``key``, as :func:`share` does.

    Whoever asks it tells :func:`has_shared`.
    """
    return func.pg_advisory_xact_lock_shared(key)


def has_shared(session: Session, key: int) -> None:
    """Note that this transaction takes part under ``key`` already, so that :func:`share` need not ask again."""
    _held(session).add(key)


def share(session: Session, key: int) -> None:
    """Take part in writing under ``key`` (an operation's id): many may at once, until the transaction ends.

    The database is asked once in a transaction, and again in each savepoint: rolling one back gives up what was
    locked in it.
    """
    if session.get_bind().dialect.name == "postgresql" and key not in _held(session):
        session.execute(_SHARE, {"key": key})
        has_shared(session, key)


def _held(session: Session) -> set[int]:
    innermost = session.get_nested_transaction() or session.get_transaction() or session.begin()
    held: WeakKeyDictionary[SessionTransaction, set[int]] = session.info.setdefault(
        _SHARED, WeakKeyDictionary()
    )
    return held.setdefault(innermost, set())


def alone(session: Session, purpose: int, key: int) -> None:
    """Be the only one with this ``purpose`` and ``key`` until the transaction ends; others wait.

    ``purpose`` is a number of the caller's own, so that the keys of different purposes do not meet.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(purpose, key)))


def wait_for_writers(session: Session, key: int) -> None:
    """Wait until nobody writes under ``key``, and keep new writers out until the transaction ends.

    An instant read from the clock after this call has every change before it committed: what is asked "as known at"
    that instant never changes. In SQLite a write transaction is alone already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(key)))
