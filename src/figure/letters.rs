//! Letters as outlines: DejaVu Sans, which the program carries and which has the Greek and the signs of formulas.

use super::path::Step;
use std::sync::LazyLock;
use ttf_parser::{Face, GlyphId, OutlineBuilder};

static FACE: LazyLock<Face<'static>> = LazyLock::new(|| {
    Face::parse(dejavu::sans::regular(), 0).expect("the font that ships with its crate is one")
});

/// A letter: the number of its outline, and how far the next one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter {
    /// Number of the outline in the font.
    pub glyph: u16,
    /// Advance in font units.
    pub advance: u16,
}

/// Font units in the size of a text.
pub fn units() -> f64 {
    f64::from(FACE.units_per_em())
}

/// A text without control characters, which become blanks.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The letters of a text; what the font lacks becomes a box.
pub fn letters(text: &str) -> Vec<Letter> {
    text.chars()
        .map(|c| {
            let id = FACE.glyph_index(c).unwrap_or(GlyphId(0));
            Letter { glyph: id.0, advance: FACE.glyph_hor_advance(id).unwrap_or(0) }
        })
        .collect()
}

/// The outline of a letter, in font units, upwards positive; empty for a blank.
pub fn outline(glyph: u16) -> Vec<Step> {
    let mut steps = Steps(Vec::new());
    FACE.outline_glyph(GlyphId(glyph), &mut steps);
    steps.0
}

/// The corners of the box that holds every letter, then how far letters rise and fall, in font units.
pub fn metrics() -> [i16; 6] {
    let frame = FACE.global_bounding_box();
    [frame.x_min, frame.y_min, frame.x_max, frame.y_max, FACE.ascender(), FACE.descender()]
}

/// The font's file with these outlines only, under the same numbers.
pub fn part(glyphs: &[u16]) -> Vec<u8> {
    let font = dejavu::sans::regular();
    // The whole font is larger, and says the same.
    subsetter::subset(font, 0, subsetter::Profile::pdf(glyphs)).unwrap_or_else(|_| font.to_vec())
}

/// Width of a text in pixels.
pub fn width(text: &str, size: f64) -> f64 {
    letters(text).iter().map(|l| f64::from(l.advance)).sum::<f64>() * size / units()
}

/// A text, cut to a width.
pub fn cut(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut start: Vec<char> = text.chars().collect();
    while !start.is_empty() && width(&start.iter().chain(&['…']).collect::<String>(), size) > room {
        start.pop();
    }
    start.iter().chain(&['…']).collect()
}

/// A text in lines of at most a width, broken at blanks other than those that forbid it.
pub fn wrapped(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split([' ', '\n', '\t']).filter(|w| !w.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(cut(word, size, room)),
        }
    }
    lines
}

struct Steps(Vec<Step>);

impl OutlineBuilder for Steps {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.push(Step::Move(x.into(), y.into()));
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.0.push(Step::Line(x.into(), y.into()));
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.push(Step::Curve(x1.into(), y1.into(), x.into(), y.into()));
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        // TrueType outlines have none; the middle of the controls keeps the ends.
        self.quad_to((x1 + x2) / 2.0, (y1 + y2) / 2.0, x, y);
    }
    fn close(&mut self) {
        self.0.push(Step::Close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_of_the_figures_is_in_the_font() {
        for c in "λΛμσθβ∇ρ‖ᵀ₀₁₂₃₄₅₆₇₈₉⁻⁰¹²³⁴⁵⁶⁷⁸⁹⁺×−≥≤→·…′∞".chars()
        {
            assert_ne!(letters(&c.to_string())[0].glyph, 0, "{c}");
        }
    }

    #[test]
    fn long_texts_are_cut_and_wrapped_to_their_room() {
        let long = "word ".repeat(40);
        assert!(width(&cut(&long, 14.0, 200.0), 14.0) <= 200.0 && cut(&long, 14.0, 200.0).ends_with('…'));
        let lines = wrapped(&long, 14.0, 200.0);
        assert!(lines.len() > 5 && lines.iter().all(|l| width(l, 14.0) <= 200.0));
        assert_eq!(cut("short", 14.0, 200.0), "short");
    }
}
