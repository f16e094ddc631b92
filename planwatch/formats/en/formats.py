"""American English dates: “Nov. 29, 2026”. Names that Django does not know are the project's own."""

DATE_FORMAT = SHORT_DATE_FORMAT = SINCE_DATE_FORMAT = "N j, Y"
SHORT_DATETIME_FORMAT = "N j, Y, H:i"
YEAR_MONTH_FORMAT = "F Y"
SHORT_YEAR_MONTH_FORMAT = "N Y"
