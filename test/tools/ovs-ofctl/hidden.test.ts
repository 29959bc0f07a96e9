// What a real Open vSwitch 3.1 says to fields that are its own, formats by name, and groups that name each other.
import { expect, test } from 'vitest'
import { Lab } from '../../../src/lab/lab.js'
import { setVSwitch } from '../../../src/ovs/registry.js'
import { VSwitch } from '../../../src/ovs/vswitch.js'
import { loadScenario } from '../../../src/scenario/library.js'
import { ofctlCommand } from '../../../src/tools/ovs/ofctl/ofctl.js'
import { drive, makeMachine } from '../../node/support.js'

function switched() {
  const machine = makeMachine('debian-12', [ofctlCommand])
  const vswitch = new VSwitch(machine.kernel, machine.image.tool('ovs'))
  setVSwitch(machine.kernel, vswitch)
  vswitch.addBridge({ name: 'br0', datapathType: 'netdev', failMode: 'secure' })
  return async (...argv: string[]): Promise<string> => {
    const { stdout, stderr } = await drive(machine, machine.exec(argv))
    return (stdout + stderr).replace(/xid=0x\w+/g, 'xid')
  }
}

test('fields within the switch are for its own flows', async () => {
  const run = switched()
  const add = (flow: string): Promise<string> => run('ovs-ofctl', 'add-flow', 'br0', flow)
  expect(await add('recirc_id=1,ip,actions=drop')).toBe(
    'OFPT_ERROR (xid): OFPBRC_EPERM\nNXT_FLOW_MOD (xid): ADD recirc_id=0x1,eth,ip actions=drop\n',
  )
  expect(await add('dp_hash=0,actions=drop')).toBe('OFPT_ERROR (xid): OFPBRC_EPERM\nNXT_FLOW_MOD (xid): ADD dp_hash=0 actions=drop\n')
  expect(await run('ovs-ofctl', '--strict', 'mod-flows', 'br0', 'recirc_id=1,actions=drop')).toBe(
    'OFPT_ERROR (xid): OFPBRC_EPERM\nNXT_FLOW_MOD (xid): MOD_STRICT recirc_id=0x1 actions=drop\n',
  )
  expect(await add('recirc_id=0,dl_src=00:00:00:00:00:01,actions=drop')).toBe('')
  expect(await add('priority=1,dl_type=0,actions=drop')).toBe('')
  expect(await run('ovs-ofctl', '--no-stats', 'dump-flows', 'br0')).toBe(
    ' recirc_id=0,eth,dl_src=00:00:00:00:00:01 actions=drop\n priority=1,dl_type=0x0000 actions=drop\n',
  )
})

test('a message names any table where it could have named one', async () => {
  const run = switched()
  const refused = 'OFPT_ERROR (xid): OFPBAC_BAD_OUT_GROUP\nOFPT_FLOW_MOD (xid): MOD'
  expect(await run('ovs-ofctl', '-F', 'OpenFlow10', 'mod-flows', 'br0', 'actions=group:9')).toBe(`${refused} actions=group:9\n`)
  expect(await run('ovs-ofctl', '-F', 'openflow10+TABLE_id', 'mod-flows', 'br0', 'actions=group:9')).toBe(
    `${refused} table:255 actions=group:9\n`,
  )
  expect(await run('ovs-ofctl', '-F', 'constructor', 'mod-flows', 'br0', 'actions=drop')).toBe(
    'ovs-ofctl: constructor: unknown flow protocol\n',
  )
  // Nothing to change, nothing to look at.
  expect(await run('ovs-ofctl', '-O', 'OpenFlow13', 'mod-flows', 'br0', 'actions=group:9')).toBe('')
})

test('one group can be asked for in OpenFlow 1.5 and by the extension of 1.0', async () => {
  const run = switched()
  for (const id of [2, 3]) await run('ovs-ofctl', '-O', 'OpenFlow13', 'add-group', 'br0', `group_id=${id},type=all`)
  const dump = (version: string, id: string): Promise<string> => run('ovs-ofctl', '-O', `OpenFlow${version}`, 'dump-groups', 'br0', id)
  expect(await dump('10', '2')).toBe('NXST_GROUP_DESC reply (xid):\n group_id=2,type=all\n')
  expect(await dump('13', '2')).toBe('OFPST_GROUP_DESC reply (OF1.3) (xid):\n group_id=2,type=all\n group_id=3,type=all\n')
  expect(await dump('15', '9')).toBe('OFPST_GROUP_DESC reply (OF1.5) (xid):\n')
  expect(await dump('15', 'x')).toContain('|WARN|x is not a valid group ID.  (Valid group IDs are 32-bit nonnegative integers')
  expect(await run('ovs-ofctl', 'dump-group-stats', 'br0', '2')).toBe('ovs-ofctl: unknown keyword 2\n')
  expect(await run('ovs-ofctl', '-O', 'OpenFlow13', 'insert-buckets', 'br0', 'group_id=1,command_bucket_id=last,bucket=actions=drop')).toBe(
    "ovs-ofctl: insert-bucket needs OpenFlow 1.5 or later ('-O OpenFlow15')\n",
  )
  expect((await run('ovs-ofctl', '-O', 'OpenFlow13', 'dump-group-features', 'br0')).split('\n').slice(0, 7)).toEqual([
    'OFPST_GROUP_FEATURES reply (OF1.3) (xid):',
    ' Group table:',
    '    Types:  0xf',
    '    Capabilities:  0x7',
    '    all group:',
    '       max_groups=0xffffff00',
    '       actions: output group set_field strip_vlan push_vlan mod_nw_ttl dec_ttl set_mpls_ttl dec_mpls_ttl push_mpls pop_mpls set_queue',
  ])
})

test('groups that name each other end at the depth of translations', async () => {
  const lab = await Lab.boot(await loadScenario('scenarios/sandbox.yaml'))
  const set = [
    'ovs-vsctl add-br brg -- set bridge brg datapath_type=netdev',
    'ovs-ofctl -O OpenFlow13 add-group brg group_id=1,type=all,bucket=actions=group:1,bucket=actions=group:1,LOCAL',
    'ovs-ofctl -O OpenFlow13 add-group brg group_id=2,type=all,bucket=actions=group:1',
    'ovs-ofctl add-flow brg actions=group:2',
  ]
  expect(await lab.run('sandbox', set.join(' && '))).toMatchObject({ stdout: '', stderr: '', exitCode: 0 })
  const { stdout, stderr } = await lab.run('sandbox', 'ovs-appctl ofproto/trace brg in_port=1')
  expect(stderr).toBe('')
  const lines = stdout.split('\n')
  expect(lines.filter((line) => line.includes('group:')).length).toBe(65)
  expect(lines.filter((line) => line.includes('>>>> over max translation depth 64 <<<<')).length).toBe(1)
  expect(lines.slice(-5)).toEqual([
    'Final flow: unchanged',
    'Megaflow: recirc_id=0,eth,in_port=1,dl_type=0x0000',
    'Datapath actions: drop',
    'Translation failed (Recursion too deep), packet is dropped.',
    '',
  ])
})
