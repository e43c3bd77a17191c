// Where AIDL's annotations may stand, what they take, and what they ask of what they stand before.
#include <algorithm>
#include <sstream>

#include "compiler/compiler_support.hpp"

using namespace shmidl;

namespace {

/// The errors of one AIDL declaration called `T`.
std::string told(const std::string& text) {
  std::istringstream messages(test::check_text(text + "\n", "T.aidl").messages);
  std::string errors;
  for (std::string line; std::getline(messages, line);)
    if (line.starts_with("E")) errors += line + "\n";
  return errors;
}

void accepts(const std::string& text) {
  INFO(text);
  CHECK(told(text).empty());
}

void refuses(const std::string& text, const std::string& code) {
  INFO(text);
  CHECK_THAT(told(text), test::has_text(code));
}

}  // namespace

TEST_CASE("each of AIDL's annotations stands where it belongs") {
  for (const char* const text : {
           "@VintfStability interface T {}",
           "@VintfStability @JavaDerive(toString=true, equals=false) @RustDerive(Clone=true, Hash=false) parcelable T {}",
           "@VintfStability @FixedSize union T { int a; }",
           "@Backing(type=\"long\") @JavaDerive enum T { A }",
           "@JavaOnlyStableParcelable @NdkOnlyStableParcelable @RustOnlyStableParcelable @JavaOnlyImmutable parcelable T;",
           "@Descriptor(\"a.b.T\") @SensitiveData @JavaDefault @JavaDelegator @RequiresNoPermission interface T {}",
           "@SuppressWarnings({\"a\"}) interface T { @SuppressWarnings(value={}) const int A = 1; @SuppressWarnings({\"a\", \"b\"}) void f(); }",
           "@UnsupportedAppUsage(maxTargetSdk=30, trackingBug=170729553, implicitMember=\"a\") interface T { @UnsupportedAppUsage void f(); }",
           "@JavaPassthrough(annotation=\"@a\") @JavaPassthrough(annotation=\"@b\") interface T { void f(@JavaPassthrough(annotation=\"@c\") int x); }",
           "interface T { @PropagateAllowBlocking @nullable @utf8InCpp String f(in @nullable @utf8InCpp String[] x); }",
           "interface T { const @utf8InCpp String A = \"\"; @utf8InCpp const String B = \"\"; }",
           "interface T { @EnforcePermission(\"A\") void a(); @EnforcePermission(anyOf={\"A\"}) oneway @PermissionManuallyEnforced void b(); }",
       })
    accepts(text);
}

TEST_CASE("an annotation elsewhere, twice or with other parameters is told") {
  refuses("@FixedSize enum T { A }", "E028");
  refuses("@Backing(type=\"int\") parcelable T {}", "E028");
  refuses("@VintfStability @VintfStability interface T {}", "E028");
  refuses("interface T { void f(@SuppressWarnings({\"a\"}) int x); }", "E028");
  refuses("interface T { @VintfStability void f(); }", "E028");
  refuses("enum T { @JavaPassthrough(annotation=\"@a\") A }", "E028");
  refuses("interface T { void f(in List<@nullable String> x); }", "E028");
  refuses("@Strange interface T {}", "E026");
  refuses("@Backing enum T { A }", "E027");
  refuses("@Backing(type=\"short\") enum T { A }", "E027");
  refuses("@SuppressWarnings(\"a\") interface T {}", "E027");
  refuses("@Descriptor(value=A) interface T { const String A = \"\"; }", "E027");
  refuses("@JavaDerive(toString=\"yes\") parcelable T {}", "E027");
  refuses("interface T { @EnforcePermission() void f(); }", "E027");
}

TEST_CASE("@nullable belongs to what can be absent") {
  for (const char* const type : {"String", "int[]", "E[]", "IBinder", "T", "P", "List<String>", "ParcelFileDescriptor", "U"})
    accepts("interface T { enum E { A } parcelable P {} union U { int a; } void f(in @nullable " + std::string{type} + " x); }");
  for (const char* const type : {"int", "E", "boolean"})
    refuses("interface T { enum E { A } void f(@nullable " + std::string{type} + " x); }", "E041");
  refuses("interface T { @nullable void f(); }", "E041");
  refuses("parcelable T { @nullable ParcelableHolder x; }", "E041");
  accepts("parcelable T { @nullable(heap=true) T x; @nullable(heap=true) U u; union U { int a; } }");
  for (const char* const type : {"String", "T[]", "IBinder", "int"}) refuses("parcelable T { @nullable(heap=true) " + std::string{type} + " x; }", "E041");
}

TEST_CASE("@utf8InCpp belongs to strings, their arrays and their lists") {
  for (const char* const type : {"String", "String[]", "String[2]", "List<String>"}) accepts("parcelable T { @utf8InCpp " + std::string{type} + " x; }");
  for (const char* const type : {"int", "byte[]", "List<IBinder>", "IBinder"}) refuses("parcelable T { @utf8InCpp " + std::string{type} + " x; }", "E028");
}

TEST_CASE("@FixedSize, @JavaOnlyImmutable and @RustDerive are promises about every field") {
  accepts("@FixedSize parcelable T { int a; E e; long[2][3] m; I i; I[2] ii; enum E { A } @FixedSize parcelable I { char c; } }");
  const std::string varying = told("@FixedSize parcelable T { String a; int[] b; I c; List<String> d; parcelable I {} }");
  CHECK(std::count(varying.begin(), varying.end(), '\n') == 4);
  accepts("@JavaOnlyImmutable parcelable T { int a; String b; I i; List<String> l; @JavaOnlyImmutable parcelable I { int a; } }");
  refuses("@JavaOnlyImmutable parcelable T { I i; parcelable I { int a; } }", "E045");
  refuses("@JavaOnlyImmutable parcelable T { int name; int Name; }", "E011");
  refuses("union T { int name; int Name; }", "E011");
  accepts("parcelable T { int name; int Name; }");
  refuses("@RustDerive(Clone=true) parcelable T { I[] i; parcelable I {} }", "E027");
  accepts("@RustDerive(Clone=true, Copy=false) parcelable T { I i; List<J> j; @RustDerive(Clone=true) parcelable I {} parcelable J {} }");
}

TEST_CASE("an interface and its methods do not both say which permission is needed") {
  refuses("@RequiresNoPermission interface T { @PermissionManuallyEnforced void f(); }", "E062");
  accepts("@RequiresNoPermission interface T { void f(); }");
  accepts("interface T { @RequiresNoPermission @PermissionManuallyEnforced void f(); }");
}

TEST_CASE("words of Java, C++ and AIDL name no type, no package and no parameter") {
  refuses("parcelable T { union class { int a; } }", "E034");
  refuses("parcelable T { parcelable String {} }", "E034");
  refuses("interface T { void f(int final); }", "E034");
  refuses("interface T { void f(int _aidl_x); }", "E034");
  accepts("parcelable T { int class; int final_; boolean b = 1; parcelable blob {} blob x; }");
}

TEST_CASE("types, fields, constants and methods of AIDL have names of their own") {
  accepts("parcelable T { const int foo = 1; int foo; enum bar { A } int bar; }");
  accepts("interface T { const int foo = 1; void foo(); enum bar { A } bar bar(); }");
  refuses("parcelable T { int foo; String foo; }", "E011");
  refuses("interface T { void foo(); void foo(int x); }", "E011");
  refuses("interface T { const int A = 1; const String A = \"\"; }", "E011");
}
