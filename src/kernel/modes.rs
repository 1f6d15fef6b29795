//! The claim about the optimum of the mean squared error, as written.

use super::matrix::Matrix;
use super::reader::{Pair, Reader};
use super::rejection::{Check, Reason, reject};

/// What is claimed.
pub struct Modes<'a> {
    pub optimum: &'a str,
    pub objective: Pair,
    pub price: Pair,
    pub zeros: usize,
    pub entries: Vec<Entry>,
    /// Lower and upper ends of the targets, and of the shrinkages: two columns, an entry a row.
    pub targets: Matrix,
    pub shrinkages: Matrix,
}

/// One distinct target.
pub struct Entry {
    pub place: String,
    pub target: Pair,
    pub multiplicity: usize,
    pub fate: Fate,
    pub kept: usize,
    pub shrinkage: Pair,
}

/// What becomes of the modes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Kept,
    Collapsed,
    Cut,
    Tie,
}

impl Fate {
    fn of(word: &str) -> Option<Self> {
        [Self::Kept, Self::Collapsed, Self::Cut, Self::Tie].into_iter().find(|fate| fate.word() == word)
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Collapsed => "collapsed",
            Self::Cut => "cut",
            Self::Tie => "tie",
        }
    }
}

impl<'a> Modes<'a> {
    pub fn read(reader: &mut Reader<'a>) -> Check<Self> {
        reader.next_key("optimum")?;
        let optimum = reader.text()?;
        let objective = reader.next_pair("objective")?;
        let price = reader.next_pair("price")?;
        reader.next_key("zero_targets")?;
        let zeros = reader.whole()?;
        reader.next_key("modes")?;
        let mut number: usize = 0;
        let entries = reader.list(|r| {
            number = number.saturating_add(1);
            Entry::read(r, number)
        })?;
        let ends = |pair: fn(&Entry) -> &Pair| {
            let low = entries.iter().map(|e| pair(e).low.clone()).collect();
            Matrix::of(&[low, entries.iter().map(|e| pair(e).high.clone()).collect()])
        };
        let (targets, shrinkages) = (ends(|e| &e.target), ends(|e| &e.shrinkage));
        Ok(Self { optimum, objective, price, zeros, entries, targets, shrinkages })
    }
}

impl Entry {
    fn read(reader: &mut Reader, number: usize) -> Check<Self> {
        reader.symbol('{')?;
        reader.key("target_sq")?;
        let target = reader.pair()?;
        reader.next_key("multiplicity")?;
        let multiplicity = reader.whole()?;
        reader.next_key("fate")?;
        let place = format!("mode {number}");
        let word = reader.text()?;
        let Some(fate) = Fate::of(word) else {
            return reject(Reason::Fate, &place, word, "kept, collapsed, cut or tie");
        };
        reader.next_key("kept")?;
        let kept = reader.whole()?;
        let shrinkage = reader.next_pair("shrinkage")?;
        reader.symbol('}')?;
        Ok(Self { place, target, multiplicity, fate, kept, shrinkage })
    }
}
