//! A drawing as PNG.

use super::canvas::{Canvas, Colour, Shape, Stroke};
use super::letters;
use super::path::Step;
use png::{BitDepth, ColorType, Compression, Encoder, Filter, PixelDimensions, Unit};
use std::collections::BTreeMap;
use tiny_skia::{FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, StrokeDash, Transform};

/// Largest side of an image in pixels.
const MAX_SIDE: f64 = 20_000.0;
/// Pixels of a drawing in an inch, as in CSS.
pub const PIXELS_AN_INCH: f64 = 96.0;
const METRES_AN_INCH: f64 = 0.0254;

/// The PNG of a drawing at so many dots an inch, which it says; `None` if that is too large an image.
pub fn png(canvas: &Canvas, dpi: f64) -> Option<Vec<u8>> {
    let scale = canvas.zoom * dpi / PIXELS_AN_INCH;
    let (width, height) = ((canvas.width * scale).ceil(), (canvas.height * scale).ceil());
    if !(1.0..=MAX_SIDE).contains(&width) || !(1.0..=MAX_SIDE).contains(&height) {
        return None;
    }
    let mut image = Pixmap::new(width as u32, height as u32)?;
    image.fill(paper());
    let scaled = Transform::from_scale(scale as f32, scale as f32);
    canvas.shapes.iter().for_each(|s| shape(&mut image, s, scaled));
    encoded(&image, dpi)
}

/// The bytes of an image without transparency, with a palette: its most frequent colours, among which every area and
/// line is, and for the many shades at the rims of letters the nearest of them. A third of the bytes.
fn encoded(image: &Pixmap, dpi: f64) -> Option<Vec<u8>> {
    let colours: Vec<[u8; 3]> = image.pixels().iter().map(|p| [p.red(), p.green(), p.blue()]).collect();
    let mut shares: BTreeMap<[u8; 3], usize> = BTreeMap::new();
    colours.iter().for_each(|c| *shares.entry(*c).or_default() += 1);
    let mut palette: Vec<[u8; 3]> = shares.keys().copied().collect();
    palette.sort_by_key(|c| (std::cmp::Reverse(shares[c]), *c));
    palette.truncate(256);
    let nearest = |c: &[u8; 3]| -> u8 {
        let apart =
            |p: &[u8; 3]| -> u32 { p.iter().zip(c).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum() };
        (0..=255).take(palette.len()).min_by_key(|i| apart(&palette[usize::from(*i)])).unwrap_or(0)
    };
    let places: BTreeMap<[u8; 3], u8> = shares.keys().map(|c| (*c, nearest(c))).collect();
    let data: Vec<u8> = colours.iter().map(|c| places[c]).collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, image.width(), image.height());
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    encoder.set_filter(Filter::NoFilter);
    encoder.set_color(ColorType::Indexed);
    encoder.set_palette(palette.concat());
    let metre = (dpi / METRES_AN_INCH).round() as u32;
    encoder.set_pixel_dims(Some(PixelDimensions { xppu: metre, yppu: metre, unit: Unit::Meter }));
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&data).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

fn paper() -> tiny_skia::Color {
    let Colour(r, g, b) = Colour::PAPER;
    tiny_skia::Color::from_rgba8(r, g, b, 255)
}

fn shape(image: &mut Pixmap, shape: &Shape, scaled: Transform) {
    match shape {
        Shape::Path { steps, fill, stroke } => {
            if let Some(path) = path(steps) {
                painted(image, &path, *fill, *stroke, scaled);
            }
        }
        Shape::Text(text) => {
            let unit = (text.size / letters::units()) as f32;
            let (x, y) = text.start();
            let mut place = scaled.pre_translate(x as f32, y as f32);
            if text.turned {
                place = place.pre_rotate(-90.0);
            }
            let place = place.pre_scale(unit, -unit);
            let mut along = 0.0;
            for letter in letters::letters(&text.text) {
                if let Some(path) = path(&letters::outline(letter.glyph)) {
                    painted(image, &path, Some(text.colour), None, place.pre_translate(along, 0.0));
                }
                along += f32::from(letter.advance);
            }
        }
    }
}

fn path(steps: &[Step]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for step in steps {
        match *step {
            Step::Move(x, y) => path.move_to(x as f32, y as f32),
            Step::Line(x, y) => path.line_to(x as f32, y as f32),
            Step::Curve(a, b, x, y) => path.quad_to(a as f32, b as f32, x as f32, y as f32),
            Step::Close => path.close(),
        }
    }
    path.finish()
}

fn painted(image: &mut Pixmap, path: &Path, fill: Option<Colour>, stroke: Option<Stroke>, place: Transform) {
    let paint = |Colour(r, g, b): Colour| {
        let mut paint = Paint { anti_alias: true, ..Paint::default() };
        paint.set_color_rgba8(r, g, b, 255);
        paint
    };
    if let Some(colour) = fill {
        image.fill_path(path, &paint(colour), FillRule::Winding, place, None);
    }
    if let Some(stroke) = stroke {
        let dash = match stroke.dashes {
            [] => None,
            dashes => StrokeDash::new(dashes.iter().map(|d| *d as f32).collect(), 0.0),
        };
        let style = tiny_skia::Stroke {
            width: stroke.width as f32,
            line_cap: LineCap::Butt,
            line_join: LineJoin::Round,
            dash,
            ..tiny_skia::Stroke::default()
        };
        image.stroke_path(path, &paint(stroke.colour), &style, place, None);
    }
}
