// ovs-appctl beside recordings of Open vSwitch 3.1.0, and what the recordings cannot hold.
import { readFileSync } from 'node:fs'
import { beforeEach, expect, test } from 'vitest'
import { Lab } from '../../../src/lab/lab.js'
import { loadScenario } from '../../../src/scenario/library.js'

interface Recording {
  readonly setup: readonly string[]
  readonly cases: readonly { readonly cmd: string; readonly stdout: string; readonly stderr: string; readonly rc: number }[]
}

function recording(name: string): Recording {
  return JSON.parse(readFileSync(`test/golden/ovs/${name}-3.1.0.json`, 'utf8')) as Recording
}

let lab: Lab

beforeEach(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/sandbox.yaml'))
})

async function say(line: string): Promise<string> {
  const { stdout, stderr, exitCode } = await lab.run('sandbox', line)
  return `${stdout}${stderr}${exitCode === 0 ? '' : `rc=${exitCode}\n`}`
}

// dvr: tables of floating IPs, and what the switch looked at; groups: buckets may name groups that are not there. classifier: what a lookup looks at (stages, tries of ports), and flows that go with the flow that taught them.
test.each(['appctl', 'classifier', 'dvr', 'groups'])('answers as the real one, one after the other: %s', async (name) => {
  const recorded = recording(name)
  for (const line of recorded.setup) expect(await say(line)).toBe('')
  for (const { cmd, stdout, stderr, rc } of recorded.cases) {
    const got = await lab.run('sandbox', cmd)
    expect({ cmd, stdout: got.stdout, stderr: got.stderr, rc: got.exitCode }).toEqual({ cmd, stdout, stderr, rc })
  }
})

test('without the daemon there is nobody to ask', async () => {
  await say('ovs-appctl exit')
  expect(await say('ovs-appctl fdb/show br0')).toBe(
    '2024-01-01T00:00:00Z|00001|daemon_unix|WARN|/var/run/openvswitch/ovs-vswitchd.pid: open: No such file or directory\n' +
      'ovs-appctl: cannot read pidfile "/var/run/openvswitch/ovs-vswitchd.pid" (No such file or directory)\nrc=1\n',
  )
})

test('ports and flows of the datapath', async () => {
  await say('ovs-vsctl add-br br0 -- add-port br0 web -- set Interface web type=internal')
  await say('ip addr add 10.0.0.1/24 dev web; ip link set web up; ip addr add 10.0.0.2/24 dev br0; ip link set br0 up')
  expect(await say('ovs-appctl dpif/show')).toBe(
    'system@ovs-system: hit:0 missed:0\n  br0:\n    br0 65534/1: (internal)\n    web 1/2: (internal)\n',
  )
  expect(await say('ovs-dpctl dump-dps; ovs-appctl dpctl/dump-dps')).toBe('system@ovs-system\nsystem@ovs-system\n')
  await say('ovs-vsctl add-port br0 g1 -- set Interface g1 type=geneve options:remote_ip=1.1.1.1 options:dst_port=5000')
  expect(await say('ovs-appctl dpif/show | grep g1')).toBe('    g1 2/3: (geneve: dst_port=5000, remote_ip=1.1.1.1)\n')
  expect(await say('ovs-appctl ofproto/list')).toBe('br0\n')
  expect(await say('ovs-appctl coverage/show')).toBe('ovs-appctl: coverage/show: not emulated by netlab\nrc=126\n')
})
