// busybox's nc: the small one on CirrOS.

import { formatIpv4 } from '../../addr/ipv4.js'
import type { GetoptGrammar } from '../../grammar/getopt.js'
import { getoptMessage, parseOptions } from '../../grammar/getopt.js'
import { errnoText } from '../../kernel/errno.js'
import { acceptTcp, connectTcp, openTcp } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { resolveHost } from '../../node/resolver.js'
import { busyboxUsage } from './busybox-usage.js'
import { relayTcp } from './nc-relay.js'

const grammar: GetoptGrammar = {
  options: [
    { name: 'listen', short: 'l' },
    { name: 'port', short: 'p', value: 'required' },
    { name: 'wait', short: 'w', value: 'required' },
    { name: 'interval', short: 'i', value: 'required' },
    { name: 'file', short: 'f', value: 'required', notEmulated: 'no devices to talk to' },
    { name: 'program', short: 'e', value: 'required', notEmulated: 'use a pipe' },
  ],
}

/** What of the relay's rules holds: the end of input closes this side, and no idle time ends the other. */
const relayOptions = parseOptions({ options: [{ name: 'shutdown', short: 'N' }] }, ['-N'])

export async function runBusyboxNc(proc: Process): Promise<number> {
  const parsed = parseOptions(grammar, proc.argv.slice(1))
  const [host, portText] = parsed.operands
  if (parsed.problem !== null || (!parsed.has('listen') && (host === undefined || portText === undefined))) {
    if (parsed.problem !== null) proc.error(getoptMessage('nc', parsed.problem))
    if (parsed.problem?.kind === 'not-emulated') return 126
    proc.error(busyboxUsage(proc, 'nc', '[-iN] [-wN] [-l] [-p PORT] [-f FILE|IPADDR PORT] [-e PROG]'))
    return 1
  }
  if (parsed.has('listen')) return listen(proc, Number(parsed.value('port') ?? 0))
  const resolved = await resolveHost(proc, host!)
  if (typeof resolved === 'string') {
    proc.error(`nc: bad address '${host}'`)
    return 1
  }
  const socket = openTcp(proc)
  if (parsed.value('port') !== null) socket.bind(0, parsed.number('port', 0))
  const patience = parsed.value('wait') === null ? undefined : parsed.number('wait', 0) * 1_000_000
  const errno = await connectTcp(proc, socket, { address: resolved.address, port: Number(portText) }, patience)
  if (errno !== null) {
    proc.error(
      errno === 'timeout' ? 'nc: timed out' : `nc: can't connect to remote host (${formatIpv4(resolved.address)}): ${errnoText(errno)}`,
    )
    return 1
  }
  await relayTcp(proc, socket, relayOptions)
  socket.close()
  return 0
}

async function listen(proc: Process, port: number): Promise<number> {
  const listener = openTcp(proc)
  listener.reuseAddress = true
  const errno = listener.bind(0, port) ?? listener.listen(1)
  if (errno !== null) {
    proc.error(`nc: bind: ${errnoText(errno)}`)
    return 1
  }
  const socket = await acceptTcp(proc, listener)
  if (socket === null) return 1
  listener.close()
  await relayTcp(proc, socket, relayOptions)
  socket.close()
  return 0
}
