//! The whole document: a statement with its claim and its steps, read first and then checked.
//!
//! A further statement is one variant here, an arm where it is read, one where it is asked which problems it speaks
//! of, and one where it is checked; its step is a file of its own.

use super::budget::Budget;
use super::deep::{self, Deep};
use super::dual::Dual;
use super::frame::Frame;
use super::given::{Balanced, Given, Loss};
use super::law::Law;
use super::modes::Modes;
use super::number::Number;
use super::point::Point;
use super::reader::{Pair, Reader};
use super::rejection::{Check, Reason, reject, require, short};
use super::spectrum::Spectrum;
use super::work::Work;

/// What is claimed, with the steps that prove it.
#[allow(clippy::large_enum_variant)] // There is one document at a time.
pub enum Document<'a> {
    /// Modes, price and objective of the optimum for the mean squared error.
    MseOptimum { claim: Modes<'a>, spectrum: Spectrum, budget: Budget },
    /// An enclosure of the optimum of one layer.
    CeOptimum { objective: Pair, dual: Dual, point: Point },
    /// A network that is better than every simplex frame and than zero.
    CeFrameRefuted { frame_at_least: Number, network_at_most: Number, frame: Frame, point: Point },
    /// An enclosure of the optimum of two classes, more layers.
    CeTwoClasses { objective: Pair, frame: Frame, point: Point },
    /// The frame or zero is the optimum of three or four classes, more layers, or an enclosure of it.
    DeepCe { deep: Deep, enclosure: Option<(Pair, Point)> },
}

impl<'a> Document<'a> {
    /// Reads everything; on the way, whether it speaks of this case.
    pub fn read(bytes: &'a [u8], given: &Given, hash: &str) -> Check<Self> {
        let mut reader = Reader::new(bytes)?;
        reader.symbol('{')?;
        reader.key("format")?;
        let format = reader.text()?;
        let known = "tightframe.certificate/1";
        require!(format == known, Malformed, "format", format, known);
        reader.next_key("case_sha256")?;
        let stated = reader.text()?;
        let hexadecimal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let fits = stated.len() == hash.len() && stated.bytes().all(hexadecimal);
        require!(fits, Malformed, "case_sha256", stated, "64 lower-case hexadecimal digits");
        require!(stated == hash, OtherCase, "case_sha256", stated, hash);
        reader.next_key("claim")?;
        reader.symbol('{')?;
        reader.key("statement")?;
        let statement = reader.text()?;
        let fits = Self::speaks_of(statement, given)?;
        require!(fits, Statement, "statement", statement, "one that speaks of such a problem");
        let document = Self::read_statement(statement, &mut reader)?;
        reader.symbol(']')?;
        reader.symbol('}')?;
        reader.end()?;
        Ok(document)
    }

    /// Whether a statement is one about such a problem.
    fn speaks_of(statement: &str, given: &Given) -> Check<bool> {
        let classes = given.counts.len();
        let entropy = given.loss == Loss::CrossEntropy;
        let deep = given.depth > 1 && classes > 1 && given.groups.len() == 1;
        Ok(match statement {
            "mse-optimum" => given.loss == Loss::Mse,
            "ce-optimum" => entropy && given.depth == 1,
            "ce-frame-refuted" => entropy && deep && given.rank >= classes.saturating_sub(1),
            "ce-two-classes" => entropy && deep && classes == 2,
            "deep-ce-frame-optimal" | "deep-ce-zero-optimal" | "deep-ce-enclosure" => {
                deep::speaks_of(statement, given)
            }
            other => return reject(Reason::Malformed, "statement", other, "a statement of the format"),
        })
    }

    /// What stands after the word of a statement, up to the end of the last step.
    fn read_statement(statement: &str, reader: &mut Reader<'a>) -> Check<Self> {
        Ok(match statement {
            "ce-optimum" => {
                let objective = reader.next_pair("objective")?;
                reader.proof()?;
                let dual = Dual::read(reader)?;
                Self::CeOptimum { objective, dual, point: Point::read_last(reader)? }
            }
            "ce-frame-refuted" => {
                let frame_at_least = reader.next_number("frame_at_least")?;
                let network_at_most = reader.next_number("network_at_most")?;
                reader.proof()?;
                let frame = Frame::read(reader)?;
                let point = Point::read_last(reader)?;
                Self::CeFrameRefuted { frame_at_least, network_at_most, frame, point }
            }
            "ce-two-classes" => {
                let objective = reader.next_pair("objective")?;
                reader.proof()?;
                let frame = Frame::read(reader)?;
                Self::CeTwoClasses { objective, frame, point: Point::read_last(reader)? }
            }
            "deep-ce-frame-optimal" | "deep-ce-zero-optimal" | "deep-ce-enclosure" => {
                let (deep, objective) = Deep::read(statement, reader)?;
                let enclosure = match objective {
                    Some(objective) => Some((objective, Point::read_last(reader)?)),
                    None => None,
                };
                Self::DeepCe { deep, enclosure }
            }
            _ => {
                let claim = Modes::read(reader)?;
                reader.proof()?;
                let spectrum = Spectrum::read(reader)?;
                Self::MseOptimum { claim, spectrum, budget: Budget::read_last(reader)? }
            }
        })
    }

    /// What it costs to test every condition.
    pub fn work(&self, given: &Given) -> u64 {
        let mut work = Work(0);
        match self {
            Self::MseOptimum { claim, spectrum, budget } => {
                spectrum.work(given, &claim.entries, &mut work);
                Law::work(given, claim, budget.root(), &mut work);
            }
            Self::CeOptimum { dual, point, .. } => {
                dual.work(given, &mut work);
                point.work(given, &mut work);
            }
            Self::CeTwoClasses { point, .. } | Self::CeFrameRefuted { point, .. } => {
                point.work(given, &mut work)
            }
            Self::DeepCe { deep, enclosure } => {
                deep.tree.work(given, &deep.pulls, &mut work);
                if let Some((_, point)) = enclosure {
                    point.work(given, &mut work);
                }
            }
        }
        work.0
    }

    /// Tests every condition.
    pub fn check(&self, given: &Given) -> Check<()> {
        match self {
            Self::MseOptimum { claim, spectrum, budget } => {
                spectrum.check(given, &claim.entries, claim.zeros)?;
                let law = Law::of(given);
                for entry in &claim.entries {
                    law.check(entry)?;
                }
                budget.check(&law, given.rank, claim)?;
                let word = budget.word(&law, &claim.entries);
                require!(claim.optimum == word, Optimum, "optimum", claim.optimum, word);
                let (least, most) = law.objective(claim);
                claim.objective.require_around(&least, &most, Reason::Objective, "objective")
            }
            Self::CeOptimum { objective, dual, point } => {
                enclosed(objective, &dual.bound(given)?, &point.bound(given)?)
            }
            Self::CeTwoClasses { objective, frame, point } => {
                enclosed(objective, &frame.bound(given)?, &point.bound(given)?)
            }
            Self::CeFrameRefuted { frame_at_least, network_at_most, frame, point } => {
                refuted(frame_at_least, network_at_most, &frame.bound(given)?, &point.bound(given)?)
            }
            Self::DeepCe { deep, enclosure } => {
                deep.check(&Balanced::of(given))?;
                match enclosure {
                    Some((objective, point)) => enclosed(objective, &objective.low, &point.bound(given)?),
                    None => Ok(()),
                }
            }
        }
    }
}

/// The claimed pair reaches from below the lower bound to above the upper one.
fn enclosed(objective: &Pair, low: &Number, high: &Number) -> Check<()> {
    let (least, most) = (&objective.low, &objective.high);
    require!(least <= low, Objective, "objective", short(least), format!("at most {}", short(low)));
    require!(most >= high, Objective, "objective", short(most), format!("at least {}", short(high)));
    Ok(())
}

/// The two claimed numbers keep to their bounds, and leave a gap.
fn refuted(frame: &Number, network: &Number, low: &Number, high: &Number) -> Check<()> {
    let place = "network_at_most";
    require!(frame <= low, FrameBound, "frame_at_least", short(frame), format!("at most {}", short(low)));
    require!(network >= high, NetworkBound, place, short(network), format!("at least {}", short(high)));
    require!(network < frame, Refutation, place, short(network), format!("below {}", short(frame)));
    Ok(())
}
