from django.db import models


class Letter(models.Model):
    """A letter that is sent."""

    subject = models.CharField(max_length=80)
