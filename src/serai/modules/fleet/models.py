"""Servers, and what each launch holds of one."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from serai.kit.db import Base, Instant, Json


class Server(Base):
    """`capacity`: how many launches, `memory`: bytes launches may reserve in sum.

    Ports and uids are handed out from `first_port` and `first_uid` on. `drivers`: a `ServerDrivers`.
    """

    __tablename__ = "servers"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    region: Mapped[str]
    capacity: Mapped[int]
    memory: Mapped[int] = mapped_column(BigInteger)
    first_port: Mapped[int]
    ports: Mapped[int]
    first_uid: Mapped[int | None]
    open: Mapped[bool] = mapped_column(default=True)
    drivers: Mapped[Json] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Allocation(Base):
    """One launch's share of a server, from the moment it is asked for until it is gone."""

    __tablename__ = "allocations"
    __table_args__ = (UniqueConstraint("server_id", "port"), UniqueConstraint("server_id", "uid"))

    launch_id: Mapped[str] = mapped_column(primary_key=True)
    server_id: Mapped[str] = mapped_column(ForeignKey("servers.id"))
    port: Mapped[int]
    uid: Mapped[int | None]
    memory: Mapped[int] = mapped_column(BigInteger)


class ServerRelease(Base):
    """A release on one server: launches there begin once it is `ready`."""

    __tablename__ = "server_releases"
    __table_args__ = (CheckConstraint("state IN ('building', 'ready', 'failed')", "state"),)

    server_id: Mapped[str] = mapped_column(ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True)
    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str]
