//! A drawing as PNG.

use super::canvas::{Canvas, Colour, Shape, Stroke};
use super::letters::{self, Piece};
use png::{BitDepth, ColorType, Compression, Encoder, Filter};
use tiny_skia::{FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, StrokeDash, Transform};

/// Largest side of an image in pixels.
const MAX_SIDE: f64 = 20_000.0;

/// The PNG of a drawing, `scale` pixels for each of its own; `None` if that is too large an image.
pub fn png(canvas: &Canvas, scale: f64) -> Option<Vec<u8>> {
    let (width, height) = ((canvas.width * scale).ceil(), (canvas.height * scale).ceil());
    if !(1.0..=MAX_SIDE).contains(&width) || !(1.0..=MAX_SIDE).contains(&height) {
        return None;
    }
    let mut image = Pixmap::new(width as u32, height as u32)?;
    image.fill(paper());
    let scaled = Transform::from_scale(scale as f32, scale as f32);
    canvas.shapes.iter().for_each(|s| shape(&mut image, s, scaled));
    encoded(&image)
}

/// The bytes of an image without transparency; with a palette where 256 colours, each rounded to five bits a
/// channel, are enough: the rims of letters are many shades that no eye tells apart, and a third of the bytes.
fn encoded(image: &Pixmap) -> Option<Vec<u8>> {
    let rounded = |x: u8| x & 0xf8 | x >> 5;
    let colours: Vec<[u8; 3]> =
        image.pixels().iter().map(|p| [p.red(), p.green(), p.blue()].map(rounded)).collect();
    let mut palette: Vec<[u8; 3]> = colours.clone();
    palette.sort_unstable();
    palette.dedup();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, image.width(), image.height());
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    encoder.set_filter(Filter::NoFilter);
    let place = |c: &[u8; 3]| palette.binary_search(c).ok().and_then(|i| u8::try_from(i).ok());
    let indexed: Option<Vec<u8>> =
        if palette.len() <= 256 { colours.iter().map(place).collect() } else { None };
    let data = match indexed {
        Some(data) => {
            encoder.set_color(ColorType::Indexed);
            encoder.set_palette(palette.concat());
            data
        }
        None => {
            encoder.set_color(ColorType::Rgb);
            colours.concat()
        }
    };
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
        Shape::Box { area, fill, stroke } => {
            let area = Rect::from_xywh(area.x as f32, area.y as f32, area.width as f32, area.height as f32);
            if let Some(area) = area {
                painted(image, &PathBuilder::from_rect(area), *fill, *stroke, scaled);
            }
        }
        Shape::Line { points, closed, fill, stroke } => {
            let mut path = PathBuilder::new();
            for (i, (x, y)) in points.iter().enumerate() {
                match i {
                    0 => path.move_to(*x as f32, *y as f32),
                    _ => path.line_to(*x as f32, *y as f32),
                }
            }
            if *closed {
                path.close();
            }
            if let Some(path) = path.finish() {
                painted(image, &path, *fill, *stroke, scaled);
            }
        }
        Shape::Strokes { lines, stroke } => {
            let mut path = PathBuilder::new();
            for [a, b] in lines {
                path.move_to(a.0 as f32, a.1 as f32);
                path.line_to(b.0 as f32, b.1 as f32);
            }
            if let Some(path) = path.finish() {
                painted(image, &path, None, Some(*stroke), scaled);
            }
        }
        Shape::Circle { centre: (x, y), radius, fill, stroke } => {
            if let Some(path) = PathBuilder::from_circle(*x as f32, *y as f32, *radius as f32) {
                painted(image, &path, *fill, *stroke, scaled);
            }
        }
        Shape::Text { text, start: (x, y), size, turned, colour } => {
            let unit = (size / letters::units()) as f32;
            let mut place = scaled.pre_translate(*x as f32, *y as f32);
            if *turned {
                place = place.pre_rotate(-90.0);
            }
            let place = place.pre_scale(unit, -unit);
            let mut along = 0.0;
            for letter in letters::letters(text) {
                if let Some(path) = letter_path(letter.glyph) {
                    painted(image, &path, Some(*colour), None, place.pre_translate(along, 0.0));
                }
                along += f32::from(letter.advance);
            }
        }
    }
}

fn letter_path(glyph: u16) -> Option<Path> {
    let mut path = PathBuilder::new();
    for piece in letters::outline(glyph) {
        match piece {
            Piece::Move(x, y) => path.move_to(x, y),
            Piece::Line(x, y) => path.line_to(x, y),
            Piece::Curve(a, b, x, y) => path.quad_to(a, b, x, y),
            Piece::Close => path.close(),
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
