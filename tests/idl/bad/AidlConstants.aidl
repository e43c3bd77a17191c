// Each fault that AIDL's evaluator knows.
interface AidlConstants {
  enum Kind { ONE, TWO }
  const byte TOO_LARGE = 255;
  const int UNSIGNED = 4294967295;
  const int OVERFLOW = 2147483647 + 1;
  const long OVERFLOW_LONG = 2147483647 * 2;
  const int LOST_BIT = 3 << 31;
  const int TOO_FAR = 1 << 32;
  const int NEGATIVE = -1 >> 1;
  const char NO_CHAR = 65;
  const int NO_INT = 'a';
  const float DOUBLE = 1.5;
  const double WHOLE = 1;
  const long LOWEST = -9223372036854775808;
  const byte NINE_BITS = 256u8;
  const int SEPARATOR = 1__0;
  const int ZERO = 1 / 0;
  const int NOT = ~true;
  const int LETTER = 'a' + 1;
  const String MINUS = "a" - "b";
  const String MIXED = "a" + 1;
  const float SUM = 1.0f + 2.0f;
  const int LIST = {1};
  const int[] ALONE = 1;
  const int[] NAMES = {1, "two"};
  const int A = B;
  const int B = C + 1;
  const int C = A;
  const Kind KIND = Kind.ONE;
  const String ESCAPE = "a\n";
}
