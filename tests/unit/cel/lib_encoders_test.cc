#include "tests/unit/cel/run_expression.h"

namespace guard::cel::test {
namespace {

TEST(EncodersExtension, Base64) {
  ExpectAll(
      {
          {"base64.encode(b'')", R"("")"},
          {"base64.encode(b'f')", R"("Zg==")"},
          {"base64.encode(b'fo')", R"("Zm8=")"},
          {"base64.encode(b'foo')", R"("Zm9v")"},
          {R"(base64.encode(b'\xff\xfe'))", R"("//4=")"},
          {"base64.decode('')", R"(b"")"},
          {"base64.decode('Zg==')", R"(b"f")"},
          {"base64.decode('Zg')", R"(b"f")"},
          {"base64.decode('Zm8=')", R"(b"fo")"},
          {"base64.decode('Zm8')", R"(b"fo")"},
          {"base64.decode('Zm9v')", R"(b"foo")"},
          {R"(base64.decode('Zm\r\n9v\n'))", R"(b"foo")"},
          {R"(base64.decode('Zg=\n=\n'))", R"(b"f")"},
          {"base64.decode('aGVsbG9=')", R"(b"hello")"},  // bits left over
          {"base64.decode(base64.encode(b'Hello World!'))", R"(b"Hello World!")"},
      },
      Dialect::kStandard);
}

TEST(EncodersExtension, RefusesWhatIsNotBase64) {
  ExpectAll(
      {
          {"base64.decode('a')", "error: illegal base64 data at input byte 0"},
          {"base64.decode('aGVsbG8==')", "error: illegal base64 data at input byte 7"},
          {"base64.decode('aa=a')", "error: illegal base64 data at input byte 2"},
          {"base64.decode('=')", "error: illegal base64 data at input byte 0"},
          {"base64.decode('Zm9v=')", "error: illegal base64 data at input byte 4"},
          {"base64.decode('Zg=')", "error: illegal base64 data at input byte 2"},
          {"base64.decode('aGVsb G8=')", "error: illegal base64 data at input byte 5"},
          {"base64.decode('____')", "error: illegal base64 data at input byte 0"},
          {"base64.decode('aGVsbG8=x')", "error: illegal base64 data at input byte 7"},
      },
      Dialect::kStandard);
}

}  // namespace
}  // namespace guard::cel::test
