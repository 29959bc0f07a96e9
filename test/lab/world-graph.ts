// Walks the objects of a packet world: the census, and the proofs that a copy shares nothing that changes.
import type { Lab } from '../../src/lab/lab.js'
import { FileStore } from '../../src/node/file-store.js'
import { FileTree } from '../../src/node/files.js'
import { Machine } from '../../src/node/machine.js'
import { Process } from '../../src/node/process.js'
import type { WorldCopy } from '../../src/node/world-copy.js'

export interface Graph {
  /** With the way each was found first: `sim.backlog.packets[0]`. */
  readonly objects: ReadonlyMap<object, string>
  /** With the field that holds it first. */
  readonly functions: ReadonlyMap<unknown, string>
  /** All that can be seen of the objects' state, a line each; the same lines mean the same state. */
  readonly lines: readonly string[]
}

/** What is outside: a walk names it and goes no further. */
export function isOutside(object: object): boolean {
  return object instanceof Machine || object instanceof Process || object instanceof FileTree || object instanceof FileStore
}

export function walk(roots: Readonly<Record<string, object>>): Graph {
  return new Walk().run(roots)
}

class Walk {
  private readonly objects = new Map<object, string>()
  private readonly functions = new Map<unknown, string>()
  private readonly ids = new Map<unknown, number>()
  private readonly queue: object[] = []

  run(roots: Readonly<Record<string, object>>): Graph {
    const lines: string[] = []
    for (const [name, root] of Object.entries(roots)) this.text(root, name, name)
    for (let at = 0; at < this.queue.length; at++) lines.push(this.line(this.queue[at]!))
    return { objects: this.objects, functions: this.functions, lines }
  }

  /** A reference is the object's number in the order of finding. */
  private text(value: unknown, path: string, holder: string): string {
    if (typeof value === 'function') {
      if (!this.functions.has(value)) this.functions.set(value, holder)
      return 'function'
    }
    if (typeof value !== 'object' || value === null) return typeof value === 'string' ? JSON.stringify(value) : String(value)
    let id = this.ids.get(value)
    if (id === undefined) {
      this.ids.set(value, (id = this.ids.size))
      this.objects.set(value, path)
      if (!isOutside(value)) this.queue.push(value)
    }
    return `#${id}`
  }

  private line(object: object): string {
    const path = this.objects.get(object)!
    const name = nameOf(object)
    if (ArrayBuffer.isView(object)) return `${path} ${name} ${(object as Uint8Array).join(' ')}`
    const parts: string[] = []
    for (const key of Object.keys(object)) {
      const holder = Array.isArray(object) ? `${path}[]` : `${name}.${key}`
      parts.push(`${key}=${this.text((object as Record<string, unknown>)[key], `${path}.${key}`, holder)}`)
    }
    if (object instanceof Map) {
      for (const [key, value] of object) {
        const shown = this.text(key, `${path}<key>`, path)
        parts.push(`${shown}=>${this.text(value, `${path}<${typeof key === 'object' ? nameOf(key as object) : String(key)}>`, path)}`)
      }
    } else if (object instanceof Set) for (const value of object) parts.push(this.text(value, `${path}<>`, path))
    return `${path} ${name} ${parts.join(' ')}`
  }
}

export function nameOf(object: object): string {
  const prototype = Object.getPrototypeOf(object) as object | null
  if (prototype === null) return 'null-prototype'
  if (prototype === Object.prototype) return `{${Object.keys(object).slice(0, 5).join(',')}}`
  return (prototype.constructor as { name: string }).name
}

export function rootsOfLab(lab: Lab): Record<string, object> {
  const roots: Record<string, object> = { sim: lab.sim }
  for (const { name, machine } of lab.nodes) roots[name] = machine.kernel
  return roots
}

export function rootsOfCopy(copy: WorldCopy): Record<string, object> {
  const roots: Record<string, object> = { sim: copy.sim }
  for (const [name, kernel] of copy.kernels) roots[name] = kernel
  return roots
}

/** The first lines that differ, for a message. */
export function difference(before: readonly string[], after: readonly string[]): string[] {
  const found: string[] = []
  for (let i = 0; i < Math.max(before.length, after.length) && found.length < 6; i++) {
    if (before[i] !== after[i]) found.push(`- ${before[i]?.slice(0, 400)}`, `+ ${after[i]?.slice(0, 400)}`)
  }
  return found
}
