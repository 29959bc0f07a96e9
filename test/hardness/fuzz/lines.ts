// Command lines of all tools: good ones made wrong, ones made of what completion offers and of the words the tools' code knows, and garbage.
import { quoteWords } from '../../../src/lab/quote-words.js'
import type { Process } from '../../../src/node/process.js'
import { commands } from '../../../src/tools/lazy.js'
import type { Chance } from './chance.js'
import { corpus, dictionary } from './corpus.js'
import { garbage, mutateWord, mutateWords, value } from './mutate.js'
import type { Room, Site } from './room.js'
import { OLD_IMAGES, SmallLab } from './small-lab.js'
import { SmallRoom } from './small-room.js'

export const lines: Room = {
  name: 'lines',
  about: 'command lines of every tool: recorded ones mutated, ones made by walking completion, words of their parsers, garbage',
  batch: 300,
  open: (site) => LinesRoom.open(site),
}

/** How often the untouched nodes are looked at, in cases. */
const CANARY_EVERY = 25

class LinesRoom extends SmallRoom {
  static async open(site: Site): Promise<LinesRoom> {
    const batch = Number(site.seed.split('/').at(-1))
    const image = batch % 2 === 0 ? 'debian-12' : OLD_IMAGES[(batch >> 1) % OLD_IMAGES.length]
    return new LinesRoom(site, await SmallLab.open(site.seed, image))
  }

  async run(chance: Chance): Promise<string[]> {
    const line = aLine(chance, this.small.lab.node('a')!.machine.init)
    this.site.note(line)
    const result = await this.small.run(line)
    const found = this.small.faults(result)
    if (this.isTurn(CANARY_EVERY)) found.push(...(await this.small.canary()))
    return found
  }
}

/** What would be right, and ends the session or the machine. */
const LEFT_OUT = /^(reboot|halt|poweroff|shutdown)$/

function aLine(chance: Chance, proc: Process): string {
  const { tools, byTool, all } = corpus()
  if (chance.percent(4)) return garbage(chance, chance.between(1, 200))
  const tool = chance.pick(tools)
  if (LEFT_OUT.test(tool)) return `${tool} --help`
  const own = byTool.get(tool)!
  const base = chance.percent(25) ? chance.pick(all) : chance.percent(60) && own.length > 0 ? chance.pick(own) : walked(chance, tool, proc)
  const words = mutateWords(chance, base.split(' '), () => aWord(chance, tool))
  return around(chance, words.join(' '))
}

function aWord(chance: Chance, tool: string): string {
  const text = chance.percent(50) ? chance.pick(dictionary(`tools/${folderOf(tool)}`)) : value(chance)
  return chance.percent(80) ? quoteWords([chance.percent(20) ? mutateWord(chance, text) : text]) : text
}

/** Into another namespace, a pipe, a substitution, the background. */
function around(chance: Chance, line: string): string {
  switch (chance.below(16)) {
    case 0:
      return `ip netns exec n1 ${line}`
    case 1:
      return `${line} | head -5`
    case 2:
      return `cat /etc/passwd | ${line}`
    case 3:
      return `timeout 2 ${line} > /tmp/out 2>&1`
    case 4:
      return `x=$(${line}); echo "$x"`
    case 5:
      return `${line} & sleep 1; kill %1`
    default:
      return line
  }
}

/** A command line made of what completion offers at each word. */
function walked(chance: Chance, tool: string, proc: Process): string {
  const command = commands.find(({ name }) => name === tool)!
  const words = [tool]
  for (let left = chance.between(1, 7); left > 0; left--) {
    const current = chance.percent(40) ? '-' : ''
    const context = { words: [...words, current], index: words.length, current, previous: words.at(-1)!, proc }
    const offered = command.complete?.(context) ?? []
    words.push(offered.length > 0 && chance.percent(80) ? chance.pick(offered) : aWord(chance, tool))
  }
  return words.join(' ')
}

const folders = new Map<string, string>()

/** The folder of src/tools whose words the tool knows. */
function folderOf(tool: string): string {
  if (folders.size === 0) for (const [folder, names] of Object.entries(FAMILIES)) for (const name of names) folders.set(name, folder)
  return folders.get(tool) ?? 'net'
}

const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  ip: ['ip'],
  bridge: ['bridge'],
  'bridge-utils': ['brctl'],
  conntrack: ['conntrack'],
  ethtool: ['ethtool'],
  iptables: ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'ip6tables-save', 'ip6tables-restore', 'ipset', 'ebtables'],
  'net-tools': ['ifconfig', 'route', 'arp', 'netstat', 'vconfig', 'hostname', 'mii-tool'],
  openstack: ['openstack', 'nova', 'neutron', 'glance', 'keystone', 'nova-manage'],
  ovs: ['ovs-vsctl', 'ovs-ofctl', 'ovs-appctl', 'ovs-dpctl', 'ovsdb-client', 'ovs-ctl'],
  procps: ['ps', 'kill', 'pgrep', 'pkill', 'free', 'uptime', 'watch', 'top', 'w', 'vmstat'],
  sysctl: ['sysctl'],
  tcpdump: ['tcpdump'],
  text: [
    'awk',
    'cat',
    'grep',
    'egrep',
    'fgrep',
    'sed',
    'sort',
    'uniq',
    'wc',
    'cut',
    'tr',
    'head',
    'tail',
    'diff',
    'less',
    'more',
    'join',
    'tee',
    'comm',
    'paste',
  ],
  coreutils: [
    'ls',
    'cp',
    'mv',
    'rm',
    'mkdir',
    'rmdir',
    'touch',
    'chmod',
    'chown',
    'ln',
    'find',
    'stat',
    'date',
    'df',
    'du',
    'env',
    'expr',
    'timeout',
    'sleep',
    'seq',
    'id',
    'who',
    'basename',
    'dirname',
    'readlink',
    'realpath',
    'md5sum',
    'sha1sum',
    'xargs',
    'uname',
    'test',
    'nproc',
  ],
  util: [
    'xxd',
    'od',
    'hexdump',
    'sudo',
    'su',
    'systemctl',
    'service',
    'man',
    'which',
    'file',
    'dmesg',
    'logger',
    'lsb_release',
    'initctl',
    'start',
    'stop',
    'restart',
    'status',
  ],
  virsh: ['virsh'],
  kmod: ['modprobe', 'lsmod', 'rmmod', 'insmod', 'modinfo'],
  ifupdown: ['ifup', 'ifdown', 'ifquery'],
}
