//! Tables as Typst: a figure with a table, rules above, below and under the heading.

use super::style::{Formula, Style, TEXT, closed, factor, on_one_line};
use super::text::{group_title, heading};
use super::{Cell, Table};

const TYPST: Style = Style {
    word: escaped,
    number,
    fraction: |p, q| format!("${p}/{q}$"),
    closed: |form| format!("${}$", closed(form, &FORMULA)),
    times: |text, n| format!("{} $times {n}$", factor(text)),
    nothing: TEXT.nothing,
    separator: TEXT.separator,
};

const FORMULA: Formula = Formula {
    root: |x, degree| if degree == 2 { format!("sqrt({x})") } else { format!("root({degree}, {x})") },
    fraction: |p, q| format!("({p})/{q}"),
    quartic: |c| format!("phi({c})"),
    minus: "-",
};

/// Words in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in (TEXT.word)(text).chars() {
        if "\\`*_{}[]<>#+-=/!~$@'\"".contains(c) && !"+".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn number(text: &str) -> String {
    match text.split_once('e') {
        None if text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') => format!("${text}$"),
        None => escaped(text),
        Some((mantissa, exponent)) => format!("${mantissa} dot 10^({exponent})$"),
    }
}

pub(super) fn typst(table: &Table) -> String {
    let request = &table.request;
    let columns = 0..request.columns.len();
    let mut out = format!("// {}\n", on_one_line(&request.command));
    out += "#figure(\n";
    if let Some(caption) = &request.caption {
        out += &format!("  caption: [{}],\n", escaped(caption));
    }
    let numeric = |i: &usize| {
        let mut column = table.groups.iter().flat_map(|g| &g.rows).map(|row| &row[*i]);
        column.any(|cell| cell.number(request.digits).is_some())
    };
    let align: Vec<&str> = columns.clone().map(|i| if numeric(&i) { "right" } else { "left" }).collect();
    out +=
        &format!("  table(\n    columns: {}, stroke: none, align: ({},),\n", columns.len(), align.join(", "));
    out += "    table.hline(),\n    table.header(";
    out +=
        &columns.clone().map(|i| format!("[{}]", escaped(&heading(table, i)))).collect::<Vec<_>>().join(", ");
    out += "),\n    table.hline(stroke: 0.5pt),\n";
    for (g, group) in table.groups.iter().enumerate() {
        if let Some(title) = group_title(table, g) {
            let rule = if g == 0 { "" } else { "table.hline(stroke: 0.5pt), " };
            out += &format!(
                "    {rule}table.cell(colspan: {}, align: left)[_{}_],\n",
                columns.len(),
                escaped(&title)
            );
        }
        let cell = |c: &Cell| format!("[{}]", c.written(&TYPST, request.digits));
        let line =
            |row: &Vec<Cell>| format!("    {},\n", row.iter().map(cell).collect::<Vec<_>>().join(", "));
        group.rows.iter().for_each(|r| out += &line(r));
    }
    out += "    table.hline(),\n  ),\n)";
    if let Some(label) = &request.label {
        let label: String = label.chars().filter(|c| c.is_alphanumeric() || "-_:.".contains(*c)).collect();
        out += &format!(" <{label}>");
    }
    out.push('\n');
    let notes: Vec<String> = table.notes().iter().map(|note| escaped(note)).collect();
    out + &format!("#text(size: 0.8em)[{}]\n", notes.join(" "))
}
