// One run of ovs-ofctl: its options, how it reaches a bridge, how it complains.

import { openvswitchOn } from '../../../node/daemons/openvswitch.js'
import type { Process } from '../../../node/process.js'
import type { OfBridge } from '../../../ovs/bridge.js'
import { FlowTextError, NO_PORT_NAMES, type PortNames, type TextContext } from '../../../ovs/flow-text-error.js'
import { OFPP_MAX } from '../../../ovs/port-numbers.js'
import { firstProtocol, type Protocols, protocolsNamed, protocolsOf, protocolsText } from '../../../ovs/protocols.js'
import { vswitchOn } from '../../../ovs/registry.js'
import { atLeast, type OpenFlowVersion } from '../../../ovs/version.js'
import type { OfctlOptions } from './options.js'

/** Ends the command with `ovs-ofctl: TEXT`. */
export class Fatal extends Error {
  constructor(
    message: string,
    readonly code = 1,
  ) {
    super(message)
  }
}

/** netlab lacks it. */
export class NotBuilt extends Error {}

const ALL: readonly OpenFlowVersion[] = ['1.0', '1.1', '1.2', '1.3', '1.4', '1.5']
const ONLY_10: readonly OpenFlowVersion[] = ['1.0']
/** Bundles need a newer OpenFlow. */
const BUNDLES: readonly OpenFlowVersion[] = ['1.4']
/** Numbers as they go over the wire. */
const WIRE_NUMBER: Record<OpenFlowVersion, number> = { '1.0': 1, '1.1': 2, '1.2': 3, '1.3': 4, '1.4': 5, '1.5': 6 }

export class OfctlRun {
  readonly ovs: string
  private logged = 0

  constructor(
    readonly proc: Process,
    readonly options: OfctlOptions,
  ) {
    this.ovs = proc.machine.image.tool('ovs')
  }

  get nowUs(): number {
    return this.proc.nowUs
  }

  atLeast(version: string): boolean {
    return atLeast(this.ovs, version)
  }

  /** Flow formats that -O lets us speak. */
  get allowed(): Protocols {
    const versions = this.options.allowed ?? (this.options.bundle ? BUNDLES : ONLY_10)
    let set = versions.reduce((sum, version) => sum | protocolsOf(version), 0)
    const format = this.options.flowFormat
    if (format !== null) set &= this.formats(format)
    return set
  }

  private formats(text: string): Protocols {
    let set = 0
    for (const word of text.split(',')) {
      const found = protocolsNamed(word)
      if (found === undefined) throw new Fatal(`${word}: unknown flow protocol`)
      set |= found
    }
    return set
  }

  log = (module: string, level: string, text: string): void => {
    const stamp = new Date(Math.floor(this.proc.clock / 1000)).toISOString().slice(0, 19)
    const number = String(++this.logged).padStart(5, '0')
    this.proc.error(`${stamp}Z|${number}|${module}|${level}|${text}`)
  }

  /** null: ovs-vswitchd does not run, or has no such bridge. */
  findBridge(name: string): OfBridge | null {
    const { machine } = this.proc
    const vswitch = openvswitchOn(machine)?.vswitchd === null ? null : vswitchOn(machine.kernel)
    if (vswitch === null) return null
    const socket = /^(?:unix:)?(?:.*\/)?([^/]+)\.mgmt$/.exec(name)
    const bare = socket?.[1] ?? name.replace(/^(?:system|netdev)@/, '')
    return vswitch.bridges.get(bare) ?? null
  }

  bridge(name: string): OfBridge {
    const bridge = this.findBridge(name)
    if (bridge === null) {
      if (/^unix:/.test(name)) throw new Fatal(`connecting to ${name} (No such file or directory)`)
      if (/^(tcp|ssl):/.test(name)) throw new Fatal(`connecting to ${name} (Connection refused)`)
      throw new Fatal(`${name} is not a bridge or a socket`)
    }
    if (!this.proc.isRoot) throw new Fatal(`${this.socketOf(bridge)}: failed to open socket (Permission denied)`)
    this.versionWith(bridge)
    return bridge
  }

  socketOf(bridge: OfBridge): string {
    const folder = this.proc.machine.image.family === 'redhat' || this.atLeast('2.13') ? '/run' : '/var/run'
    return `${folder}/openvswitch/${bridge.name}.mgmt`
  }

  /** The newest OpenFlow that both sides speak. */
  versionWith(bridge: OfBridge): OpenFlowVersion {
    const ours = ALL.filter((version) => (protocolsOf(version) & this.allowed) !== 0)
    const theirs = bridge.openflow.length > 0 ? bridge.openflow : defaultVersions(this.ovs)
    const common = ours.filter((version) => theirs.includes(version))
    if (common.length > 0) return common.at(-1)!
    const problem = `version negotiation failed (we support ${versionsText(ours)}, peer supports ${versionsText(theirs)})`
    this.log('vconn', 'WARN', `unix:${this.socketOf(bridge)}: ${problem}`)
    throw new Fatal(`${bridge.name}: failed to connect to socket (Broken pipe)`)
  }

  /** Names of ports may be written for numbers; old versions know numbers only. */
  portsToAccept(bridge: OfBridge | null): PortNames {
    return bridge === null || !this.acceptsNames ? NO_PORT_NAMES : namesOf(bridge)
  }

  get acceptsNames(): boolean {
    return this.atLeast('2.8') && this.options.names !== false
  }

  /** Ports are shown by name when asked for, or on a terminal. */
  get showsNames(): boolean {
    if (!this.atLeast('2.8')) return false
    return this.options.names ?? this.proc.fds.get(1)?.isTty ?? false
  }

  /** For reading flow text. */
  reading(bridge: OfBridge | null): TextContext {
    return { version: this.ovs, ports: this.portsToAccept(bridge), log: this.log, read: new Map() }
  }

  /** For printing. */
  printing(bridge: OfBridge | null): TextContext {
    return {
      version: this.ovs,
      ports: bridge !== null && this.showsNames ? namesOf(bridge) : NO_PORT_NAMES,
      log: this.log,
      read: new Map(),
    }
  }

  /** Text of a file, or of standard input. `fail` words the complaint. */
  async readFile(file: string, fail: (reason: string) => string): Promise<string> {
    if (file === '-') return this.proc.stdin.readAll()
    try {
      return this.proc.files.read(file)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      throw new Fatal(fail(error.message.replace(/^.*: /, '')))
    }
  }

  /** The format a flow mod travels in. */
  chooseProtocol(bridge: OfBridge, usable: Protocols): Protocols {
    const { allowed } = this
    if ((usable & allowed) === 0) {
      const texts = [protocolsText(usable), protocolsText(allowed)]
      throw new Fatal(`none of the usable flow formats (${texts[0]}) is among the allowed flow formats (${texts[1]})`)
    }
    const spoken = protocolsOf(this.versionWith(bridge))
    if ((usable & allowed & spoken) === 0) {
      throw new Fatal(`switch does not support any of the usable flow formats (${protocolsText(usable)})`)
    }
    return firstProtocol(usable & allowed & spoken)
  }
}

/** Room for a port's name in OpenFlow 1.0 to 1.3, without the end mark. */
const NAME_ROOM = 15

/** Names as port descriptions carry them: cut off, and of no use when two are cut to the same. */
export function namesOf(bridge: OfBridge): PortNames {
  const numbers = new Map<string, number | null>()
  for (const port of bridge.portList) {
    const name = port.name.slice(0, NAME_ROOM)
    numbers.set(name, numbers.has(name) ? null : port.ofport)
  }
  return {
    number: (name) => numbers.get(name) ?? null,
    name(port) {
      const name = port < OFPP_MAX ? bridge.ports.get(port)?.name.slice(0, NAME_ROOM) : undefined
      return name === undefined || numbers.get(name) !== port ? null : name
    },
  }
}

/** What a bridge speaks whose `protocols` column is empty. */
function defaultVersions(ovs: string): readonly OpenFlowVersion[] {
  if (!atLeast(ovs, '2.3')) return ['1.0']
  if (!atLeast(ovs, '2.8')) return ['1.0', '1.1', '1.2', '1.3']
  return atLeast(ovs, '2.15') ? ALL : ['1.0', '1.1', '1.2', '1.3', '1.4']
}

function versionsText(versions: readonly OpenFlowVersion[]): string {
  const numbers = versions.map((version) => `0x0${WIRE_NUMBER[version]}`)
  if (numbers.length === 1) return `version ${numbers[0]}`
  if (numbers.length === 2) return `versions ${numbers.join(' and ')}`
  return `versions ${numbers.slice(0, -1).join(', ')}, and ${numbers.at(-1)}`
}

/** Runs a parser of flow text; its refusals end the command. */
export function orFatal<T>(parse: () => T, prefix = ''): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof FlowTextError) throw new Fatal(`${prefix}${error.message}`)
    throw error
  }
}
