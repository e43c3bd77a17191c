@Backing enum backing_missing { A }
