// ovs-ofctl against a session with the real one, and what older releases print.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Machine } from '../../../src/node/machine.js'
import { setVSwitch } from '../../../src/ovs/registry.js'
import { VSwitch } from '../../../src/ovs/vswitch.js'
import { ofctlCommand } from '../../../src/tools/ovs/ofctl/ofctl.js'
import { drive, makeMachine } from '../../node/support.js'

interface Recorded {
  readonly argv: readonly string[]
  readonly code: number
  readonly out: string
  readonly err: string
}

const golden = JSON.parse(readFileSync(new URL('../../golden/openvswitch/ofctl-3.1.0.json', import.meta.url), 'utf8')) as {
  commands: Recorded[]
}

function bridged(image: string, datapathType: 'netdev' | 'system'): Machine {
  const machine = makeMachine(image, [ofctlCommand])
  const vswitch = new VSwitch(machine.kernel, machine.image.tool('ovs'))
  setVSwitch(machine.kernel, vswitch)
  const bridge = vswitch.addBridge({ name: 'br0', datapathType, failMode: 'secure' })
  for (const [i, name] of ['p1', 'p2'].entries()) bridge.addPort({ name, kind: 'internal', ofport: i + 1 })
  return machine
}

function shown(text: string): string {
  return text
    .replace(/duration=[\d.]+s/g, 'duration=Ns')
    .replace(/idle_age=\d+/g, 'idle_age=N')
    .replace(/^\d{4}-\S+?Z\|/gm, 'T|')
    .replace(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, 'MAC')
    .replace(/dpid:[0-9a-f]+/g, 'dpid:X')
    .replace(/(n_packets|n_bytes|lookup|matched|pkts|bytes|drop)=\d+/g, '$1=N')
}

async function run(machine: Machine, argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const { exitCode, stdout, stderr } = await drive(machine, machine.exec(argv))
  return { code: exitCode, out: shown(stdout), err: shown(stderr) }
}

test('a session with the real one, command by command', async () => {
  const machine = bridged('debian-12', 'netdev')
  for (const { argv, code, out, err } of golden.commands) {
    expect({ argv, ...(await run(machine, argv)) }).toEqual({ argv, code, out, err })
  }
})

test('without a running switch', async () => {
  const machine = makeMachine('debian-12', [ofctlCommand])
  expect(await run(machine, ['ovs-ofctl', 'show', 'br0'])).toEqual({
    code: 1,
    out: '',
    err: 'ovs-ofctl: br0 is not a bridge or a socket\n',
  })
})

test('2.0.2: numbers for ports, OpenFlow 1.0 alone, its own words', async () => {
  const machine = bridged('ubuntu-14.04', 'system')
  const answers: readonly [argv: string, out: string, err: string][] = [
    ['add-flow br0 priority=1,in_port=1,actions=resubmit(,10)', '', ''],
    ['add-flow br0 table=10,tun_id=0x1,actions=mod_vlan_vid:4,output:2', '', ''],
    [
      'dump-flows br0',
      `NXST_FLOW reply (xid=0x4):
 cookie=0x0, duration=Ns, table=0, n_packets=N, n_bytes=N, idle_age=N, priority=1,in_port=1 actions=resubmit(,10)
 cookie=0x0, duration=Ns, table=10, n_packets=N, n_bytes=N, idle_age=N, tun_id=0x1 actions=mod_vlan_vid:4,output:2
`,
      '',
    ],
    ['dump-flows br0 table=10,tun_id=2', 'NXST_FLOW reply (xid=0x4):\n', ''],
    ['add-flow br0 in_port=p1,actions=1', '', 'ovs-ofctl: p1: port value out of range for in_port\n'],
    ['add-flow br0 actions=ct(commit)', '', 'ovs-ofctl: Unknown action: ct\n'],
    ['add-flow br0 ct_state=+new,actions=1', '', 'ovs-ofctl: unknown keyword ct_state\n'],
    ['add-flow br0 table=300,actions=1', '', 'ovs-ofctl: invalid table "300"\n'],
    ['--names dump-flows br0', '', "ovs-ofctl: unrecognized option '--names'\n"],
    ['add-group br0 group_id=1,type=all', '', "ovs-ofctl: unknown command 'add-group'; use --help for help\n"],
    [
      '-O OpenFlow13 dump-flows br0',
      '',
      `T|00001|vconn|WARN|unix:/var/run/openvswitch/br0.mgmt: version negotiation failed (we support version 0x04, peer supports version 0x01)
ovs-ofctl: br0: failed to connect to socket (Broken pipe)
`,
    ],
  ]
  for (const [line, out, err] of answers) {
    const argv = ['ovs-ofctl', ...line.split(' ')]
    expect({ line, ...(await run(machine, argv)) }).toEqual({ line, code: err === '' ? 0 : 1, out, err })
  }
})

test('replace-flows of a file with other tables needs an OpenFlow whose listings could say so', async () => {
  const machine = bridged('debian-12', 'netdev')
  machine.files.write('/tmp/flows', 'priority=1,actions=NORMAL\ntable=5,actions=drop\n')
  expect(await run(machine, ['ovs-ofctl', 'replace-flows', 'br0', '/tmp/flows'])).toEqual({
    code: 1,
    out: '',
    err: 'ovs-ofctl: switch does not support any of the usable flow formats (OXM,OpenFlow10+table_id,NXM+table_id,OpenFlow11)\n',
  })
  expect(await run(machine, ['ovs-ofctl', '-O', 'OpenFlow13', 'replace-flows', 'br0', '/tmp/flows'])).toEqual({ code: 0, out: '', err: '' })
  const { out } = await run(machine, ['ovs-ofctl', '--no-stats', 'dump-flows', 'br0'])
  expect(out).toBe(' priority=1 actions=NORMAL\n table=5, actions=drop\n')
})
