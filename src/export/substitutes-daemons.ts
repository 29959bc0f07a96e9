// What agents start and signal beside the kernel and the switch: daemons by their numbers, the metadata service, gratuitous ARP, modules.
import type { Machine } from '../node/machine.js'
import { innerOf, namespaceOf, nothingInstead } from './inner-command.js'
import { pidFileOf } from './of-machine.js'
import type { Instead } from './plan.js'
import { quoteWord, quoteWords } from './quote.js'
import type { Substitute, Typed } from './substitute.js'

/** A daemon has another number here; the file that it wrote its number to knows it. */
export const signals: Substitute = {
  family: 'kill',
  told: [],
  replace({ node, argv }, { machines }) {
    const { before, words } = innerOf(argv)
    if (words[0] !== 'kill') return null
    const file = pidFileOf(machines.get(node)!, Number(words.at(-1)))
    if (file === null) return nothingInstead('the process with this number is not here')
    return {
      where: 'node',
      script: `${quoteWords([...before, ...words.slice(0, -1)])} "$(<${quoteWord(file)})"`,
      what: `${words.slice(0, -1).join(' ')} $(cat ${file})`,
    }
  },
}

const PYTHON_PROXY = 'neutron-ns-metadata-proxy'

export const metadataProxies: Substitute = {
  family: 'metadata proxies',
  told: [
    {
      what: 'the metadata service',
      why: 'no cloud controller runs here',
      instead: "a small one in its place answers with the server's names and addresses",
    },
  ],
  replace({ node, argv }, { machines }) {
    const inner = innerOf(argv)
    const machine = machines.get(node)!
    if (inner.words[0] === PYTHON_PROXY) {
      const pidFile = optionOf(inner.words, '--pid_file')
      return pidFile === null ? null : standIn(namespaceOf(inner), '0.0.0.0', optionOf(inner.words, '--metadata_port') ?? '9697', pidFile)
    }
    if (inner.words[0] !== 'haproxy') return null
    const config = configOf(machine, inner.words)
    const bind = /^\s*bind\s+(\S+):(\d+)/m.exec(config)
    const pidFile = /^\s*pidfile\s+(\S+)/m.exec(config)
    return bind === null || pidFile === null ? null : standIn(namespaceOf(inner), bind[1]!, bind[2]!, pidFile[1]!)
  },
}

function standIn(namespace: string | null, address: string, port: string, pidFile: string): Instead {
  const words = ['metadata_proxy', namespace ?? '-', address, port, pidFile]
  return { where: 'node', script: quoteWords(words), what: quoteWords(words) }
}

function optionOf(words: readonly string[], name: string): string | null {
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? null
}

function configOf({ files }: Machine, words: readonly string[]): string {
  const path = words[words.indexOf('-f') + 1] ?? ''
  return files.exists(path) ? files.read(path) : ''
}

/** Agents do not wait for these: each takes a second or two. Newer programs want whole seconds. */
export const gratuitousArp: Substitute = {
  family: 'arping',
  told: [],
  replace({ argv }) {
    const { before, words } = innerOf(argv)
    if (words[0] !== 'arping') return null
    const whole = words.map((word, i) => (words[i - 1] === '-w' ? String(Math.ceil(Number(word))) : word))
    const line = quoteWords([...before, ...whole])
    return { where: 'node', script: `${line} >/dev/null 2>&1 &`, what: `${line} &` }
  },
}

export const modules: Substitute = {
  family: 'modprobe',
  told: [{ what: 'loading kernel modules', why: "they are the whole machine's", instead: null }],
  replace({ argv }: Typed) {
    return innerOf(argv).words[0] === 'modprobe' ? nothingInstead('modules are those that the machine has') : null
  },
}
