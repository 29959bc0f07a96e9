// Minimum, average, maximum, deviation and moving average of round-trip times, as ping keeps them.

export class RttStatistics {
  minUs = 0
  maxUs = 0
  /** Moving average in eighths, as TCP's srtt. */
  private ewma8 = 0
  private count = 0
  private sum = 0
  private squares = 0

  add(rttUs: number): void {
    if (this.count === 0 || rttUs < this.minUs) this.minUs = rttUs
    if (rttUs > this.maxUs) this.maxUs = rttUs
    this.ewma8 = this.count === 0 ? rttUs * 8 : this.ewma8 + rttUs - Math.floor(this.ewma8 / 8)
    this.count++
    this.sum += rttUs
    this.squares += rttUs * rttUs
  }

  get averageUs(): number {
    return this.count === 0 ? 0 : Math.floor(this.sum / this.count)
  }

  get deviationUs(): number {
    if (this.count === 0) return 0
    const mean = this.sum / this.count
    return Math.floor(Math.sqrt(Math.max(this.squares / this.count - mean * mean, 0)))
  }

  get smoothedUs(): number {
    return Math.floor(this.ewma8 / 8)
  }
}

/** As ping prints a round trip: four digits at the most. */
export function rttText(us: number): string {
  if (us >= 100_000 - 50) return String(Math.floor((us + 500) / 1000))
  if (us >= 10_000 - 5) return `${Math.floor((us + 50) / 1000)}.${Math.floor(((us + 50) % 1000) / 100)}`
  if (us >= 1000) return `${Math.floor((us + 5) / 1000)}.${String(Math.floor(((us + 5) % 1000) / 10)).padStart(2, '0')}`
  return `0.${String(Math.floor(us)).padStart(3, '0')}`
}
