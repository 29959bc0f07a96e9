// busybox: one program, many applets; those with an output of their own here, the others as the tool of that name.
import type { Command } from '../../node/command.js'
import { notEmulated } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { runBusyboxIp } from '../ip/ip.js'
import { runBusyboxIfconfig } from '../net-tools/ifconfig.js'
import { runArping } from './arping.js'
import { runBusyboxNc } from './busybox-nc.js'
import { runBusyboxNslookup } from './busybox-nslookup.js'
import { runBusyboxPing } from './busybox-ping.js'
import { runBusyboxTraceroute } from './busybox-traceroute.js'
import { oldBusyboxNslookup } from './nslookup.js'
import { runUdhcpc } from './udhcpc.js'
import { runWget } from './wget.js'

export const busybox: Command = { name: 'busybox', path: '/bin/busybox', run: runBusybox }

const APPLETS = new Map<string, (proc: Process) => Promise<number>>([
  ['arping', (proc) => runArping(proc, true)],
  ['nc', runBusyboxNc],
  ['nslookup', runNslookupApplet],
  ['ping', runBusyboxPing],
  ['traceroute', runBusyboxTraceroute],
  ['udhcpc', runUdhcpc],
  ['wget', (proc) => runWget(proc, true)],
  ['ip', runBusyboxIp],
  ['ifconfig', runBusyboxIfconfig],
])

async function runBusybox(proc: Process): Promise<number> {
  const applet = proc.argv[1]
  if (applet === undefined || applet === '--help') {
    proc.line(`BusyBox v${proc.machine.image.tool('busybox')} multi-call binary.`)
    proc.line('\nUsage: busybox [function [arguments]...]')
    return 0
  }
  if (applet === '--list') {
    for (const name of [...APPLETS.keys()].sort()) proc.line(name)
    return 0
  }
  proc.argv = proc.argv.slice(1)
  const own = APPLETS.get(applet)
  if (own !== undefined) return own(proc)
  const command = proc.machine.commands.get(applet)
  if (command === undefined) {
    proc.error(`${applet}: applet not found`)
    return 127
  }
  // The output of these follows the image's own tool; only where that is busybox's is it the applet's.
  return proc.machine.image.family === 'cirros' || SAME.has(applet)
    ? command.run(proc)
    : notEmulated(proc, 'the applet of busybox', `use ${applet}`)
}

/** CirrOS's is built the old way, and before 1.29 there was no other. */
function runNslookupApplet(proc: Process): Promise<number> {
  const { image } = proc.machine
  const isOld = image.family === 'cirros' || !image.toolAtLeast('busybox', '1.29')
  return isOld ? oldBusyboxNslookup(proc) : runBusyboxNslookup(proc)
}

/** Applets whose output is that of the full tool. */
const SAME = new Set([
  'cat',
  'echo',
  'grep',
  'sed',
  'head',
  'tail',
  'wc',
  'sleep',
  'true',
  'false',
  'ls',
  'hostname',
  'date',
  'sh',
  'route',
  'arp',
  'brctl',
])
