// aidl.md: @Backing(type="long"), suffix L.
package lang;

@Backing(type="long") enum Stamp { NEVER = 0L, EPOCH = 1, FAR = 0x7fffffffffffffffL, LOWEST = -9223372036854775807 - 1 }
