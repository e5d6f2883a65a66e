#include <QTest>

#include "tests/widgets/tests.h"
#include "widgets/page/route.h"

using namespace plumbline;

Q_DECLARE_METATYPE(plumbline::Route)

/// Places and anchors as text.
class TestRoutes : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void a_place_has_one_text_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<Route>("route");
    QTest::newRow("nowhere") << "" << Route{};
    QTest::newRow("page") << "failures" << Route{.page = "failures"};
    QTest::newRow("run") << "?run=r1" << Route{.run = "r1"};
    QTest::newRow("classes") << "failures?verdict=undetected&truth=3&label=5"
                             << Route{.page = "failures",
                                      .verdict = "undetected",
                                      .truth = ClassIndex{3},
                                      .label = ClassIndex{5}};
    QTest::newRow("voters") << "failures?wrong=2&right=7"
                            << Route{.page = "failures", .wrong_voter = 2U, .right_voter = 7U};
    QTest::newRow("decision") << "?decision=by%20hand" << Route{.decision = "by hand"};
    QTest::newRow("split") << "compare?run=r1&split=test"
                           << Route{.page = "compare", .run = "r1", .split = "test"};
    QTest::newRow("sample") << "?sample=0" << Route{.item = ItemRef(0)};
    QTest::newRow("object") << "failures?run=r1&sample=4294967294&object=2"
                            << Route{.page = "failures",
                                     .run = "r1",
                                     .item = ItemRef(4294967294U, 2)};
    QTest::newRow("policy") << "?run=r1&policy=polygraph%28thr_conf%3D0.7,thr_freq%3D3%29"
                            << Route{.run = "r1", .policy = "polygraph(thr_conf=0.7,thr_freq=3)"};
    QTest::newRow("search") << "planer?search=s3" << Route{.page = "planer", .search = "s3"};
    QTest::newRow("network") << "?network=base" << Route{.network = "base"};
    QTest::newRow("study") << "?study=/home/a%20b/c%26d%3Fe.plumb"
                           << Route{.study = "/home/a b/c&d?e.plumb"};
    QTest::newRow("what URLs use otherwise")
        << "?run=100%25%20%2B%20%23%3D%C3%A9" << Route{.run = QString::fromUtf8("100% + #=é")};
  }
  void a_place_has_one_text() {
    QFETCH(QString, text);
    QFETCH(Route, route);
    QCOMPARE(to_text(route), text);
    const auto parsed = parse_route(text);
    QVERIFY(parsed.has_value());
    QVERIFY(*parsed == route);
  }

  void what_no_place_has_is_an_error_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("said");
    QTest::newRow("part") << "failures?color=red" << "'color'";
    QTest::newRow("word") << "?sample=first" << "'first' is not a number for 'sample'";
    QTest::newRow("below") << "?sample=-1" << "'-1'";
    QTest::newRow("beyond") << "?sample=1&object=4294967295"
                            << "'4294967295' is not a number for 'object'";
    QTest::newRow("object alone") << "?object=3" << "needs its sample";
    QTest::newRow("nothing") << "?sample=" << "''";
  }
  void what_no_place_has_is_an_error() {
    QFETCH(QString, text);
    QFETCH(QString, said);
    const auto parsed = parse_route(text);
    QVERIFY(!parsed.has_value());
    QCOMPARE(parsed.error().kind, ErrorKind::usage);
    QVERIFY2(QString::fromStdString(parsed.error().message).contains(said),
             parsed.error().message.c_str());
    QVERIFY(!parse_link(text).has_value());
  }

  void an_anchor_leads_where_it_says() {
    const Link place = Route{.run = "it's <new>", .item = ItemRef(3)};
    const Link command = CommandName{"import-model"};
    QCOMPARE(to_text(command), QString("do:import-model"));
    for (const Link& link : {place, command}) {
      const auto parsed = parse_link(to_text(link));
      QVERIFY(parsed.has_value());
      QVERIFY(*parsed == link);
    }
    QCOMPARE(anchor(command, "<b>Import</b>"),
             QString("<a href='do:import-model'><b>Import</b></a>"));
    // Nothing in a name ends the attribute.
    const QString href = anchor(place, "x").section(u'\'', 1, 1);
    QVERIFY(*parse_link(href.toUtf8().replace("&amp;", "&")) == place);
  }
};

int test_routes(int argc, char** argv) {
  TestRoutes test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_routes.moc"
