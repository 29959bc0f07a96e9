// One run of `ip` or `bridge`: whose namespace it works in, its options, where its text goes, and how the kernel's refusals read.
import { UsageError } from '../../grammar/keyword.js'
import { errnoText, KernelError } from '../../kernel/errno.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { NetNamespace } from '../../kernel/netns.js'
import { atLeast } from '../../node/image.js'
import type { Process } from '../../node/process.js'
import { type Paint, paintNothing, paintTerminal } from './color.js'
import { printJson, type Row } from './json.js'
import type { TableNames } from './names.js'
import type { IpOptions } from './options.js'

/** What a run needs of the machine; made from a process by `hostOf`, by hand in tests. */
export interface IpHost {
  out(text: string): void
  /** A line on standard error. */
  error(line: string): void
  readonly uid: number
  /** Version of the image's iproute2 and kernel: '6.1', '3.12', '2.6.39'. */
  readonly iproute2: string
  readonly kernelVersion: string
  /** The applet's version where `ip` is busybox's (CirrOS), null for iproute2. */
  readonly busybox: string | null
  readonly netnsNames: ReadonlyMap<string, NetNamespace>
  readonly tableNames: TableNames
  netnsOfPid(pid: number): NetNamespace | null
  /** Null in tests that drive the verbs alone. */
  readonly proc: Process | null
}

/** Ends the run with a code after its message was printed. */
export class RunFailed extends Error {
  constructor(
    readonly exitCode: number,
    readonly text: string | null = null,
  ) {
    super(text ?? `exit ${exitCode}`)
    this.name = 'RunFailed'
  }
}

export class IpRun {
  readonly paint: Paint

  constructor(
    readonly host: IpHost,
    readonly netns: NetNamespace,
    readonly options: IpOptions,
    readonly tool: 'ip' | 'bridge' = 'ip',
  ) {
    this.paint = options.color === 'always' && !options.json ? paintTerminal : paintNothing
  }

  get nowUs(): number {
    return this.netns.kernel.sim.nowUs
  }

  out(text: string): void {
    this.host.out(text)
  }

  error(line: string): void {
    this.host.error(line)
  }

  /** `ip` of busybox: fewer words, other errors. */
  get isBusybox(): boolean {
    return this.host.busybox !== null
  }

  /** The tool is at least of this version. */
  atLeast(version: string): boolean {
    return atLeast(this.host.iproute2, version)
  }

  kernelAtLeast(version: string): boolean {
    return atLeast(this.host.kernelVersion, version)
  }

  /** Rows as -j or as the text that `text` makes of them. -o joins a row's lines with backslashes. */
  show<R extends Row>(rows: readonly R[], text: (row: R) => string): void {
    if (this.options.json) this.out(printJson(rows, this.options.pretty))
    else for (const row of rows) this.out(this.fold(text(row)))
  }

  /** -o: the text's inner line ends become backslashes. */
  fold(text: string): string {
    if (!this.options.oneLine || text === '') return text
    return `${text.replace(/\n$/, '').replaceAll('\n', '\\')}\n`
  }

  /** A device by name; `Cannot find device` and code 1 when there is none. */
  needDevice(name: string): NetDevice {
    const dev = this.netns.deviceByName(name)
    if (dev === null) throw new RunFailed(1, this.noDevice(name))
    return dev
  }

  noDevice(name: string): string {
    return this.isBusybox ? `ip: can't find device '${name}'` : `Cannot find device "${name}"`
  }

  /** Names the namespace behind an id that `this.netns` gave it, when it has a name. */
  netnsName(netns: NetNamespace): string | null {
    for (const [name, known] of this.host.netnsNames) if (known === netns) return name
    return null
  }

  /** Runs a change: root only, and a KernelError becomes netlink's answer, code 2. */
  change(action: () => void): number {
    if (this.host.uid !== 0) throw new RunFailed(2, this.answerText(new KernelError('EPERM')))
    return this.ask(action)
  }

  ask(action: () => void): number {
    try {
      action()
      return 0
    } catch (error) {
      if (error instanceof KernelError) throw new RunFailed(2, this.answerText(error))
      throw error
    }
  }

  /** "Error: ..." with the kernel's own sentence where tool and kernel are new enough, errno's text else. */
  answerText(error: KernelError): string {
    if (this.isBusybox) return `ip: RTNETLINK answers: ${errnoText(error.errno)}`
    const hasExtack = error.extack !== null && this.atLeast('4.17') && this.kernelAtLeast(sentenceSince(error.extack))
    if (!hasExtack) return `RTNETLINK answers: ${errnoText(error.errno)}`
    return `Error: ${error.extack}${/[.\n]$/.test(error.extack!) ? '' : '.'}`
  }
}

/** Linux learned to answer in sentences in 4.12; about addresses only in 6.x. */
function sentenceSince(sentence: string): string {
  return /^ipv[46]: (address|invalid)/i.test(sentence) ? '6.0' : '4.12'
}

/** Runs one verb; turns what it throws into text and exit code. */
export async function guarded(host: IpHost, action: () => number | Promise<number>): Promise<number> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof UsageError) {
      host.error(error.text)
      return error.exitCode
    }
    if (error instanceof RunFailed) {
      if (error.text !== null) host.error(error.text)
      return error.exitCode
    }
    if (error instanceof KernelError) {
      host.error(`RTNETLINK answers: ${errnoText(error.errno)}`)
      return 2
    }
    throw error
  }
}

/** on/off as iproute2 demands it. */
export function parseOnOff(key: string, word: string): boolean {
  if (word === 'on') return true
  if (word === 'off') return false
  throw new UsageError(`Error: argument of "${key}" must be "on" or "off", not "${word}"`, 1)
}

/** A name the kernel would take: 1 to 15 characters, no slash, no space, not `.` or `..`. */
export function isInterfaceName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && name.length < 16 && !/[/\s]/.test(name)
}
