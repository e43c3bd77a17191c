interface JavaThrows { void a() throws RemoteException; void b() throws Exception, IOException; }
