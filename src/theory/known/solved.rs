//! Which optima a thread has computed, for tests that count them.

use std::cell::RefCell;

thread_local! {
    static DIGITS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// An optimum is computed to so many digits.
pub fn note(digits: usize) {
    DIGITS.with_borrow_mut(|all| all.push(digits));
}

/// Starts counting anew.
pub fn forget() {
    DIGITS.with_borrow_mut(Vec::clear);
}

/// The digits of every optimum since then.
pub fn digits() -> Vec<usize> {
    DIGITS.with_borrow(Clone::clone)
}
