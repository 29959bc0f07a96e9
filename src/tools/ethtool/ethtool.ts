// `ethtool`: what a driver says about a device.

import { formatMac } from '../../addr/mac.js'
import { ownOf } from '../../grammar/own-of.js'
import { PhysicalDevice } from '../../kernel/dev/physical.js'
import { VethDevice } from '../../kernel/dev/veth.js'
import { errnoText } from '../../kernel/errno.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { NetNamespace } from '../../kernel/netns.js'
import type { Command, CompletionContext } from '../../node/command.js'
import { atLeast } from '../../node/image.js'
import type { Process } from '../../node/process.js'
import { OvsInternalDevice } from '../../ovs/internal-device.js'
import { featuresNamed, featuresText, setFeatures } from './features.js'
import { changeSettings, showChannels, showStamps } from './link-requests.js'

export interface EthtoolHost {
  out(text: string): void
  error(line: string): void
  readonly netns: NetNamespace
  readonly isRoot: boolean
  readonly version: string
  readonly kernelVersion: string
}

export const ETHTOOL_USAGE = `Usage:
        ethtool DEVNAME                       Display standard information about device
        ethtool -i|--driver DEVNAME           Show driver information
        ethtool -k|--show-features DEVNAME    Get state of protocol offload and other features
        ethtool -K|--features DEVNAME FEATURE on|off ...    Set protocol offload and other features
        ethtool -S|--statistics DEVNAME       Show adapter statistics
        ethtool -P|--show-permaddr DEVNAME    Show permanent hardware address
        ethtool -a|-c|-g|-l|-T ... DEVNAME    Other requests: what the driver answers
        ethtool -h|--help                     Show this help
        ethtool --version                     Show version number`

/** Every long option that the real one has, served here or not. */
const LONG_OPTIONS = new Set(
  [
    'all all-groups cable-test cable-test-tdr change change-eeprom coalesce config-nfc config-ntuple debug driver',
    'dump-module-eeprom eeprom-dump features flash get-dump get-phy-tunable get-tunable groups help identify',
    'include-statistics json module-info monitor negotiate offload pause per-queue phy-statistics register-dump reset rxfh',
    'set-channels set-dump set-eee set-fec set-module set-phy-tunable set-priv-flags set-ring set-rxfh-indir set-tunable',
    'show-channels show-coalesce show-eee show-features show-fec show-module show-nfc show-ntuple show-offload show-pause',
    'show-permaddr show-priv-flags show-ring show-rxfh show-rxfh-indir show-time-stamping show-tunnels statistics test',
    'version',
  ]
    .join(' ')
    .split(' '),
)

function isUnknownLong(word: string): boolean {
  return word.startsWith('--') && !LONG_OPTIONS.has(word.slice(2))
}

interface DriverRow {
  readonly driver: string
  readonly version: string
  readonly firmware: string
  readonly bus: string
  readonly hasStatistics: boolean
}

/** What drivers of cards call their version. */
const CARD_VERSIONS: Readonly<Record<string, string>> = {
  e1000: '7.3.21-k8-NAPI',
  pcnet32: '1.35',
  virtio_net: '1.0.0',
  ixgbe: '5.1.0-k',
  bnx2: '2.2.6',
}

/** Null: the driver has no answer (loopback). */
export function readDriver(dev: NetDevice): DriverRow | null {
  switch (dev.kind) {
    case 'loopback':
      return null
    case 'veth':
      return { driver: 'veth', version: '1.0', firmware: '', bus: '', hasStatistics: true }
    case 'bridge':
      return { driver: 'bridge', version: '2.3', firmware: 'N/A', bus: 'N/A', hasStatistics: false }
    case 'tap':
    case 'ovs-internal': {
      const isTap = !(dev instanceof OvsInternalDevice) || dev.isTap
      return {
        driver: isTap ? 'tun' : 'openvswitch',
        version: isTap ? '1.6' : '',
        firmware: '',
        bus: isTap ? 'tap' : '',
        hasStatistics: false,
      }
    }
    case 'vlan':
      return { driver: '802.1Q VLAN Support', version: '1.8', firmware: 'N/A', bus: '', hasStatistics: false }
    case 'dummy':
      return { driver: 'dummy', version: '1.0', firmware: '', bus: '', hasStatistics: false }
    case 'physical': {
      const driver = dev instanceof PhysicalDevice ? dev.driver : 'virtio_net'
      return {
        driver,
        version: ownOf(CARD_VERSIONS, driver) ?? '1.0.0',
        firmware: '',
        bus: `0000:00:0${Math.min(dev.ifindex + 1, 9)}.0`,
        hasStatistics: true,
      }
    }
    case 'tunnel':
      return { driver: 'vxlan', version: '0.1', firmware: '', bus: '', hasStatistics: false }
  }
}

function driverText(row: DriverRow): string {
  const yes = (on: boolean): string => (on ? 'yes' : 'no')
  return `driver: ${row.driver}
version: ${row.version}
firmware-version: ${row.firmware}
expansion-rom-version: 
bus-info: ${row.bus}
supports-statistics: ${yes(row.hasStatistics)}
supports-test: no
supports-eeprom-access: no
supports-register-dump: no
supports-priv-flags: no
`
}

const XDP_COUNTERS = [
  'rx_queue_0_xdp_packets',
  'rx_queue_0_xdp_bytes',
  'rx_queue_0_drops',
  'rx_queue_0_xdp_redirect',
  'rx_queue_0_xdp_drops',
  'rx_queue_0_xdp_tx',
  'rx_queue_0_xdp_tx_errors',
  'tx_queue_0_xdp_xmit',
  'tx_queue_0_xdp_xmit_errors',
]

/** Name and value of the driver's own counters. */
export function readStatistics(dev: NetDevice, kernelVersion: string): [string, number][] {
  if (dev instanceof VethDevice) {
    const xdp = atLeast(kernelVersion, '5.6') ? XDP_COUNTERS.map((name): [string, number] => [name, 0]) : []
    return [['peer_ifindex', dev.peer?.ifindex ?? 0], ...xdp]
  }
  if (dev.kind !== 'physical') return []
  const { stats } = dev
  return [
    ['rx_queue_0_packets', stats.rxPackets],
    ['rx_queue_0_bytes', stats.rxBytes],
    ['rx_queue_0_drops', stats.rxDropped],
    ['tx_queue_0_packets', stats.txPackets],
    ['tx_queue_0_bytes', stats.txBytes],
  ]
}

function settingsLines(dev: NetDevice, isNew: boolean): string[] {
  const speed = dev instanceof PhysicalDevice ? dev.speedMbps : 10000
  const fec = isNew ? ['Supported FEC modes: Not reported'] : []
  const advertisedFec = isNew ? ['Advertised FEC modes: Not reported'] : []
  const isBridge = dev.kind === 'bridge'
  const link = [`Speed: ${speed}Mb/s`, isBridge ? 'Duplex: Unknown! (255)' : 'Duplex: Full']
  const auto = 'Auto-negotiation: off'
  const port = [isBridge ? 'Port: Other' : 'Port: Twisted Pair', 'PHYAD: 0', 'Transceiver: internal']
  return [
    isNew ? 'Supported ports: [  ]' : 'Supported ports: [ ]',
    'Supported link modes:   Not reported',
    'Supported pause frame use: No',
    'Supports auto-negotiation: No',
    ...fec,
    'Advertised link modes:  Not reported',
    'Advertised pause frame use: No',
    'Advertised auto-negotiation: No',
    ...advertisedFec,
    ...link,
    ...(isNew ? [auto, ...port] : [...port, auto]),
    ...(isBridge ? [] : ['MDI-X: Unknown']),
  ]
}

export function settingsText(dev: NetDevice, version: string): string {
  const lines = dev.kind === 'loopback' ? [] : settingsLines(dev, atLeast(version, '5.7'))
  if (dev.kind === 'tap') lines.push('Current message level: 0x00000000 (0)\n\t\t\t       ')
  const shown = lines.map((line) =>
    line.startsWith('Current') ? `        ${line.replace('\n\t\t\t       ', '\n                              ')}` : `\t${line}`,
  )
  return `Settings for ${dev.name}:\n${[...shown, `\tLink detected: ${dev.isRunning ? 'yes' : 'no'}`].join('\n')}\n`
}

interface Request {
  readonly flags: readonly string[]
  /** Text and exit code when the device is not there. */
  readonly missing: readonly [string, number]
  /** Asked by netlink since 5.8, and what is wrong is told in its words. */
  readonly netlink?: boolean
  readonly run: (host: EthtoolHost, dev: NetDevice, rest: readonly string[]) => number
}

function refusing(flags: readonly string[], what: string, code: number): Request {
  return {
    flags,
    missing: [`${what}: No such device`, code],
    netlink: code === 1 && what !== 'Cannot get RX ring count',
    run: (host) => {
      const netlink = atLeast(host.version, '5.8') && code === 1
      host.error(netlink ? 'netlink error: Operation not supported' : `${what}: ${errnoText('EOPNOTSUPP')}`)
      return code
    },
  }
}

const REQUESTS: readonly Request[] = [
  {
    flags: ['-i', '--driver'],
    missing: ['Cannot get driver information: No such device', 71],
    run: (host, dev) => {
      const row = readDriver(dev)
      if (row !== null) {
        host.out(driverText(row))
        return 0
      }
      host.error('Cannot get driver information: Operation not supported')
      return 71
    },
  },
  {
    flags: ['-S', '--statistics'],
    missing: ['Cannot get stats strings information: No such device', 96],
    run: (host, dev) => {
      const rows = readStatistics(dev, host.kernelVersion)
      if (rows.length === 0) {
        host.error('no stats available')
        return 94
      }
      host.out(`NIC statistics:\n${rows.map(([name, value]) => `     ${name}: ${value}\n`).join('')}`)
      return 0
    },
  },
  {
    flags: ['-k', '--show-features', '--show-offload'],
    missing: ['Cannot get device feature names: No such device', 1],
    netlink: true,
    run: (host, dev) => {
      host.out(featuresText(dev))
      return 0
    },
  },
  { flags: ['-K', '--features', '--offload'], missing: ['Cannot get device feature names: No such device', 1], run: changeFeatures },
  {
    flags: ['-P', '--show-permaddr'],
    missing: ['Cannot read permanent address: No such device', 74],
    run: (host, dev) => {
      const text =
        dev instanceof PhysicalDevice ? formatMac(dev.permanentMac) : atLeast(host.version, '5.8') ? 'not set' : '00:00:00:00:00:00'
      host.out(`Permanent address: ${text}\n`)
      return 0
    },
  },
  {
    flags: ['-l', '--show-channels'],
    missing: ['Cannot get device channel parameters: No such device', 1],
    netlink: true,
    run: showChannels,
  },
  {
    flags: ['-T', '--show-time-stamping'],
    missing: ['Cannot get device time stamping settings: No such device', 1],
    netlink: true,
    run: showStamps,
  },
  { flags: ['-s', '--change'], missing: ['Cannot get current device settings: No such device', 75], netlink: true, run: changeSettings },
  refusing(['-r', '--negotiate'], 'Cannot restart autonegotiation', 255),
  refusing(['-a', '--show-pause'], 'Cannot get device pause settings', 1),
  refusing(['-c', '--show-coalesce'], 'Cannot get device coalesce settings', 1),
  refusing(['-g', '--show-ring'], 'Cannot get device ring settings', 1),
  refusing(['-p', '--identify'], 'Cannot identify NIC', 255),
  refusing(['-t', '--test'], 'Cannot test', 74),
  refusing(['-e', '--eeprom-dump'], 'Cannot get EEPROM data', 74),
  refusing(['-d', '--register-dump'], 'Cannot get register dump', 74),
  refusing(['-x', '--show-rxfh-indir', '--show-rxfh'], 'Cannot get RX ring count', 1),
]

function changeFeatures(host: EthtoolHost, dev: NetDevice, words: readonly string[]): number {
  const changes = new Map<string, boolean>()
  for (let i = 0; i < words.length; i += 2) {
    const names = featuresNamed(words[i]!)
    if (names === null) {
      host.error(
        atLeast(host.version, '5.8')
          ? `netlink error: bit name not found (offset ${offsetOf(dev)})\nnetlink error: Operation not supported`
          : badLine(host),
      )
      return atLeast(host.version, '5.8') ? 92 : 1
    }
    const word = words[i + 1]
    if (word !== 'on' && word !== 'off') {
      host.error(badLine(host))
      return 1
    }
    for (const name of names) changes.set(name, word === 'on')
  }
  if (!host.isRoot) {
    host.error('netlink error: Operation not permitted')
    return 1
  }
  const { any, asAsked, lines } = setFeatures(dev, changes)
  if (asAsked) return 0
  host.out(`Actual changes:\n${lines.map((line) => `${line}\n`).join('')}`)
  if (any) return 0
  host.error('Could not change any device features')
  return 1
}

/** Where the name stands in the netlink message: behind the header and the padded name of the device. */
function offsetOf(dev: NetDevice): number {
  return 44 + ((4 + dev.name.length + 1 + 3) & ~3)
}

function badLine(_host: EthtoolHost): string {
  return 'ethtool: bad command line argument(s)\nFor more information run ethtool -h'
}

/** `ethtool DEV` asks five things and each finds no device. */
function missingSettings(host: EthtoolHost, name: string): number {
  if (atLeast(host.version, '5.8')) {
    host.error(Array<string>(5).fill('netlink error: no device matches name (offset 24)\nnetlink error: No such device').join('\n'))
    host.out('No data available\n')
    return 75
  }
  host.out(`Settings for ${name}:\n`)
  for (const what of ['device settings', 'wake-on-lan settings', 'message level', 'link status'])
    host.error(`Cannot get ${what}: No such device`)
  host.out('No data available\n')
  return 75
}

export function runEthtool(host: EthtoolHost, argv: readonly string[]): number {
  const [word, name, ...rest] = argv
  if (word === undefined) {
    host.error(badLine(host))
    return 1
  }
  if (word === '-h' || word === '--help') {
    host.out(`ethtool version ${host.version}\n${ETHTOOL_USAGE}\n`)
    return 0
  }
  if (word === '--version') {
    host.out(`ethtool version ${host.version}\n`)
    return 0
  }
  if (!word.startsWith('-')) {
    const dev = host.netns.deviceByName(word)
    if (dev === null) return missingSettings(host, word)
    host.out(settingsText(dev, host.version))
    return 0
  }
  const request = REQUESTS.find((candidate) => candidate.flags.includes(word))
  if (request === undefined) {
    if (!/^-([a-zA-Z]|-[a-z-]+)$/.test(word) || isUnknownLong(word)) {
      host.error(badLine(host))
      return 1
    }
    host.error(`ethtool: ${word}: not emulated by netlab (use -i, -k, -K, -S, -P)`)
    return 126
  }
  if (name === undefined) {
    host.error(badLine(host))
    return 1
  }
  const dev = host.netns.deviceByName(name)
  if (dev === null) {
    const isNetlink = request.netlink === true && atLeast(host.version, '5.8')
    host.error(isNetlink ? 'netlink error: no device matches name (offset 24)\nnetlink error: No such device' : request.missing[0])
    return request.missing[1]
  }
  return request.run(host, dev, rest)
}

function run(proc: Process): number {
  const { image } = proc.machine
  const host: EthtoolHost = {
    out: (text) => proc.out(text),
    error: (line) => proc.error(line),
    netns: proc.netns,
    isRoot: proc.isRoot,
    version: image.tool('ethtool'),
    kernelVersion: image.kernel,
  }
  return runEthtool(host, proc.argv.slice(1))
}

function complete(context: CompletionContext): string[] {
  const words = context.current.startsWith('-')
    ? REQUESTS.flatMap((request) => request.flags)
    : context.proc.netns.devices.map((dev) => dev.name)
  return words.filter((word) => word.startsWith(context.current))
}

export const ethtoolCommand: Command = { name: 'ethtool', path: '/sbin/ethtool', run, complete, changes: true, usage: ETHTOOL_USAGE }
