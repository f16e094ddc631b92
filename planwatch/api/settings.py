"""Settings of the API's libraries, for planwatch/settings.py."""

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["planwatch.api.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["planwatch.api.renderers.ShallowJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "planwatch.api.renderers.DataNegotiation",
    "DEFAULT_AUTHENTICATION_CLASSES": ["planwatch.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_SCHEMA_CLASS": "planwatch.api.schema.PlanWatchSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "commitments.api.exceptions.NoticeExceptionHandler",
    "EXCEPTION_FORMATTER_CLASS": "planwatch.api.exceptions.ShortErrors",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
}
SPECTACULAR_SETTINGS = {
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "PATH_CONVERTER_OVERRIDES": {"id": int},
    "DEFAULT_GENERATOR_CLASS": "planwatch.api.schema.SiteSchemaGenerator",
    "ENUM_NAME_OVERRIDES": {
        "StatusEnum": "commitments.choices.Status.choices",
        "VerificationEnum": "commitments.choices.Verification.choices",
        "OriginEnum": "commitments.choices.Origin.choices",
        "PrecisionEnum": "commitments.choices.Precision.choices",
        "BasisEnum": "commitments.models.Basis.choices",
        "CommitmentKindEnum": "commitments.models.CommitmentKind.choices",
        "SourceKindEnum": "commitments.models.SourceKind.choices",
        "CitationRelationEnum": "commitments.models.CitationRelation.choices",
        "LinkStateEnum": "commitments.choices.LinkState.choices",
        "LinkRelationEnum": "commitments.models.LinkRelation.choices",
        "StateEnum": "commitments.models.ProposalState.choices",
        "WebhookStateEnum": "commitments.webhooks.models.State.choices",
    },
}
