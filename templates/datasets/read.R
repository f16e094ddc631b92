{% autoescape off %}# {{ title }}, version {{ version.seq }}: every table as a data frame, typed and labeled, in the list `tables`.
# In R: setwd to the folder of this file, then source("read.R").

read_table <- function(name, columns, labels, values) {
  file <- file.path("csv", paste0(name, ".csv"))
  data <- read.csv(file, colClasses = "character", na.strings = "", encoding = "UTF-8", check.names = FALSE)
  for (column in names(columns)) {
    cells <- data[[column]]
    # An apostrophe before what a spreadsheet would run as a formula is not part of the text.
    cells <- sub("^'(?=['[:space:]]*[=+@-])", "", cells, perl = TRUE)
    cells <- switch(columns[[column]],
      integer = as.numeric(cells),
      boolean = cells == "true",
      date = as.Date(cells),
      datetime = as.POSIXct(cells, format = "%Y-%m-%dT%H:%M:%OSZ", tz = "UTC"),
      cells)
    if (!is.null(values[[column]])) {
      cells <- factor(cells, levels = names(values[[column]]), labels = values[[column]])
    }
    attr(cells, "label") <- labels[[column]]
    data[[column]] <- cells
  }
  data
}

tables <- list()
{% for table, rows in tables %}
tables[["{{ table.name }}"]] <- read_table(
  "{{ table.name }}",
  list({% for column in table.columns %}`{{ column.name }}` = "{% if column.many %}several{% else %}{{ column.kind }}{% endif %}"{% if not forloop.last %}, {% endif %}{% endfor %}),
  list({% for column in table.columns %}
    `{{ column.name }}` = "{{ column.help_text }}"{% if not forloop.last %},{% endif %}{% endfor %}),
  list({% for column in table.labeled %}
    `{{ column.name }}` = c({% for value, label in column.choices.items %}`{{ value }}` = "{{ label }}"{% if not forloop.last %}, {% endif %}{% endfor %}){% if not forloop.last %},{% endif %}{% endfor %}))
{% endfor %}{% endautoescape %}
