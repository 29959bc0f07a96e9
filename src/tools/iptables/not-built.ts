// Relatives of iptables that netlab knows by name only, and the switch between the flavours.
import type { Command } from '../../node/command.js'
import { notEmulated } from '../../node/command.js'
import type { Process } from '../../node/process.js'

const NFT = 'netlab has the legacy flavour: use iptables'
const RELATIVES: readonly (readonly [string, string])[] = [
  ['iptables-nft', NFT],
  ['iptables-nft-save', NFT],
  ['iptables-nft-restore', NFT],
  ['xtables-nft-multi', NFT],
  ['xtables-legacy-multi', 'use iptables'],
  ['iptables-apply', 'use iptables-restore'],
  ['iptables-translate', 'use iptables'],
  ['nft', 'use iptables'],
  ['ebtables', 'bridges are filtered with iptables -m physdev here'],
  ['arptables', 'nothing filters ARP here'],
]

export const relativesOfIptables: readonly Command[] = RELATIVES.map(([name, instead]) => ({
  name,
  path: `/sbin/${name}`,
  run: (proc) => notEmulated(proc, proc.argv.slice(1).join(' ') || 'this tool', instead),
}))

/** Only the word that chooses iptables' flavour. */
export const updateAlternatives: Command = {
  name: 'update-alternatives',
  path: '/usr/bin/update-alternatives',
  run: chooseFlavour,
}

function chooseFlavour(proc: Process): number {
  const [verb, name, path] = proc.argv.slice(1)
  if (name !== 'iptables' && name !== 'ip6tables') return notEmulated(proc, proc.argv.slice(1).join(' ') || 'no word')
  const legacy = `/usr/sbin/${name}-legacy`
  switch (verb) {
    case '--set':
      if (path === legacy) return 0
      return notEmulated(proc, `--set ${name} ${path ?? ''}`, NFT)
    case '--query':
    case '--display':
      proc.line(
        verb === '--query'
          ? `Name: ${name}\nLink: /usr/sbin/${name}\nStatus: manual\nBest: ${legacy}\nValue: ${legacy}`
          : displayText(name, legacy),
      )
      return 0
    default:
      return notEmulated(proc, verb ?? 'no word')
  }
}

function displayText(name: string, legacy: string): string {
  return `${name} - manual mode\n  link best version is ${legacy}\n  link currently points to ${legacy}\n  link ${name} is /usr/sbin/${name}\n${legacy} - priority 10`
}
