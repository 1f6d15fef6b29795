//! A drawing as SVG: numbers to a tenth of a pixel, texts as texts, which can be searched and edited.

use super::canvas::{Anchor, Canvas, Colour, Shape, Stroke};
use super::letters;
use super::path::Step;
use std::fmt::Write;

/// The SVG of a drawing.
pub fn svg(canvas: &Canvas) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{}\" height=\"{}\" \
         role=\"img\">\n<title>{title}</title>\n",
        number(canvas.width * canvas.zoom),
        number(canvas.height * canvas.zoom),
        w = number(canvas.width),
        h = number(canvas.height),
        title = escaped(&canvas.description),
    );
    writeln!(
        out,
        "<rect width=\"{}\" height=\"{}\" fill=\"{}\"/>",
        number(canvas.width),
        number(canvas.height),
        colour(Colour::PAPER)
    )
    .expect(STRING);
    // What no shape says otherwise.
    writeln!(out, "<g fill=\"none\" stroke-linejoin=\"round\" font-family=\"{FAMILY}\">").expect(STRING);
    canvas.shapes.iter().for_each(|s| shape(&mut out, s));
    out.push_str("</g>\n</svg>\n");
    out
}

/// The font of the other formats, and one that has its widths.
const FAMILY: &str = "DejaVu Sans, Bitstream Vera Sans, Verdana, sans-serif";

const STRING: &str = "a string takes what is written to it";

fn shape(out: &mut String, shape: &Shape) {
    match shape {
        Shape::Path { steps, fill, stroke } => {
            writeln!(out, "<path d=\"{}\"{}/>", outline(steps), painted(*fill, *stroke))
        }
        Shape::Text(text) => {
            let (x, y) = (number(text.at.0), number(text.at.1));
            let place = match text.turned {
                true => format!("transform=\"translate({x} {y}) rotate(-90)\""),
                false => format!("x=\"{x}\" y=\"{y}\""),
            };
            let anchor = match text.anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            };
            // Another font in place of ours is stretched to our widths.
            let width = number(letters::width(&text.text, text.size));
            let (size, ink) = (number(text.size), colour(text.colour));
            writeln!(
                out,
                "<text {place}{anchor} font-size=\"{size}\" fill=\"{ink}\" textLength=\"{width}\" \
                 lengthAdjust=\"spacingAndGlyphs\">{}</text>",
                escaped(&text.text)
            )
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
