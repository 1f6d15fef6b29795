//! Plain text tables: columns aligned, nothing else; on a narrow screen cells are broken and columns parted.

use super::lines::{broken, longest_piece};

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Columns with a header. Each stands two spaces after the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    columns: Vec<(String, Align)>,
    lines: Vec<Line>,
    indent: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    Cells(Vec<String>),
    Title(String),
}

/// Spaces between columns.
const GAP: usize = 2;
/// A column of words is not made narrower than this before columns are parted.
const READABLE: usize = 16;

impl Table {
    /// A table of rows, each with one cell a column.
    pub fn new(columns: &[(&str, Align)], rows: Vec<Vec<String>>) -> Self {
        let columns = columns.iter().map(|(name, align)| ((*name).to_owned(), *align)).collect();
        Self { columns, lines: rows.into_iter().map(Line::Cells).collect(), indent: GAP }
    }

    /// The same from the left margin on.
    pub fn flush(self) -> Self {
        Self { indent: 0, ..self }
    }

    /// Adds a line that is the title of the rows below it.
    pub fn title(&mut self, title: String) {
        self.lines.push(Line::Title(title));
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.lines.push(Line::Cells(cells));
    }

    /// The lines, none longer than `width`: if the table is broader, words are broken first, then columns that do not
    /// fit stand below the others, beside the first column again.
    pub fn laid(&self, width: usize) -> String {
        let room = width.saturating_sub(self.indent).max(1);
        let natural: Vec<usize> = (0..self.columns.len()).map(|i| self.measure(i, &length)).collect();
        let least: Vec<usize> = (0..natural.len()).map(|i| self.least(i, natural[i])).collect();
        let mut parts: Vec<Vec<usize>> = Vec::new();
        for i in 0..natural.len() {
            match parts.last_mut() {
                Some(part) if spread(part.iter().chain([&i]).map(|j| least[*j])) <= room => part.push(i),
                Some(_) => parts.push(vec![0, i]),
                None => parts.push(vec![i]),
            }
        }
        let laid = parts.iter().map(|part| {
            let mut widths: Vec<usize> = part.iter().map(|i| natural[*i]).collect();
            // Words give way first, the broadest column before the others; at last everything does.
            for least in [part.iter().map(|i| least[*i]).collect(), vec![1; part.len()]] {
                let spare = |widths: &[usize]| {
                    (0..widths.len()).filter(|i| widths[*i] > least[*i]).max_by_key(|i| widths[*i])
                };
                while spread(widths.iter().copied()) > room
                    && let Some(i) = spare(&widths)
                {
                    widths[i] -= 1;
                }
            }
            self.part(part, &widths)
        });
        laid.collect::<Vec<_>>().join("\n")
    }

    /// The largest of a measure over the header and the cells of a column.
    fn measure(&self, i: usize, of: &dyn Fn(&str) -> usize) -> usize {
        let cells = self.lines.iter().filter_map(|line| match line {
            Line::Cells(cells) => Some(of(&cells[i])),
            Line::Title(_) => None,
        });
        cells.chain([of(&self.columns[i].0)]).max().unwrap_or(0)
    }

    /// How narrow a column may be before columns are parted.
    fn least(&self, i: usize, natural: usize) -> usize {
        match self.columns[i].1 {
            Align::Left => natural.min(self.measure(i, &longest_piece).max(READABLE)),
            Align::Right => natural,
        }
    }

    fn part(&self, columns: &[usize], widths: &[usize]) -> String {
        let header: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let mut out = self.row_of(&header, columns, widths);
        for line in &self.lines {
            match line {
                Line::Cells(cells) => out += &self.row_of(cells, columns, widths),
                Line::Title(title) => out += &format!("\n{title}\n"),
            }
        }
        out
    }

    fn row_of(&self, cells: &[String], columns: &[usize], widths: &[usize]) -> String {
        let broken: Vec<Vec<String>> =
            columns.iter().zip(widths).map(|(i, width)| broken(&cells[*i], *width)).collect();
        let height = broken.iter().map(Vec::len).max().unwrap_or(0);
        let mut out = String::new();
        for line in 0..height {
            let mut text = " ".repeat(self.indent);
            for ((i, width), pieces) in columns.iter().zip(widths).zip(&broken) {
                let piece = pieces.get(line).map_or("", String::as_str);
                let pad = " ".repeat(width.saturating_sub(length(piece)));
                let gap = " ".repeat(GAP);
                text += &match self.columns[*i].1 {
                    Align::Left => format!("{piece}{pad}{gap}"),
                    Align::Right => format!("{pad}{piece}{gap}"),
                };
            }
            out += &format!("{}\n", text.trim_end());
        }
        out
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// The width of columns beside each other.
fn spread(widths: impl Iterator<Item = usize>) -> usize {
    widths.map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let columns = [("seed", Align::Right), ("ended at", Align::Left), ("gap", Align::Right)];
        let row = |seed: &str, words: &str, gap: &str| [seed, words, gap].map(str::to_owned).to_vec();
        let long = "loses 13 modes, and keeps 2 that the optimum does not have";
        Table::new(&columns, vec![row("1", "the optimum", "1e-9"), row("23", long, "0.5")])
    }

    #[test]
    fn a_table_that_fits_is_laid_once() {
        let laid = table().laid(usize::MAX);
        assert_eq!(laid.lines().count(), 3);
        assert!(laid.starts_with("  seed  ended at"), "{laid}");
        assert!(laid.contains("\n     1  the optimum"), "{laid}");
    }

    #[test]
    fn words_are_broken_before_columns_are_parted() {
        let laid = table().laid(40);
        assert!(laid.lines().all(|line| length(line) <= 40) && !laid.contains("\n\n"), "{laid}");
        assert!(laid.contains("loses 13 modes, and keeps"), "{laid}");
    }

    #[test]
    fn parted_columns_keep_the_first_one() {
        let columns: Vec<(String, Align)> = (0..30).map(|i| (format!("c{i}"), Align::Right)).collect();
        let named: Vec<(&str, Align)> = columns.iter().map(|(name, align)| (name.as_str(), *align)).collect();
        let rows = vec![(0..30).map(|i| (1_000 + i).to_string()).collect()];
        let laid = Table::new(&named, rows).laid(50);
        assert!(laid.lines().all(|line| length(line) <= 50), "{laid}");
        assert_eq!(laid.matches("1000").count(), laid.matches("c0").count());
        for i in 1..30 {
            assert_eq!(laid.matches(&(1_000 + i).to_string()).count(), 1, "{laid}");
        }
    }

    #[test]
    fn no_width_is_too_small_for_it() {
        for width in 1..30 {
            let laid = table().laid(width);
            // Every column keeps a letter, beside the first.
            assert!(laid.lines().all(|line| length(line) <= width.max(6)), "{width}\n{laid}");
        }
    }
}
