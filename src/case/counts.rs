//! Class counts, plain or compact: `"50*20"` is 50 twenty times.

use super::Mistake;
use super::limits::MAX_CLASSES;
use super::place::shown;

/// A compact count as `(count, classes)`.
pub fn compact(text: &str) -> Result<(u64, usize), Mistake> {
    let bad = || Mistake::BadCompactCount { text: shown(text) };
    let whole = |digits: &str| -> Result<u128, Mistake> {
        let digits = digits.trim();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        digits.parse().map_err(|_| bad())
    };
    let (count, times) = match text.split_once('*') {
        Some((count, times)) => (whole(count)?, whole(times)?),
        None => (whole(text)?, 1),
    };
    if times == 0 {
        return Err(bad());
    }
    if times > MAX_CLASSES as u128 {
        return Err(Mistake::TooManyClasses { found: times });
    }
    // Counts beyond 64 bits are beyond every limit; the limit itself is checked with all others.
    Ok((u64::try_from(count).unwrap_or(u64::MAX), times as usize))
}
