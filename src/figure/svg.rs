//! A drawing as SVG: numbers to a tenth of a pixel, letters as outlines that are defined once.

use super::canvas::{Canvas, Colour, Shape, Stroke};
use super::letters;
use super::path::Step;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The SVG of a drawing.
pub fn svg(canvas: &Canvas) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" \
         role=\"img\">\n<title>{title}</title>\n",
        w = number(canvas.width),
        h = number(canvas.height),
        title = escaped(&canvas.description),
    );
    let texts = canvas.shapes.iter().filter_map(|s| match s {
        Shape::Text { text, .. } => Some(text),
        _ => None,
    });
    let used: BTreeSet<u16> = texts.flat_map(|t| letters::letters(t)).map(|l| l.glyph).collect();
    out.push_str("<defs>\n");
    for glyph in used {
        let steps = letters::outline(glyph);
        if !steps.is_empty() {
            writeln!(out, "<path id=\"g{glyph}\" d=\"{}\"/>", outline(&steps)).expect(STRING);
        }
    }
    out.push_str("</defs>\n");
    writeln!(
        out,
        "<rect width=\"{}\" height=\"{}\" fill=\"{}\"/>",
        number(canvas.width),
        number(canvas.height),
        colour(Colour::PAPER)
    )
    .expect(STRING);
    // What no shape says otherwise.
    out.push_str("<g fill=\"none\" stroke-linejoin=\"round\">\n");
    canvas.shapes.iter().for_each(|s| shape(&mut out, s));
    out.push_str("</g>\n</svg>\n");
    out
}

const STRING: &str = "a string takes what is written to it";

fn shape(out: &mut String, shape: &Shape) {
    match shape {
        Shape::Path { steps, fill, stroke } => {
            writeln!(out, "<path d=\"{}\"{}/>", outline(steps), painted(*fill, *stroke))
        }
        Shape::Text { text, start, size, turned, colour: ink } => {
            let turn = if *turned { " rotate(-90)" } else { "" };
            let scale = (size / letters::units() * 1e6).round() / 1e6;
            write!(
                out,
                "<g aria-label=\"{}\" fill=\"{}\" transform=\"translate({} {}){turn} scale({scale} {})\">",
                escaped(text),
                colour(*ink),
                number(start.0),
                number(start.1),
                -scale
            )
            .expect(STRING);
            let mut x = 0;
            for letter in letters::letters(text) {
                if !letters::outline(letter.glyph).is_empty() {
                    let place = if x == 0 { String::new() } else { format!(" x=\"{x}\"") };
                    write!(out, "<use href=\"#g{}\"{place}/>", letter.glyph).expect(STRING);
                }
                x += u32::from(letter.advance);
            }
            writeln!(out, "</g>")
        }
    }
    .expect(STRING);
}

fn outline(steps: &[Step]) -> String {
    let mut d = String::new();
    let place = |x: f64, y: f64| format!("{} {}", number(x), number(y));
    for step in steps {
        match *step {
            Step::Move(x, y) => write!(d, "M{}", place(x, y)),
            Step::Line(x, y) => write!(d, "L{}", place(x, y)),
            Step::Curve(a, b, x, y) => write!(d, "Q{} {}", place(a, b), place(x, y)),
            Step::Close => write!(d, "Z"),
        }
        .expect(STRING);
    }
    d
}

fn painted(fill: Option<Colour>, stroke: Option<Stroke>) -> String {
    let mut out = fill.map_or(String::new(), |fill| format!(" fill=\"{}\"", colour(fill)));
    if let Some(stroke) = stroke {
        write!(out, " stroke=\"{}\" stroke-width=\"{}\"", colour(stroke.colour), number(stroke.width))
            .expect(STRING);
        if !stroke.dashes.is_empty() {
            let dashes: Vec<String> = stroke.dashes.iter().map(|d| number(*d)).collect();
            write!(out, " stroke-dasharray=\"{}\"", dashes.join(" ")).expect(STRING);
        }
    }
    out
}

fn colour(Colour(r, g, b): Colour) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// A number to a tenth of a pixel, a fifteenth of a curve's width.
fn number(x: f64) -> String {
    let tenths = (x * 10.0).round() as i64;
    let (sign, size) = (if tenths < 0 { "-" } else { "" }, tenths.abs());
    match size % 10 {
        0 => format!("{sign}{}", size / 10),
        rest => format!("{sign}{}.{rest}", size / 10),
    }
}

/// A text as an attribute or an element may hold it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no place for these, not even escaped.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_texts_escaped() {
        assert_eq!(
            [0.0, -0.01, 1.5, -2.25, 10.06].map(number),
            ["0", "0", "1.5", "-2.3", "10.1"].map(String::from)
        );
        assert_eq!(escaped("a<b & \"c\"\n"), "a&lt;b &amp; &quot;c&quot; ");
    }
}
