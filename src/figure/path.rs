//! Paths: what every shape and every letter is drawn with.

/// A step of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub enum Step {
    Move(f64, f64),
    Line(f64, f64),
    /// A parabola with its control first.
    Curve(f64, f64, f64, f64),
    Close,
}

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rectangle {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rectangle {
    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }
    /// Lower edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }
    /// The rectangle less a border.
    pub fn inset(&self, border: f64) -> Self {
        let (width, height) = (self.width - 2.0 * border, self.height - 2.0 * border);
        Self { x: self.x + border, y: self.y + border, width, height }
    }
    /// Its outline.
    pub fn outline(&self) -> Vec<Step> {
        let (x, y, right, bottom) = (self.x, self.y, self.right(), self.bottom());
        polygon(&[(x, y), (right, y), (right, bottom), (x, bottom)])
    }
}

/// An open line.
pub fn line(points: &[(f64, f64)]) -> Vec<Step> {
    let step =
        |(i, (x, y)): (usize, &(f64, f64))| if i == 0 { Step::Move(*x, *y) } else { Step::Line(*x, *y) };
    points.iter().enumerate().map(step).collect()
}

/// A polygon.
pub fn polygon(points: &[(f64, f64)]) -> Vec<Step> {
    let mut steps = line(points);
    steps.push(Step::Close);
    steps
}

/// A circle: sixteen parabolas, none farther from it than a thousandth of its radius.
pub fn circle((x, y): (f64, f64), radius: f64) -> Vec<Step> {
    let part = std::f64::consts::FRAC_PI_8;
    // Controls stand where the tangents at both ends of an arc meet.
    let outer = radius / libm::cos(part / 2.0);
    let at = |turn: f64, r: f64| (x + r * libm::cos(turn * part), y + r * libm::sin(turn * part));
    let arc = |i: i32| {
        let ((a, b), (x, y)) = (at(f64::from(i) + 0.5, outer), at(f64::from(i) + 1.0, radius));
        Step::Curve(a, b, x, y)
    };
    let start = Step::Move(x + radius, y);
    std::iter::once(start).chain((0..16).map(arc)).chain([Step::Close]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_round() {
        let mut from = (0.0, 0.0);
        for step in circle((3.0, -2.0), 5.0) {
            match step {
                Step::Move(x, y) => from = (x, y),
                Step::Curve(a, b, x, y) => {
                    // The middle of a parabola is where it strays most.
                    let middle = ((from.0 + 2.0 * a + x) / 4.0, (from.1 + 2.0 * b + y) / 4.0);
                    for (x, y) in [middle, (x, y)] {
                        assert!((libm::hypot(x - 3.0, y + 2.0) - 5.0).abs() < 5e-3);
                    }
                    from = (x, y);
                }
                Step::Line(..) => panic!(),
                Step::Close => assert!(libm::hypot(from.0 - 8.0, from.1 + 2.0) < 1e-9),
            }
        }
    }
}
