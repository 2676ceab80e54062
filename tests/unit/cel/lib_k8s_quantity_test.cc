#include "run_expression.h"

namespace guard::cel::test {
namespace {

TEST(LibKubernetesQuantity, Reading) {
  ExpectAll(
      {
          {"quantity('12Mi')", "quantity(\"12Mi\")"},
          {"quantity('1.5G')", "quantity(\"1500M\")"},
          {"quantity('1.5Gi')", "quantity(\"1536Mi\")"},
          {"quantity('0.5Ki')", "quantity(\"512\")"},
          {"quantity('1.5')", "quantity(\"1500m\")"},
          {"quantity('100m')", "quantity(\"100m\")"},
          {"quantity('1000m')", "quantity(\"1\")"},
          {"quantity('1e3')", "quantity(\"1e3\")"},
          {"quantity('12e4')", "quantity(\"120e3\")"},
          {"quantity('1E3')", "quantity(\"1e3\")"},
          {"quantity('1E')", "quantity(\"1E\")"},
          {"quantity('1.')", "quantity(\"1\")"},
          {"quantity('.5')", "quantity(\"500m\")"},
          {"quantity('+1')", "quantity(\"1\")"},
          {"quantity('-1.5Ki')", "quantity(\"-1536\")"},
          {"quantity('0')", "quantity(\"0\")"},
          {"quantity('0Mi')", "quantity(\"0\")"},
          {"quantity('00012')", "quantity(\"12\")"},
          {"quantity('1024Ki')", "quantity(\"1Mi\")"},
          {"quantity('1000Ki')", "quantity(\"1000Ki\")"},
          {"quantity('0.1n')", "quantity(\"1n\")"},
          {"quantity('1.0000000001')", "quantity(\"1000000001n\")"},
          {"quantity('-0.00000000011')", "quantity(\"-1n\")"},
          {"quantity('999999999999999999999999')", "quantity(\"999999999999999999999999\")"},
          {"quantity('1000000Ei')", "quantity(\"9223372036854775807\")"},
          {"quantity('200K')", "error: unable to parse quantity's suffix"},
          {"quantity('10Mm')", "error: unable to parse quantity's suffix"},
          {"quantity('1e')", "error: unable to parse quantity's suffix"},
          {"quantity('10Mo')", "error: a quantity is a number"},
          {"quantity('Three')", "error: a quantity is a number"},
          {"quantity('Mi')", "error: a quantity is a number"},
          {"quantity('')", "error: a quantity is a number"},
          {"quantity('-')", "error: a quantity is a number"},
          {"quantity('.')", "error: a quantity is a number"},
          {"quantity('1,3G')", "error: a quantity is a number"},
          {"quantity('1.2.3')", "error: a quantity is a number"},
          {"quantity(' 1')", "error: a quantity is a number"},
          {"quantity('1e99999999999')", "error: quantity is too large"},
          {"isQuantity('1.3Gi') && isQuantity('10000k') && isQuantity('1e-3') && isQuantity('0.5E')", "true"},
          {"isQuantity('1,3G') || isQuantity('200K') || isQuantity('Three') || isQuantity('Mi')", "false"},
          {"isQuantity([1])", "issue: "},
      },
      Dialect::kKubernetes);
}

TEST(LibKubernetesQuantity, Arithmetic) {
  ExpectAll(
      {
          {"quantity('200M') == quantity('0.2G') && quantity('0.2G') == quantity('200M')", "true"},
          {"quantity('200M') == quantity('0.3G')", "false"},
          {"quantity('50M').isLessThan(quantity('50Mi'))", "true"},
          {"quantity('100M').isLessThan(quantity('50M'))", "false"},
          {"quantity('50Mi').isGreaterThan(quantity('50M'))", "true"},
          {"quantity('200M').compareTo(quantity('0.2G'))", "0"},
          {"quantity('50M').compareTo(quantity('50Mi'))", "-1"},
          {"quantity('-1').compareTo(quantity('-2'))", "1"},
          {"quantity('1e2000000000').isGreaterThan(quantity('9999999999999999999999G'))", "true"},
          {"quantity('50k').add(quantity('20')) == quantity('50.02k')", "true"},
          {"quantity('50k').add(20)", "quantity(\"50020\")"},
          {"quantity('50k').sub(20) == quantity('49980')", "true"},
          {"quantity('50k').sub(quantity('20')) == quantity('49.98k')", "true"},
          {"quantity('1Ki').add(quantity('1'))", "quantity(\"1025\")"},
          {"quantity('0').add(quantity('1Ki'))", "quantity(\"1Ki\")"},
          {"quantity('0.5').add(quantity('0.5'))", "quantity(\"1\")"},
          {"quantity('9223372036854775807').add(1)", "quantity(\"9223372036854775808\")"},
          {"quantity('99999999999999999999').sub(quantity('99999999999999999998'))", "quantity(\"1\")"},
          {"quantity('1').sub(-9223372036854775807 - 1)", "quantity(\"9223372036854775809\")"},
          {"quantity('1e2000000000').add(1)", "error: quantity is too large"},
          {"quantity('50k').add(20).sub(quantity('100k')).sub(-50000).asInteger()", "20"},
          {"quantity('50000000G').isInteger() && quantity('50k').isInteger()", "true"},
          {"quantity('50k').asInteger()", "50000"},
          {"quantity('1.5').isInteger()", "false"},
          {"quantity('1.5Gi').isInteger()", "false"},
          {"quantity('9999999999999999999999999999999999999G').isInteger()", "false"},
          {"quantity('9999999999999999999999999999999999999G').asInteger()",
           "error: cannot convert value to integer"},
          {"quantity('1e1000').asInteger()", "error: cannot convert value to integer"},
          {"quantity('50.703k').asApproximateFloat()", "50703.0"},
          {"quantity('0.1').asApproximateFloat() == 0.1", "true"},
          {"quantity('1.5Gi').asApproximateFloat() == 1610612736.0", "true"},
          {"quantity('1e400').asApproximateFloat() > 1e308", "true"},
          {"sign(quantity('-5')) * 100 + quantity('5').sign() * 10 + sign(quantity('0'))", "-90"},
          {"type(quantity('1')) == kubernetes.Quantity", "true"},
      },
      Dialect::kKubernetes);
}

TEST(LibKubernetesQuantity, Costs) {
  EXPECT_EQ(RunExpression("quantity(\"50k\").add(20).sub(quantity(\"100k\")).sub(-50000).asInteger() > 0",
                          EnvironmentOf(Dialect::kKubernetes))
                .cost,
            7u);
  EXPECT_EQ(
      RunExpression("quantity(\"200M\") == quantity(\"200M\")", EnvironmentOf(Dialect::kKubernetes)).cost,
      3u);
}

TEST(LibKubernetesQuantity, MoreDigitsThanAnybodyNeedsAreAnError) {
  std::string digits(5000, '9');
  EXPECT_EQ(Evaluate("quantity('" + digits + "')", Dialect::kKubernetes), "error: quantity is too large");
  EXPECT_EQ(Evaluate("isQuantity('" + digits + "')", Dialect::kKubernetes), "error: quantity is too large");
}

}  // namespace
}  // namespace guard::cel::test
