interface ClosedTwice { void a(); }
}
