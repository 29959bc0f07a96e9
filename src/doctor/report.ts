// What doctor found, as text and as data.
import { type Item, isMissing, type ObjectRef } from './item.js'

/** Items on a node, or about an object: by its id or the beginning of it, its name, or its address. */
export function chosen(items: readonly Item[], node: string | null, about: string | null): Item[] {
  return items.filter(
    (item) => (node === null || item.node === node) && (about === null || item.objects.some((object) => isCalled(object, about))),
  )
}

/** Characters of an id that are enough to mean it. */
const SHORT_ID = 6

function isCalled({ id, name }: ObjectRef, text: string): boolean {
  return id === text || name === text || (text.length >= SHORT_ID && id.startsWith(text)) || name.split(', ').includes(text)
}

export function doctorText(items: readonly Item[], isVerbose: boolean): string {
  const missing = items.filter(isMissing)
  const lines = isVerbose ? everything(items) : missing.length === 0 ? [] : byNode(missing)
  lines.push(sumUp(items.length, missing.length))
  return `${lines.join('\n')}\n`
}

function sumUp(all: number, missing: number): string {
  if (all === 0) return 'nothing to check'
  const things = `${all} thing${all === 1 ? '' : 's'} checked`
  return missing === 0 ? `${things}, all right` : `${things}, ${missing} not as the API wants ${missing === 1 ? 'it' : 'them'}`
}

function byNode(items: readonly Item[]): string[] {
  const lines: string[] = []
  for (const node of new Set(items.map((item) => item.node))) {
    lines.push(node)
    for (const item of items) if (item.node === node) lines.push(...details(item))
  }
  return lines
}

function everything(items: readonly Item[]): string[] {
  const lines: string[] = []
  for (const family of new Set(items.map((item) => item.family))) {
    lines.push(family)
    for (const item of items) {
      if (item.family !== family) continue
      if (isMissing(item)) lines.push(...details(item))
      else lines.push(`  ok   ${item.node}${item.netns === '' ? '' : ` ${item.netns}`}: ${item.wanted}`)
    }
  }
  return lines
}

function details(item: Item): string[] {
  const [first, ...others] = item.objects
  const rows: [string, string][] = [['found', item.found ?? 'as wanted']]
  if (first !== undefined)
    rows.push([
      'for',
      [first, ...others.filter(({ kind }) => kind === 'server' || kind === 'floating IP' || kind === 'router')].map(called).join(', '),
    ])
  rows.push(['look', `${item.command}    (on ${item.node})`], ['work of', item.agent])
  return [`  MISS ${item.wanted}`, ...rows.map(([label, text]) => `       ${label.padEnd(8)}${text}`)]
}

function called({ kind, id, name }: ObjectRef): string {
  return name === '' || name === id ? `${kind} ${id}` : `${kind} ${name} (${id})`
}

export function doctorJson(items: readonly Item[]): unknown {
  return {
    checked: items.length,
    missing: items.filter(isMissing).length,
    items: items.map((item) => ({
      family: item.family,
      node: item.node,
      netns: item.netns,
      place: item.place,
      wanted: item.wanted,
      found: item.found,
      ok: !isMissing(item),
      objects: item.objects,
      command: item.command,
      agent: item.agent,
    })),
  }
}
