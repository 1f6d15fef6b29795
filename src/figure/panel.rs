//! A panel: a frame with two axes, in which curves and areas are drawn; and legends, which stand outside of it.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Colour, LABEL, NOTE, Stroke};
use super::letters;
use super::path::Rectangle;

/// A frame with its axes.
#[derive(Debug, Clone)]
pub struct Panel {
    /// Where it stands, without the words around it.
    pub frame: Rectangle,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
}

/// Room that the words of an axis take.
pub const LEFT: f64 = 74.0;
/// Room below a panel.
pub const BELOW: f64 = 50.0;
/// Border of a figure.
pub const MARGIN: f64 = 16.0;

/// Least width of one of several panels.
const LEAST: f64 = 104.0;

/// Frames of equal panels, as many beside each other as have room. Those that stand first in a row begin at [`LEFT`].
pub fn frames(number: usize, width: f64, (top, height): (f64, f64), gap: f64) -> Vec<Rectangle> {
    let room = width - LEFT - MARGIN - 8.0;
    let columns = (((room + gap) / (LEAST + gap)) as usize).clamp(1, number.max(1));
    let width = (room - gap * (columns as f64 - 1.0)) / columns as f64;
    let frame = |i: usize| {
        let x = LEFT + (i % columns) as f64 * (width + gap);
        Rectangle { x, y: top + (i / columns) as f64 * (height + BELOW + 30.0), width, height }
    };
    (0..number).map(frame).collect()
}

impl Panel {
    /// A value's place in pixels.
    pub fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let f = &self.frame;
        (f.x + self.x.at(x) * f.width, f.bottom() - self.y.at(y) * f.height)
    }

    /// The grid; it goes below everything else.
    pub fn grid(&self, canvas: &mut Canvas) {
        let f = self.frame;
        let major =
            |axis: &Axis| -> Vec<f64> { axis.ticks().iter().filter(|t| t.major).map(|t| t.at).collect() };
        let mut lines = Vec::new();
        for at in major(&self.x) {
            let x = f.x + at * f.width;
            lines.push([(x, f.y), (x, f.bottom())]);
        }
        for at in major(&self.y) {
            let y = f.bottom() - at * f.height;
            lines.push([(f.x, y), (f.right(), y)]);
        }
        canvas.strokes(&lines, Stroke::solid(Colour::GRID, 0.8));
    }

    /// The frame with ticks and words; it goes above everything else.
    pub fn frame(&self, canvas: &mut Canvas) {
        let f = self.frame;
        let ink = Stroke::solid(Colour::INK, 1.0);
        canvas.outline(f, ink);
        let mut ticks = Vec::new();
        let length = |major: bool| if major { 5.0 } else { 3.0 };
        for tick in self.x.ticks() {
            let x = f.x + tick.at * f.width;
            ticks.push([(x, f.bottom()), (x, f.bottom() + length(tick.major))]);
            if !tick.label.is_empty() {
                canvas.text(&tick.label, (x, f.bottom() + 19.0), NOTE, Anchor::Middle);
            }
        }
        for tick in self.y.ticks() {
            let y = f.bottom() - tick.at * f.height;
            ticks.push([(f.x - length(tick.major), y), (f.x, y)]);
            if !tick.label.is_empty() {
                canvas.text(&tick.label, (f.x - 8.0, y + NOTE * 0.36), NOTE, Anchor::End);
            }
        }
        canvas.strokes(&ticks, ink);
        if !self.x.label.is_empty() {
            let middle = (f.x + f.width / 2.0, f.bottom() + 40.0);
            canvas.text(&self.x.label, middle, LABEL, Anchor::Middle);
        }
        if !self.y.label.is_empty() {
            let middle = (MARGIN.max(f.x - LEFT + 18.0), f.y + f.height / 2.0);
            canvas.turned_text(&self.y.label, middle, LABEL, Anchor::Middle);
        }
    }

    /// A curve through values, cut at the frame; values without a place interrupt it.
    pub fn curve(&self, canvas: &mut Canvas, values: &[(f64, f64)], stroke: Stroke) {
        let mut run: Vec<(f64, f64)> = Vec::new();
        let places: Vec<(f64, f64)> = values.iter().map(|(x, y)| self.place(*x, *y)).collect();
        for pair in places.windows(2) {
            match clipped(pair[0], pair[1], &self.frame) {
                Some((a, b)) => {
                    if run.last() != Some(&a) {
                        flush(canvas, &mut run, stroke);
                        run.push(a);
                    }
                    run.push(b);
                }
                None => flush(canvas, &mut run, stroke),
            }
        }
        flush(canvas, &mut run, stroke);
    }

    /// Markers at the values within the frame that are at least `spacing` pixels apart.
    pub fn markers(
        &self,
        canvas: &mut Canvas,
        values: &[(f64, f64)],
        kind: usize,
        colour: Colour,
        spacing: f64,
    ) {
        let inner = Rectangle { x: self.frame.x + 6.0, width: self.frame.width - 12.0, ..self.frame };
        // Curves that lie on each other show their markers in turn.
        let mut last = (self.frame.x - spacing + 6.0 + 17.0 * (kind % 6) as f64, f64::NAN);
        for (x, y) in values {
            let at = self.place(*x, *y);
            if inside(at, &inner)
                && (last.1.is_nan() && at.0 - last.0 >= spacing || apart(last, at) >= spacing)
            {
                canvas.marker(kind, at, colour, true);
                last = at;
            }
        }
    }

    /// A horizontal line across the panel.
    pub fn level(&self, canvas: &mut Canvas, y: f64, stroke: Stroke) {
        let at = self.place(0.0, y).1;
        if at >= self.frame.y - 0.01 && at <= self.frame.bottom() + 0.01 {
            canvas.line(&[(self.frame.x, at), (self.frame.right(), at)], stroke);
        }
    }
}

fn flush(canvas: &mut Canvas, run: &mut Vec<(f64, f64)>, stroke: Stroke) {
    if run.len() > 1 {
        canvas.line(&simplified(run), stroke);
    }
    run.clear();
}

/// A line's points are left out if it moves by less than this many pixels.
const INVISIBLE: f64 = 0.1;

/// A line without the points that nobody would miss (Douglas and Peucker).
fn simplified(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let (dx, dy) = (last.0 - first.0, last.1 - first.1);
    let length = libm::hypot(dx, dy);
    let distance = |p: &(f64, f64)| match length > 0.0 {
        true => ((p.0 - first.0) * dy - (p.1 - first.1) * dx).abs() / length,
        false => apart(*p, *first),
    };
    let inner = 1..points.len().saturating_sub(1);
    let far = inner.max_by(|a, b| distance(&points[*a]).total_cmp(&distance(&points[*b])));
    match far.filter(|i| distance(&points[*i]) > INVISIBLE) {
        None => vec![*first, *last],
        Some(i) => {
            let mut line = simplified(&points[..=i]);
            line.pop();
            line.extend(simplified(&points[i..]));
            line
        }
    }
}

fn apart(a: (f64, f64), b: (f64, f64)) -> f64 {
    libm::hypot(a.0 - b.0, a.1 - b.1)
}

fn inside((x, y): (f64, f64), f: &Rectangle) -> bool {
    x >= f.x - 0.01 && x <= f.right() + 0.01 && y >= f.y - 0.01 && y <= f.bottom() + 0.01
}

/// The part of a line inside a rectangle (Liang and Barsky).
fn clipped(a: (f64, f64), b: (f64, f64), f: &Rectangle) -> Option<((f64, f64), (f64, f64))> {
    if ![a.0, a.1, b.0, b.1].iter().all(|c| c.is_finite()) {
        return None;
    }
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut start, mut end) = (0.0, 1.0);
    let sides = [(-dx, a.0 - f.x), (dx, f.right() - a.0), (-dy, a.1 - f.y), (dy, f.bottom() - a.1)];
    for (p, q) in sides {
        if p == 0.0 {
            if q < 0.0 {
                return None;
            }
        } else if p < 0.0 {
            start = f64::max(start, q / p);
        } else {
            end = f64::min(end, q / p);
        }
    }
    let at = |t: f64| match t {
        0.0 => a,
        1.0 => b,
        t => (a.0 + t * dx, a.1 + t * dy),
    };
    (start <= end).then(|| (at(start), at(end)))
}

/// What stands before a word in a legend.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub enum Key {
    /// A line, with or without a marker.
    Line { stroke: Stroke, marker: Option<usize> },
    /// A marker alone, filled or not.
    Marker { kind: usize, colour: Colour, filled: bool },
    /// An area, with or without slanting lines.
    Area { fill: Colour, hatch: Option<Stroke> },
    /// An area with upright lines.
    Bars { fill: Colour, stroke: Stroke },
}

/// Height of a legend's row.
const ROW: f64 = 23.0;
const KEY: f64 = 30.0;

/// The entries of a legend in rows, as many as needed; returns the height it takes.
pub fn legend(canvas: &mut Canvas, at: Rectangle, entries: &[(Key, String)]) -> f64 {
    let (mut x, mut y) = (at.x, at.y + 8.0);
    for (key, words) in entries {
        let lines = letters::wrapped(words, NOTE, at.width - KEY - 8.0);
        let width =
            lines.iter().map(|line| letters::width(line, NOTE)).fold(KEY + 7.0, |w, l| w.max(KEY + 7.0 + l));
        if x > at.x && x + width > at.right() {
            (x, y) = (at.x, y + ROW);
        }
        draw(canvas, *key, x, y);
        for (i, line) in lines.iter().enumerate() {
            y += if i > 0 { 16.0 } else { 0.0 };
            canvas.text(line, (x + KEY + 7.0, y + NOTE * 0.36), NOTE, Anchor::Start);
        }
        x += width + 20.0;
    }
    if entries.is_empty() { 0.0 } else { y - at.y + 16.0 }
}

fn draw(canvas: &mut Canvas, key: Key, x: f64, y: f64) {
    let area = Rectangle { x, y: y - 7.0, width: KEY, height: 14.0 };
    let border = Stroke::solid(Colour::INK, 0.6);
    match key {
        Key::Line { stroke, marker } => {
            canvas.line(&[(x, y), (x + KEY, y)], stroke);
            if let Some(kind) = marker {
                canvas.marker(kind, (x + KEY / 2.0, y), stroke.colour, true);
            }
        }
        Key::Marker { kind, colour, filled } => canvas.marker(kind, (x + KEY / 2.0, y), colour, filled),
        Key::Area { fill, hatch } => {
            canvas.area(area, fill);
            if let Some(stroke) = hatch {
                canvas.hatch(area, 6.0, stroke);
            }
            canvas.outline(area, border);
        }
        Key::Bars { fill, stroke } => {
            canvas.area(area, fill);
            canvas.bars(area, 7.0, stroke);
            canvas.outline(area, border);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_the_frame() {
        let f = Rectangle { x: 0.0, y: 0.0, width: 10.0, height: 10.0 };
        assert_eq!(clipped((-10.0, 5.0), (20.0, 5.0), &f), Some(((0.0, 5.0), (10.0, 5.0))));
        assert_eq!(clipped((1.0, 1.0), (2.0, 2.0), &f), Some(((1.0, 1.0), (2.0, 2.0))));
        assert_eq!(clipped((-1.0, 12.0), (11.0, 12.0), &f), None);
        assert_eq!(clipped((1.0, f64::NAN), (2.0, 2.0), &f), None);
    }
}
