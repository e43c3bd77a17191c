interface BackingWords {
    @Backing(type=int) enum A { X }
    @Backing("int") enum B { X }
    @Backing enum C { X }
    @Backing(type="uint8") enum D { X }
}
