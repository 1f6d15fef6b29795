//! Plain text tables: columns aligned, nothing else.

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Lines of a table with a header, two spaces before every column, no trailing spaces.
pub fn lines(columns: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let width = |i: usize| {
        let cells = rows.iter().map(|row| row[i].chars().count());
        cells.chain([columns[i].0.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |cells: &[String]| {
        let mut text = String::new();
        for (i, cell) in cells.iter().enumerate() {
            let pad = " ".repeat(widths[i] - cell.chars().count());
            match columns[i].1 {
                Align::Left => text += &format!("  {cell}{pad}"),
                Align::Right => text += &format!("  {pad}{cell}"),
            }
        }
        text.trim_end().to_owned() + "\n"
    };
    let header: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    rows.iter().fold(line(&header), |text, row| text + &line(row))
}
