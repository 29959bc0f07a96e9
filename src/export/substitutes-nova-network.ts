// The Essex cloud: dnsmasq's lease script, which belongs to nova, and ifupdown's `ifup`, which newer machines lack.
import { innerOf } from './inner-command.js'
import { pidFileOf } from './of-machine.js'
import { quoteWord, quoteWords } from './quote.js'
import type { Substitute } from './substitute.js'

/** dnsmasq asks its script for known leases when it starts; nova's would ask nova. */
export const leaseScripts: Substitute = {
  family: 'lease scripts',
  told: [],
  replace({ argv }, _context) {
    const { words } = innerOf(argv)
    if (words[0]?.endsWith('dnsmasq') !== true) return null
    const script = words.find((word) => word.startsWith('--dhcp-script='))?.slice('--dhcp-script='.length)
    if (script === undefined) return null
    const line = quoteWords(argv)
    return { where: 'node', script: `lease_database ${quoteWord(script)}\n${line}`, what: line }
  },
}

/** `cat /proc/NUMBER/cmdline`: agents look whether a daemon's number is still the daemon's. */
export const numbers: Substitute = {
  family: 'numbers of processes',
  told: [],
  replace({ node, argv }, { machines }) {
    const { before, words } = innerOf(argv)
    const pid = words[0] === 'cat' ? /^\/proc\/(\d+)\/cmdline$/.exec(words[1] ?? '')?.[1] : undefined
    if (pid === undefined) return null
    const file = pidFileOf(machines.get(node)!, Number(pid))
    if (file === null) return null
    const what = `cat /proc/$(cat ${file})/cmdline`
    return { where: 'node', script: `${quoteWords([...before, 'cat'])} "/proc/$(<${quoteWord(file)})/cmdline"`, what }
  },
}

export const ifupdown: Substitute = {
  family: 'ifupdown',
  told: [],
  replace({ argv }) {
    const { words } = innerOf(argv)
    if (words[0] !== 'ifup' || words.length !== 2) return null
    const script = quoteWords(['bring_up', words[1]!])
    return { where: 'node', script, what: quoteWords(argv) }
  },
}
