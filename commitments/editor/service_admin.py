"""ModelAdmin that saves through the services: every write to the record does."""

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.shortcuts import redirect

from commitments import services
from commitments.audit.recorder import serialize_for_audit
from commitments.dates import machine
from commitments.editor.base import take_refusal
from commitments.editor.forms.fields import Seen, WrittenDateField
from commitments.models import DatasetVersion
from planwatch.accounts.permissions import handle_of
from planwatch.admin_site import Administered


class ServiceForm(forms.ModelForm):
    """Asks the service whether it would save what was typed, so that a refusal is shown at its field."""

    seen_version = Seen()
    reason = forms.CharField(
        required=False,
        help_text="Needed where the publisher, the side, the address or the date of a cited source changes. Public.",
    )
    save_through: Callable[[models.Model, dict], services.Saved]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen_version"] = services.version_of(self.instance)
        for name in self._written_dates():
            if day := self.initial.get(name):
                self.initial[name] = machine(day, self.instance.precision)

    def _written_dates(self) -> list[str]:
        return [name for name, item in self.fields.items() if isinstance(item, WrittenDateField)]

    def clean(self):
        cleaned = super().clean()
        for name in self._written_dates():
            if found := cleaned.get(name):
                cleaned[name], self.instance.precision = found
        return cleaned

    def _add_conflict(self, error: services.Conflict):
        self.data = self.data.copy()
        (item,) = error.items
        self.data[self.add_prefix("seen_version")] = services.version_of(item)
        stored, values = serialize_for_audit(item), forms.model_to_dict(item)
        for name in error.others & set(self.fields):
            day = values[name] if name in self._written_dates() else None
            self.data[self.add_prefix(name)] = machine(day, item.precision) if day else values[name]
        differing = [
            f"{name}: {stored[name] or '–'}"
            for name in stored
            if name in (error.fields or stored)
            and name in self.cleaned_data
            and str(stored[name] or "") != self._typed(name)
        ]
        self.add_error(
            None,
            f"Somebody has changed this since you opened it. As it stands now: {'; '.join(differing) or 'as below'}. "
            "What you typed is still here: save again to put it in its place.",
        )

    def _typed(self, name: str) -> str:
        value = self.cleaned_data[name]
        if isinstance(value, models.Model):
            value = value.natural_key()[0]
        return str(value or "")

    def _post_clean(self):
        super()._post_clean()
        if self.errors:
            return
        try:
            with transaction.atomic():
                self.save_through(self.instance, self.cleaned_data)
                transaction.set_rollback(True)
        except ValidationError as error:
            take_refusal(self, error)
        except services.Conflict as error:
            self._add_conflict(error)


class ServiceAdmin(Administered, admin.ModelAdmin):
    """Saves through the function of services named `service`; `fields` are its words, and the natural key never changes."""

    form = ServiceForm
    key_fields: tuple[str, ...] = ("slug",)
    service: str
    gives_reason = False
    # Fields of the form that take several rows of another model.
    several: tuple[str, ...] = ()
    actions = None
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_fields(self, request, obj=None):
        shown = [name for name in self.fields if name != "precision"]
        return [*shown, *self.several, *(["reason"] if self.gives_reason else []), "seen_version"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Give a date that has a precision as one field, from which the precision follows."""
        if "precision" in self.fields and db_field.name == "published_on":
            return WrittenDateField(label="Published on", required=not db_field.blank)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        return self.key_fields if obj else ()

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.save_through = lambda form, item, given: self._save_through(request, item, given)
        return form

    def _save_through(self, request, item, given):
        values = {name: getattr(item, name) for name in self.fields}
        values = {
            name: value.natural_key()[-1] if isinstance(value, models.Model) else value
            for name, value in values.items()
        }
        values |= {name: [row.natural_key()[-1] for row in given[name]] for name in self.several}
        if self.gives_reason:
            values["reason"] = given["reason"]
        service = getattr(services, self.service)
        seen = given["seen_version"]
        return service(**values, seen_version=seen, actor=handle_of(request.user))

    def changeform_view(self, request, *args, **kwargs):
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)
        with transaction.atomic():
            # Held from the asking to the saving, so that what was found possible still is.
            DatasetVersion.objects.select_for_update().get(pk=1)
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        saved = self._save_through(request, obj, form.cleaned_data)
        obj.pk, obj.proposal = saved.item.pk, saved.proposal
        obj._state.adding = False

    def response_change(self, request, obj):
        if obj.proposal is None:
            return super().response_change(request, obj)
        words = (
            "A closed status rests on this: the edit waits for a second editor, unsaved until then."
        )
        self.message_user(request, words, messages.WARNING)
        return redirect("editor_proposal", number=obj.proposal.pk)
