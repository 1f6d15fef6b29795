//! Tables as LaTeX. Only `booktabs` is needed: a column of numbers is two, parted at the decimal point.

use super::style::{Formula, Style, TEXT, closed, factor, on_one_line};
use super::{Cell, Table};

const LATEX: Style = Style {
    word: escaped,
    number: |text| format!("${}$", math(text)),
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

/// A decimal in math mode, its exponent as a power of ten.
fn math(text: &str) -> String {
    match text.split_once('e') {
        _ if text.contains("inf") => text.replace("inf", "\\infty"),
        None => text.to_owned(),
        Some((mantissa, exponent)) => format!("{mantissa}\\cdot 10^{{{exponent}}}"),
    }
}

/// Words for a document that knows nothing but the kernel: letters beyond Latin become commands, and what has none
/// its code.
fn escaped(text: &str) -> String {
    (TEXT.word)(text).chars().map(character).collect()
}

fn character(c: char) -> String {
    let math = |command: &str| format!("${command}$");
    match c {
        '\\' => "\\textbackslash{}".to_owned(),
        '~' => "\\textasciitilde{}".to_owned(),
        '^' => "\\textasciicircum{}".to_owned(),
        '<' | '>' | '|' => math(&c.to_string()),
        '"' => "''".to_owned(),
        '#' | '$' | '%' | '&' | '_' | '{' | '}' => format!("\\{c}"),
        c if c.is_ascii() => c.to_string(),
        '–' => "--".to_owned(),
        '—' => "---".to_owned(),
        '‘' => "`".to_owned(),
        '’' => "'".to_owned(),
        '“' => "``".to_owned(),
        '”' => "''".to_owned(),
        '…' => "\\dots{}".to_owned(),
        '\u{a0}' => "~".to_owned(),
        '×' => math("\\times"),
        '·' => math("\\cdot"),
        '−' => math("-"),
        '≤' => math("\\le"),
        '≥' => math("\\ge"),
        '≈' => math("\\approx"),
        '→' => math("\\to"),
        '∞' => math("\\infty"),
        '√' => math("\\surd"),
        '∛' => math("\\sqrt[3]{}"),
        '½' => math("\\frac12"),
        '²' => math("^2"),
        '³' => math("^3"),
        '‖' => math("\\|"),
        '⋯' => math("\\cdots"),
        'ᵀ' => math("^\\top"),
        '⁺' => math("^+"),
        '∇' => math("\\nabla"),
        'α' => math("\\alpha"),
        'β' => math("\\beta"),
        'γ' => math("\\gamma"),
        'δ' => math("\\delta"),
        'ε' => math("\\varepsilon"),
        'η' => math("\\eta"),
        'θ' => math("\\theta"),
        'κ' => math("\\kappa"),
        'λ' => math("\\lambda"),
        'μ' => math("\\mu"),
        'ν' => math("\\nu"),
        'ρ' => math("\\rho"),
        'σ' => math("\\sigma"),
        'τ' => math("\\tau"),
        'φ' => math("\\varphi"),
        'ω' => math("\\omega"),
        'Δ' => math("\\Delta"),
        'Λ' => math("\\Lambda"),
        'Σ' => math("\\Sigma"),
        // The Latin letters that the default font encoding composes.
        'Ð' | 'Þ' | 'ð' | 'þ' | '÷' => format!("{{\\ttfamily U+{:04X}}}", u32::from(c)),
        '\u{c0}'..='\u{ff}' => c.to_string(),
        c => format!("{{\\ttfamily U+{:04X}}}", u32::from(c)),
    }
}

/// A note; formulas in it are set as formulas.
fn note(text: &str) -> String {
    if text.starts_with("φ(c)") {
        return "$\\varphi(c) = \\frac34 - \\frac R2 + \\frac12\\sqrt{\\frac34 - R^2 + \\frac1{4R}}$ with \
                $R = \\sqrt{\\frac14 + y}$, $y = \\sqrt[3]{\\frac c2 + s} + \\sqrt[3]{\\frac c2 - s}$, \
                $s = \\sqrt{\\frac{c^2}4 - \\frac{64c^3}{27}}$."
            .to_owned();
    }
    FORMULAS.iter().fold(escaped(text), |text, (plain, latex)| text.replace(&escaped(plain), latex))
}

/// Formulas of notes in plain characters and in LaTeX.
const FORMULAS: [(&str, &str); 7] = [
    ("(f − f*)/f*", "$(f - f^*)/f^*$"),
    ("tr Σ_W / tr Σ_B", "$\\mathop{\\rm tr}\\Sigma_W/\\mathop{\\rm tr}\\Sigma_B$"),
    ("tr(Σ_W Σ_B⁺)/K", "$\\mathop{\\rm tr}(\\Sigma_W\\Sigma_B^+)/K$"),
    ("Σ_B", "$\\Sigma_B$"),
    ("W_M⋯W_1", "$W_M\\cdots W_1$"),
    ("H̄ᵀ", "$\\bar H^\\top$"),
    ("* measured", "$^{*}$ measured"),
];

/// How a column is set.
#[derive(Clone, Copy, PartialEq)]
enum Set {
    /// Words, to the left.
    Words,
    /// Numbers, in two columns that meet at the decimal point.
    Numbers,
}

fn set(table: &Table, column: usize) -> Set {
    let mut cells = table.groups.iter().flat_map(|g| &g.rows).map(|row| &row[column]);
    match cells.any(|cell| cell.number(table.request.digits).is_some()) {
        true => Set::Numbers,
        false => Set::Words,
    }
}

/// A cell, or the two halves of a number.
fn cell(cell: &Cell, set: Set, digits: usize) -> String {
    if set == Set::Words {
        return cell.written(&LATEX, digits);
    }
    let Some(text) = cell.number(digits) else {
        return format!("\\multicolumn{{2}}{{c}}{{{}}}", cell.written(&LATEX, digits));
    };
    let (mantissa, power) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, format!("\\cdot 10^{{{exponent}}}")),
        None => (text.as_str(), String::new()),
    };
    let (whole, rest) = mantissa.split_at(mantissa.find('.').unwrap_or(mantissa.len()));
    // The empty braces keep TeX from taking the point's half for a sum or the dot for punctuation.
    let rest = match rest.strip_prefix('.') {
        Some(places) => format!("{{.}}{places}{power}"),
        None => {
            if power.is_empty() {
                String::new()
            } else {
                format!("{{}}{power}")
            }
        }
    };
    if rest.is_empty() { format!("${whole}$ &") } else { format!("${whole}$ & ${rest}$") }
}

/// The `table` environment.
pub(super) fn latex(table: &Table) -> String {
    let request = &table.request;
    let sets: Vec<Set> = (0..request.columns.len()).map(|i| set(table, i)).collect();
    let wide: usize = sets.iter().map(|s| if *s == Set::Numbers { 2 } else { 1 }).sum();
    let mut out = format!("% {}\n% needs \\usepackage{{booktabs}}\n", on_one_line(&request.command));
    out += "\\begin{table}[htbp]\n  \\centering\n";
    if let Some(caption) = &request.caption {
        out += &format!("  \\caption{{{}}}\n", escaped(caption));
    }
    if let Some(label) = &request.label {
        let label: String =
            label.chars().filter(|c| c.is_ascii_alphanumeric() || "-_:.".contains(*c)).collect();
        out += &format!("  \\label{{{label}}}\n");
    }
    let spec: Vec<&str> = sets.iter().map(|s| if *s == Set::Numbers { "r@{}l" } else { "l" }).collect();
    out += &format!("  \\begin{{tabular}}{{{}}}\n    \\toprule\n", spec.join(" "));
    let heading = |(i, s): (usize, &Set)| {
        let column = request.columns[i];
        let mark = if column.kind.is_measured() { "$^{*}$" } else { "" };
        match s {
            Set::Numbers => format!("\\multicolumn{{2}}{{c}}{{{}{mark}}}", column.latex),
            Set::Words => format!("{}{mark}", column.latex),
        }
    };
    let headings: Vec<String> = sets.iter().enumerate().map(heading).collect();
    out += &format!("    {} \\\\\n    \\midrule\n", headings.join(" & "));
    for (g, group) in table.groups.iter().enumerate() {
        if let (Some(value), Some(by)) = (&group.value, request.group_by) {
            if g > 0 {
                out += "    \\midrule\n";
            }
            let value = value.written(&LATEX, request.digits);
            out += &format!("    \\multicolumn{{{wide}}}{{l}}{{{} = {value}}} \\\\\n", by.latex);
        }
        for row in &group.rows {
            let cells: Vec<String> =
                row.iter().zip(&sets).map(|(c, s)| cell(c, *s, request.digits)).collect();
            out += &format!("    {} \\\\\n", cells.join(" & "));
        }
    }
    out += "    \\bottomrule\n  \\end{tabular}\n";
    let notes: Vec<String> = table.notes().iter().map(|text| note(text)).collect();
    if !notes.is_empty() {
        out += &format!(
            "  \\par\\smallskip\n  \\parbox{{0.9\\linewidth}}{{\\footnotesize {}}}\n",
            notes.join("\n  ")
        );
    }
    out + "\\end{table}\n"
}

/// A document with nothing but the table, on a page wide enough for many columns.
pub(super) fn document(table: &Table) -> String {
    format!(
        "\\documentclass{{article}}\n\\usepackage[utf8]{{inputenc}}\n\\usepackage{{booktabs}}\n\
         \\usepackage[paperwidth=45cm,paperheight=21cm,margin=1cm]{{geometry}}\n\\begin{{document}}\n{}\\end{{document}}\n",
        latex(table)
    )
}
