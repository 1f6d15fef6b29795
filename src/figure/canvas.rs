//! A drawing: shapes in pixels, the origin at the upper left.

use super::letters;
use super::path::{self, Rectangle, Step};

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// Ink of text and axes.
    pub const INK: Self = Self(34, 34, 34);
    /// Grid lines.
    pub const GRID: Self = Self(222, 222, 222);
    /// Paper.
    pub const PAPER: Self = Self(255, 255, 255);
    /// Grey areas.
    pub const GREY: Self = Self(205, 205, 205);
    /// The palette of Okabe and Ito, without black and yellow (too pale for a line on white).
    pub const PALETTE: [Self; 6] = [
        Self(0, 114, 178),
        Self(213, 94, 0),
        Self(0, 158, 115),
        Self(204, 121, 167),
        Self(86, 180, 233),
        Self(230, 159, 0),
    ];

    /// The colour of the `i`-th curve; beyond the palette it starts again, in black's company of other markers.
    pub fn curve(i: usize) -> Self {
        match i % (Self::PALETTE.len() + 1) {
            6 => Self::INK,
            i => Self::PALETTE[i],
        }
    }

    /// A mixture with white: 0 is white, 1 the colour.
    pub fn tint(self, share: f64) -> Self {
        self.mixed(Self::PAPER, 1.0 - share)
    }

    /// A mixture with another colour: 0 is this one, 1 the other.
    pub fn mixed(self, other: Self, share: f64) -> Self {
        let mix = |a: u8, b: u8| {
            (f64::from(a) + (f64::from(b) - f64::from(a)) * share.clamp(0.0, 1.0)).round() as u8
        };
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }
}

/// A line's colour, width in pixels and dashes (lengths of line and gap in turn; none for a solid line).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// Colour.
    pub colour: Colour,
    /// Width.
    pub width: f64,
    /// Dashes.
    pub dashes: &'static [f64],
}

impl Stroke {
    /// A solid line.
    pub fn solid(colour: Colour, width: f64) -> Self {
        Self { colour, width, dashes: &[] }
    }
    /// A dashed line.
    pub fn dashed(colour: Colour, width: f64) -> Self {
        Self { colour, width, dashes: &[7.0, 4.0] }
    }
    /// A dotted line.
    pub fn dotted(colour: Colour, width: f64) -> Self {
        Self { colour, width, dashes: &[1.6, 3.2] }
    }
}

/// Which end of a text its point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// One shape.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Shape {
    /// A path: what it encloses is filled, then its lines are drawn.
    Path { steps: Vec<Step>, fill: Option<Colour>, stroke: Option<Stroke> },
    /// A text.
    Text(Text),
}

/// A text on its base line; turned, it runs upwards.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Text {
    pub text: String,
    pub at: (f64, f64),
    pub anchor: Anchor,
    pub size: f64,
    pub turned: bool,
    pub colour: Colour,
}

impl Text {
    /// Where its first letter begins.
    pub fn start(&self) -> (f64, f64) {
        let width = letters::width(&self.text, self.size);
        let back = match self.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        if self.turned { (self.at.0, self.at.1 + back) } else { (self.at.0 - back, self.at.1) }
    }
}

/// A drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Canvas {
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels.
    pub height: f64,
    /// What the drawing shows, one sentence for those who do not see it.
    pub description: String,
    /// Shapes, the lowest first.
    pub shapes: Vec<Shape>,
    /// Pixels of the finished figure (a ninety-sixth of an inch) for one of the drawing.
    pub zoom: f64,
}

/// Size of headings, axis labels and tick labels.
pub const HEADING: f64 = 17.0;
/// Size of axis labels and legends.
pub const LABEL: f64 = 14.0;
/// Size of tick labels and notes.
pub const NOTE: f64 = 12.5;

impl Canvas {
    /// An empty drawing with a heading: the title, in at most three lines, and what is shown and how far it is known.
    /// Returns the drawing and where the rest of it begins.
    pub fn new(width: f64, height: f64, title: &str, subtitle: &str) -> (Self, f64) {
        let description = format!("{title}. {subtitle}");
        let mut canvas = Self { width, height, description, shapes: Vec::new(), zoom: 1.0 };
        let margin = 16.0;
        let room = width - 2.0 * margin;
        let mut y = 7.0;
        let mut lines = letters::wrapped(title, HEADING, room);
        if lines.len() > 3 {
            lines[2] = letters::cut(&lines[2..].join(" "), HEADING, room);
        }
        for line in lines.iter().take(3) {
            y += 21.0;
            canvas.text(line, (margin, y), HEADING, Anchor::Start);
        }
        for line in letters::wrapped(subtitle, LABEL, room) {
            y += 21.0;
            canvas.text(&line, (margin, y), LABEL, Anchor::Start);
        }
        (canvas, y + 14.0)
    }

    fn filled(&mut self, steps: Vec<Step>, fill: Colour) {
        self.shapes.push(Shape::Path { steps, fill: Some(fill), stroke: None });
    }

    fn drawn(&mut self, steps: Vec<Step>, stroke: Stroke) {
        self.shapes.push(Shape::Path { steps, fill: None, stroke: Some(stroke) });
    }

    /// Adds a rectangle without an outline.
    pub fn area(&mut self, area: Rectangle, fill: Colour) {
        self.filled(area.outline(), fill);
    }

    /// Adds the outline of a rectangle.
    pub fn outline(&mut self, area: Rectangle, stroke: Stroke) {
        self.drawn(area.outline(), stroke);
    }

    /// Adds an open line.
    pub fn line(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        self.drawn(path::line(points), stroke);
    }

    /// Adds straight lines of one stroke: hatching, ticks, a grid.
    pub fn strokes(&mut self, lines: &[[(f64, f64); 2]], stroke: Stroke) {
        if !lines.is_empty() {
            self.drawn(lines.iter().flat_map(|ends| path::line(ends)).collect(), stroke);
        }
    }

    /// Adds a polygon without an outline.
    pub fn polygon(&mut self, points: &[(f64, f64)], fill: Colour) {
        self.filled(path::polygon(points), fill);
    }

    /// Adds a circle.
    pub fn circle(&mut self, centre: (f64, f64), radius: f64, fill: Colour, stroke: Stroke) {
        let steps = path::circle(centre, radius);
        self.shapes.push(Shape::Path { steps, fill: Some(fill), stroke: Some(stroke) });
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str, at: (f64, f64), size: f64, anchor: Anchor) {
        self.coloured_text(text, at, size, anchor, Colour::INK);
    }

    /// Adds a text in a colour.
    pub fn coloured_text(&mut self, text: &str, at: (f64, f64), size: f64, anchor: Anchor, colour: Colour) {
        self.shapes.push(Shape::Text(Text {
            text: letters::plain(text),
            at,
            anchor,
            size,
            turned: false,
            colour,
        }));
    }

    /// Adds a text that runs upwards.
    pub fn turned_text(&mut self, text: &str, at: (f64, f64), size: f64, anchor: Anchor) {
        let colour = Colour::INK;
        self.shapes.push(Shape::Text(Text {
            text: letters::plain(text),
            at,
            anchor,
            size,
            turned: true,
            colour,
        }));
    }

    /// Fills a rectangle with slanting lines.
    pub fn hatch(&mut self, area: Rectangle, spacing: f64, stroke: Stroke) {
        let reach = area.width + area.height;
        let number = (reach / spacing).floor() as usize;
        let line = |i: usize| {
            // The line x + y = t, with x and y from the lower left corner.
            let t = i as f64 * spacing;
            let (x0, y0) = if t <= area.height { (0.0, t) } else { (t - area.height, area.height) };
            let (x1, y1) = if t <= area.width { (t, 0.0) } else { (area.width, t - area.width) };
            let place = |x: f64, y: f64| (area.x + x, area.bottom() - y);
            [place(x0, y0), place(x1, y1)]
        };
        self.strokes(&(1..=number).map(line).collect::<Vec<_>>(), stroke);
    }

    /// Fills a rectangle with about this many upright lines.
    pub fn bars(&mut self, area: Rectangle, spacing: f64, stroke: Stroke) {
        let number = (area.width / spacing).round().max(1.0);
        let line = |i: usize| {
            let x = area.x + (i as f64 + 0.5) * area.width / number;
            [(x, area.y), (x, area.bottom())]
        };
        self.strokes(&(0..number as usize).map(line).collect::<Vec<_>>(), stroke);
    }

    /// Adds the `kind`-th of the markers that tell curves apart.
    pub fn marker(&mut self, kind: usize, (x, y): (f64, f64), colour: Colour, filled: bool) {
        let fill = if filled { colour } else { Colour::PAPER };
        let stroke = Stroke::solid(colour, 1.5);
        let r = 4.2;
        let corners: &[(f64, f64)] = match kind % 6 {
            0 => return self.circle((x, y), r, fill, stroke),
            1 => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            2 => &[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)],
            3 => &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
            4 => &[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)],
            _ => &[(-1.2, -0.4), (0.0, -1.3), (1.2, -0.4), (0.75, 1.0), (-0.75, 1.0)],
        };
        let corners: Vec<(f64, f64)> = corners.iter().map(|(a, b)| (x + a * r, y + b * r)).collect();
        let steps = path::polygon(&corners);
        self.shapes.push(Shape::Path { steps, fill: Some(fill), stroke: Some(stroke) });
    }
}
