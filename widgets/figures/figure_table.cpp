#include "widgets/figures/figure_table.h"

#include <QCoreApplication>

#include <algorithm>

#include "core/metrics/metric_table.h"
#include "core/report/definitions.h"
#include "core/types/shell_word.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr std::string_view by_decide = "DECIDE --json", by_harm = "DECIDE COSTS --json",
                           with_intervals = "DECIDE --intervals --json",
                           by_sample = "DECIDE --sample SAMPLE --json", by_fuse = "FUSE --json",
                           by_class = "FUSE --per-class --json",
                           by_progress = "run STUDY --name RUN --progress --json",
                           by_course = "run STUDY --name RUN --progress --course --json",
                           by_training = "train STUDY --name MODEL --progress --json",
                           by_contents = "usage STUDY --json", by_jobs = "jobs STUDY --json",
                           by_estimate =
                               "run STUDY --dataset DATASET --split SPLIT --voters VOTERS "
                               "--precision PRECISION --device DEVICE --estimate --json",
                           by_compare = "COMPARE --json",
                           by_voter =
                               "decide STUDY --run RUN --split SPLIT --policy mcp --voters VOTER "
                               "--json",
                           by_predictions =
                               "export STUDY --run RUN --split SPLIT --what predictions "
                               "--format csv -o -",
                           by_detections =
                               "export STUDY --run RUN --split SPLIT --what detections "
                               "--format csv -o -",
                           by_front = "planer front STUDY --name SEARCH --json",
                           by_network = "planer networks STUDY --name NETWORK --json";

#define FIGURE(text) QT_TRANSLATE_NOOP("figures", text)

// The one table: a further figure of the window is one entry.
constexpr FigureWords window_figures[] = {
    // The study's tree and the status line.
    {"tree.entries",
     FIGURE("How many entries of this kind the study has. The command lists them, below "
            "“contents”."),
     by_contents},
    {"tree.samples", FIGURE("Images of the split that were imported."), by_contents},
    {"tree.predictions",
     FIGURE("Predictions of the run that are computed and kept: the samples that every voter has, "
            "times the voters; without those under conditions."),
     by_contents},
    {"tree.model_accuracy",
     FIGURE("Share of the judged samples of the run's split for which this model, by its identity "
            "view alone, is right."),
     by_voter},
    {"tree.network_loss",
     FIGURE("Loss on the validation part of the network's text, in bits per byte or as "
            "perplexity."),
     by_network},
    {"tree.found",
     FIGURE("Targets of the search for which a network was found, of all its "
            "targets."),
     by_front},
    {"status.run",
     FIGURE("Samples of the split that is shown, and voters of the run; of one that is not "
            "complete the samples that every voter has so far."),
     by_contents},
    {"status.decoder", FIGURE("The library, with its version, that decoded the run's images."),
     by_contents},
    {"status.device",
     FIGURE("The kind of device and the precision with which the run was computed."), by_contents},
    {"inspector.place",
     FIGURE("Place of what is inspected in the gallery as it is sorted, of all that "
            "the gallery shows; and how many are selected.")},
    // Jobs.
    {"job.title",
     FIGURE("What the job works on. The command prints each job's whole command line, too."),
     by_jobs},
    {"job.phase", FIGURE("What the job is doing, or how it ended; figures are those of its phase."),
     by_jobs},
    {"job.done", FIGURE("What this phase of the job has done, of all that it has to do."), by_jobs},
    {"job.rate", FIGURE("What the job has done per second since its phase began."), by_jobs},
    {"job.time",
     FIGURE("Of a running job the time left at its present rate, else the time it took."), by_jobs},
    {"job.summary",
     FIGURE("How many jobs are running, also paused, how many are queued, finished, and failed, "
            "also interrupted."),
     by_jobs},
    {"job.warnings", FIGURE("Warnings of the job, each with the file that it is about."), by_jobs},
    // Runs.
    {"plan.voters", FIGURE("Voters that are ticked × images of the chosen splits."), by_estimate},
    {"plan.per_image",
     FIGURE("Sum over the ticked voters of the measured time per image; “about” where a voter was "
            "not measured on this device, so other views of its model are used."),
     by_estimate},
    {"plan.time",
     FIGURE("Time of all predictions that are not computed yet, by the measured times of an "
            "image."),
     by_estimate},
    {"plan.note", FIGURE("What is already computed, and the cost as a multiple of the baseline's."),
     by_estimate},
    {"plan.model_time",
     FIGURE("Median time of a batch of the model's identity view on this device, by the images of "
            "the batch."),
     by_estimate},
    {"plan.sum",
     FIGURE("Time of the ticked voters of this row or column that are not computed "
            "yet."),
     by_estimate},
    {"run.samples",
     FIGURE("Samples with a label that this voter has predicted so far, of all splits of the run."),
     by_progress},
    {"run.time", FIGURE("Median time of a batch divided by its images, in milliseconds."),
     by_progress},
    {"run.accuracy",
     FIGURE("Share of the samples so far, of all splits of the run, for which this voter alone is "
            "right; of a detector the share of the objects that it finds at a score of at least "
            "0.25."),
     by_progress},
    {"run.half_width",
     FIGURE("Half of Wilson's 95 % interval of the voter's share of right labels so far, in "
            "percentage points; a detector's share has none while the run is at work."),
     by_progress},
    {"run.against_identity",
     FIGURE("The voter's share minus that of its model's identity view over the same samples, in "
            "percentage points."),
     by_progress},
    {"run.course",
     FIGURE("The share so far over the samples so far; the band is the 95 % interval "
            "of the baseline."),
     by_course},
    {"run.state",
     FIGURE("What the job has computed, of all that it computes: of a run predictions. How many "
            "per second, and the time left at that rate; of one that has ended the time that it "
            "took."),
     by_progress},
    {"train.state",
     FIGURE("What the training has done, of all that it does: images, all epochs counted. How many "
            "per second, and the time left at that rate; of one that has ended the time that it "
            "took."),
     by_training},
    {"train.course",
     FIGURE("Loss and accuracy of the training over its epochs; of a detector the share of objects "
            "that it finds at a score of at least 0.25 in place of the accuracy."),
     "train STUDY --name MODEL --progress --course --json"},
    // Failures: images, and objects.
    {"failures.shown", FIGURE("Images or objects that the filters let through, of all with one of "
                              "the chosen verdicts.")},
    {"failures.shares",
     FIGURE("Coverage is the share of the judged samples that are accepted, risk the share of the "
            "accepted ones that are wrong. The baseline is the first voter's confidence alone, at "
            "the threshold that keeps as many."),
     by_decide},
    {"failures.proportion", FIGURE("The verdicts in proportion to their counts."), by_decide},
    {"gallery.cell",
     FIGURE("Below each image its true class and the policy's label, one name where both are the "
            "same, "
            "and by what the gallery is sorted; of an object its class and size, and by how many "
            "voters "
            "it is found."),
     by_predictions},
    {"boxes.found", FIGURE("Objects that an accepted fused box of their class finds."), by_decide},
    {"boxes.undetected", FIGURE("Objects that no accepted fused box of their class finds."),
     by_decide},
    {"boxes.false", FIGURE("Accepted fused boxes that find no object."), by_decide},
    {"boxes.figures",
     FIGURE("AP is COCO's: precision over recall, averaged over IoU thresholds of 0.50 to 0.95 and "
            "classes, of all boxes whatever their score; beside it that of the best single "
            "detector."),
     by_fuse},
    {"boxes.finders",
     FIGURE("Objects by the number of voters that find them with a box of at least the decision's "
            "score."),
     by_fuse},
    // Inspector.
    {"sample.votes",
     FIGURE("Each voter's class and its confidence, the probability that it gives to the class."),
     by_predictions},
    {"sample.agreement",
     FIGURE("How many of all voters vote for the policy's label, and how many for another class."),
     by_sample},
    {"sample.distribution",
     FIGURE("Probabilities of the classes: the mean of the policy's voters, or one voter's."),
     by_sample},
    {"sample.why", FIGURE("What the policy counted of this sample, and what it needs."), by_sample},
    {"sample.file", FIGURE("The file's name below its data set, and what was imported of it.")},
    {"object.size", FIGURE("Width and height of the box in pixels of the image; S is below 32² "
                           "pixels, M below 96², L larger.")},
    {"object.finders",
     FIGURE("How many of all voters find the object with a box of at least the decision's score.")},
    {"object.boxes",
     FIGURE("Each voter's nearest box: its score, and IoU, the overlap with the object by their "
            "union."),
     by_detections},
    // Decision.
    {"decision.half_width",
     FIGURE(
         "Half of the 95 % interval: Wilson's of a share, else that of 1,000 bootstrap resamples "
         "with seed 1; the command prints it below “half_widths”."),
     with_intervals},
    {"decision.drift",
     FIGURE("The value on the split that is shown minus that on the split on which "
            "the parameters were chosen."),
     "DECIDE --drift-from VALIDATION --json"},
    {"decision.baseline",
     FIGURE("The first voter's confidence alone, at the highest threshold that keeps as many "
            "correct labels."),
     "BASELINE --json"},
    {"decision.parameter", FIGURE("A parameter of the policy."), by_decide},
    {"decision.voters", FIGURE("Voters by which the policy decides, of all of the run.")},
    {"decision.learned",
     FIGURE("What the policy has learned, and the split on which it was fitted."), by_decide},
    {"decision.front",
     FIGURE("Undetected mispredictions over kept correct labels: each setting of the policy for "
            "which no other keeps as many and misses fewer."),
     "DECIDE --front --json"},
    {"decision.risk",
     FIGURE("Selective risk over coverage of each policy, as its threshold "
            "falls; the table has AUGRC. "
            "The command prints the areas of the policy under review alone."),
     by_decide},
    {"decision.reliability",
     FIGURE("Share of right labels of the judged samples over the policy's score, the probability "
            "of its label, in 15 bins of equal width, with Wilson's 95 % intervals; whether a "
            "sample is accepted makes no difference. ECE is the mean distance between the mean "
            "score and that share, weighted by the bins' samples. Where the score of the policy "
            "under review is not a probability, the policy that the plot names is drawn. mcp is "
            "the confidence of the run's first voter."),
     "CALIBRATED --reliability --json"},
    {"decision.cost",
     FIGURE("Undetected mispredictions over the expected latency or energy, as a multiple of the "
            "first voter's."),
     by_decide},
    {"decision.stages",
     FIGURE("Share of the judged samples for which the voter of a stage is asked: those whose "
            "verdict the voters before it have not settled."),
     "DECIDE --stages --json"},
    {"decision.selected", FIGURE("What the chosen setting does on the split of the choice."),
     "CHOSEN --json"},
    {"decision.confusion",
     FIGURE("Judged samples of the row's class that the policy accepts with the column's label. In "
            "a list, those of the first class that it accepts with the second as their label."),
     "DECIDE --confusion --json"},
    {"decision.costs",
     FIGURE("What it costs to accept the column's class where the row's is true. An error costs 1 "
            "and the right class 0 unless it is changed; the command prints the changed ones."),
     by_harm},
    {"decision.harm",
     FIGURE("Mean over the judged samples of what each costs: an accepted label its cost in the "
            "table, a rejection the cost of rejecting. Beside it the baseline's where it keeps as "
            "many, whose command is in the table of figures."),
     by_harm},
    {"decision.damage",
     FIGURE("Samples whose vote was damaged, and what the unchanged policy makes "
            "of them."),
     "DECIDE --damage DAMAGE --json"},
    {"decision.conditions",
     FIGURE("Accuracy, coverage and undetected mispredictions of the unchanged policy under each "
            "condition of the run."),
     "DECIDE --conditions all --json"},
    {"decision.effects",
     FIGURE("Images for which a view is right where its model's identity view "
            "is wrong, and the reverse. "
            "The command prints the votes that it is counted from."),
     by_predictions},
    {"decision.pairs",
     FIGURE("Above the diagonal the share of images on which two voters differ (%), below it the "
            "correlation of their errors. "
            "The command prints the votes that it is counted from."),
     by_predictions},
    // Detection on Decision.
    {"classes.objects", FIGURE("Objects of the class in the split."), by_class},
    {"classes.found", FIGURE("Objects of the class that an accepted fused box finds."), by_class},
    {"classes.undetected", FIGURE("Objects of the class that no accepted fused box finds."),
     by_class},
    {"classes.false", FIGURE("Accepted fused boxes of the class that find no object.")},
    {"classes.ap", FIGURE("COCO's AP of the class, in percent, of all boxes whatever their score."),
     by_class},
    {"boxes.precision",
     FIGURE("Share of the accepted boxes that are right over the share of the "
            "objects that are found, as the least score falls. "
            "The command prints the counts at the marked score."),
     by_decide},
    {"boxes.price", FIGURE("Undetected objects over false detections, as the least score falls."),
     by_fuse},
    {"boxes.tide",
     FIGURE("What AP50 would gain, in points, if all errors of a kind were corrected, and how many "
            "there are (TIDE)."),
     by_fuse},
    // Compare.
    {"compare.side",
     FIGURE("What this side's policy accepts, and how many of that are right; of "
            "boxes, objects that are found, and false detections."),
     by_decide},
    {"compare.change",
     FIGURE("Images or objects whose verdict differs in this way between both "
            "sides."),
     by_compare},
    {"compare.summary",
     FIGURE("Images or objects that both sides judge, what each misses, and "
            "what the second gains and loses."),
     by_compare},
    {"compare.items", FIGURE("Images or objects of the class that both sides judge."), by_compare},
    {"compare.share",
     FIGURE("Share of them that is right, or found, in percent, with half of "
            "Wilson's 95 % interval."),
     by_compare},
    {"compare.difference",
     FIGURE("Second minus first in percentage points, with the 95 % interval "
            "of paired proportions (Bonett and Price, 2012)."),
     by_compare},
    {"compare.undetected", FIGURE("Undetected mispredictions, or undetected objects, of one side."),
     by_compare},
    {"compare.gained",
     FIGURE("Images undetected or needlessly rejected on the first side and kept or caught on the "
            "second; objects found on the second side only."),
     by_compare},
    {"compare.lost",
     FIGURE("Images kept or caught on the first side and undetected or needlessly rejected on the "
            "second; objects found on the first side only."),
     by_compare},
    // PLANER.
    {"planer.loss", FIGURE("Cross-entropy of the search's mixture of options, smoothed.")},
    {"planer.latency_loss",
     FIGURE(
         "The weight β times the estimated latency, or energy, by the limit; it is on only while "
         "the estimate is above the limit.")},
    {"planer.estimate",
     FIGURE("Latency, or energy, of the mixture of options, summed up from its table.")},
    {"planer.temperature", FIGURE("Temperature τ of the Gumbel-Softmax.")},
    {"planer.entropy", FIGURE("Mean entropy of the blocks' probabilities; 0 when every block is "
                              "decided.")},
    {"planer.gradient", FIGURE("Norm of the gradient before it is clipped.")},
    {"planer.done", FIGURE("Steps of this phase of the search that are done, of all.")},
    {"planer.rate", FIGURE("Steps per second, and the time left at this rate; of a search that is "
                           "not running, targets for which a network was found.")},
    {"network.latency",
     FIGURE("Median time of a step, ± half the distance of the quartiles, measured in turns with "
            "the existing network; “est.” marks what the latency table estimates, “*” a sitting "
            "other than that of the existing network's figure."),
     by_network},
    {"network.ratio",
     FIGURE("As a fraction of the existing network's latency, or energy, in the same measurement."),
     by_network},
    {"network.energy",
     FIGURE("Median of what 1,000 tokens draw, ± half the distance of the quartiles, measured in "
            "turns with the existing network; “est.” marks what the energy table estimates, “*” a "
            "sitting other than that of the existing network's figure."),
     by_network},
    {"network.loss",
     FIGURE("Loss on the validation part of the text, in bits per byte or as perplexity; ± is half "
            "of the 95 % interval."),
     by_network},
    {"network.parameters", FIGURE("Weights of the network, all of them."), by_network},
    {"network.active",
     FIGURE("Weights that a token uses; of the experts, only those that it is sent to."),
     by_network},
    {"network.architecture",
     FIGURE("One option per block: attention with its heads, feed-forward, experts, or skip."),
     by_front},
    {"target.limit", FIGURE("The target times the existing network's latency, or energy.")},
    {"target.share",
     FIGURE("The latency, or energy, that is wanted, as a fraction of the existing network's.")},
    {"target.speed_up",
     FIGURE("The existing network's latency, or energy, divided by this one's, both measured in "
            "turns. The command prints the inverse."),
     by_network},
    {"target.state", FIGURE("How far the search for this target is.")},
    {"planer.map", FIGURE("Probability of each option in each block, as the search has it now.")},
    {"planer.front",
     FIGURE("The least loss that the increments of the options predict at a latency, or an "
            "energy, that the table estimates, calibrated by the networks that were found."),
     by_front},
    {"planer.times", FIGURE("Share of a step that attention, feed-forward, embedding and softmax "
                            "take by the latency table, and the whole step in ms.")},
    {"planer.sitting", FIGURE("Of several measurements the one whose repeats spread least, as a "
                              "share of their median, is kept.")},
    {"planer.measuring", FIGURE("About how long the measurement of every option takes.")},
    // Report.
    {"report.pages", FIGURE("Pages of the report as it is set now.")},
    {"report.section_pages", FIGURE("Pages that the section takes.")},
    {"report.preview", FIGURE("Every figure of the report has its definition in “Method and "
                              "definitions”, and its provenance below it.")},
};

#undef FIGURE

}  // namespace

std::span<const FigureWords> figure_table() { return window_figures; }

std::optional<FigureWords> find_figure(std::string_view key) {
  const auto found = std::ranges::find(window_figures, key, &FigureWords::key);
  if (found != std::end(window_figures)) return *found;
  const Metric* metric = find_metric(key);
  if (metric == nullptr) return std::nullopt;
  // The definitions are literals, and end where they end.
  // Harm is printed in the costs that are named; of other columns a command has none.
  return FigureWords{metric->key, definition_of(metric->key).data(),
                     metric->needs != MetricNeed::column ? by_decide
                     : metric->column == "harm"          ? by_harm
                                                         : std::string_view()};
}

std::optional<QStringList> figure_command(const FigureWords& words, const FigureSource& source) {
  if (words.command.empty()) return std::nullopt;
  QStringList command;
  for (const QString& word : text_of(words.command).split(u' ')) {
    const bool stands_for = word.front().isUpper();
    if (!stands_for) {
      command << word;
      continue;
    }
    const auto found = source.constFind(word);
    if (found == source.constEnd() || found->isEmpty()) return std::nullopt;
    command << *found;
  }
  return command;
}

QString figure_explanation(const FigureWords& words, const FigureSource& source) {
  QString text = QCoreApplication::translate("figures", words.definition);
  if (const auto command = figure_command(words, source)) {
    QStringList line{QStringLiteral("plumbline-engine")};
    for (const QString& word : *command) line << text_of(shell_word(word.toStdString()));
    text += QStringLiteral("\n\n") + line.join(u' ');
  }
  return text;
}

}  // namespace plumbline
