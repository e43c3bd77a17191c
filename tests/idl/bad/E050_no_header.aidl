import parts.foreign.Thing;
interface E050_no_header { Thing get(); void put(in @nullable Thing thing, in List<Thing> more); }
