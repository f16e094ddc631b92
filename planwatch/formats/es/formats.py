"""Spanish dates: «29 de noviembre de 2026» in prose and «29 nov 2026» in tables."""

DATE_FORMAT = r"j \d\e F \d\e Y"
SINCE_DATE_FORMAT = r"\e\l j \d\e F \d\e Y"
SHORT_DATE_FORMAT = "j b Y"
SHORT_DATETIME_FORMAT = "j b Y, H:i"
YEAR_MONTH_FORMAT = r"F \d\e Y"
SHORT_YEAR_MONTH_FORMAT = "b Y"
