"""The shape of what editors type. Rules stand in statuses and services; here only words become values."""

from commitments.forms.entries import (
    AgencyFormSet,
    CitationForm,
    EditForm,
    LinkForm,
    NewEntryForm,
    RemoveForm,
    agency_choices,
)
from commitments.forms.fields import (
    DATE_PARTS,
    PartialDate,
    Seen,
    WrittenDateField,
    as_typed,
    put,
    words,
)
from commitments.forms.sources import (
    NewSourceForm,
    SourceForm,
)
from commitments.forms.steps import (
    Attached,
    BulkReviewForm,
    DecideForm,
    EvidenceForm,
    RecordForm,
    RetractForm,
    ReviewForm,
    UnpublishForm,
    attached_in,
)

__all__ = [
    "AgencyFormSet",
    "Attached",
    "BulkReviewForm",
    "CitationForm",
    "DecideForm",
    "EditForm",
    "EvidenceForm",
    "NewEntryForm",
    "DATE_PARTS",
    "as_typed",
    "LinkForm",
    "NewSourceForm",
    "PartialDate",
    "RecordForm",
    "RemoveForm",
    "RetractForm",
    "ReviewForm",
    "Seen",
    "SourceForm",
    "UnpublishForm",
    "WrittenDateField",
    "agency_choices",
    "attached_in",
    "put",
    "words",
]
