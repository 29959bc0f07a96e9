// nova-compute with neutron by release: what it types to plug a server, in which order, and that nothing is left when the server goes.
import { expect, test } from 'vitest'
import { parseMac } from '../../src/addr/mac.js'
import type { CloudHost, GuestSpec } from '../../src/cloud/host.js'
import type { NeutronRelease } from '../../src/cloud/neutron/release.js'
import type { Vif } from '../../src/cloud/neutron/rpc.js'
import { NeutronCompute } from '../../src/cloud/neutron/vif/neutron-compute.js'
import type { Server } from '../../src/cloud/nova/objects.js'
import type { Machine } from '../../src/node/machine.js'
import { drive, makeMachine } from '../node/support.js'
import type { L2Lab } from './l2-lab.js'
import { l2Lab, NETWORK } from './l2-lab.js'

const PORT = '8cbe7bb6-18d9-4455-abce-473ebe5a9591'
const SERVER_ID = '3b1de5c2-52f0-4e0b-9e5f-4a1f6f2b7c01'

const server: Server = {
  id: SERVER_ID,
  instanceId: 1,
  name: 'vm1',
  image: { id: 'image', name: 'cirros', node: 'cirros-0.3' },
  bootVolume: null,
  flavor: { id: '1', name: 'm1.tiny', ramMb: 512, diskGb: 1, vcpus: 1 },
  keyName: null,
  securityGroups: [],
  nics: [],
  services: [],
  machineName: null,
  createdUs: 0,
  launchedUs: null,
  adminPassword: 'secret',
  status: 'BUILD',
  taskState: 'spawning',
  updatedUs: 0,
  host: 'compute',
  fixed: null,
  userData: null,
  metadata: new Map(),
  fault: null,
}

function vif(options: Partial<Vif> = {}): Vif {
  const mac = parseMac('fa:16:3e:32:28:af')!
  return { portId: PORT, networkId: NETWORK, networkName: 'private1', mac, fixedIps: [], subnets: [], mtu: 1500, hybrid: true, ...options }
}

interface ComputeLab extends L2Lab {
  readonly compute: NeutronCompute
  readonly guests: GuestSpec[]
}

/** Guests are switched on as machines that nobody wired. */
function computeLab(release: NeutronRelease): ComputeLab {
  const lab = l2Lab(release)
  const guests: GuestSpec[] = []
  const host: CloudHost = {
    asleep: () => null,
    machine: () => lab.machine,
    addGuest: (guest): Machine => {
      guests.push(guest)
      return makeMachine('cirros-0.3')
    },
    removeGuest: () => void guests.pop(),
    holdTaps: () => {},
    moveGuest: () => {},
    announceNic: () => {},
    addNic: () => {},
    removeNic: () => {},
  }
  return { ...lab, guests, compute: new NeutronCompute({ ...lab.context, lab: host }) }
}

async function boot({ compute, machine }: ComputeLab, nic: Vif): Promise<void> {
  const done = compute.spawn(server, [nic])
  machine.sim.scheduler.after(6_000_000, () => compute.vifPlugged(nic.portId))
  await drive(machine, done)
}

async function devices({ out }: L2Lab): Promise<string> {
  return out(
    'ip -o link | sed "s/^[0-9]*: \\([^:@ ]*\\).*/\\1/" | sort; ovs-vsctl list-ports br-int; brctl show; virsh list --all; ls /var/lib/nova/instances',
  )
}

test('Icehouse: nova types the way of the document; the server runs when its NIC is wired', async () => {
  const lab = computeLab('icehouse')
  await lab.out('mkdir -p /var/lib/nova/instances; ovs-vsctl add-br br-int')
  const before = await devices(lab)
  await boot(lab, vif())
  expect(lab.typed()).toEqual([
    'brctl addbr qbr8cbe7bb6-18',
    'brctl setfd qbr8cbe7bb6-18 0',
    'brctl stp qbr8cbe7bb6-18 off',
    'tee /sys/class/net/qbr8cbe7bb6-18/bridge/multicast_snooping',
    'ip link add qvb8cbe7bb6-18 type veth peer name qvo8cbe7bb6-18',
    'ip link set qvb8cbe7bb6-18 up',
    'ip link set qvb8cbe7bb6-18 promisc on',
    'ip link set qvo8cbe7bb6-18 up',
    'ip link set qvo8cbe7bb6-18 promisc on',
    'ip link set qbr8cbe7bb6-18 up',
    'brctl addif qbr8cbe7bb6-18 qvb8cbe7bb6-18',
    `ovs-vsctl --timeout=120 -- --if-exists del-port qvo8cbe7bb6-18 -- add-port br-int qvo8cbe7bb6-18 -- set Interface qvo8cbe7bb6-18 external-ids:iface-id=${PORT} external-ids:iface-status=active external-ids:attached-mac=fa:16:3e:32:28:af external-ids:vm-uuid=${SERVER_ID}`,
    `tee /var/lib/nova/instances/${SERVER_ID}/libvirt.xml`,
    `tee /var/lib/nova/instances/${SERVER_ID}/console.log`,
    '(ip tuntap add dev tap8cbe7bb6-18 mode tap)',
    '(ip link set tap8cbe7bb6-18 address fe:16:3e:32:28:af)',
    '(brctl addif qbr8cbe7bb6-18 tap8cbe7bb6-18)',
    '(ip link set tap8cbe7bb6-18 up)',
  ])
  expect(await lab.out('brctl show | tail -n +2')).toMatch(
    /^qbr8cbe7bb6-18\t\t8000\.[0-9a-f]{12}\tno\t\tqvb8cbe7bb6-18\n\t+tap8cbe7bb6-18\n$/,
  )
  expect(await lab.out('virsh list')).toBe(
    ` Id    Name                           State
----------------------------------------------------
 1     instance-00000001              running

`,
  )
  expect(await lab.out('virsh domiflist instance-00000001')).toBe(
    `Interface  Type       Source     Model       MAC
-------------------------------------------------------
tap8cbe7bb6-18 bridge     qbr8cbe7bb6-18 virtio      fa:16:3e:32:28:af

`,
  )
  expect(lab.machine.sim.nowUs).toBeGreaterThan(6_000_000)
  await drive(lab.machine, lab.compute.destroy(server))
  expect(await devices(lab)).toBe(before)
  expect(lab.guests).toEqual([])
})

test('Stein: os-vif does the same without nova typing it; the tap has the MTU of the bridge', async () => {
  const lab = computeLab('stein')
  await lab.out('mkdir -p /var/lib/nova/instances; ovs-vsctl add-br br-int')
  const before = await devices(lab)
  await boot(lab, vif({ mtu: 1450 }))
  expect(lab.typed().filter((line) => !line.startsWith('(') && !line.startsWith('tee'))).toEqual([])
  expect(await lab.out('ip -o link | grep 8cbe7bb6 | sed "s/^[0-9]*: //; s/<.*> //; s/ qdisc .*//; s/@[^:]*//"')).toBe(
    `qbr8cbe7bb6-18: mtu 1450
qvo8cbe7bb6-18: mtu 1450
qvb8cbe7bb6-18: mtu 1450
tap8cbe7bb6-18: mtu 1450
`,
  )
  expect(await lab.out('ip -6 addr show dev qbr8cbe7bb6-18')).toBe('')
  await drive(lab.machine, lab.compute.destroy(server))
  expect(await devices(lab)).toBe(before)
})

test('without the iptables firewall the tap itself is a port of br-int', async () => {
  const lab = computeLab('stein')
  await lab.out('mkdir -p /var/lib/nova/instances; ovs-vsctl add-br br-int')
  await boot(lab, vif({ hybrid: false }))
  expect(await lab.out('ovs-vsctl list-ports br-int; brctl show | grep -c qbr')).toBe('tap8cbe7bb6-18\n0\n')
  expect(await lab.out('ovs-vsctl get Interface tap8cbe7bb6-18 external_ids:iface-id')).toBe(`"${PORT}"\n`)
  await drive(lab.machine, lab.compute.destroy(server))
  expect(await lab.out('ovs-vsctl list-ports br-int')).toBe('')
})

test('a NIC that nobody wires: the boot fails after five minutes and leaves nothing', async () => {
  const lab = computeLab('icehouse')
  await lab.out('mkdir -p /var/lib/nova/instances; ovs-vsctl add-br br-int')
  const before = await devices(lab)
  const fault = lab.compute.spawn(server, [vif()]).then(
    () => null,
    (error: unknown) => String(error),
  )
  expect(await drive(lab.machine, fault)).toBe('Error: Virtual Interface creation failed')
  expect(lab.machine.sim.nowUs).toBeGreaterThan(300_000_000)
  expect(await devices(lab)).toBe(before)
})
