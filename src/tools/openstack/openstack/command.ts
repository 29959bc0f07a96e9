// What a command of the openstack client is: its words, its arguments as usage text, and what it asks and prints.

import type { Argument, ArgumentParser, ParsedArguments } from '../../../grammar/argparse.js'
import { HELP } from '../../../grammar/argparse.js'
import { argumentsOf } from '../../../grammar/argparse-text.js'
import { ownOf } from '../../../grammar/own-of.js'
import type { Process } from '../../../node/process.js'
import type { Cell } from '../shared/cells.js'
import { locationCell } from '../shared/cells.js'
import { GROUP_TEXTS, listArguments, showArguments } from '../shared/cliff-arguments.js'
import { formatListing, formatOne } from '../shared/formatters.js'
import type { Json, JsonObject } from '../shared/python.js'
import { type ClientRelease, isWithData } from '../shared/release.js'
import type { OpenStackApi } from './api.js'

export interface OpenStackCommand {
  /** `network list` */
  readonly words: string
  readonly kind: 'list' | 'show' | 'act'
  readonly summary: string
  /** Arguments as their usage (argparse-text.ts). */
  readonly usage: string | ((isLater: boolean) => string)
  /** Commands that came with openstackclient 4 and later. */
  readonly isNew?: boolean
  /** Since the days of nova-network these wrap what a service refuses. */
  readonly wrapsFaults?: boolean
  readonly run: (call: OpenStackCall) => Promise<void>
}

export class OpenStackCall {
  constructor(
    readonly proc: Process,
    readonly api: OpenStackApi,
    readonly release: ClientRelease,
    readonly parsed: ParsedArguments,
  ) {}

  /** 0 where nobody looks: tables are not made to fit. */
  private get terminalWidth(): number {
    return this.proc.stdout.isTty ? this.proc.columns : 0
  }

  get python(): 2 | 3 {
    return this.release.python
  }

  list(columns: readonly string[], rows: readonly (readonly Cell[])[]): void {
    this.proc.out(formatListing({ columns, rows }, this.parsed, this.release, this.terminalWidth))
  }

  /** Fields are shown in the order of their names. */
  show(fields: Readonly<Record<string, Cell>>): void {
    const sorted = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))
    this.proc.out(formatOne(sorted, this.parsed, this.release, this.terminalWidth))
  }

  /** Programs get data where people get texts, and a location is for nobody: openstackclient 4 and later. */
  get isLater(): boolean {
    return isWithData(this.release)
  }

  /** Where the SDK says a row of neutron is. */
  async location(row: JsonObject, zone: Json = null): Promise<Record<string, Cell>> {
    if (this.isLater) return {}
    const token = await this.api.session.authenticate()
    const owner = String(row.project_id ?? row.tenant_id ?? token.projectId)
    const isOwn = owner === token.projectId
    const project = {
      id: owner,
      name: isOwn ? token.projectName : null,
      domain_id: null,
      domain_name: isOwn ? (this.proc.env.get('OS_PROJECT_DOMAIN_NAME') ?? 'Default') : null,
    }
    const location = { cloud: '', region_name: this.proc.env.get('OS_REGION_NAME') ?? '', zone, project }
    return { location: locationCell(location, this.python) }
  }
}

/** Metavars whose values completion can look up. */
const KINDS: Readonly<Record<string, string>> = {
  '<network>': 'network',
  '<subnet>': 'subnet',
  '<port>': 'port',
  '<router>': 'router',
  '<floating-ip>': 'floatingip',
  '<group>': 'security_group',
  '<security-group>': 'security_group',
  '<server>': 'server',
  '<image>': 'image',
  '<flavor>': 'flavor',
  '<network-agent>': 'agent',
  '<agent-id>': 'agent',
}

/** Options many commands share. */
export const PROJECT = '[--project <project>] [--project-domain <project-domain>]'
export const TAG_FILTERS =
  '[--tags <tag>[,<tag>,...]] [--any-tags <tag>[,<tag>,...]] [--not-tags <tag>[,<tag>,...]] [--not-any-tags <tag>[,<tag>,...]]'

function usageOf({ usage }: OpenStackCommand, release: ClientRelease): string {
  return typeof usage === 'string' ? usage : usage(isWithData(release))
}

export function parserOf(command: OpenStackCommand, release: ClientRelease): ArgumentParser {
  const own = argumentsOf(usageOf(command, release), release.python, (metavar) => ownOf(KINDS, metavar))
  const output: readonly Argument[] =
    command.kind === 'list' ? listArguments(release) : command.kind === 'show' ? showArguments(release) : []
  return {
    program: `openstack ${command.words}`,
    description: command.summary,
    arguments: [HELP, ...output, ...own],
    groupTexts: GROUP_TEXTS,
    python: release.python,
  }
}
