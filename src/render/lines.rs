//! Lines, broken where they are longer than a screen is broad.

/// A line, broken where it is longer than a width.
pub(super) fn wrapped(line: &str, width: usize) -> String {
    let text = line.trim_end_matches('\n');
    if text.chars().count() <= width {
        return line.to_owned();
    }
    let hang = hanging(text).min(width / 2);
    let first: String = text.chars().take(hang).collect();
    let rest: String = text.chars().skip(hang).collect();
    let pieces = broken(&rest, width - hang);
    let mut out = first;
    for (i, piece) in pieces.iter().enumerate() {
        if i > 0 {
            out += &format!("\n{}", " ".repeat(hang));
        }
        out += piece;
    }
    out + &line[text.len()..]
}

/// Where the value of a line stands, after its label and two spaces or more; without a label, a step from the margin.
fn hanging(text: &str) -> usize {
    let indent = text.chars().take_while(|c| *c == ' ').count();
    let mut spaces = 0;
    for (at, c) in text.chars().enumerate().skip(indent) {
        if c != ' ' && spaces >= 2 {
            return at;
        }
        spaces = if c == ' ' { spaces + 1 } else { 0 };
    }
    indent + if indent == 0 { 2 } else { 0 }
}

/// Where a text may be broken, besides at spaces: after these.
const SEAMS: [char; 3] = ['/', ',', '-'];

/// The longest piece of a text that is not broken unless it must be.
pub(super) fn longest_piece(text: &str) -> usize {
    text.split_inclusive([' ', SEAMS[0], SEAMS[1], SEAMS[2]])
        .map(|piece| piece.trim_end().chars().count())
        .max()
        .unwrap_or(0)
}

/// A text in pieces of at most `width` characters: broken at spaces, then after slashes and commas, then anywhere.
pub(super) fn broken(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut pieces = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    while rest.len() > width {
        let space = (1..=width).rev().find(|at| rest[*at] == ' ' && rest[..*at].iter().any(|c| *c != ' '));
        let seam = || (1..=width).rev().find(|at| SEAMS.contains(&rest[at - 1]));
        let at = space.filter(|at| *at > width / 3).or_else(seam).or(space).unwrap_or(width);
        let after: Vec<char> = rest[at..].iter().copied().skip_while(|c| *c == ' ').collect();
        pieces.push(rest[..at].iter().collect::<String>().trim_end().to_owned());
        rest = after;
    }
    pieces.push(rest.into_iter().collect());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_hang_below_values() {
        let line = "objective  a value that says more than there is room for\n";
        assert_eq!(
            wrapped(line, 30),
            "objective  a value that says\n           more than there is\n           room for\n"
        );
        assert_eq!(wrapped("short\n", 30), "short\n");
        assert_eq!(wrapped("some words without a label\n", 14), "some words\n  without a\n  label\n");
    }

    #[test]
    fn nothing_is_lost_and_nothing_is_too_long() {
        for text in
            ["0123456789".repeat(20), "cases/papers/dang2023/a-b-c-d.toml".to_owned(), "a, b,c d".repeat(9)]
        {
            for width in 1..40 {
                let pieces = broken(&text, width);
                assert!(pieces.iter().all(|piece| piece.chars().count() <= width), "{width} {pieces:?}");
                let bare = |text: &str| text.replace(' ', "");
                assert_eq!(bare(&pieces.concat()), bare(&text));
            }
        }
        assert_eq!(broken("cases/papers/x.toml", 14), ["cases/papers/", "x.toml"]);
    }
}
