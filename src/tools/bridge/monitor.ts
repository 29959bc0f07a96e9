// `bridge monitor`: ports and forwarding entries as they come and go.
import { formatMac } from '../../addr/mac.js'
import { isPrefix, type Words } from '../../grammar/keyword.js'
import { BridgeDevice } from '../../kernel/dev/bridge.js'
import type { KernelEvent } from '../../kernel/events.js'
import { type IpRun, RunFailed } from '../ip/run.js'
import { fdbText, readEntry } from './fdb-rows.js'

function fdbEventText(event: Extract<KernelEvent, { kind: 'fdb' }>, run: IpRun): string {
  const bridge = event.bridge
  const entry = bridge instanceof BridgeDevice ? bridge.fdb.find(event.mac) : null
  if (event.change === 'new' && entry !== null && bridge instanceof BridgeDevice) return fdbText(readEntry(bridge, entry, run, false), run)
  return `${event.change === 'del' ? 'Deleted ' : ''}${formatMac(event.mac)} dev ${event.port.name} master ${bridge.name} \n`
}

export async function monitor(run: IpRun, words: Words): Promise<number> {
  let wanted: 'all' | 'fdb' | 'link' = 'all'
  if (!words.isDone) {
    if (words.current === 'all') wanted = 'all'
    else if (isPrefix(words.current, 'fdb')) wanted = 'fdb'
    else if (isPrefix(words.current, 'link')) wanted = 'link'
    else throw new RunFailed(255, `Argument "${words.current}" is unknown, try "bridge monitor help".`)
  }
  const { proc } = run.host
  if (proc === null) return 0
  await proc.wait<never>(() =>
    run.netns.kernel.events.subscribe((event) => {
      if (event.netns !== run.netns || event.kind !== 'fdb' || wanted === 'link') return
      run.out(fdbEventText(event, run))
    }),
  )
  return 0
}
