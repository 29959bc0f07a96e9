// What commands of the openstack client share: switches, filters, owners, deleting several.
import type { ParsedArguments } from '../../../grammar/argparse.js'
import { type Cell, FormattedCell } from '../shared/cells.js'
import { ClientError } from '../shared/formatters.js'
import { isList, isObject, type Json } from '../shared/python.js'
import type { OpenStackCall } from './command.js'

/** Host routes of a subnet and extra routes of a router: one a line. */
export function routesText(value: Json | undefined): Cell {
  if (!isList(value)) return value ?? null
  const lines = value.map((route) => (isObject(route) ? `destination='${route.destination}', gateway='${route.nexthop}'` : ''))
  return new FormattedCell(lines.join('\n'), value)
}

export function upDown(value: Json | undefined): Cell {
  return new FormattedCell(value === true ? 'UP' : 'DOWN', value === true)
}

/** `--enable | --disable` as true, false or left out. */
export function switchOf(parsed: ParsedArguments, body: Record<string, Json>, key: string, on: string, off: string): void {
  if (parsed.has(on)) body[key] = true
  if (parsed.has(off)) body[key] = false
}

/** Options that are filters as they are. */
export function filtersOf(parsed: ParsedArguments, keys: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(keys).flatMap(([option, key]): [string, string][] => {
    const word = parsed.value(option)
    return word === null ? [] : [[key, word]]
  })
}

/** `a=1,b=2`; throws argparse-like words for anything else. */
export function keyValues(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const equals = pair.indexOf('=')
      if (equals < 0) throw new ClientError(`Expected comma separated 'key=value' pairs, but got: ${pair}`)
      return [pair.slice(0, equals), pair.slice(equals + 1)]
    }),
  )
}

export async function projectOf(call: OpenStackCall): Promise<Record<string, Json>> {
  const project = call.parsed.value('project')
  return project === null ? {} : { tenant_id: await call.api.findProject(project) }
}

/** The owner's and the tags' part of a list's query. */
export async function tagsFor(call: OpenStackCall): Promise<[string, string][]> {
  const query: [string, string][] = filtersOf(call.parsed, {
    tags: 'tags',
    'any-tags': 'tags-any',
    'not-tags': 'not-tags',
    'not-any-tags': 'not-tags-any',
  })
  const project = call.parsed.value('project')
  if (project === null) return query
  const id = await call.api.findProject(project)
  return [...query, ['tenant_id', id], ['project_id', id]]
}

/** Goes on behind a failure, and tells in the end how many there were. `what` is the client's own word for the resource. */
export async function deleteAll(call: OpenStackCall, resource: string, operand: string, what = resource): Promise<void> {
  const wanted = call.parsed.values(operand)
  let failed = 0
  for (const word of wanted) {
    try {
      await call.api.remove(resource, await call.api.find(resource, word))
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      failed++
      call.proc.error(`Failed to delete ${what} with name or ID '${word}': ${error.message}`)
    }
  }
  if (failed > 0) throw new ClientError(`${failed} of ${wanted.length} ${what}s failed to delete.`)
}
