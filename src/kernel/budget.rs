//! The budget step: the widths have room for `R` modes; are those kept the right ones?

use super::law::Law;
use super::modes::{Entry, Fate, Modes};
use super::number::Number;
use super::reader::{Pair, Reader};
use super::rejection::{Check, Reason, reject, require, short};

/// The step as written.
pub enum Budget {
    /// There is room for all.
    Slack,
    /// The first mode that is cut has the root, and gains at most the price.
    Cut { root: Pair, price: Number },
    /// There is room for some of equal modes.
    Split,
}

impl Budget {
    /// The last step of a proof.
    pub fn read_last(reader: &mut Reader) -> Check<Self> {
        reader.symbol(',')?;
        reader.symbol('{')?;
        reader.key("step")?;
        let step = match reader.text()? {
            "slack" => Self::Slack,
            "split" => Self::Split,
            "cut" => {
                let root = reader.next_pair("root")?;
                Self::Cut { root, price: reader.next_number("price")? }
            }
            other => return reject(Reason::Malformed, "step", other, "slack, cut or split"),
        };
        reader.symbol('}')?;
        Ok(step)
    }

    /// The root of the first mode that is cut.
    pub fn root(&self) -> Option<&Pair> {
        if let Self::Cut { root, .. } = self { Some(root) } else { None }
    }

    pub fn check(&self, law: &Law, rank: usize, claim: &Modes) -> Check<()> {
        let kept = kept_in_all(&claim.entries);
        require!(kept <= rank, Budget, "modes", format!("{kept} kept"), format!("at most {rank}"));
        match self {
            Self::Slack => slack(law, rank, claim),
            Self::Cut { root, price } => cut(law, rank, claim, root, price),
            Self::Split => split(law, rank, claim),
        }
    }

    /// What the optimum is called.
    pub fn word(&self, law: &Law, entries: &[Entry]) -> &'static str {
        if entries.iter().any(|e| law.is_threshold_tie(e)) {
            "tie"
        } else if matches!(self, Self::Split) {
            "rank-tie"
        } else if entries.iter().any(|e| e.kept > 0) {
            "unique"
        } else {
            "zero"
        }
    }
}

/// Nothing is cut; a tie takes what room is left.
fn slack(law: &Law, rank: usize, claim: &Modes) -> Check<()> {
    let mut room = rank;
    for entry in &claim.entries {
        let most = room.min(entry.multiplicity);
        let fits = match entry.fate {
            Fate::Kept | Fate::Collapsed => true,
            Fate::Cut => false,
            Fate::Tie => law.is_threshold_tie(entry) && entry.kept == most,
        };
        let found = || format!("{}, {} kept", entry.fate.word(), entry.kept);
        require!(
            fits,
            Selection,
            &entry.place,
            found(),
            format!("no cut; a tie at its threshold with {most}")
        );
        room = room.saturating_sub(entry.kept);
    }
    let zero = claim.price.is_zero();
    require!(zero, PriceClaim, "price", short(&claim.price.high), "0: no room is missing");
    Ok(())
}

/// The price separates what the last kept mode gains from what the first cut one would.
fn cut(law: &Law, rank: usize, claim: &Modes, root: &Pair, price: &Number) -> Check<()> {
    let (before, entry, after) = around(&claim.entries, Fate::Cut)?;
    takes_all_room(rank, &claim.entries)?;
    selected(before, after)?;
    law.check_root(&entry.target, root, "root")?;
    let (least, most) = law.gain(&entry.target, root);
    let enough = *price >= most && !price.is_negative();
    let needed = || format!("at least the gain {} that is cut, and 0", short(&most));
    require!(enough, Price, "price", short(price), needed());
    if let Some(last) = before.last() {
        let (gain, _) = law.gain(&last.target, &last.shrinkage);
        let needed = || format!("at most the gain {} that is kept", short(&gain));
        require!(*price <= gain, Price, "price", short(price), needed());
    }
    claim.price.require_around(&least, &most, Reason::PriceClaim, "price")
}

/// Some but not all of equal modes are kept.
fn split(law: &Law, rank: usize, claim: &Modes) -> Check<()> {
    let (before, entry, after) = around(&claim.entries, Fate::Tie)?;
    takes_all_room(rank, &claim.entries)?;
    selected(before, after)?;
    let halved = 0 < entry.kept && entry.kept < entry.multiplicity && entry.target.is_exact();
    let fits = halved && !law.is_threshold_tie(entry);
    let found = || format!("{} of {} kept", entry.kept, entry.multiplicity);
    let needed = "some but not all of equal targets above the threshold";
    require!(fits, Split, &entry.place, found(), needed);
    let (least, most) = law.gain(&entry.target, &entry.shrinkage);
    claim.price.require_around(&least, &most, Reason::PriceClaim, "price")
}

fn kept_in_all(entries: &[Entry]) -> usize {
    entries.iter().fold(0, |sum, e| sum.saturating_add(e.kept))
}

/// The first entry of a fate, what stands before it and what stands after it.
fn around(entries: &[Entry], fate: Fate) -> Check<(&[Entry], &Entry, &[Entry])> {
    let at = entries.iter().position(|e| e.fate == fate);
    match at.and_then(|at| entries.split_at_checked(at)) {
        Some((before, [entry, after @ ..])) => Ok((before, entry, after)),
        _ => {
            reject(Reason::Selection, "modes", "none where the budget stops", format!("one {}", fate.word()))
        }
    }
}

fn takes_all_room(rank: usize, entries: &[Entry]) -> Check<()> {
    let kept = kept_in_all(entries);
    require!(kept == rank, Budget, "modes", format!("{kept} kept"), rank);
    Ok(())
}

/// All before the entry where the budget stops are kept, none after it.
fn selected(before: &[Entry], after: &[Entry]) -> Check<()> {
    for entry in before {
        let kept = entry.fate == Fate::Kept;
        require!(kept, Selection, &entry.place, entry.fate.word(), "kept, as one larger is");
    }
    for entry in after {
        let lost = matches!(entry.fate, Fate::Collapsed | Fate::Cut);
        require!(lost, Selection, &entry.place, entry.fate.word(), "none of it kept: one larger is not");
    }
    Ok(())
}
