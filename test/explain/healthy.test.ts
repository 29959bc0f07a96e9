// The whole texts of healthy paths, request and reply: what a learner reads.
import { expect, test } from 'vitest'
import type { ExplainOptions } from '../../src/explain/explain.js'
import type { Lab } from '../../src/lab/lab.js'
import { boot, textOf } from './world.js'

const golden = (name: string): string => `../golden/explain/${name}.txt`

/** A proxy waits a random time before it answers; a client's port is drawn. */
function told(lab: Lab, options: ExplainOptions, detail: 'minimal' | 'summary' | 'full' = 'summary'): string {
  return textOf(lab, options, detail)
    .replace(/ after [\d.]+ ms/, ' after N ms')
    .replace(/(100\.121\.0\.75):\d{5}\b/g, '$1:PORT')
}

test('flat-dhcp: out through a floating IP and in from outside', async () => {
  const lab = await boot('flat-dhcp')
  await lab.run('controller-1', 'nova boot --image cirros --flavor 1 vm1 > /dev/null; sleep 30')
  await lab.run('controller-1', 'nova floating-ip-create > /dev/null; nova add-floating-ip vm1 192.168.56.225; sleep 10')
  await lab.run('controller-1', 'nova secgroup-add-rule default icmp -1 -1 0.0.0.0/0 > /dev/null; sleep 5')
  await expect(told(lab, { from: 'server=vm1', to: '8.8.8.8' })).toMatchFileSnapshot(golden('flat-dhcp-out'))
  await expect(told(lab, { from: 'external', to: 'fip=192.168.56.225' })).toMatchFileSnapshot(golden('flat-dhcp-in'))
})

test('legacy-l3: out through the router, over the tunnel, and to a floating IP', async () => {
  const lab = await boot('legacy-l3')
  await expect(told(lab, { from: 'vm1', to: '8.8.8.8' })).toMatchFileSnapshot(golden('legacy-l3-out'))
  await expect(told(lab, { from: 'external', to: 'server=vm3' }, 'minimal')).toMatchFileSnapshot(golden('legacy-l3-unreachable'))
  await expect(told(lab, { from: 'external', to: 'fip=192.168.0.3' })).toMatchFileSnapshot(golden('legacy-l3-in'))
})

test('dvr-fip: out through the floating IP of the host, in from outside, rule by rule', async () => {
  const lab = await boot('dvr-fip')
  await expect(told(lab, { from: 'master-2', to: '100.121.0.75' })).toMatchFileSnapshot(golden('dvr-fip-out'))
  await expect(told(lab, { from: 'sdata', to: 'fip=100.122.0.145' })).toMatchFileSnapshot(golden('dvr-fip-in'))
  await expect(told(lab, { from: 'master-2', to: '100.121.0.75' }, 'minimal')).toMatchFileSnapshot(golden('dvr-fip-out-minimal'))
  await expect(told(lab, { from: 'sdata', to: 'fip=100.122.0.145', dport: 22 }, 'minimal')).toMatchFileSnapshot(golden('dvr-fip-in-tcp'))
})
