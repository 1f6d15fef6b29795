//! Tables as text and what Markdown shares with it.

use super::Table;
use super::style::{TEXT, on_one_line};
use crate::render::Page;
use crate::render::table::{Align, Table as Columns};

/// The heading of a column, marked if it is measured.
pub(super) fn heading(table: &Table, column: usize) -> String {
    let column = table.request.columns[column];
    let mark = if column.kind.is_measured() { "*" } else { "" };
    format!("{}{mark}", column.heading)
}

/// `M = 2` for a group of rows.
pub(super) fn group_title(table: &Table, group: usize) -> Option<String> {
    let value = table.groups[group].value.as_ref()?;
    let column = table.request.group_by?;
    Some(format!("{} = {}", column.heading, value.written(&TEXT, table.request.digits)))
}

/// Aligned columns: single numbers at their points, everything else to the left.
pub(super) fn text(table: &Table) -> Page {
    let request = &table.request;
    let mut out = Page::default();
    if let Some(caption) = &request.caption {
        out += &format!("{}\n\n", (TEXT.word)(caption));
    }
    // How many characters stand before the point, over all groups, so that they line up between groups too.
    let before = |text: &str| text.find('.').map_or(text.chars().count(), |at| text[..at].chars().count());
    let lead: Vec<usize> = (0..request.columns.len())
        .map(|i| {
            let column = table.groups.iter().flat_map(|g| &g.rows).map(|row| &row[i]);
            column.filter_map(|cell| cell.number(request.digits)).map(|text| before(&text)).max().unwrap_or(0)
        })
        .collect();
    let cell = |row: &[super::Cell], i: usize| match row[i].number(request.digits) {
        Some(text) => " ".repeat(lead[i] - before(&text)) + &text,
        None => row[i].written(&TEXT, request.digits),
    };
    let names: Vec<String> = (0..request.columns.len()).map(|i| heading(table, i)).collect();
    let columns: Vec<(&str, Align)> = names.iter().map(|n| (n.as_str(), Align::Left)).collect();
    // One set of widths for all groups.
    let mut laid = Columns::new(&columns, Vec::new());
    for (g, group) in table.groups.iter().enumerate() {
        if let Some(title) = group_title(table, g) {
            laid.title(title);
        }
        group.rows.iter().for_each(|row| laid.row((0..row.len()).map(|i| cell(row, i)).collect()));
    }
    out.table(laid);
    out += "\n";
    table.notes().iter().for_each(|note| out += &format!("{note}\n"));
    out += &format!("Made by: {}\n", on_one_line(&request.command));
    out
}
