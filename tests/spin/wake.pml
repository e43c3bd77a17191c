/* Who sleeps, and who wakes whom: src/shm/wake.hpp between threads that call and one that serves, and the death of that one.
 *
 * Each thread's stores go through a buffer of its own and reach memory later, in their order, as on x86; a fence waits until the buffer is empty. No thread
 * here reads a word that it writes. A futex compares memory and falls asleep in one step. Verified: nobody sleeps for ever. -DMISTAKE=n leaves a step
 * out; each must be found.
 */
#ifndef MISTAKE
#define MISTAKE 0
#endif
#ifndef CALLERS
#define CALLERS 2
#endif
#ifndef CALLS
#define CALLS 1
#endif

#define NO_FENCE_AFTER_REQUEST 1
#define NO_FENCE_AFTER_ANNOUNCEMENT_OF_CALLEE 2
#define NO_FENCE_AFTER_REPLY 3
#define NO_FENCE_AFTER_ANNOUNCEMENT_OF_CALLER 4
#define NO_LAST_LOOK_OF_CALLEE 5
#define BELL_READ_AFTER_THE_LAST_LOOK 6
#define BELL_NOT_COUNTED 7
#define REPLY_WAKES_NOBODY 8
#define WATCHER_WAKES_ONCE 9
#define STATE_READ_BEFORE_SLEEPERS 10
#define REQUEST_WAKES_NOBODY 11

/* Words, by number. */
#define REQUEST(lane) (lane)
#define REPLY(lane) (CALLERS + (lane))
#define LANE_WAITING(lane) (2 * CALLERS + (lane))
#define WAITING (3 * CALLERS)
#define BELL (3 * CALLERS + 1)
#define WORDS (3 * CALLERS + 2)
#define SERVER CALLERS
#define NOTHING 255

byte memory[WORDS];
chan buffer[CALLERS + 1] = [2] of { byte, byte };
byte sleeps_on[CALLERS + 1] = NOTHING;
byte bell = 0;       /* Link::bell_ */
byte sleepers = 0;   /* Link::sleepers_ */
bool ended = false;  /* Link::state() */
bool killed = false;

#define store(thread, word, value) buffer[thread]!word, value
#define fence(thread) empty(buffer[thread])

proctype flushes(byte thread) {
  byte word, value;
end:
  do
  :: atomic { buffer[thread]?word, value -> memory[word] = value }
  od
}

inline sleep_while(thread, word, seen) {
  atomic {
    if
    :: memory[word] == seen -> sleeps_on[thread] = word
    :: else
    fi
  }
  sleeps_on[thread] == NOTHING
}

inline wake(word) {
  atomic {
    for (sleeper : 0 .. CALLERS) {
      if
      :: sleeps_on[sleeper] == word -> sleeps_on[sleeper] = NOTHING
      :: else
      fi
    }
    sleeper = 0
  }
}

proctype caller(byte lane) {
  byte call, seen, sleeper;
  bool alive;
  for (call : 1 .. CALLS) {
    /* send_request(), wake_peer() */
    store(lane, REQUEST(lane), call);
#if MISTAKE != NO_FENCE_AFTER_REQUEST
    fence(lane);
#endif
#if MISTAKE != REQUEST_WAKES_NOBODY
    if
    :: memory[WAITING] == 1 ->
#if MISTAKE != BELL_NOT_COUNTED
       atomic { bell++; seen = bell }
       store(lane, BELL, seen);
#endif
       fence(lane);  /* a system call reads what its thread wrote */
       wake(BELL)
    :: else
    fi;
#endif
    /* await_reply() */
    do
    :: memory[REPLY(lane)] == call -> break
    :: else ->
       if
       :: ended && memory[REPLY(lane)] != call -> goto done
       :: else
       fi;
       /* sleep_for_reply() */
#if MISTAKE == STATE_READ_BEFORE_SLEEPERS
       alive = !ended;
#endif
       atomic { fence(lane) -> sleepers++ }
       store(lane, LANE_WAITING(lane), 1);
#if MISTAKE != NO_FENCE_AFTER_ANNOUNCEMENT_OF_CALLER
       fence(lane);
#endif
       seen = memory[REPLY(lane)];
#if MISTAKE != STATE_READ_BEFORE_SLEEPERS
       alive = !ended;
#endif
       if
       :: seen != call && alive -> sleep_while(lane, REPLY(lane), seen)
       :: else
       fi;
       store(lane, LANE_WAITING(lane), 0);
       atomic { fence(lane) -> sleepers-- }
    od
  }
done:
  skip
}

byte served[CALLERS];

inline look(found) {
  found = NOTHING;
  lane = 0;
  do
  :: lane < CALLERS && memory[REQUEST(lane)] != served[lane] -> found = lane; break
  :: lane < CALLERS && memory[REQUEST(lane)] == served[lane] -> lane++
  :: lane == CALLERS -> break
  od
}

proctype server() {
  byte lane, found, seen, sleeper;
  {
    do
    :: look(found);
       if
       :: found != NOTHING ->
          served[found] = served[found] + 1;
          /* send_reply(), wake_caller() */
          store(SERVER, REPLY(found), served[found]);
#if MISTAKE != NO_FENCE_AFTER_REPLY
          fence(SERVER);
#endif
#if MISTAKE != REPLY_WAKES_NOBODY
          if
          :: memory[LANE_WAITING(found)] == 1 -> wake(REPLY(found))
          :: else
          fi
#endif
       :: else ->
          seen = memory[BELL];
          store(SERVER, WAITING, 1);
#if MISTAKE != NO_FENCE_AFTER_ANNOUNCEMENT_OF_CALLEE
          fence(SERVER);
#endif
#if MISTAKE != NO_LAST_LOOK_OF_CALLEE
          look(found);
#endif
#if MISTAKE == BELL_READ_AFTER_THE_LAST_LOOK
          seen = memory[BELL];
#endif
          if
          :: found == NOTHING ->
             atomic {
               if
               :: memory[BELL] == seen -> sleeps_on[SERVER] = BELL
               :: else
               fi
             }
end:         sleeps_on[SERVER] == NOTHING
          :: else
          fi;
          store(SERVER, WAITING, 0)
       fi
    od
  } unless { killed }
}

/* May come at any step, or never. */
proctype killer() {
end:
  killed = true
}

/* Link::end() and on_tick() of the callers' side. */
proctype watcher() {
  byte lane, sleeper;
end:
  killed;
  ended = true;
  do
  :: for (lane : 0 .. CALLERS - 1) { wake(REPLY(lane)) }
#if MISTAKE == WATCHER_WAKES_ONCE
     break
#else
     if
     :: sleepers == 0 -> break
     :: else
     fi
#endif
  od
}

init {
  byte thread;
  atomic {
    for (thread : 0 .. CALLERS) { run flushes(thread) }
    for (thread : 0 .. CALLERS - 1) { run caller(thread) }
    run server();
    run watcher();
#ifdef DEATH
    run killer()
#endif
  }
}
