// Refusals of flow text, in the words of ovs-ofctl; and the remarks it logs while it reads.
import type { ParsedActions } from './action-text.js'
import type { OvsVersion } from './version.js'

export class FlowTextError extends Error {}

/** The real one knows it, netlab does not. */
export class FlowNotEmulated extends Error {}

export interface PortNames {
  number(name: string): number | null
  name(port: number): string | null
}

export const NO_PORT_NAMES: PortNames = { number: () => null, name: () => null }

/** What reading and writing of flow text depends on. */
export interface TextContext {
  readonly version: OvsVersion
  readonly ports: PortNames
  /** A line of the log: ('ofp_match', 'INFO', 'text'). */
  log(module: string, level: 'INFO' | 'WARN' | 'ERR', text: string): void
  /** Lists of actions that were read before. */
  readonly read: Map<string, ParsedActions>
}

export function textContext(version: OvsVersion, ports: PortNames = NO_PORT_NAMES): TextContext {
  return { version, ports, log: () => {}, read: new Map() }
}
