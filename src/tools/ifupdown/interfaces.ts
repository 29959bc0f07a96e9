// /etc/network/interfaces, see interfaces(5): `auto` lines and `iface` stanzas with their options.

export interface InterfaceStanza {
  readonly name: string
  readonly method: string
  /** Option to its values, in the file's order; `up` and the like may stand several times. */
  readonly options: ReadonlyMap<string, readonly string[]>
}

export function parseInterfaces(text: string): { auto: string[]; stanzas: InterfaceStanza[] } {
  const auto: string[] = []
  const stanzas: InterfaceStanza[] = []
  let options: Map<string, string[]> | null = null
  for (const raw of text.replace(/\\\n/g, ' ').split('\n')) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const [word, ...rest] = line.split(/\s+/)
    if (word === 'auto' || word!.startsWith('allow-')) {
      if (word !== 'allow-hotplug') auto.push(...rest)
      options = null
    } else if (word === 'iface') {
      options = new Map()
      // IPv6 stanzas say nothing that the lab's devices need.
      if (rest[1] !== 'inet6') stanzas.push({ name: rest[0] ?? '', method: rest[2] ?? '', options })
    } else if (options !== null) {
      options.set(word!, [...(options.get(word!) ?? []), line.slice(word!.length).trim()])
    }
  }
  return { auto, stanzas }
}
