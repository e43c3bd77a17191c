/* Five classes of traffic between one thread of a client and the only thread of a server: calls, replies, calls back with the calls chained to them, oneway
 * calls, and a stream's items. Each has its own cells and bytes, here room for one. Verified: whatever the two do, in any order, the client's work ends.
 * -DMISTAKE=n leaves a rule out; each must be found.
 */
#ifndef MISTAKE
#define MISTAKE 0
#endif

#define REPLIES_WAIT_FOR_BYTES_OF_ITEMS 1   /* no bytes of their own, and the server's thread waits for them */
#define CALLS_BACK_WAIT_FOR_THE_CALLER 2    /* the thread that waits for a reply takes no calls meanwhile */
#define MAKER_SERVES_NOBODY 3               /* who waits for a stream's credit takes no calls meanwhile */
#define NOBODY_HELPS 4                      /* who waits for a call back takes nothing for it */
#define CREDIT_COMES_WITH_THE_NEXT_CALL 5
#define CHAINED_CALLS_GO_TO_THE_POOL 6      /* not to the thread that waits for the call back */

#define ACTIONS 6   /* that the client begins in all */
#define ITEMS 2     /* of its stream */

/* One cell of each class. */
bool call, oneway, item, call_back, chained;
bool reply, reply_back, reply_chained;
bool held = false;      /* bytes of an item that the client has not given back */
bool help = false;      /* the client's thread waits for what only the thread can do that waits for its answer */
byte made = 0, done = 0;

#define left (done < ACTIONS)

inline send_oneway() {
  do
  :: atomic { !oneway -> oneway = true; break }
#if MISTAKE != NOBODY_HELPS
  :: atomic { oneway && back && !help -> help = true }
#endif
  od
}

/* The end of the stream is an item, too; nothing comes after it. */
inline read_item() {
  if
  :: read == ITEMS
  :: else ->
#if MISTAKE != CREDIT_COMES_WITH_THE_NEXT_CALL
     held = false;  /* the one before */
#endif
     do
     :: atomic { item -> item = false; held = true; read++; break }
#if MISTAKE != NOBODY_HELPS
     :: atomic { !item && back && !help -> help = true }
#endif
     od;
     if
#if MISTAKE != CREDIT_COMES_WITH_THE_NEXT_CALL
     :: held = false
#endif
     :: skip  /* it keeps the item for a while */
     fi
  fi
}

active proctype client() {
  byte read = 0;
  bool back = false;  /* in a call back */

work:
  do
  :: atomic { left -> done++ };
     if
     :: send_oneway()
     :: read_item()
     :: held = false
     :: goto calls
     fi
  :: !back -> break
  :: back -> goto answers
  od;
  held = false;
  goto ends;

calls:
  if
  :: !back ->
     atomic { !call -> call = true; }
#if MISTAKE == CREDIT_COMES_WITH_THE_NEXT_CALL
     held = false;
#endif
waits:
     do
     :: atomic { reply -> reply = false; goto work }
#if MISTAKE != CALLS_BACK_WAIT_FOR_THE_CALLER
     :: atomic { call_back -> call_back = false; back = true; goto work }
#endif
     od
  :: back ->
     atomic { !chained -> chained = true };
     atomic { reply_chained -> reply_chained = false };
     goto work
  fi;

answers:
  back = false;
  help = false;
  reply_back = true;
  goto waits;

ends:
  skip
}

#define may_make (made < ITEMS && !item && !held)

inline make() {
  atomic { may_make -> item = true; made++ }
}

/* The handler of a call, which may call back. A oneway call's may not: nobody would take it, and it is told so. */
inline handle() {
  if
  :: skip
  :: call_back = true;
     do
     :: atomic { reply_back -> reply_back = false; break }
#if MISTAKE != CHAINED_CALLS_GO_TO_THE_POOL
     :: atomic { chained -> chained = false };
        reply_chained = true
#endif
     :: atomic { help -> help = false };
        /* take what stands there, make what may be made */
        if
        :: atomic { oneway -> oneway = false }
        :: !oneway
        fi;
        if
        :: make()
        :: !may_make
        fi
     od
  fi;
#if MISTAKE == REPLIES_WAIT_FOR_BYTES_OF_ITEMS
  (!item && !held);
#endif
  atomic { assert(!reply); reply = true }
}

active proctype server() {
#if MISTAKE == MAKER_SERVES_NOBODY
  bool begun = false;
#endif
end:
  do
#if MISTAKE == MAKER_SERVES_NOBODY
  :: atomic { !(begun && made < ITEMS) && call -> call = false }; handle()
  :: atomic { !(begun && made < ITEMS) && oneway -> oneway = false }
  :: make(); begun = true
#else
  :: atomic { call -> call = false }; handle()
  :: atomic { oneway -> oneway = false }
  :: make()
#endif
  od
}
