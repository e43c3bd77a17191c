package demo.media;

/** Is told. */
@Descriptor(value="demo.media.Listener")
oneway interface IListener {
    parcelable State { Status status = Status.BUSY; long[] times; }
    void changed(in State state);
}
