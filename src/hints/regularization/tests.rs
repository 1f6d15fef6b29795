//! The closed form of the top, concavity of the norms, and splits that fill up from below.

use super::*;

fn question(depth: u32, demands: Vec<Demand>) -> Question {
    let counts = [200.0, 100.0, 50.0, 10.0f64];
    let targets = counts.iter().map(|n| Target { log: n.ln(), copies: 1.0 }).collect();
    let groups =
        counts.iter().enumerate().map(|(g, n)| Classes { count: *n, shares: vec![(g, 1.0)] }).collect();
    Question { depth, log_samples: 360f64.ln(), targets, groups, demands }
}

#[test]
fn the_top_is_the_closed_form() {
    for (depth, floor) in [(1, 0.3f64), (1, 0.9), (2, 0.9), (3, 0.99), (6, 0.999)] {
        let q = question(depth, vec![Demand::Kept, Demand::Shortfall(vec![0, 1, 2, 3], 1.0 - floor)]);
        let m = f64::from(depth);
        let known = (m + 1.0) * (1.0 - floor).ln() + (m - 1.0) * floor.ln() + m * 10f64.ln()
            - (m + 1.0) * 360f64.ln();
        let top = q.top(&[0, 1]).unwrap();
        assert!((top.log - known).abs() < 1e-9 && top.demand == 1, "{depth} {floor} {top:?} {known}");
    }
}

#[test]
fn log_norms_are_concave_with_slopes_below_one_over_the_factors() {
    // The claim that tangents and bisection rest on, for single classes and for sums over modes.
    for depth in [1, 2, 3, 7, 30] {
        let q = question(depth, vec![Demand::Whole(0, 0.0), Demand::Rows(vec![0, 1, 2, 3], 0.0)]);
        let end = q.threshold(&q.targets[3]);
        for demand in &q.demands[..1] {
            let at = |s: f64| q.least(demand, &q.levels(s)).unwrap();
            let mut last = f64::INFINITY;
            for i in 1..400 {
                let s = end - 40.0 + 0.1 * f64::from(i) - 1e-9;
                let (_, value, slope) = at(s);
                assert!(slope < 1.0 / f64::from(depth + 1) && slope <= last + 1e-12, "{depth} {s}");
                let numeric = (at(s + 1e-5).1 - value) / 1e-5;
                assert!(s + 1e-5 >= end || (numeric - slope).abs() < 1e-3, "{numeric} {slope}");
                last = slope;
            }
        }
    }
}

#[test]
fn the_split_fills_up_from_below() {
    let demands =
        vec![Demand::Kept, Demand::Shortfall(vec![3], 0.1), Demand::Features(vec![0, 1, 2, 3], 0.1f64.ln())];
    let q = question(2, demands);
    let top = q.top(&[0, 1, 2]).unwrap().log;
    let free = q.split(&[0, 1], None, top).unwrap();
    assert!(free.iter().all(|p| (p.log - top / 3.0).abs() < 1e-12 && p.rest == Rest::Share), "{free:?}");
    let capped = q.split(&[0, 1, 2], None, top).unwrap();
    assert!(capped[0].rest == Rest::Cap && capped[0].log > top / 3.0, "{capped:?}");
    assert!((capped[1].log - capped[2].log).abs() < 1e-12);
    assert!((capped.iter().map(|p| p.log).sum::<f64>() - top).abs() < 1e-9);
    // Less weight on given values: all are changed by the same factor.
    let near = [-6.0, -7.0, -8.0];
    let s = q.nearest_product(&[0, 1], &near, q.top(&[0, 1]).unwrap()).unwrap();
    assert!((s - top.min(-21.0)).abs() < 1e-8, "{s} {top}");
}
