#include <QtTest>

#include <set>

#include <nlohmann/json.hpp>

#include "core/planer/architecture.h"
#include "tests/core/planer/tests.h"
#include "tests/support/small_backbone.h"

namespace plumbline::test {

namespace {

using nlohmann::json;

OptionIndex option(const char* name) { return find_option(name).value(); }

/// Small primes, so that no product is mistaken for another.
BackboneConfig prime_config() {
  return small_backbone({.layers = 1,
                         .d_model = 6,
                         .heads = 2,
                         .d_head = 5,
                         .d_inner = 7,
                         .vocabulary = 11,
                         .experts = 3,
                         .segment = {13, 17}});
}

BackboneConfig built_in(const char* name) { return load_backbone_config(name).value(); }

}  // namespace

void TestArchitecture::baseline_alternates() {
  const Architecture tiny = baseline_architecture(built_in("tiny"));
  QCOMPARE(tiny.size(), std::size_t{8});
  for (std::size_t i = 0; i < tiny.size(); ++i)
    QCOMPARE(tiny[i], option(i % 2 == 0 ? "attention-8" : "feed-forward"));
  QCOMPARE(baseline_architecture(prime_config()),
           (Architecture{option("attention-2"), option("feed-forward")}));
}

void TestArchitecture::strip_has_labels_and_dashes() {
  QCOMPARE(strip_text({option("attention-8"), option("feed-forward"), option("skip"),
                       option("experts-2"), option("attention-1")}),
           std::string("A8 FF – M2 A1"));
  QCOMPARE(strip_text({option("feed-forward-half"), option("feed-forward-double"),
                       option("experts-half-1"), option("experts-half-2")}),
           std::string("F½ F2 m1 m2"));
  QCOMPARE(strip_text({}), std::string());
}

void TestArchitecture::what_is_written_is_read_back() {
  BackboneConfig config = built_in("tiny");
  config.heads = 16;
  // Every option stands in some slot.
  for (std::size_t shift = 0; shift < slot_options().size(); ++shift) {
    Architecture architecture;
    for (std::size_t slot = 0; slot < 8; ++slot)
      architecture.push_back(static_cast<OptionIndex>((slot + shift) % slot_options().size()));
    const auto text = to_json(architecture).dump();
    QCOMPARE(parse_architecture(json::parse(text), config, "a.json").value(), architecture);
  }
  const auto written =
      to_json(Architecture{option("skip"), option("experts-1"), option("experts-half-2")});
  QCOMPARE(written["options"].dump(), std::string(R"(["skip","experts-1","experts-half-2"])"));
}

void TestArchitecture::every_option_has_names_of_its_own() {
  std::set<std::string_view> names, labels, titles, rows;
  for (const SlotOption& kind : slot_options()) {
    names.insert(kind.name);
    labels.insert(kind.label);
    titles.insert(kind.title);
    rows.insert(kind.row);
    QVERIFY2(!kind.row.empty() && kind.row.size() <= 16, kind.name.data());
  }
  for (const auto* all : {&names, &labels, &titles, &rows})
    QCOMPARE(all->size(), slot_options().size());
  // The places of those that files without names have (search events of old versions).
  const char* first[] = {"skip",        "attention-1",  "attention-2", "attention-4",
                         "attention-8", "feed-forward", "experts-1",   "experts-2"};
  for (std::size_t i = 0; i < std::size(first); ++i)
    QCOMPARE(slot_options()[i].name, std::string_view(first[i]));
}

void TestArchitecture::mistakes_are_named_data() {
  QTest::addColumn<QByteArray>("text");
  QTest::addColumn<QString>("named");
  QTest::newRow("no object") << QByteArray("[]") << "is not a JSON object";
  QTest::newRow("nothing") << QByteArray("{}") << "'options' is missing";
  QTest::newRow("no list") << QByteArray(R"({"options":"skip"})") << "'options' must be a list";
  QTest::newRow("too few") << QByteArray(R"({"options":["skip"]})") << "2 names";
  QTest::newRow("too many") << QByteArray(R"({"options":["skip","skip","skip"]})")
                            << "'options' must be a list of at most 2";
  QTest::newRow("unknown") << QByteArray(R"({"options":["skip","convolution"]})")
                           << "'options[1]' must be one of: skip, attention-1";
  QTest::newRow("a number") << QByteArray(R"({"options":[4,"skip"]})") << "'options[0]'";
  QTest::newRow("too wide") << QByteArray(R"({"options":["attention-4","skip"]})")
                            << "'options[0]'";
  QTest::newRow("other version") << QByteArray(R"({"schema":2,"options":["skip","skip"]})")
                                 << "'schema'";
  QTest::newRow("further key") << QByteArray(R"({"options":["skip","skip"],"option":1})")
                               << "'option' is not a known key";
}

void TestArchitecture::mistakes_are_named() {
  QFETCH(QByteArray, text);
  QFETCH(QString, named);
  const auto parsed = parse_architecture(json::parse(text.toStdString()), prime_config(), "a.json");
  QVERIFY(!parsed);
  QCOMPARE(parsed.error().where, std::string("a.json"));
  QVERIFY2(QString::fromStdString(parsed.error().message).contains(named),
           parsed.error().message.c_str());
}

void TestArchitecture::parameters_by_hand_data() {
  QTest::addColumn<QByteArray>("change");
  QTest::addColumn<QByteArray>("slots_text");
  QTest::addColumn<qint64>("all");
  // Embedding and softmax of 11 words: 11·6, and 11 biases.
  constexpr qint64 words = 77;
  QTest::newRow("nothing but words") << QByteArray("{}") << QByteArray("skip skip") << words;
  // q, k, v, o: 4·6·10; r: 6·10; u, v: 2·10; norm: 12.
  QTest::newRow("attention") << QByteArray("{}") << QByteArray("attention-2 skip")
                             << words + 240 + 60 + 20 + 12;
  QTest::newRow("half of it") << QByteArray("{}") << QByteArray("attention-1 skip")
                              << words + 120 + 30 + 10 + 12;
  // In 6·7 + 7, out 7·6 + 6, norm 12.
  QTest::newRow("feed-forward") << QByteArray("{}") << QByteArray("skip feed-forward")
                                << words + 49 + 48 + 12;
  // Of three units and of fourteen.
  QTest::newRow("half a feed-forward")
      << QByteArray("{}") << QByteArray("skip feed-forward-half") << words + 21 + 24 + 12;
  QTest::newRow("two feed-forwards")
      << QByteArray("{}") << QByteArray("skip feed-forward-double") << words + 98 + 90 + 12;
  // Three of them, and a gate of 6·3.
  QTest::newRow("experts") << QByteArray("{}") << QByteArray("skip experts-1")
                           << words + 3 * 97 + 18 + 12;
  QTest::newRow("half experts") << QByteArray("{}") << QByteArray("skip experts-half-2")
                                << words + 3 * 45 + 18 + 12;
  QTest::newRow("untied") << QByteArray(R"({"tied":false})") << QByteArray("skip skip")
                          << words + 66;
  // 11·4 and a projection of 4·6.
  QTest::newRow("narrow embedding")
      << QByteArray(R"({"d_embed":4})") << QByteArray("skip skip") << qint64{44 + 24 + 11};
  // Learned positions 30·6, a last norm 12; projections with biases 3·10 + 6, no r, u, v.
  QTest::newRow("gpt2") << QByteArray(
                               R"({"positions":"learned","norm":"pre","projection_biases":true,
                        "train":{"length":30},"evaluation":{"length":13}})")
                        << QByteArray("attention-2 skip") << words + 180 + 12 + 240 + 36 + 12;
  // Clusters 0–4, 4–7, 7–11 of width 6 each: 66; two cluster vectors of 6 and their biases.
  QTest::newRow("adaptive, equal widths") << QByteArray(R"({"cutoffs":[4,7]})")
                                          << QByteArray("skip skip") << qint64{66 + 11 + 2 * 6 + 2};
  // Projections are untied too: 2·(11·4 + 4·6).
  QTest::newRow("narrow embedding, untied")
      << QByteArray(R"({"d_embed":4,"tied":false})") << QByteArray("skip skip")
      << qint64{2 * (44 + 24) + 11};
  // Widths 6, 3, 1: 4·6 + 3·3 + 4·1; projections 6·6 + 3·6 + 1·6, the square one too.
  QTest::newRow("adaptive, narrower")
      << QByteArray(R"({"cutoffs":[4,7],"div_val":2})") << QByteArray("skip skip")
      << qint64{24 + 9 + 4 + 36 + 18 + 6 + 11 + 2 * 6 + 2};
  // Of width 8: 8, 4, 2, each projected; cluster vectors of 8.
  QTest::newRow("adaptive, wider than the model, untied")
      << QByteArray(R"({"cutoffs":[4,7],"div_val":2,"d_embed":8,"tied":false})")
      << QByteArray("skip skip")
      << qint64{2 * (32 + 12 + 8) + 2 * (8 + 4 + 2) * 6 + 11 + 2 * 8 + 2};
}

void TestArchitecture::parameters_by_hand() {
  QFETCH(QByteArray, change);
  QFETCH(QByteArray, slots_text);
  QFETCH(qint64, all);
  auto document = json::parse(to_json(prime_config()).dump());
  document.update(json::parse(change.toStdString()));
  const auto config = parse_backbone_config(document, "x.json");
  QVERIFY2(config.has_value(), config ? "" : config.error().message.c_str());
  Architecture architecture;
  for (const QByteArray& name : slots_text.split(' ')) architecture.push_back(option(name));
  QCOMPARE(count_parameters(*config, architecture).all, std::int64_t{all});
}

void TestArchitecture::published_sizes_are_met() {
  // 12 · (1,310,720 + 1,024 + 1,024 + 2,097,152 + 2,560 + 1,024) + 131,072 + 256
  const BackboneConfig enwik8 = built_in("enwik8-base");
  const auto bytes = count_parameters(enwik8, baseline_architecture(enwik8));
  QCOMPARE(bytes.all, std::int64_t{41'093'376});
  QCOMPARE(bytes.active, bytes.all);
  // NVIDIA's log of the base network says 192 M.
  const BackboneConfig wt103 = built_in("wt103-base");
  const auto words = count_parameters(wt103, baseline_architecture(wt103));
  QCOMPARE(words.all, std::int64_t{267'735} * 513 + 3 * 513 + std::int64_t{16} * 3'413'504);
  QVERIFY(words.all > 191'000'000 && words.all < 193'000'000);
}

void TestArchitecture::a_token_uses_the_chosen_experts() {
  const BackboneConfig config = prime_config();
  const auto one = count_parameters(config, {option("skip"), option("experts-1")});
  const auto two = count_parameters(config, {option("skip"), option("experts-2")});
  QCOMPARE(one.all, two.all);
  QCOMPARE(one.all - one.active, std::int64_t{2 * 97});
  QCOMPARE(two.all - two.active, std::int64_t{97});
  const auto half = count_parameters(config, {option("skip"), option("experts-half-1")});
  QCOMPARE(half.all - half.active, std::int64_t{2 * 45});
  // Two of half the width are at work like one feed-forward: but for the gate and a second bias.
  const BackboneConfig tiny = built_in("tiny");
  const auto dense = slot_parameters(tiny, slot_option(option("feed-forward")));
  const auto pair = slot_parameters(tiny, slot_option(option("experts-half-2")));
  QCOMPARE(pair.active - dense.active, tiny.d_model * tiny.experts + tiny.d_model);
}

void TestArchitecture::usable_attention_is_no_wider_than_the_backbone() {
  const auto heads = [](const BackboneConfig& config) {
    std::vector<int> offered;
    for (const OptionIndex index : usable_options(config))
      if (slot_option(index).kind == OptionKind::attention)
        offered.push_back(slot_option(index).heads);
    return offered;
  };
  QCOMPARE(heads(prime_config()), (std::vector{1, 2}));
  for (const char* name : {"tiny", "enwik8-base", "wt103-base"}) {
    QCOMPARE(heads(built_in(name)), (std::vector{1, 2, 4, 8}));
    // Of heads up to eight, three feed-forwards, four kinds of experts, and skip.
    QCOMPARE(usable_options(built_in(name)).size(), std::size_t{12});
  }
  BackboneConfig gpt2 = prime_config();
  gpt2.heads = 12;
  QCOMPARE(heads(gpt2), (std::vector{1, 2, 4, 8, 12}));
  QCOMPARE(baseline_architecture(gpt2)[0], option("attention-12"));
  // Half of one unit is none.
  BackboneConfig narrow = prime_config();
  narrow.d_inner = 1;
  for (const OptionIndex index : usable_options(narrow))
    QVERIFY2(slot_option(index).width >= 100, slot_option(index).name.data());
  gpt2.heads = 16;
  QCOMPARE(heads(gpt2), (std::vector{1, 2, 4, 8, 12, 16}));
}

}  // namespace plumbline::test
