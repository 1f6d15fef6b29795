//! A drawing as PDF: one page of its size, texts in an embedded part of the font, which can be searched and copied.

use super::canvas::{Canvas, Colour, Shape, Stroke, Text};
use super::letters;
use super::path::Step;
use pdf_writer::types::{CidFontType, FontFlags, LineJoinStyle, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use std::collections::BTreeMap;

/// Points of a page for one pixel.
const POINTS: f64 = 0.75;
const FONT: Name = Name(b"F");
const FAMILY: Name = Name(b"TGHTFR+DejaVuSans");
const UNICODE: SystemInfo = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"UCS"), supplement: 0 };
const IDENTITY: SystemInfo =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The PDF of a drawing; the same bytes for the same drawing.
pub fn pdf(canvas: &Canvas) -> Vec<u8> {
    let [catalog, pages, page, content, info, font] = [1, 2, 3, 4, 5, 6].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    pdf.document_info(info).title(TextStr(&canvas.description)).producer(TextStr("tightframe"));
    let unit = canvas.zoom * POINTS;
    let mut leaf = pdf.page(page);
    leaf.media_box(Rect::new(0.0, 0.0, (canvas.width * unit) as f32, (canvas.height * unit) as f32));
    leaf.parent(pages).contents(content);
    leaf.resources().fonts().pair(FONT, font);
    leaf.finish();
    let mut ink = Content::new();
    // Pixels from the upper left corner.
    ink.transform([unit as f32, 0.0, 0.0, -unit as f32, 0.0, (canvas.height * unit) as f32]);
    ink.set_line_join(LineJoinStyle::RoundJoin);
    let mut used = BTreeMap::new();
    for shape in &canvas.shapes {
        match shape {
            Shape::Path { steps, fill, stroke } => path(&mut ink, steps, *fill, *stroke),
            Shape::Text(text) => {
                used.extend(text.text.chars().zip(letters::letters(&text.text)).map(|(c, l)| (l.glyph, c)));
                written(&mut ink, text);
            }
        }
    }
    let ink = deflated(&ink.finish());
    pdf.stream(content, &ink).filter(Filter::FlateDecode);
    embedded(&mut pdf, font, &used);
    pdf.finish()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(bytes, 9)
}

fn shares(Colour(r, g, b): Colour) -> [f32; 3] {
    [r, g, b].map(|c| f32::from(c) / 255.0)
}

fn path(ink: &mut Content, steps: &[Step], fill: Option<Colour>, stroke: Option<Stroke>) {
    let (mut x0, mut y0) = (0.0, 0.0);
    for step in steps {
        match *step {
            Step::Move(x, y) => ink.move_to(x as f32, y as f32),
            Step::Line(x, y) => ink.line_to(x as f32, y as f32),
            // A parabola as the cubic that it is.
            Step::Curve(a, b, x, y) => {
                let third = |end: f64, control: f64| ((end + 2.0 * control) / 3.0) as f32;
                ink.cubic_to(third(x0, a), third(y0, b), third(x, a), third(y, b), x as f32, y as f32)
            }
            Step::Close => ink.close_path(),
        };
        if let Step::Move(x, y) | Step::Line(x, y) | Step::Curve(_, _, x, y) = *step {
            (x0, y0) = (x, y);
        }
    }
    if let Some([r, g, b]) = fill.map(shares) {
        ink.set_fill_rgb(r, g, b);
    }
    if let Some(stroke) = stroke {
        let [r, g, b] = shares(stroke.colour);
        ink.set_stroke_rgb(r, g, b).set_line_width(stroke.width as f32);
        ink.set_dash_pattern(stroke.dashes.iter().map(|d| *d as f32), 0.0);
    }
    match (fill, stroke) {
        (Some(_), Some(_)) => ink.fill_nonzero_and_stroke(),
        (Some(_), None) => ink.fill_nonzero(),
        (None, Some(_)) => ink.stroke(),
        (None, None) => ink.end_path(),
    };
}

fn written(ink: &mut Content, text: &Text) {
    let [r, g, b] = shares(text.colour);
    let (x, y) = text.start();
    let (x, y) = (x as f32, y as f32);
    let codes: Vec<u8> = letters::letters(&text.text).iter().flat_map(|l| l.glyph.to_be_bytes()).collect();
    ink.set_fill_rgb(r, g, b).begin_text().set_font(FONT, text.size as f32);
    // Letters stand upright in a page whose second axis points down.
    let matrix = if text.turned { [0.0, -1.0, -1.0, 0.0, x, y] } else { [1.0, 0.0, 0.0, -1.0, x, y] };
    ink.set_text_matrix(matrix).show(Str(&codes)).end_text();
}

/// The font with the letters that are used, and what each means.
fn embedded(pdf: &mut Pdf, font: Ref, used: &BTreeMap<u16, char>) {
    let [descendant, descriptor, file, meaning] = [7, 8, 9, 10].map(Ref::new);
    pdf.type0_font(font)
        .base_font(FAMILY)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(descendant)
        .to_unicode(meaning);
    let mut cid = pdf.cid_font(descendant);
    cid.subtype(CidFontType::Type2).base_font(FAMILY).system_info(IDENTITY).font_descriptor(descriptor);
    cid.cid_to_gid_map_predefined(Name(b"Identity"));
    let thousandths = 1000.0 / letters::units();
    let mut widths = cid.widths();
    for (glyph, c) in used {
        let advance: f64 = letters::letters(&c.to_string()).iter().map(|l| f64::from(l.advance)).sum();
        widths.consecutive(*glyph, [(advance * thousandths) as f32]);
    }
    widths.finish();
    cid.finish();
    let metrics = letters::metrics().map(|m| (f64::from(m) * thousandths) as f32);
    let [left, low, right, high, ascent, descent] = metrics;
    pdf.font_descriptor(descriptor)
        .name(FAMILY)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(left, low, right, high))
        .italic_angle(0.0)
        .ascent(ascent)
        .descent(descent)
        .cap_height(ascent)
        .stem_v(80.0)
        .font_file2(file);
    let glyphs: Vec<u16> = used.keys().copied().collect();
    let part = letters::part(&glyphs);
    let small = deflated(&part);
    pdf.stream(file, &small).filter(Filter::FlateDecode).pair(Name(b"Length1"), part.len() as i32);
    let mut map = UnicodeCmap::new(Name(b"Meaning"), UNICODE);
    used.iter().for_each(|(glyph, c)| map.pair(*glyph, *c));
    pdf.cmap(meaning, &map.finish());
}
