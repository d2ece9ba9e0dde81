"""The forms of the desk. Their complaints are keys of the catalogue; the CSRF token is checked once for all
routes (:mod:`web.desk.access`), so the forms themselves carry none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from hub.errors import ConfigError, Fault
from hub.model import INFORMATION_CLASSES, NATURES, ROLES, SCOPES, Attachment, Manuscript

#: Browsers leave the seconds out.
_MOMENT = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
_DATES = (DateField, DateTimeLocalField)


def in_words(fault: Fault) -> str:
    """A fault of the hub as a sentence; one about a file begins with the file's name as it is."""
    first = fault.problem[:1] if fault.key == "attachments" else fault.problem[:1].upper()
    return f"{first}{fault.problem[1:]}: {fault.cure}."


def trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


class DeskForm(FlaskForm):  # type: ignore[misc]
    """What all forms here have in common."""

    class Meta:
        csrf = False

    #: Fields whose faults have words here; of others the hub's own are shown.
    own: tuple[str, ...] = ()

    def validate(self, extra_validators: Any = None) -> bool:
        """As WTForms does it, its own complaints replaced by ours."""
        fine: bool = super().validate(extra_validators)
        for field in self._fields.values():
            fallback = "desk.need.date" if isinstance(field, _DATES) else "desk.need.valid"
            field.errors = [each if each.startswith("desk.") else fallback for each in field.errors]
        return fine

    def complain(self, error: ConfigError) -> None:
        """Show the hub's faults beside the fields that they are about; others above the form."""
        for fault in error.faults:
            name = fault.key.rpartition(".")[2]
            field = self._fields.get(name) or self._fields.get(fault.key)
            words = f"desk.fault.{name}" if name in self.own else in_words(fault)
            if field is None:
                self.form_errors.append(words)
            else:
                field.errors = [*field.errors, words]

    @property
    def wrong(self) -> list[tuple[str, str]]:
        """(field, complaint) of everything that is wrong, in the order of the form."""
        found = [("", each) for each in self.form_errors]
        return found + [(name, each) for name, field in self._fields.items() for each in field.errors]


class LetterForm(DeskForm):
    """An announcement as an editor writes it."""

    key = HiddenField()
    subject = StringField(
        filters=[trimmed],
        validators=[DataRequired("desk.need.subject"), Length(max=300, message="desk.long")],
    )
    number = StringField(
        filters=[trimmed], validators=[DataRequired("desk.need.number"), Length(max=100, message="desk.long")]
    )
    date = DateField(validators=[DataRequired("desk.need.date")])
    nature = RadioField(choices=NATURES, default="biasa")
    agency = StringField(filters=[trimmed], validators=[Length(max=150, message="desk.long")])
    text = TextAreaField(validators=[DataRequired("desk.need.text"), Length(max=50_000, message="desk.long")])
    files = MultipleFileField()
    contact = StringField(filters=[trimmed], validators=[Length(max=300, message="desk.long")])
    valid_from = DateTimeLocalField(format=_MOMENT, validators=[Optional()])
    valid_until = DateTimeLocalField(format=_MOMENT, validators=[Optional()])
    information_class = SelectField(choices=INFORMATION_CLASSES, default="berkala")

    def validate_date(self, field: Any) -> None:
        _known(field)

    def validate_valid_from(self, field: Any) -> None:
        _known(field)

    def validate_valid_until(self, field: Any) -> None:
        _known(field)
        if self.valid_from.data and field.data and field.data <= self.valid_from.data:
            raise ValidationError("desk.need.later")

    def take(self, written: Manuscript, zone: tzinfo) -> None:
        """Show what was written before."""
        for name in ("subject", "number", "date", "nature", "agency", "text", "contact", "information_class"):
            self[name].data = getattr(written, name)
        for name in ("valid_from", "valid_until"):
            when: datetime | None = getattr(written, name)
            self[name].data = when.astimezone(zone).replace(tzinfo=None) if when else None

    def written(self, to: tuple[str, ...], attachments: Sequence[Attachment], zone: tzinfo) -> Manuscript:
        """What the form holds; times stand in the hub's ``zone``."""
        return Manuscript(
            number=self.number.data or "",
            subject=self.subject.data or "",
            to=to,
            text=(self.text.data or "").replace("\r\n", "\n"),
            date=self.date.data,
            nature=self.nature.data if self.nature.data in NATURES else "biasa",
            agency=self.agency.data or "",
            contact=self.contact.data or "",
            valid_from=_aware(self.valid_from.data, zone),
            valid_until=_aware(self.valid_until.data, zone),
            information_class=(
                self.information_class.data
                if self.information_class.data in INFORMATION_CLASSES
                else "berkala"
            ),
            attachments=tuple(replace(each) for each in attachments),
        )


class SignInForm(DeskForm):
    name = StringField(filters=[trimmed], validators=[DataRequired("desk.need.name"), Length(max=100)])
    password = PasswordField(validators=[DataRequired("desk.need.password"), Length(max=1000)])


class SendForm(DeskForm):
    """When an announcement goes out, and whether in earnest."""

    when = RadioField(choices=("now", "later", "rehearsal"), default="now")
    at = DateTimeLocalField(format=_MOMENT, validators=[Optional()])
    password = PasswordField(validators=[Length(max=1000)])

    def validate_at(self, field: Any) -> None:
        _known(field)

    def validate(self, extra_validators: Any = None) -> bool:
        fine = super().validate(extra_validators)
        if self.when.data == "later" and not self.at.data:
            self.at.errors = ["desk.need.at"]
            return False
        return fine


class WhyForm(DeskForm):
    why = TextAreaField(
        filters=[trimmed], validators=[DataRequired("desk.need.why"), Length(max=500, message="desk.long")]
    )


class PersonForm(DeskForm):
    own = ("name", "password")

    name = StringField(
        filters=[trimmed], validators=[DataRequired("desk.need.name"), Length(max=100, message="desk.long")]
    )
    role = SelectField(choices=ROLES[::-1], default="editor")
    password = PasswordField(validators=[DataRequired("desk.need.password"), Length(max=1000)])


class NewPasswordForm(DeskForm):
    """``old`` is asked of those who change their own."""

    own = ("password",)

    old = PasswordField(validators=[Length(max=1000)])
    password = PasswordField(validators=[DataRequired("desk.need.password"), Length(max=1000)])


class TokenForm(DeskForm):
    own = ("name",)

    name = StringField(
        filters=[trimmed], validators=[DataRequired("desk.need.name"), Length(max=100, message="desk.long")]
    )
    scope = RadioField(choices=SCOPES, default=SCOPES[0])
    days = IntegerField(default=365, validators=[Optional(), NumberRange(1, 3650, message="desk.need.days")])


class TargetForm(DeskForm):
    """The part of a target that every publisher has; its options make the rest (:mod:`web.desk.targets`)."""

    url = StringField(filters=[trimmed], validators=[Length(max=2000, message="desk.long")])
    user = StringField(filters=[trimmed], validators=[Length(max=200, message="desk.long")])
    password = PasswordField(validators=[Length(max=1000)])
    check = BooleanField()


def _known(field: Any) -> None:
    """A field that holds something which is no date is wrong even where it may be empty."""
    if field.data is not None and not 1970 <= field.data.year < 2200:
        raise ValidationError("desk.need.date")


def _aware(when: datetime | None, zone: tzinfo) -> datetime | None:
    return when.replace(tzinfo=zone) if when else None
