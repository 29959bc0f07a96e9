// Counts the promises that the lab's own events resolve, so that the run loop knows when microtasks are worth flushing.

/** `count` only grows. Packet hops that wake nobody leave it alone, and the run loop then steps the scheduler without a pause. */
export const wakes = { count: 0 }
