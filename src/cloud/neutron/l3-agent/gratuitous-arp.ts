// Tells the neighbours of an address: requests and replies, in rounds far enough apart for kernels that look away for a second.
import type { Namespace } from '../namespace.js'

const PAUSE_US = 2_000_000

export interface Rounds {
  readonly rounds: number
  /** When arping gives up. */
  readonly seconds: string
}

export async function announce(namespace: Namespace, device: string, address: string, { rounds, seconds }: Rounds): Promise<void> {
  const { because } = namespace.agent
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await namespace.agent.sleep(PAUSE_US)
    if (namespace.agent.proc.isDone) return
    for (const kind of ['-U', '-A']) {
      const { exitCode } = await namespace.exec(['arping', kind, '-I', device, '-c', '1', '-w', seconds, address], {
        mayFail: true,
        because,
      })
      // 2: the address or the device is gone by now.
      if (exitCode > 1) return
    }
  }
}
