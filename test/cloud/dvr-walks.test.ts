// Random commands of a cloud's user in a cloud with distributed routers: whatever they lead to, doctor finds nothing that the agents left
// undone, explain says of any pair what a ping then meets, and asking changes nothing.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { explain } from '../../src/explain/explain.js'
import type { Lab } from '../../src/lab/lab.js'
import { missing } from '../faults/proofs.js'
import { difference, rootsOfLab, walk } from '../lab/world-graph.js'
import { bootDvr } from './dvr-variation.js'

const move = (name: string, host: string): string =>
  `openstack --os-compute-api-version 2.30 server migrate --live-migration --block-migration --host ${host} ${name}; sleep 30`
const port = (name: string): string => `$(openstack port list --server ${name} -f value -c ID)`
const turned = (how: string): string =>
  `openstack router set --disable r1; sleep 5; openstack router set --${how} r1; openstack router set --enable r1`

const LINES: readonly string[] = [
  move('vm1', 'c2'),
  move('vm1', 'c1'),
  move('vm2', 'c1'),
  'openstack server add floating ip vm2 100.122.0.101',
  'openstack server add floating ip vm1 100.122.0.101',
  'openstack floating ip unset --port 100.122.0.100',
  `openstack floating ip set --port ${port('vm3')} 100.122.0.100`,
  'openstack router set --external-gateway floating --disable-snat r1',
  'openstack router set --external-gateway floating --enable-snat r1',
  'openstack router unset --external-gateway r1',
  'openstack router set --external-gateway floating r1',
  'openstack router remove subnet r1 away-subnet',
  'openstack router add subnet r1 away-subnet',
  'openstack router set --route destination=10.200.0.0/16,gateway=100.122.0.99 r1',
  turned('centralized'),
  turned('distributed'),
  `openstack port set --no-security-group --disable-port-security ${port('vm2')}`,
  'openstack server stop vm3; sleep 20; openstack server start vm3; sleep 20',
  'openstack server reboot --hard vm1; sleep 30',
  'systemctl restart neutron-l3-agent',
  'systemctl restart neutron-openvswitch-agent',
]

const SERVERS = ['vm1', 'vm2', 'vm3']
const TO = ['10.1.0.5', '10.1.0.6', '10.2.0.7', '100.122.0.100', '100.122.0.101', '8.8.8.8']

const server = (name: string, host: string, network: string, address: string): Readonly<Record<string, unknown>> => ({
  name,
  host,
  boot: true,
  nics: [{ network, address }],
})

const network = (name: string, cidr: string): Readonly<Record<string, unknown>> => ({ name, subnets: [{ name: `${name}-subnet`, cidr }] })

function boot(): Promise<Lab> {
  return bootDvr({
    computes: 2,
    networks: [network('lan', '10.1.0.0/24'), network('away', '10.2.0.0/26')],
    routers: [
      { name: 'r1', host: 'ctl', external: { network: 'floating' }, interfaces: [{ subnet: 'lan-subnet' }, { subnet: 'away-subnet' }] },
    ],
    servers: [server('vm1', 'c1', 'lan', '10.1.0.5'), server('vm2', 'c2', 'lan', '10.1.0.6'), server('vm3', 'c2', 'away', '10.2.0.7')],
    more: {
      'floating-ips': [
        { address: '100.122.0.100', network: 'floating', server: 'vm1' },
        { address: '100.122.0.101', network: 'floating' },
      ],
    },
  })
}

function verdictOf(lab: Lab, from: string, to: string): string {
  return explain(lab.copyWorld(), new Map(lab.nodes.map(({ name, machine }) => [name, machine])), { from, to }).verdict
}

/** Null: explain says what ping does. */
async function disagreement(lab: Lab, from: string, to: string): Promise<string | null> {
  const verdict = verdictOf(lab, from, to)
  const { exitCode } = await lab.run(from, `ping -c 1 -W 2 ${to}`)
  return (verdict === 'answered') === (exitCode === 0) ? null : `${from} to ${to}: ${verdict}, ping ${exitCode}`
}

/** What asking about every pair leaves behind. */
function tracesOfAsking(lab: Lab): string[] {
  const before = walk(rootsOfLab(lab)).lines
  for (const from of SERVERS) for (const to of TO) verdictOf(lab, from, to)
  return difference(before, walk(rootsOfLab(lab)).lines)
}

test('doctor and explain after random commands', { timeout: 240_000 }, async () => {
  const pair = fc.tuple(fc.constantFrom(...SERVERS, 'ext'), fc.constantFrom(...TO))
  const step = fc.tuple(fc.nat(LINES.length - 1), pair)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 8 }), async (steps) => {
      const lab = await boot()
      for (const [pick, [from, to]] of steps) {
        const line = LINES[pick]!
        await lab.run(line.startsWith('systemctl') ? 'c1' : 'ctl', `${line}; sleep 20`)
        expect(missing(lab), line).toEqual([])
        expect(await disagreement(lab, from, to), line).toBe(null)
      }
      expect(tracesOfAsking(lab)).toEqual([])
      expect(lab.takeBugs()).toEqual([])
      lab.close()
    }),
    { numRuns: 2, seed: 32 },
  )
})
