// lsb_release: the distribution in four lines.
import { ownOf } from '../../grammar/own-of.js'
import type { Command } from '../../node/command.js'
import { gnuTool } from '../../node/gnu-tool.js'
import type { Image } from '../../node/image.js'

const IDS: Readonly<Record<string, string>> = { ubuntu: 'Ubuntu', debian: 'Debian', centos: 'CentOS', cirros: 'CirrOS' }

function rows({ facts }: Image): (readonly [option: string, title: string, value: string])[] {
  return [
    ['id', 'Distributor ID', ownOf(IDS, facts.id) ?? facts.id],
    ['description', 'Description', facts.pretty],
    ['release', 'Release', facts.versionId],
    ['codename', 'Codename', facts.codename === '' ? 'n/a' : facts.codename],
  ]
}

export const lsbReleaseCommand: Command = gnuTool({
  name: 'lsb_release',
  path: '/usr/bin/lsb_release',
  usage: 'lsb_release [-idrcas]',
  options: ['i|id', 'd|description', 'r|release', 'c|codename', 'a|all', 's|short'],
  run: (proc, options) => {
    const isAll = options.has('all')
    const wanted = rows(proc.machine.image).filter(([option]) => isAll || options.has(option))
    if (isAll || wanted.length === 0) proc.error('No LSB modules are available.')
    for (const [, title, value] of wanted) proc.line(options.has('short') ? value : `${title}:\t${value}`)
    return 0
  },
})
