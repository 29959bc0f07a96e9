// Loops of bridges and switches without STP storm for ever, as real ones do; the lab stays usable, and the kernel log names what happens.
import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

const BRIDGES = [
  'ip link add br0 type bridge; ip link add br1 type bridge',
  'for i in 1 2; do ip link add va$i type veth peer name vb$i; ip link set va$i master br0 up; ip link set vb$i master br1 up; done',
  'ip link set br0 up; ip link set br1 up; ip addr add 10.0.0.1/24 dev br0',
]
const SWITCHES = [
  'ovs-vsctl add-br s1 -- add-br s2',
  'for i in 1 2; do ip link add a$i type veth peer name b$i; ip link set a$i up; ip link set b$i up; ovs-vsctl add-port s1 a$i -- add-port s2 b$i; done',
  'ip link set s1 up; ip addr add 10.0.0.1/24 dev s1',
]

for (const [what, lines, port, cut] of [
  ['Linux bridges with two links', BRIDGES, 'va1', 'ip link set va2 down'],
  ['Open vSwitches with two links', SWITCHES, 'a1', 'ovs-vsctl del-port s1 a2'],
] as const) {
  test(`${what}: the storm is told, counted and ended by cutting the loop`, async () => {
    const lab = await Lab.boot(await loadScenario('sandbox'))
    const run = async (line: string): Promise<string> => (await lab.run('sandbox', line)).stdout
    for (const line of lines) await run(line)
    await run('arping -c 1 -w 1 -I $(ip -o -4 addr show to 10.0.0.1 | cut -d" " -f2) 10.0.0.9')
    // Not in the loop: what is there passes as if nothing was.
    await run('ip netns add x; ip link add vx type veth peer name vy netns x; ip addr add 10.9.0.1/24 dev vx; ip link set vx up')
    await run('ip netns exec x ip addr add 10.9.0.2/24 dev vy; ip netns exec x ip link set vy up')
    expect(await run('ping -c 3 -i 0.2 10.9.0.2')).toMatch(/3 received, 0% packet loss[\s\S]*= 0\.\d+\/0\.\d+\/0\.\d+\//)
    const count = async (): Promise<number> => Number(await run(`cat /sys/class/net/${port}/statistics/tx_packets`))
    const before = await count()
    await run('sleep 0.2')
    const perSecond = ((await count()) - before) / 0.2
    expect(perSecond).toBeGreaterThan(500)
    expect(perSecond).toBeLessThan(20_000)
    expect(await run('dmesg | grep -c "netlab: frame storm: frames have passed through .* without end"')).toBe('1\n')
    if (port === 'va1')
      expect(await run('dmesg | grep -c "br0: received packet on va. with own address as source address"')).toMatch(/^[1-9]/)
    await run(`${cut}; sleep 1`)
    expect(await run('dmesg | tail -n 3 | grep -o "frame storm: is over"')).toBe('frame storm: is over\n')
    const after = await count()
    await run('sleep 0.2')
    expect((await count()) - after).toBeLessThan(10)
  })
}
