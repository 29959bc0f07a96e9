// What the network code of the kernel logs at most: ten lines in five seconds, and then how many there would have been (net_ratelimit).
import { Copied } from '../sim/copied.js'
import type { Kernel } from './kernel.js'

const INTERVAL_US = 5_000_000
const BURST = 10

export class NetRateLimit extends Copied {
  private beganUs = Number.NEGATIVE_INFINITY
  private printed = 0
  private missed = 0

  log(kernel: Kernel, level: number, text: string): void {
    const now = kernel.sim.nowUs
    if (now > this.beganUs + INTERVAL_US) {
      if (this.missed > 0) kernel.log(level, `net_ratelimit: ${this.missed} callbacks suppressed`)
      this.beganUs = now
      this.printed = this.missed = 0
    }
    if (this.printed >= BURST) {
      this.missed++
      return
    }
    this.printed++
    kernel.log(level, text)
  }
}
