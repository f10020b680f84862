"""What the shop keeps."""

from decimal import Decimal

from django.db import models

from hookcore.integrations.django import BulkSignalsManager


class Tag(models.Model):
    """A word on orders."""

    word = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.word


class Order(models.Model):
    """What somebody has ordered."""

    number = models.CharField(max_length=20, unique=True)
    total = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))
    status = models.CharField(max_length=20, default="new")
    extras = models.JSONField(default=dict)
    receipt = models.FileField(blank=True)
    tags = models.ManyToManyField(Tag)

    objects = BulkSignalsManager()

    def __str__(self) -> str:
        return self.number


class Branch(models.Model):
    """One of the shop's, which has some of the plugins."""

    name = models.CharField(max_length=20)
    plugins = models.TextField(default="")

    def __str__(self) -> str:
        return self.name


class Plain(models.Model):
    """A model whose bulk operations nobody tells."""

    number = models.IntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
