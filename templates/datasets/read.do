{% autoescape off %}* {{ title }}, version {{ version.seq }}: every table typed and labeled, saved as stata/TABLE.dta.
* In Stata 14 or later: cd to the folder of this file, then: do read.do

version 14
capture mkdir stata
{% for table, rows in tables %}
import delimited "csv/{{ table.name }}.csv", clear varnames(1) case(preserve) encoding("UTF-8") stringcols(_all) bindquotes(strict) maxquotedrows(unlimited)
foreach text of varlist _all {
    * An apostrophe before what a spreadsheet would run as a formula is not part of the text.
    quietly replace `text' = substr(`text', 2, .) if ustrregexm(`text', "^'['\s]*[=+@-]")
}
{% for column in table.columns %}{% if column.choices and not column.many %}generate byte {{ column.name }}_ = .
{% for value, label in column.choices.items %}label define {{ column.name }} {{ forloop.counter }} `"{{ label }}"', add
replace {{ column.name }}_ = {{ forloop.counter }} if {{ column.name }} == "{{ value }}"
{% endfor %}label values {{ column.name }}_ {{ column.name }}
order {{ column.name }}_, after({{ column.name }})
drop {{ column.name }}
rename {{ column.name }}_ {{ column.name }}
{% elif column.many %}{% elif column.kind == "integer" %}destring {{ column.name }}, replace
{% elif column.kind == "boolean" %}replace {{ column.name }} = cond({{ column.name }} == "true", "1", cond({{ column.name }} == "false", "0", ""))
destring {{ column.name }}, replace
{% elif column.kind == "date" %}generate {{ column.name }}_ = daily({{ column.name }}, "YMD")
format {{ column.name }}_ %td
order {{ column.name }}_, after({{ column.name }})
drop {{ column.name }}
rename {{ column.name }}_ {{ column.name }}
{% elif column.kind == "datetime" %}generate double {{ column.name }}_ = clock(substr({{ column.name }}, 1, 10) + " " + substr({{ column.name }}, 12, 8), "YMDhms")
format {{ column.name }}_ %tc
order {{ column.name }}_, after({{ column.name }})
drop {{ column.name }}
rename {{ column.name }}_ {{ column.name }}
{% endif %}label variable {{ column.name }} `"{{ column.help_text|cut:"`"|truncatechars:80 }}"'
{% endfor %}label data `"{{ table.description|truncatechars:80 }}"'
save "stata/{{ table.name }}.dta", replace
label drop _all
{% endfor %}{% endautoescape %}
