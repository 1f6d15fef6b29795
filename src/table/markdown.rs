//! Tables as Markdown (pipe tables, as CommonMark's common extension reads them).

use super::style::{Style, TEXT, factor, on_one_line};
use super::text::{group_title, heading};
use super::{Cell, Table};

const MARKDOWN: Style = Style {
    word: escaped,
    number: TEXT.number,
    fraction: TEXT.fraction,
    closed: TEXT.closed,
    times: |text, n| format!("{} × {n}", factor(text)),
    nothing: TEXT.nothing,
    separator: TEXT.separator,
};

/// Words in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in (TEXT.word)(text).chars() {
        if "\\`*_{}[]<>()#+-!|~$&".contains(c) && !"-()+".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

pub(super) fn markdown(table: &Table) -> String {
    let request = &table.request;
    let mut out = format!("<!-- {} -->\n\n", on_one_line(&request.command));
    if let Some(caption) = &request.caption {
        let anchor =
            request.label.as_ref().map_or(String::new(), |l| format!("<a id=\"{}\"></a>", attribute(l)));
        out += &format!("{anchor}**{}**\n\n", escaped(caption));
    }
    let columns = 0..request.columns.len();
    let numeric = |i: usize| {
        let mut column = table.groups.iter().flat_map(|g| &g.rows).map(|row| &row[i]);
        column.any(|cell| cell.number(request.digits).is_some())
    };
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    out += &line(columns.clone().map(|i| escaped(&heading(table, i))).collect());
    out += &line(columns.clone().map(|i| if numeric(i) { "---:" } else { ":---" }.to_owned()).collect());
    for (g, group) in table.groups.iter().enumerate() {
        if let Some(title) = group_title(table, g) {
            let title = |i: usize| if i == 0 { format!("**{}**", escaped(&title)) } else { String::new() };
            out += &line(columns.clone().map(title).collect());
        }
        let row = |row: &Vec<Cell>| line(row.iter().map(|c| c.written(&MARKDOWN, request.digits)).collect());
        group.rows.iter().for_each(|r| out += &row(r));
    }
    out.push('\n');
    out + &table.notes().iter().map(|note| escaped(note)).collect::<Vec<_>>().join("\n") + "\n"
}

fn attribute(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() || "-_:.".contains(*c)).collect()
}
