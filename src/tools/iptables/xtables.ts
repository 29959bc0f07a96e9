// What the iptables tools run on: the namespace, the machine's names for ports and users, and where their words go.
import type { ParseContext, PrintContext } from '../../kernel/netfilter/extension.js'
import type { Netfilter } from '../../kernel/netfilter/hooks.js'
import type { TableName } from '../../kernel/netfilter/table.js'
import type { Tables } from '../../kernel/netfilter/tables.js'
import { atLeast } from '../../node/image.js'

/** The machine as the tools see it. */
export interface XtHost {
  readonly netfilter: Netfilter
  /** Of the iptables package: 1.4.12, 1.4.21, 1.8.9. */
  readonly version: string
  /** Wall clock in microseconds since 1970, for the head of iptables-save. */
  readonly clockUs: number
  service(name: string, protocol: string | null): number | null
  serviceName(port: number, protocol: string | null): string | null
  user(name: string): number | null
  group(name: string): number | null
  /** A name of /etc/hosts for an address, null when there is none. */
  hostName(address: number): string | null
  hostAddresses(name: string): readonly number[] | null
}

/** One run of one of the tools. */
export class XtRun {
  private readonly out: string[] = []
  private readonly err: string[] = []

  constructor(
    readonly host: XtHost,
    /** As messages name it: iptables, iptables-restore. */
    readonly program: string,
    /** As it was typed: argv[0]. */
    readonly argv0: string,
    readonly family: 4 | 6 = 4,
  ) {}

  get stdout(): string {
    return this.out.join('')
  }

  get stderr(): string {
    return this.err.join('')
  }

  get tables(): Tables {
    const { netfilter } = this.host
    return this.family === 4 ? netfilter.tables : netfilter.tables6
  }

  print(text: string): void {
    this.out.push(text)
  }

  complain(text: string): void {
    this.err.push(text)
  }

  atLeast(version: string): boolean {
    return atLeast(this.host.version, version)
  }

  /** `iptables v1.8.9 (legacy)`; the flavour was added with 1.8. */
  get label(): string {
    return `${this.program} ${this.versionText}`
  }

  get versionText(): string {
    return `v${this.host.version}${this.atLeast('1.8.0') ? ' (legacy)' : ''}`
  }

  parseContext(table: TableName, protocol: { number: number; inverted: boolean }): ParseContext {
    const { host, family } = this
    return {
      family,
      table,
      protocol: protocol.number,
      protocolInverted: protocol.inverted,
      atLeast: (version) => this.atLeast(version),
      service: (name, proto) => host.service(name, proto),
      user: (name) => host.user(name),
      group: (name) => host.group(name),
      warn: (text) => this.complain(`${text}\n`),
      setExists: (name) => host.netfilter.sets.get(name) !== null,
    }
  }

  printContext(numeric: boolean): PrintContext {
    const { host } = this
    return {
      numeric,
      atLeast: (version) => this.atLeast(version),
      serviceName: (port, proto) => host.serviceName(port, proto),
    }
  }
}
