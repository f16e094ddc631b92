{% autoescape off %}* {{ title }}, version {{ version.seq }}: every table typed and labeled, saved as TABLE.sav.
* In SPSS or PSPP: change to the folder of this file (CD), then INSERT FILE="read.sps". Texts are cut at 2,000 bytes.
* The one row of the table site has texts of several lines, which these programs do not read: it is left out. A text
* that would run as a formula in a spreadsheet has an apostrophe before it.

{% for table, rows in tables %}{% if table.name != "site" %}GET DATA /TYPE=TXT /FILE="csv/{{ table.name }}.csv" /ENCODING="UTF8" /ARRANGEMENT=DELIMITED /DELIMITERS="," /QUALIFIER='"' /FIRSTCASE=2
  /VARIABLES={% for column in table.columns %} {{ column.name }}
    {% if column.many %}A2000{% elif column.kind == "integer" %}F16.0{% elif column.kind == "date" %}SDATE10{% elif column.kind == "datetime" %}A27{% elif column.kind == "boolean" %}A5{% elif column.choices %}A40{% else %}A2000{% endif %}{% endfor %}.
VARIABLE LABELS{% for column in table.columns %}
    {% if not forloop.first %}/{% endif %}{{ column.name }} "{{ column.help_text|truncatechars:250 }}"{% endfor %}.
{% for column in table.labeled %}VALUE LABELS {{ column.name }}{% for value, label in column.choices.items %} "{{ value }}" "{{ label }}"{% endfor %}.
{% endfor %}SAVE OUTFILE="{{ table.name }}.sav".
{% endif %}{% endfor %}{% endautoescape %}
