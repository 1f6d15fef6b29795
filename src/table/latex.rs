//! Tables as LaTeX: `booktabs` rules, numbers aligned by `siunitx`, notes by `threeparttable`, `longtable` beyond a page.
//!
//! A table is set as large as fits the text of a plain article: smaller letters first, then lists and spreads in lines
//! below each other, and long words in paragraphs.

use super::breadth::breadth;
use super::signs::{escaped, note};
use super::style::{Formula, Style, TEXT, closed, factor, on_one_line};
use super::{Cell, Column, Table};

const LATEX: Style = Style {
    word: escaped,
    number: |text| if text.contains("inf") { "$\\infty$".to_owned() } else { format!("\\num{{{text}}}") },
    fraction: |p, q| format!("${p}/{q}$"),
    closed: |form| format!("${}$", closed(form, &FORMULA)),
    times: |text, n| format!("{}${{}}\\times {n}$", factor(text)),
    nothing: "--",
    separator: ", ",
};

const FORMULA: Formula = Formula {
    root: |x, degree| if degree == 2 { format!("\\sqrt{{{x}}}") } else { format!("\\sqrt[{degree}]{{{x}}}") },
    fraction: |p, q| format!("\\frac{{{p}}}{{{q}}}"),
    quartic: |c| format!("\\varphi\\left({c}\\right)"),
    minus: "-",
};

/// Breadth and height of the text of an article, in points.
const TEXT_WIDTH: f64 = 345.0;
const TEXT_HEIGHT: f64 = 550.0;
/// Narrower tables are widened to this if they have notes, which are as broad as the table.
const NOTES_WIDTH: f64 = 0.6 * TEXT_WIDTH;
/// Estimated breadths are trusted up to this factor.
const TRUST: f64 = 1.03;
/// Words broader than this may be set in a paragraph, which is at least as broad.
const PARAGRAPH: f64 = 90.0;

/// Letters, their size as a share of the text's, and half the space between columns in points.
type Letters = (&'static str, f64, f64);

/// Ways to set a table, and whether lists stand in lines; the first that fits is taken.
const WAYS: [(Letters, bool); 7] = [
    (("", 1.0, 6.0), false),
    (("\\small", 0.925, 5.0), false),
    (("", 1.0, 5.0), true),
    (("\\small", 0.925, 4.0), true),
    (("\\footnotesize", 0.85, 4.0), true),
    (("\\footnotesize", 0.85, 2.5), true),
    (("\\scriptsize", 0.797, 2.5), true),
];

/// How a column is set.
enum Set {
    /// Words, to the left.
    Words,
    /// Words in a paragraph of this breadth.
    Paragraph(f64),
    /// Numbers, aligned at the decimal point: the format that they need.
    Numbers(String),
}

/// A table with the way it is set.
struct Setting<'a> {
    table: &'a Table,
    letters: Letters,
    stacked: bool,
    sets: Vec<Set>,
    width: f64,
}

impl<'a> Setting<'a> {
    /// The first way in which the first `number` columns fit, or the last, and whether it fits.
    fn of(table: &'a Table, number: usize) -> (Self, bool) {
        let mut last = None;
        for (letters, stacked) in WAYS {
            let (sets, width) = sets(table, number, letters, stacked);
            let fits = width * TRUST <= TEXT_WIDTH;
            last = Some((Self { table, letters, stacked, sets, width }, fits));
            if fits {
                break;
            }
        }
        last.expect("there is a way")
    }

    /// The columns' formats.
    fn preamble(&self) -> String {
        let format = |set: &Set| match set {
            Set::Words => "l".to_owned(),
            Set::Paragraph(width) => format!("p{{{width:.0}pt}}"),
            Set::Numbers(format) => format!("S[table-format={format}]"),
        };
        format!("@{{}}{}@{{}}", self.sets.iter().map(format).collect::<Vec<_>>().join(" "))
    }

    /// A cell.
    fn cell(&self, cell: &Cell, set: &Set) -> String {
        let digits = self.table.request.digits;
        let text = match (set, cell.number(digits)) {
            (Set::Numbers(_), Some(number)) => return number,
            _ if self.stacked => match &cell.parts(&LATEX, digits)[..] {
                [one] => guarded(one),
                parts => {
                    let lines: Vec<String> = parts.iter().map(|part| guarded(part)).collect();
                    format!("\\begin{{tabular}}[t]{{@{{}}l@{{}}}}{}\\end{{tabular}}", lines.join(" \\\\ "))
                }
            },
            _ => guarded(&cell.written(&LATEX, digits)),
        };
        match set {
            Set::Numbers(_) => format!("{{{text}}}"),
            Set::Words => text,
            Set::Paragraph(_) => format!("\\raggedright {text}"),
        }
    }

    /// The line of headings, with a mark at those that are measured.
    fn headings(&self, mark: &str) -> String {
        let heading = |(column, set): (&&'static Column, &Set)| {
            let mark = if column.kind.is_measured() { mark } else { "" };
            match set {
                Set::Numbers(_) => format!("{{{}{mark}}}", column.latex),
                _ => format!("{}{mark}", column.latex),
            }
        };
        let all: Vec<String> = self.table.request.columns.iter().zip(&self.sets).map(heading).collect();
        format!("{} \\\\\n", all.join(" & "))
    }

    /// The rows, groups under their values.
    fn body(&self) -> String {
        let request = &self.table.request;
        let mut out = String::new();
        for (g, group) in self.table.groups.iter().enumerate() {
            if let (Some(value), Some(by)) = (&group.value, request.group_by) {
                let rule = if g > 0 { "    \\midrule\n" } else { "" };
                let value = value.written(&LATEX, request.digits);
                let wide = self.sets.len();
                out +=
                    &format!("{rule}    \\multicolumn{{{wide}}}{{@{{}}l}}{{{} = {value}}} \\\\\n", by.latex);
            }
            for row in &group.rows {
                let cells: Vec<String> = row.iter().zip(&self.sets).map(|(c, s)| self.cell(c, s)).collect();
                out += &format!("    {} \\\\\n", cells.join(" & "));
            }
        }
        out
    }

    /// The height of the rows in points.
    fn height(&self) -> f64 {
        let lines = |row: &Vec<Cell>| {
            let of = |(cell, set): (&Cell, &Set)| match set {
                Set::Paragraph(width) => (breadth_of(cell, self) / width).ceil(),
                _ if self.stacked => cell.parts(&TEXT, self.table.request.digits).len() as f64,
                _ => 1.0,
            };
            row.iter().zip(&self.sets).map(of).fold(1.0, f64::max)
        };
        let rows = self.table.groups.iter().flat_map(|g| &g.rows).map(lines).sum::<f64>();
        (rows + self.table.groups.len() as f64) * 12.0 * self.letters.1
    }

    fn start(&self) -> String {
        let (size, _, space) = self.letters;
        format!(
            "{size}\\setlength{{\\tabcolsep}}{{{space}pt}}\\sisetup{{exponent-product=\\cdot,group-digits=none}}\n"
        )
    }

    fn caption(&self) -> String {
        let request = &self.table.request;
        let caption =
            request.caption.as_ref().map_or(String::new(), |c| format!("\\caption{{{}}}", escaped(c)));
        let label = request.label.as_ref().map_or(String::new(), |label| {
            let kept = label.chars().filter(|c| c.is_ascii_alphanumeric() || "-_:.".contains(*c));
            format!("\\label{{{}}}", kept.collect::<String>())
        });
        caption + &label
    }

    /// The table with its notes, as broad as itself.
    fn with_notes(&self) -> String {
        let notes = self.table.notes();
        let narrow = self.width < NOTES_WIDTH && !notes.is_empty();
        let (begin, end) = match narrow {
            true => ("tabular*}{207pt", "tabular*"),
            false => ("tabular", "tabular"),
        };
        let stretch = if narrow { "@{\\extracolsep{\\fill}}" } else { "" };
        let mut out = format!("  {}  \\begin{{threeparttable}}\n", self.start());
        if !self.caption().is_empty() {
            out += &format!("  {}\n", self.caption());
        }
        out += &format!("  \\begin{{{begin}}}{{{stretch}{}}}\n    \\toprule\n", self.preamble());
        out += &format!("    {}    \\midrule\n{}", self.headings("\\tnote{*}"), self.body());
        out += &format!("    \\bottomrule\n  \\end{{{end}}}\n");
        if !notes.is_empty() {
            out += "  \\begin{tablenotes}[flushleft]\\footnotesize\n";
            for text in &notes {
                out += &match text.strip_prefix("* ") {
                    Some(rest) => format!("    \\item[*] {}\n", note(rest)),
                    None => format!("    \\item {}\n", guarded(&note(text))),
                };
            }
            out += "  \\end{tablenotes}\n";
        }
        out + "  \\end{threeparttable}\n"
    }

    /// The table over several pages, its notes below it.
    fn long(&self) -> String {
        let head = self.headings("$^{*}$");
        let mut out = format!("\\begingroup{}\\begin{{longtable}}{{{}}}\n", self.start(), self.preamble());
        if !self.caption().is_empty() {
            out += &format!("    {} \\\\\n", self.caption());
        }
        out += &format!("    \\toprule\n    {head}    \\midrule\n    \\endfirsthead\n");
        out += &format!(
            "    \\toprule\n    {head}    \\midrule\n    \\endhead\n    \\bottomrule\n    \\endfoot\n"
        );
        out += &format!("{}\\end{{longtable}}\n\\endgroup\n", self.body());
        let notes: Vec<String> = self.table.notes().iter().map(|text| note(text)).collect();
        if !notes.is_empty() {
            out += &format!("{{\\footnotesize\\noindent {}\\par}}\n", notes.join("\n  "));
        }
        out
    }
}

/// A bracket at the beginning of a line, which would be an option of the line break before it.
fn guarded(text: &str) -> String {
    if text.starts_with('[') { format!("{{}}{text}") } else { text.to_owned() }
}

/// The breadth of a cell in points.
fn breadth_of(cell: &Cell, setting: &Setting) -> f64 {
    breadth(&cell.written(&TEXT, setting.table.request.digits)) * setting.letters.1
}

/// How the first `number` columns are set in letters of a size, and how broad they are together.
fn sets(table: &Table, number: usize, (_, size, space): Letters, stacked: bool) -> (Vec<Set>, f64) {
    let digits = table.request.digits;
    let mut sets = Vec::new();
    let mut widths = Vec::new();
    for (i, column) in table.request.columns.iter().take(number).enumerate() {
        let cells = || table.groups.iter().flat_map(|g| &g.rows).map(|row| &row[i]);
        let numbers: Vec<String> = cells().filter_map(|cell| cell.number(digits)).collect();
        let mark = if column.kind.is_measured() { 5.0 } else { 0.0 };
        let mut width = breadth(column.heading) + mark;
        let texts = cells().filter(|cell| numbers.is_empty() || cell.number(digits).is_none());
        for cell in texts {
            let parts = if stacked { cell.parts(&TEXT, digits) } else { vec![cell.written(&TEXT, digits)] };
            width = parts.iter().map(|text| breadth(text)).fold(width, f64::max);
        }
        if numbers.is_empty() {
            sets.push(Set::Words);
        } else {
            let (format, widest) = format_of(&numbers);
            width = width.max(breadth(&widest));
            sets.push(Set::Numbers(format));
        }
        widths.push(width * size);
    }
    let between = 2.0 * space * number.saturating_sub(1) as f64;
    let all = |widths: &[f64]| widths.iter().sum::<f64>() + between;
    // What is too broad is taken from the words that can be broken.
    let is_long = |i: usize| {
        let mut cells = table.groups.iter().flat_map(|g| &g.rows).map(|row| &row[i]);
        widths[i] > PARAGRAPH && cells.all(|cell| matches!(cell, Cell::Word(_) | Cell::Nothing))
    };
    let long: Vec<usize> = (0..sets.len()).filter(|i| is_long(*i)).collect();
    let fixed = all(&widths) - long.iter().map(|i| widths[*i]).sum::<f64>();
    if all(&widths) * TRUST > TEXT_WIDTH && !long.is_empty() {
        let each = ((TEXT_WIDTH / TRUST - fixed) / long.len() as f64 - 1.0).max(PARAGRAPH);
        for i in long {
            if widths[i] > each {
                widths[i] = each;
                sets[i] = Set::Paragraph(each);
            }
        }
    }
    let width = all(&widths);
    (sets, width)
}

/// The format of `siunitx` that holds all numbers, and the broadest number of that format.
fn format_of(numbers: &[String]) -> (String, String) {
    let (mut whole, mut places, mut power) = (1, 0, 0);
    let (mut minus, mut minus_power) = (false, false);
    for text in numbers {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, ""));
        let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        minus |= before.starts_with('-');
        minus_power |= exponent.starts_with('-');
        whole = whole.max(before.trim_start_matches('-').len());
        places = places.max(after.len());
        power = power.max(exponent.trim_start_matches('-').len());
    }
    let sign = |minus: bool| if minus { "-" } else { "" };
    let point = |digits: String| if places > 0 { format!(".{digits}") } else { String::new() };
    let exponent = |digits: String| match power {
        0 => String::new(),
        _ => format!("e{}{digits}", sign(minus_power)),
    };
    let format =
        format!("{}{whole}{}{}", sign(minus), point(places.to_string()), exponent(power.to_string()));
    let widest = "0".repeat(whole) + &point("0".repeat(places)) + &exponent("0".repeat(power));
    (format, sign(minus).to_owned() + &widest)
}

/// The names of the last columns, without which a table fits the text of an article; none if it does.
pub(super) fn too_many(table: &Table) -> Vec<&'static str> {
    let columns = &table.request.columns;
    let fits = (1..=columns.len()).rev().find(|number| Setting::of(table, *number).1).unwrap_or(1);
    columns[fits..].iter().map(|c| c.name).collect()
}

fn needs(table: &Table) -> String {
    format!(
        "% {}\n% needs \\usepackage{{booktabs,longtable,siunitx,threeparttable}}\n",
        on_one_line(&table.request.command)
    )
}

/// The `table` environment, or a `longtable`.
pub(super) fn latex(table: &Table) -> String {
    let (setting, _) = Setting::of(table, table.request.columns.len());
    let notes = table.notes().len() as f64 * 12.0;
    match setting.height() + notes + 60.0 > TEXT_HEIGHT {
        true => needs(table) + &setting.long(),
        false => format!(
            "{}\\begin{{table}}[htbp]\n  \\centering\n{}\\end{{table}}\n",
            needs(table),
            setting.with_notes()
        ),
    }
}

/// A document with nothing but the table, on a page of its size.
pub(super) fn document(table: &Table) -> String {
    let (setting, _) = Setting::of(table, table.request.columns.len());
    format!(
        "\\documentclass[border=6pt,varwidth={:.0}pt]{{standalone}}\n\\usepackage[utf8]{{inputenc}}\n\
         \\usepackage{{booktabs,longtable,siunitx,threeparttable}}\n\
         % A caption outside of a float.\n\\makeatletter\\def\\@captype{{table}}\\makeatother\n\
         \\begin{{document}}\n{}{}\\end{{document}}\n",
        // As broad as a text that it would fit, or as it is.
        (setting.width * TRUST).max(TEXT_WIDTH),
        needs(table),
        setting.with_notes()
    )
}
