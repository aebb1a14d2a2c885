/** Watches how long timers wait: the returned function stops and tells the longest time in milliseconds between two ticks of a 1 ms timer. */
export function watchGaps(): () => number {
  let longest = 0;
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  return () => {
    clearInterval(timer);
    look();
    return longest;
  };
}
