// A machine that asks for very many neighbours: its table has a limit, and the kernel log says that it was met.
import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

test('more than gc_thresh3 neighbours: a line in the log; what failed makes room', async () => {
  const lab = await Lab.boot(await loadScenario('sandbox'))
  const run = async (line: string): Promise<string> => (await lab.run('sandbox', line)).stdout
  await run('ip link add vx type veth peer name vy; ip link set vx up; ip link set vy up; ip addr add 10.5.0.1/16 dev vx')
  await run('sysctl -qw net.ipv4.neigh.default.gc_thresh2=10 net.ipv4.neigh.default.gc_thresh3=20')
  // Writing to UDP says nothing of it (udp_send_skb).
  expect(await run('for i in $(seq 1 100); do echo x > /dev/udp/10.5.1.$i/9; done; ip neigh show dev vx | wc -l')).toBe('20\n')
  expect(await run('dmesg | grep -c "neighbour: arp_cache: neighbor table overflow!"')).toMatch(/^[1-9]/)
  await run('sleep 5')
  expect(await run('ping -c 1 -W 4 10.5.2.1')).toContain('Destination Host Unreachable')
  expect(await run('ip neigh show dev vx | wc -l')).toBe('11\n')
})
