// aidl.md: ParcelableHolder, as a field.
package lang;

parcelable Envelope {
    String address;
    ParcelableHolder content;
    ParcelableHolder signature;
}
