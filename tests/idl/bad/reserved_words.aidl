package demo.default.List;
parcelable reserved_words { union class { int a; } enum float { A } }
