// aidl.md: IBinder, interfaces, ParcelFileDescriptor, FileDescriptor: alone, in arrays, in Lists, nullable, in each direction they have.
package lang;

import lang.IForward;
import lang.IListener;

interface IHandles {
    parcelable Kept {
        IBinder object;
        @nullable IBinder maybe_object;
        IBinder[] objects;
        List<IBinder> object_list;
        IListener listener;
        @nullable IListener maybe_listener;
        @nullable List<IListener> listeners;
        ParcelFileDescriptor file;
        @nullable ParcelFileDescriptor maybe_file;
        ParcelFileDescriptor[] files;
        List<ParcelFileDescriptor> file_list;
        @nullable IForward forward;
    }
    IBinder object(IBinder in_object, in IBinder also);
    @nullable IListener listener(@nullable IListener listener, in IListener[] all);
    android.os.ParcelFileDescriptor file(in ParcelFileDescriptor file, inout ParcelFileDescriptor both);
    FileDescriptor old(FileDescriptor file);
    void files(in ParcelFileDescriptor[] files, out List<IBinder> objects);
    Kept keep(in Kept kept);
    IHandles self();
}
