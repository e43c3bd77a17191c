parcelable HeaderEnd cpp_header "words.h"
