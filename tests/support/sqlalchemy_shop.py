"""What the shop of these tests keeps."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, sessionmaker

from hookcore import signal
from hookcore.integrations.sqlalchemy import model_signals


class Base(DeclarativeBase):
    """The shop's tables."""


class Named:
    """A mix-in of what has a name."""

    name: Mapped[str] = mapped_column(String(50), default="")


class Order(Named, Base):
    """What somebody has ordered."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(20), default="order")
    lines: Mapped[list[Line]] = relationship(cascade="all, delete-orphan")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "order"}  # noqa: RUF012


class Gift(Order):
    """An order for somebody else."""

    __mapper_args__ = {"polymorphic_identity": "gift"}  # noqa: RUF012


class Line(Base):
    """A line of an order."""

    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    text: Mapped[str] = mapped_column(String(50), default="")


class ShopSession(Session):
    """The shop's sessions, and nobody else's."""


SESSIONS = sessionmaker(class_=ShopSession)
signals = model_signals(SESSIONS)


@signal
def order_paid(sender: type, number: int, session: object = None) -> None:
    """An order was paid."""
