// `brctl`: bridges by hand, as bridge-utils 1.5 to 1.7 do it.
import { BridgeDevice } from '../../kernel/dev/bridge.js'
import { errnoText, KernelError } from '../../kernel/errno.js'
import type { Command, CompletionContext } from '../../node/command.js'
import { atLeast } from '../../node/image.js'
import type { Process } from '../../node/process.js'
import { attempt, type BrctlHost, bridgeNamed, noBridge, noInterface, type Verb } from './brctl-host.js'
import { bridgesOf, macsText, readBridge, readMacs, SHOW_HEADER, showText, stpText } from './bridge-rows.js'
import { hairpin, setPathCost, setPortPriority, setPriority, setStp, timer } from './settings.js'

/** In the order of the usage. */
const VERBS: readonly Verb[] = [
  { name: 'addbr', least: 1, usage: '<bridge>\t\tadd bridge', run: addBridge },
  { name: 'delbr', least: 1, usage: '<bridge>\t\tdelete bridge', run: deleteBridge },
  { name: 'addif', least: 2, usage: '<bridge> <device>\tadd interface to bridge', run: addPorts },
  { name: 'delif', least: 2, usage: '<bridge> <device>\tdelete interface from bridge', run: deletePorts },
  { name: 'hairpin', least: 3, usage: '<bridge> <port> {on|off}\tturn hairpin on/off', run: hairpin },
  {
    name: 'setageing',
    least: 2,
    usage: '<bridge> <time>\t\tset ageing time',
    run: timer('ageing time', 'set ageing time', (bridge, us) => {
      bridge.setAgeing(us)
    }),
  },
  { name: 'setbridgeprio', least: 2, usage: '<bridge> <prio>\t\tset bridge priority', run: setPriority },
  {
    name: 'setfd',
    least: 2,
    usage: '<bridge> <time>\t\tset bridge forward delay',
    run: timer('forward delay', 'set forward delay', (bridge, us) => {
      if (bridge.stp && (us < 2_000_000 || us > 30_000_000)) throw new KernelError('ERANGE')
      bridge.forwardDelayUs = us
    }),
  },
  {
    name: 'sethello',
    least: 2,
    usage: '<bridge> <time>\t\tset hello time',
    run: timer('hello timer', 'set hello timer', (bridge, us) => {
      if (us < 1_000_000 || us > 10_000_000) throw new KernelError('ERANGE')
      bridge.helloTimeUs = us
    }),
  },
  {
    name: 'setmaxage',
    least: 2,
    usage: '<bridge> <time>\t\tset max message age',
    run: timer('max age', 'set max age', (bridge, us) => {
      if (us < 6_000_000 || us > 40_000_000) throw new KernelError('ERANGE')
      bridge.maxAgeUs = us
    }),
  },
  { name: 'setpathcost', least: 3, usage: '<bridge> <port> <cost>\tset path cost', run: setPathCost },
  { name: 'setportprio', least: 3, usage: '<bridge> <port> <prio>\tset port priority', run: setPortPriority },
  { name: 'show', least: 0, usage: '[ <bridge> ]\t\tshow a list of bridges', run: show },
  { name: 'showmacs', least: 1, usage: '<bridge>\t\tshow a list of mac addrs', run: showMacs },
  { name: 'showstp', least: 1, usage: '<bridge>\t\tshow bridge stp info', run: showStp },
  { name: 'stp', least: 2, usage: '<bridge> {on|off}\tturn stp on/off', run: setStp },
]

export const BRCTL_USAGE = `Usage: brctl [commands]\ncommands:\n${VERBS.map((verb) => `\t${verb.name.padEnd(10)}\t${verb.usage}`).join('\n')}`

function addBridge(host: BrctlHost, [name = '']: readonly string[]): number {
  if (host.netns.deviceByName(name) !== null) {
    host.error(`device ${name} already exists; can't create bridge with the same name`)
    return 1
  }
  return attempt(
    host,
    (reason) => `add bridge failed: ${reason}`,
    () => {
      // The name is copied into 15 characters.
      host.netns.addDevice(new BridgeDevice(host.netns, name.slice(0, 15), host.netns.randomMac(name)))
    },
  )
}

function deleteBridge(host: BrctlHost, [name = '']: readonly string[]): number {
  const dev = host.netns.deviceByName(name)
  if (dev === null) {
    host.error(`bridge ${name} doesn't exist; can't delete it`)
    return 1
  }
  if (dev instanceof BridgeDevice && dev.isUp) {
    host.error(`bridge ${name} is still up; can't delete it`)
    return 1
  }
  return attempt(
    host,
    (reason) => `can't delete bridge ${name}: ${reason}`,
    () => {
      if (!(dev instanceof BridgeDevice)) throw new KernelError('EPERM')
      host.netns.removeDevice(dev)
    },
  )
}

function addPorts(host: BrctlHost, [name = '', ...devices]: readonly string[]): number {
  for (const device of devices) if (addPort(host, name, device) !== 0) return 1
  return 0
}

function addPort(host: BrctlHost, name: string, device: string): number {
  const dev = host.netns.deviceByName(device)
  if (dev === null) return noInterface(host, device, name)
  const bridge = host.netns.deviceByName(name)
  if (bridge === null) return noBridge(host, name)
  if (dev.master !== null) {
    const verb = atLeast(host.version, '1.7') ? 'add' : 'enslave'
    host.error(`device ${device} is already a member of a bridge; can't ${verb} it to bridge ${name}.`)
    return 1
  }
  return attempt(
    host,
    (reason, errno) =>
      errno === 'ELOOP'
        ? `device ${device} is a bridge device itself; can't add a bridge device to a bridge device.`
        : `can't add ${device} to bridge ${name}: ${reason}`,
    () => {
      if (!(bridge instanceof BridgeDevice)) throw new KernelError('EOPNOTSUPP')
      bridge.addPort(dev)
    },
  )
}

function deletePorts(host: BrctlHost, [name = '', ...devices]: readonly string[]): number {
  for (const device of devices) {
    const dev = host.netns.deviceByName(device)
    const bridge = host.netns.deviceByName(name)
    if (dev === null || bridge === null) return noInterface(host, device, name)
    if (!(bridge instanceof BridgeDevice) || bridge.portOf(dev) === null) {
      host.error(`device ${device} is not a ${atLeast(host.version, '1.7') ? 'port' : 'slave'} of ${name}`)
      return 1
    }
    const code = attempt(
      host,
      (reason) => `can't delete ${device} from ${name}: ${reason}`,
      () => bridge.removePort(dev),
    )
    if (code !== 0) return code
  }
  return 0
}

function show(host: BrctlHost, args: readonly string[]): number {
  if (args.length === 0) {
    const bridges = bridgesOf(host.netns)
    // Without a bridge brctl 1.6 and later print not even the heading.
    if (bridges.length > 0 || !atLeast(host.version, '1.6'))
      host.out(SHOW_HEADER + bridges.map((bridge) => showText(readBridge(bridge))).join(''))
    return 0
  }
  return atLeast(host.version, '1.6') ? showNamed(host, args) : showNamedOld(host, args)
}

/** brctl 1.5 prints the name first and then finds that there is no such bridge. */
function showNamedOld(host: BrctlHost, args: readonly string[]): number {
  let code = 0
  host.out(SHOW_HEADER)
  for (const name of args) {
    const dev = host.netns.deviceByName(name)
    if (dev instanceof BridgeDevice) host.out(showText(readBridge(dev)))
    else {
      host.out(`${name}\t\t`)
      host.error(`can't get info ${errnoText(dev === null ? 'ENODEV' : 'EOPNOTSUPP')}`)
      code = 1
    }
  }
  return code
}

function showNamed(host: BrctlHost, args: readonly string[]): number {
  let code = 0
  let text = ''
  for (const name of args) {
    const dev = host.netns.deviceByName(name)
    if (dev instanceof BridgeDevice) {
      text += `${text === '' ? SHOW_HEADER : ''}${showText(readBridge(dev))}`
      continue
    }
    host.error(dev === null ? `bridge ${name} does not exist!` : `device ${name} is not a bridge!`)
    code = 1
  }
  host.out(text)
  return code
}

function showMacs(host: BrctlHost, [name = '']: readonly string[]): number {
  const bridge = bridgeNamed(host, name)
  if (bridge === null) {
    const errno = host.netns.deviceByName(name) === null ? 'ENODEV' : 'EOPNOTSUPP'
    host.error(`read of forward table failed: ${errnoText(errno)}`)
    return 1
  }
  host.out(macsText(readMacs(bridge)))
  return 0
}

function showStp(host: BrctlHost, [name = '']: readonly string[]): number {
  const bridge = bridgeNamed(host, name)
  if (bridge === null) {
    host.error(
      host.netns.deviceByName(name) === null ? `bridge ${name} does not exist!` : `${name}: can't get info Operation not supported`,
    )
    return 1
  }
  host.out(stpText(bridge))
  return 0
}

export function runBrctl(host: BrctlHost, argv: readonly string[]): number {
  const [word, ...args] = argv
  if (word === undefined) {
    host.out(`${BRCTL_USAGE}\n`)
    return 1
  }
  if (word === '-V' || word === '--version') {
    host.out(`bridge-utils, ${host.version.replace(/^(\d+\.\d+).*$/, '$1')}\n`)
    return 0
  }
  if (word === '-h' || word === '--help') {
    host.out(`${BRCTL_USAGE}\n`)
    return 0
  }
  const verb = VERBS.find((candidate) => candidate.name === word)
  if (verb === undefined) {
    host.error(`never heard of command [${word}]`)
    host.out(`${BRCTL_USAGE}\n`)
    return 1
  }
  if (args.length < verb.least) {
    host.out(`Incorrect number of arguments for command\nUsage: brctl ${verb.name} ${verb.usage}\n`)
    return 1
  }
  return verb.run(host, args)
}

function run(proc: Process): number {
  const host: BrctlHost = {
    out: (text) => proc.out(text),
    error: (line) => proc.error(line),
    netns: proc.netns,
    isRoot: proc.isRoot,
    version: proc.machine.image.tool('bridge-utils'),
  }
  return runBrctl(host, proc.argv.slice(1))
}

function complete(context: CompletionContext): string[] {
  const { netns } = context.proc
  let words: string[]
  if (context.index === 1) words = VERBS.map((verb) => verb.name)
  else if (context.index === 2) words = bridgesOf(netns).map((bridge) => bridge.name)
  else words = netns.devices.map((dev) => dev.name)
  return words.filter((word) => word.startsWith(context.current))
}

export const brctlCommand: Command = { name: 'brctl', path: '/sbin/brctl', run, complete, changes: true, usage: BRCTL_USAGE }
