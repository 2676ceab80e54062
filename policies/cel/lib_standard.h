// The parts of the standard library; RegisterStandard adds them all.
#pragma once

namespace guard::cel {

class Environment;

void RegisterOperators(Environment& env);    // && || ! ?: == < in + - * / % []
void RegisterConversions(Environment& env);  // int() uint() double() string() bytes() bool() dyn() type()
void RegisterText(Environment& env);         // size contains startsWith endsWith matches

}  // namespace guard::cel
