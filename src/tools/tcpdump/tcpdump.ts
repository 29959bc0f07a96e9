// tcpdump: captures on devices of the process's namespace, reads and writes capture files, prints packets.
import { maskOf } from '../../addr/ipv4.js'
import { optionCandidates } from '../../grammar/getopt.js'
import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { atLeast } from '../../node/image.js'
import type { Process } from '../../node/process.js'
import { LINKTYPE_EN10MB } from '../../wire/pcap.js'
import { Capture } from './capture.js'
import { compileFilter, type PacketFilter } from './filter/filter.js'
import { captureDevices, deviceLines, findDevice } from './interfaces.js'
import { linkTypeText } from './link-types.js'
import { FilterNameBook } from './names.js'
import { readSettings, type Settings, tcpdumpGrammar, USAGE, usageText, versionNumber, versionText } from './options.js'
import { canPrint } from './packet-printer.js'
import { openSavefile, type SavefileReader } from './savefile.js'
import { Session } from './session.js'

const END_SIGNALS = ['INT', 'TERM', 'HUP'] as const
/** Exit code for output that could not be written. */
const WRITE_FAILED = 14

export const tcpdump: Command = {
  name: 'tcpdump',
  path: '/usr/sbin/tcpdump',
  usage: USAGE,
  run: runTcpdump,
  complete: (context) => {
    const { options, expects } = optionCandidates(tcpdumpGrammar, context.words.slice(1, context.index), context.current)
    if (expects !== 'device') return [...options]
    const names = captureDevices(context.proc.netns).map((dev) => dev?.name ?? 'any')
    return names.filter((name) => name.startsWith(context.current))
  },
}

async function runTcpdump(proc: Process): Promise<number> {
  const settings = readSettings(proc)
  if ('exitCode' in settings) {
    proc.error(settings.text)
    return settings.exitCode
  }
  const { given } = settings
  if (given.has('help') || given.has('version')) {
    proc.out(versionText(proc))
    if (given.has('help')) proc.line(usageText(proc))
    return 0
  }
  if (given.has('list')) {
    proc.out(deviceLines(proc.netns, versionNumber(proc.machine.image.tool('tcpdump')) >= 4.99))
    return 0
  }
  const file = given.value('read')
  return file === null ? captureLive(proc, settings) : printFile(proc, settings, file)
}

function fail(proc: Process, text: string): number {
  proc.error(`tcpdump: ${text}`)
  return 1
}

/** The words behind the options, or the file of -F; null after a complaint. */
function expressionOf(proc: Process, settings: Settings): string | null {
  const path = settings.given.value('filter-file')
  if (path === null) return settings.given.operands.join(' ')
  try {
    return proc.files.read(path).replace(/#.*/g, '')
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    fail(proc, `can't open ${path}: ${error.message}`)
    return null
  }
}

/** Null after a complaint. */
async function prepareFilter(
  proc: Process,
  settings: Settings,
  source: { readonly linkType: number; readonly live: boolean; readonly netmask: number },
): Promise<PacketFilter | null> {
  const expression = expressionOf(proc, settings)
  if (expression === null) return null
  const names = new FilterNameBook(proc)
  const context = { linkType: source.linkType, live: source.live, netmask: source.netmask, names }
  let filter = compileFilter(expression, context)
  while (!names.isComplete) {
    await names.lookUp()
    filter = compileFilter(expression, context)
  }
  if (typeof filter !== 'string') return filter
  // Before libpcap 1.9 the parser's own complaint stood alone.
  const isOld = !atLeast(proc.machine.image.tool('libpcap'), '1.9')
  fail(proc, isOld ? filter.replace("can't parse filter expression: ", '') : filter)
  return null
}

async function printFile(proc: Process, settings: Settings, path: string): Promise<number> {
  const reader = await openSavefile(proc, path)
  if (typeof reader === 'string') return fail(proc, reader)
  const head = reader.header
  const snap = settings.version >= 4.99 ? `, snapshot length ${head.snapLength}` : ''
  proc.error(`reading from file ${path}, link-type ${linkTypeText(head.linkType, settings.version)}${snap}`)
  if (!canPrint(head.linkType) && !settings.given.has('write')) {
    return fail(
      proc,
      `packet printing is not supported for link type ${linkTypeText(head.linkType, settings.version).split(' ')[0]}: use -w`,
    )
  }
  const filter = await prepareFilter(proc, settings, { linkType: head.linkType, live: false, netmask: 0 })
  if (filter === null) return 1
  const session = startSession(proc, settings, head)
  if (session === null) return 1
  // A signal ends even a wait for standard input, but what was read is shown.
  for (const signal of END_SIGNALS) {
    proc.trap(signal, () => {
      session.finish()
      proc.end(0, null)
    })
  }
  const error = await readPackets(reader, filter, session)
  session.finish()
  if (session.isBroken) return brokenPipe(proc)
  if (settings.given.has('count-only')) proc.line(`${session.count} packet${session.count === 1 ? '' : 's'}`)
  return error === null ? 0 : fail(proc, `pcap_loop: ${error}`)
}

async function readPackets(reader: SavefileReader, filter: PacketFilter, session: Session): Promise<string | null> {
  while (!session.isOver) {
    const packet = await reader.next()
    if (packet === null) return reader.error
    const { bytes, originalLength } = packet
    if (filter({ bytes, length: originalLength, tag: null, outgoing: false, ifindex: 0 })) await session.take(packet)
  }
  return null
}

function startSession(proc: Process, settings: Settings, head: { linkType: number; snapLength: number }): Session | null {
  try {
    return new Session(proc, settings, head)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    fail(proc, `${settings.given.value('write')}: ${error.message}`)
    return null
  }
}

async function captureLive(proc: Process, settings: Settings): Promise<number> {
  const isModern = atLeast(proc.machine.image.tool('libpcap'), '1.10')
  const name = settings.given.value('interface') ?? captureDevices(proc.netns)[0]?.name ?? 'any'
  const device = findDevice(proc.netns, name, !isModern)
  if (!proc.isRoot) {
    const reason = isModern ? 'Attempt to create packet socket failed - CAP_NET_RAW may be required' : 'socket: Operation not permitted'
    return fail(proc, `${name}: You don't have permission to perform this capture on that device\n(${reason})`)
  }
  if (typeof device === 'string') return fail(proc, device)
  const deviceName = device?.name ?? 'any'
  if (settings.given.has('link-types')) return listLinkTypes(proc, settings, deviceName)
  const wanted = settings.given.value('link-type')
  if (wanted !== null && wanted.toUpperCase() !== 'EN10MB') return fail(proc, `${wanted} is not one of the DLTs supported by this device`)
  const promiscuous = !settings.given.has('no-promiscuous')
  const { snapLength, direction } = settings
  const capture = new Capture(proc.netns, { device, snapLength, direction, promiscuous, isModern, clockUs: () => proc.clock })
  proc.atExit(() => capture.close())
  const first = device?.addresses[0]
  const netmask = first === undefined ? 0 : maskOf(first.length)
  if (device === null && settings.version >= 4.99)
    proc.error(`tcpdump: data link type ${linkTypeText(capture.linkType, settings.version).split(' ')[0]}`)
  const filter = await prepareFilter(proc, settings, { linkType: capture.linkType, live: true, netmask })
  if (filter === null) return 1
  capture.filter = filter
  const session = startSession(proc, settings, { linkType: capture.linkType, snapLength })
  if (session === null) return 1
  announce(proc, settings, deviceName, capture.linkType)
  return follow(proc, settings, capture, session)
}

function listLinkTypes(proc: Process, settings: Settings, name: string): number {
  if (name === 'any') return fail(proc, 'any: link types of the pseudo-device are not listed by netlab')
  const ethernet = `Data link types for ${name} (use option -y to set):\n  ${linkTypeText(LINKTYPE_EN10MB, settings.version)}`
  // Standard output since 4.99.4 only.
  proc.error(settings.version >= 4.05 ? `${ethernet}\n  DOCSIS (DOCSIS) (printing not supported)` : ethernet)
  return 0
}

function announce(proc: Process, settings: Settings, name: string, linkType: number): void {
  const { version, verbose, snapLength } = settings
  if (verbose === 0 && !settings.given.has('write')) {
    const more = version >= 4.99 ? '-v[v]...' : '-v or -vv'
    proc.error(`tcpdump: verbose output suppressed, use ${more} for full protocol decode`)
  } else proc.stderr.write('tcpdump: ')
  const words = version >= 4.99 ? 'snapshot length' : 'capture size'
  proc.error(`listening on ${name}, link-type ${linkTypeText(linkType, version)}, ${words} ${snapLength} bytes`)
}

/** Takes packets until the limit, a signal or a failure; then the three lines of counts. */
async function follow(proc: Process, settings: Settings, capture: Capture, session: Session): Promise<number> {
  let interrupted = false
  for (const signal of END_SIGNALS) {
    if (proc.trapFor(signal) === 'ignore') continue
    proc.trap(signal, () => {
      interrupted = true
      capture.stir()
    })
  }
  proc.trap('USR1', () => proc.error(`tcpdump: ${counts(session.count, capture.received).join(', ')}`))
  while (!interrupted && !session.isOver && capture.failure === null) {
    const packet = capture.take()
    if (packet !== null) await session.take(packet)
    else await proc.wait<void>((resolve) => capture.onStir(() => resolve()))
  }
  capture.close()
  if (session.isBroken && settings.version >= 4.99) return brokenPipe(proc)
  // An interrupted line is ended, whether or not there was one.
  if (interrupted && !settings.given.has('write')) session.text.write('\n')
  session.finish()
  if (capture.failure !== null) proc.error(`tcpdump: ${capture.failure}`)
  for (const line of counts(session.count, capture.received)) proc.error(line)
  return capture.failure === null ? 0 : 1
}

function brokenPipe(proc: Process): number {
  proc.error('tcpdump: Unable to write output: Broken pipe')
  return WRITE_FAILED
}

function counts(captured: number, received: number): string[] {
  const packets = (count: number): string => `${count} packet${count === 1 ? '' : 's'}`
  return [`${packets(captured)} captured`, `${packets(received)} received by filter`, '0 packets dropped by kernel']
}
