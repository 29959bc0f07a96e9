// What a subcommand of the nova client is: its words for argparse, and what it asks of the API and prints.
import type { Process } from '../../../node/process.js'
import type { NovaClient } from './client.js'

export interface NovaSubcommand {
  readonly name: string
  /** Other spellings (underscores, later releases' names). */
  readonly aliases?: readonly string[]
  readonly summary: string
  /** Positional arguments in order; a name in brackets may be left out. */
  readonly operands: readonly string[]
  readonly options?: readonly NovaOption[]
  run(context: NovaContext): Promise<void>
}

export interface NovaOption {
  readonly name: string
  /** `--image`, also written with underscores. */
  readonly flags: readonly string[]
  /** Null for a switch. */
  readonly metavar: string | null
  readonly required?: boolean
  readonly repeat?: boolean
}

export interface NovaContext {
  readonly proc: Process
  readonly client: NovaClient
  /** Operand by name; missing optional ones are undefined. */
  readonly operands: ReadonlyMap<string, string>
  readonly options: ReadonlyMap<string, readonly string[]>
}

/** The client's own complaint: printed as `ERROR: text`, exit code 1. */
export class NovaError extends Error {}

export type Json = Record<string, unknown>

export function option(context: NovaContext, name: string): string | null {
  return context.options.get(name)?.at(-1) ?? null
}
