// Bonds and mirrors through the database, with the answers of Open vSwitch 3.1.0.
import { beforeEach, describe, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

let lab: Lab
const say = async (line: string): Promise<string> => {
  const { stdout, stderr, exitCode } = await lab.run('sandbox', line)
  return `${stdout}${stderr}${exitCode === 0 ? '' : `rc=${exitCode}\n`}`
}

/** Two switches with a host each, h0 and h1, joined by two cables: a1-b1 and a2-b2. */
async function twoSwitches(mode: string): Promise<void> {
  await say('for i in 1 2; do ip link add a$i type veth peer name b$i; ip link set a$i up; ip link set b$i up; done')
  await say(`ovs-vsctl add-br br0 -- add-bond br0 bond0 a1 a2 bond_mode=${mode}`)
  await say(`ovs-vsctl add-br br1 -- add-bond br1 bond1 b1 b2 bond_mode=${mode}`)
  for (const i of [0, 1]) {
    await say(`ip netns add h${i}; ovs-vsctl add-port br${i} h${i} -- set Interface h${i} type=internal; ip link set h${i} netns h${i}`)
    await say(`ip -n h${i} addr add 10.0.0.1${i}/24 dev h${i}; ip -n h${i} link set h${i} up`)
  }
}

const ping = async (): Promise<string> => /\d+ received/.exec(await say('ip netns exec h0 ping -c 2 -q 10.0.0.11'))?.[0] ?? 'none'
const trace = async (flow: string): Promise<string> => {
  const text = await say(`ovs-appctl ofproto/trace --names br0 ${flow}`)
  return /NORMAL\n {5}-> (.*)\n(?:.*\n)*Datapath actions: (.*)$/m.exec(text)?.slice(1).join(' => ') ?? text
}

beforeEach(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/sandbox.yaml'))
})

describe('bonds', () => {
  test('active-backup: one link at work, the other when that is down; no frame goes round', async () => {
    await twoSwitches('active-backup')
    expect(await ping()).toBe('2 received')
    expect(await say('ovs-appctl bond/show bond0')).toMatch(
      /^---- bond0 ----\nbond_mode: active-backup\nbond may use recirculation: no, Recirc-ID : -1\nbond-hash-basis: 0\nlb_output action: disabled, bond-id: -1\nupdelay: 0 ms\ndowndelay: 0 ms\nlacp_status: off\nlacp_fallback_ab: false\nactive-backup primary: <none>\nactive member mac: (..:){5}..\(a1\)\n\nmember a1: enabled\n {2}active member\n {2}may_enable: true\n\nmember a2: enabled\n {2}may_enable: true\n\n$/,
    )
    expect(await trace('in_port=a2,dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02')).toBe(
      'bonding refused admissibility, dropping => drop',
    )
    expect(await trace('in_port=LOCAL,dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02')).toBe(
      'no learned MAC for destination, flooding => a1,h0',
    )
    await say('ip link set a1 down')
    expect(await ping()).toBe('2 received')
    expect(await say('ovs-appctl bond/show bond1')).toContain(
      'member b1: disabled\n  may_enable: false\n\nmember b2: enabled\n  active member',
    )
    expect(await say('ovs-appctl bond/list')).toBe(
      'bond\ttype\trecircID\tmembers\nbond0\tactive-backup\t0\ta1, a2\nbond1\tactive-backup\t0\tb1, b2\n',
    )
    await say('ip link set a1 up')
    expect(await say('ovs-appctl bond/set-active-member bond0 a1; ovs-appctl bond/set-active-member bond0 a1')).toBe('done\nno change\n')
    expect(await say('ovs-appctl bond/set-active-member bond0 zz; ovs-appctl bond/show zz')).toBe(
      'no such member\novs-appctl: ovs-vswitchd: server returned an error\nno such bond\novs-appctl: ovs-vswitchd: server returned an error\nrc=2\n',
    )
  })

  test('what stands behind the switch is made known by the new link', async () => {
    await twoSwitches('active-backup')
    await ping()
    const before = await say('ovs-appctl fdb/show br1 | wc -l')
    await say('ovs-appctl bond/set-active-member bond0 a2; ovs-appctl bond/set-active-member bond1 b2')
    expect(await say('ovs-appctl fdb/show br1 | wc -l')).toBe(before)
    expect(await ping()).toBe('2 received')
  })

  test('a delay passes before a link is used', async () => {
    await twoSwitches('active-backup')
    await say('ovs-vsctl set Port bond0 bond_updelay=3000')
    await say('ip link set a2 down; ip link set a2 up')
    expect(await say('ovs-appctl bond/show bond0')).toMatch(/member a2: disabled\n {2}updelay expires in \d+ ms\n {2}may_enable: true/)
    await say('sleep 4')
    expect(await say('ovs-appctl bond/show bond0')).toContain('member a2: enabled\n  may_enable: true')
  })

  test('balance-slb: a source keeps to one link, and a flood comes back by none', async () => {
    await twoSwitches('balance-slb')
    expect(await ping()).toBe('2 received')
    const used = new Set<string>()
    for (let i = 1; i < 20; i++) {
      const flow = `in_port=h0,dl_src=00:00:00:00:00:${i.toString(16).padStart(2, '0')},dl_dst=00:00:00:00:01:00`
      used.add((await trace(flow)).split(',').at(-1)!.trim())
      expect(await trace(flow)).toBe(await trace(flow))
    }
    expect(used.size).toBeGreaterThan(1)
  })

  test('LACP and other things that the switch does not do are refused', async () => {
    await twoSwitches('active-backup')
    expect(await say('ovs-vsctl set Port bond0 lacp=active')).toBe(
      'ovs-vsctl: Port bond0: lacp: not emulated by netlab (nothing was changed)\nrc=126\n',
    )
    expect(await say('ovs-vsctl get Port bond0 lacp')).toBe('[]\n')
    expect(await say('ovs-vsctl set Bridge br0 stp_enable=true')).toContain('rc=126')
    expect(await say('ovs-vsctl set Bridge br0 mcast_snooping_enable=false')).toBe('')
  })
})

describe('mirrors', () => {
  const MIRROR = '--id=@p get Port span -- --id=@m create Mirror name=m0'
  const bridge = async (): Promise<void> => {
    await say('ovs-vsctl add-br br0')
    for (const [name, tag] of [
      ['x1', ''],
      ['x5', 'tag=5'],
      ['x6', 'tag=5'],
      ['span', ''],
    ])
      await say(`ovs-vsctl add-port br0 ${name} ${tag} -- set Interface ${name} type=internal; ip link set ${name} up`)
  }

  test('all packets to a port, before all else; that port is for nothing else', async () => {
    await bridge()
    await say(`ovs-vsctl ${MIRROR} select_all=true output_port=@p -- set Bridge br0 mirrors=@m`)
    const to = 'dl_src=50:54:00:00:00:05,dl_dst=50:54:00:00:00:77'
    const flood = (text: string): string[] => text.split(' => ')[1]!.split(',')
    expect(flood(await trace(`in_port=x1,${to}`))[0]).toBe('span')
    expect(flood(await trace(`in_port=x1,${to}`)).filter((port) => port === 'span')).toHaveLength(1)
    expect((await trace(`in_port=x5,${to}`)).split(' => ')[1]).toMatch(/^push_vlan\(vid=5,pcp=0\),span,/)
    expect(await say(`ovs-appctl ofproto/trace br0 in_port=span,${to}`)).toContain(
      ' >>>> dropping packet received on port span, which is reserved exclusively for mirroring <<<<',
    )
    await say('ovs-vsctl set Mirror m0 select_vlan=6')
    expect((await trace(`in_port=x5,${to}`)).split(' => ')[1]).not.toContain('span')
    await say('ovs-vsctl set Mirror m0 select_vlan=5 snaplen=100')
    expect((await trace(`in_port=x5,${to}`)).split(' => ')[1]).toMatch(/^push_vlan\(vid=5,pcp=0\),trunc\(100\),span,/)
  })

  test('a host at the port sees what others say, cut to length, and it is counted', async () => {
    await twoSwitches('active-backup')
    await say(
      'ovs-vsctl add-port br0 span -- set Interface span type=internal; ip link set span up; ip netns exec h0 ping -c 1 -q 10.0.0.11',
    )
    await say('sleep 60')
    await say(`ovs-vsctl ${MIRROR} select_all=true snaplen=60 output_port=@p -- set Bridge br0 mirrors=@m`)
    const seen = await say('timeout 3 tcpdump -nti span icmp & sleep 1; ip netns exec h0 ping -c 1 -q 10.0.0.11 > /dev/null; sleep 3')
    expect(seen.split('\n').filter((line) => line.startsWith('IP'))).toEqual([
      expect.stringMatching(/^IP truncated-ip - 38 bytes missing! 10\.0\.0\.10 > 10\.0\.0\.11: ICMP echo request/),
      expect.stringMatching(/^IP truncated-ip - 38 bytes missing! 10\.0\.0\.11 > 10\.0\.0\.10: ICMP echo reply/),
    ])
    expect(await say('sleep 5; ovs-vsctl get Mirror m0 statistics')).toMatch(/^\{tx_bytes=\d+, tx_packets=[2-9]\}\n$/)
  })

  test('into a VLAN; one without an output is no mirror', async () => {
    await bridge()
    await say('ovs-vsctl --id=@m create Mirror name=m0 select_all=true output_vlan=7 -- set Bridge br0 mirrors=@m')
    const text = (await trace('in_port=x5,dl_src=50:54:00:00:00:05,dl_dst=50:54:00:00:00:77')).split(' => ')[1]
    expect(text).toMatch(/^push_vlan\(vid=7,pcp=0\),[^p]*.*,pop_vlan,push_vlan\(vid=5,pcp=0\),/)
    await say('ovs-vsctl clear Mirror m0 output_vlan')
    expect(await say('tail -n 1 /var/log/openvswitch/ovs-vswitchd.log')).toContain(
      '|bridge|ERR|bridge br0: mirror m0 does not specify output; ignoring',
    )
  })
})

test('a fast_failover group hears at once that a link is down, cached packets or not', async () => {
  await say('for i in 1 2; do ip link add a$i type veth peer name b$i; ip link set a$i up; ip link set b$i up; done')
  await say('ovs-vsctl add-br br0 -- set Bridge br0 protocols=OpenFlow10,OpenFlow13; ovs-vsctl add-port br0 a1; ovs-vsctl add-port br0 a2')
  await say('ovs-ofctl -O OpenFlow13 add-group br0 group_id=1,type=ff,bucket=watch_port:1,output:1,bucket=watch_port:2,output:2')
  await say('ovs-ofctl -O OpenFlow13 add-flow br0 in_port=LOCAL,actions=group:1')
  await say('ip link set br0 up; ip addr add 10.0.0.1/24 dev br0; ip neigh add 10.0.0.2 lladdr 00:00:00:00:00:02 dev br0')
  const seen = async (): Promise<string> => {
    await say('ping -c 1 -W 1 10.0.0.2')
    return say("ovs-dpctl dump-flows | grep 'eth_type(0x0800)' | sed 's/.*actions://'")
  }
  expect(await seen()).toBe('2\n')
  await say('ip link set b1 down')
  expect(await seen()).toBe('3\n')
  await say('ip link set b1 up')
  expect(await seen()).toBe('2\n')
})
