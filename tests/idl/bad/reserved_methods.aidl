interface reserved_methods { int getInterfaceVersion(); String getInterfaceHash(); IBinder asBinder(); String getTransactionName(int code); }
