@SuppressWarnings(value={"interface-name"})
interface W012_file_descriptor { void send(in String path); }
