#include "widgets/decision_page/decision_words.h"

#include <QCoreApplication>

#include "core/types/number.h"
#include "widgets/decision/run_review.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

QString short_policy(const RunReview& review) {
  const Policy& policy = review.rules();
  QStringList values;
  for (std::size_t i = 0; i < policy.kind().parameters.size(); ++i) {
    const ParameterType type = policy.kind().parameters[i].type;
    if (type == ParameterType::number || type == ParameterType::integer)
      values << text_of(value_text(policy.number(i), type == ParameterType::integer));
    else if (const QString text = text_of(argument_text(policy, i)); !text.isEmpty())
      values << text;
  }
  const QString name = text_of(policy.kind().name);
  return values.isEmpty() ? name
                          : QStringLiteral("%1(%2)").arg(name, values.join(QStringLiteral(", ")));
}

QString voters_text(const RunReview& review) {
  return counted(static_cast<qint64>(review.policy_voters().size()),
                 QCoreApplication::translate("DecisionWords", "voter"),
                 QCoreApplication::translate("DecisionWords", "voters"));
}

}  // namespace plumbline
