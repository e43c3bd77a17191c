parcelable inner_hides { parcelable B { parcelable A { parcelable B { int x; } B.A y; } } }
