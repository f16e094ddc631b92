"""Form fields of days and moments in an address."""

import datetime as dt
import re

from django import forms
from django.utils import timezone
from django.utils.translation import gettext

from planwatch.db.dataset_version import is_settled
from planwatch.time_zones import is_future

DAY_FORM = re.compile(r"\d{4}-\d{2}-\d{2}")


class DayField(forms.Field):
    """A day as YYYY-MM-DD and nothing else."""

    def to_python(self, value):
        if not value:
            return None
        try:
            if not DAY_FORM.fullmatch(value):
                raise ValueError
            day = dt.date.fromisoformat(value)
        except ValueError as error:
            raise forms.ValidationError(
                gettext("Write the day as YYYY-MM-DD, for example 2024-02-14."), code="invalid"
            ) from error
        if day.year < 1900:
            raise forms.ValidationError(
                gettext("The record holds no day before 1900."), code="invalid"
            )
        return day


class PastDayField(DayField):
    def to_python(self, value):
        day = super().to_python(value)
        if day and is_future(day):
            raise forms.ValidationError(gettext("That day lies in the future."), code="future")
        return day


class MomentField(forms.Field):
    """A moment as ISO 8601 with its offset, or a day, which means the end of that day in UTC."""

    def to_python(self, value):
        if not value:
            return None
        try:
            if DAY_FORM.fullmatch(value):
                day = dt.date.fromisoformat(value)
                moment = dt.datetime.combine(day, dt.time.max, tzinfo=dt.UTC)
                in_future = is_future(day)
            else:
                # A plus sign that was not escaped arrives as a space.
                moment = dt.datetime.fromisoformat(value.replace(" ", "+"))
                if moment.tzinfo is None:
                    raise ValueError
                moment = moment.astimezone(dt.UTC)
                in_future = moment > timezone.now() or not is_settled(moment)
        except (ValueError, OverflowError) as error:
            raise forms.ValidationError(
                gettext("Write a day as YYYY-MM-DD or a moment as 2024-02-14T09:30:00Z."),
                code="invalid",
            ) from error
        if in_future:
            raise forms.ValidationError(gettext("That moment lies in the future."), code="future")
        if moment.year < 1900:
            raise forms.ValidationError(
                gettext("The record holds no day before 1900."), code="invalid"
            )
        return moment
