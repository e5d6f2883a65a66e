"""Writes reference_figures.h: figures of scored samples with ties, by scikit-learn, SciPy and NumPy.

    pip install numpy scikit-learn scipy
    python reference_figures.py > reference_figures.h

Where fd-shifts is installed too (pip install --no-deps fd-shifts), its AURC and AUGRC are held
against the ones written here.
"""
import numpy as np
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score, roc_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(7)


def points(score, right):
    """Coverage, selective and generalized risk at distinct scores, strictest first."""
    n = len(score)
    rows = []
    for s in sorted(set(score), reverse=True):
        taken = score >= s
        wrong = np.sum(taken & ~right)
        rows.append((np.sum(taken) / n, wrong / np.sum(taken), wrong / n))
    return np.array(rows)


def figures(score, right):
    p = points(score, right)
    coverage, risk, generalized = p.T
    # fd-shifts: trapezoids, AURC flat down to coverage 0, AUGRC from (0, 0).
    aurc = np.trapezoid(np.r_[risk[0], risk], np.r_[0, coverage])
    augrc = np.trapezoid(np.r_[0, generalized], np.r_[0, coverage])
    e = 1 - right.mean()
    fpr, tpr, _ = roc_curve(right, score, drop_intermediate=False)
    confidence = np.clip(score, 0, 1)
    edges = np.linspace(0, 1, 16)
    place = np.digitize(confidence, edges[1:-1], right=True)
    ece = sum(abs(np.sum(confidence[place == b] - right[place == b])) for b in range(15)) / len(score)
    low = coverage[risk <= 0.05]
    return dict(
        aurc=aurc, e_aurc=aurc - (e + (1 - e) * np.log(1 - e)), augrc=augrc,
        auroc=roc_auc_score(right, score), fpr95=fpr[np.argmax(tpr >= 0.95)],
        ece=ece, coverage_at_risk_5=low.max() if len(low) else 0.0,
        risk_at_coverage_80=risk[np.argmax(coverage >= 0.8)])


def against_fd_shifts(score, right, own):
    try:
        from fd_shifts.analysis.rc_stats import RiskCoverageStats
    except ImportError:
        return
    stats_ = RiskCoverageStats(confids=np.asarray(score, float), residuals=(~right).astype(float))
    assert abs(stats_.aurc - own["aurc"]) < 1e-9 and abs(stats_.augrc - own["augrc"]) < 1e-9


def numbers(values):
    return ", ".join(repr(float(v)) for v in values)


print("""#pragma once
// Written by reference_figures.py: do not edit.
#include <vector>

namespace plumbline::test {

struct ReferenceFigures {
  const char* name;
  std::vector<double> score;
  std::vector<int> right;
  double aurc, e_aurc, augrc, auroc, fpr95, ece, coverage_at_risk_5, risk_at_coverage_80;
};

inline const std::vector<ReferenceFigures>& reference_figures() {
  static const std::vector<ReferenceFigures> all = {""")
for name, levels, n in (("continuous", 0, 200), ("ties", 12, 300), ("two levels", 2, 60)):
    score = rng.random(n) ** 0.5
    if levels:
        score = np.round(score * levels) / levels
    right = rng.random(n) < 0.25 + 0.7 * score
    f = figures(score, right)
    against_fd_shifts(score, right, f)
    print('      {"%s",\n       {%s},\n       {%s},\n       %s},' % (
        name, numbers(score), ", ".join(str(int(r)) for r in right), numbers(f.values())))
print("""  };
  return all;
}

struct ReferenceTail {
  long k, n;
  double p, tail;
};

/// SciPy's binomial distribution.
inline const std::vector<ReferenceTail>& reference_tails() {
  static const std::vector<ReferenceTail> all = {""")
for k, n, p in ((0, 10, 0.1), (3, 10, 0.1), (9, 10, 0.5), (0, 299, 0.01), (50, 10000, 0.01),
                (100, 10000, 0.01), (150, 10000, 0.01), (400000, 1000000, 0.4), (399000, 1000000, 0.4),
                (0, 100000, 0.005), (20, 100000, 0.005)):
    print("      {%d, %d, %r, %r}," % (k, n, p, float(stats.binom.cdf(k, n, p))))
print("""  };
  return all;
}

/// scikit-learn's logistic regression behind its StandardScaler: rows of three features, and the
/// coefficients for the features as they are, intercept first.
struct ReferenceRegression {
  std::vector<double> rows;
  std::vector<int> right;
  std::vector<double> coefficients;
};

inline const ReferenceRegression& reference_regression() {
  static const ReferenceRegression regression = {""")
x = rng.normal(size=(80, 3)) * [1, 5, 0.1] + [0, 2, 1]
y = x @ [1.0, 0.3, -8.0] + rng.normal(size=80) > -7.4
model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, tol=1e-12, max_iter=10000)).fit(x, y)
scaler, regression = model[0], model[1]
w = regression.coef_[0] / scaler.scale_
b = regression.intercept_[0] - np.sum(w * scaler.mean_)
print("      {%s},\n      {%s},\n      {%s}};" % (
    numbers(x.ravel()), ", ".join(str(int(v)) for v in y), numbers(np.r_[b, w])))
print("""  return regression;
}

}  // namespace plumbline::test""")
