import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatIpv4, parseIpv4, parsePrefix } from '../../src/addr/ipv4.js'
import { type NeutronRelease, profileOf } from '../../src/cloud/neutron/release.js'
import { defaultPools, inPool } from '../../src/cloud/neutron/server/ipam.js'
import { NeutronApi } from '../../src/cloud/neutron/server/neutron-api.js'
import { NeutronError } from '../../src/cloud/neutron/server/neutron-error.js'
import type { Notifier } from '../../src/cloud/neutron/server/notifier.js'
import { NeutronRest } from '../../src/cloud/neutron/server/rest.js'
import { Random } from '../../src/sim/random.js'

const ip = (text: string): number => parseIpv4(text)!
const cidr = (text: string) => parsePrefix(text)!

function silent(told: string[] = []): Notifier {
  return {
    networkChanged: (what, id) => void told.push(`network ${what} ${id.slice(0, 0)}`),
    subnetChanged: (what) => void told.push(`subnet ${what}`),
    portCreated: () => void told.push('port create'),
    portUpdated: (_, l2) => void told.push(`port update${l2 ? ' l2' : ''}`),
    portDeleted: () => void told.push('port delete'),
    routersUpdated: (ids) => void told.push(`routers ${ids.length}`),
    routerDeleted: () => void told.push('router delete'),
    groupRulesUpdated: () => void told.push('rules'),
    addressesChanged: () => {},
    portLeaves: () => undefined,
    bindingActivated: () => undefined,
    interfaceRemoved: () => void told.push('interface removed'),
    floatingIpChanged: () => void told.push('floating ip'),
    fipNamespaceUnneeded: () => void told.push('fip namespace unneeded'),
    membersUpdated: (_, ids) => void told.push(`members ${ids.length}`),
  }
}

function makeApi(release: NeutronRelease = 'icehouse', told: string[] = []): NeutronApi {
  return new NeutronApi({
    profile: profileOf(release)!,
    random: new Random('neutron-api'),
    clock: { nowUs: 0 },
    notifier: silent(told),
    projectId: 'p'.repeat(32),
    segmentPools: { tenantType: release === 'icehouse' ? 'gre' : 'vxlan', tunnelRange: [1, 1000], physical: new Map([['extnet', null]]) },
    underlayMtu: 1500,
  })
}

function refusal(work: () => unknown): [number, string, string] {
  try {
    work()
  } catch (error) {
    if (error instanceof NeutronError) return [error.status, error.type, error.message]
    throw error
  }
  throw new Error('nothing was refused')
}

function outside(api: NeutronApi) {
  const network = api.networks.create({
    name: 'ext',
    external: true,
    provider: { networkType: 'flat', physicalNetwork: 'extnet', segmentationId: null },
  })
  api.subnets.create({ networkId: network.id, cidr: cidr('192.168.0.0/24'), enableDhcp: false })
  return network
}

function inside(api: NeutronApi, range = '10.0.0.0/24') {
  const network = api.networks.create({ name: 'net' })
  const subnet = api.subnets.create({ networkId: network.id, cidr: cidr(range) })
  return { network, subnet }
}

describe('networks and subnets', () => {
  test('segment ids are the lowest free ones in Icehouse', () => {
    const api = makeApi()
    const ids = [1, 2, 3].map(() => api.networks.create({}))
    api.networks.delete(ids[1]!.id)
    expect([api.networks.create({}), api.networks.create({})].map((row) => row.segmentationId)).toEqual([2, 4])
  })

  test('a tunnel takes its headers off the MTU where networks have one', () => {
    expect(makeApi('stein').networks.create({}).mtu).toBe(1450)
    expect(makeApi('icehouse').networks.create({}).mtu).toBe(1500)
  })

  test('ranges of one network lie apart, pools in the range, the gateway in no pool', () => {
    const api = makeApi()
    const { network } = inside(api)
    const make = (pools: [string, string][], gateway?: string) => () =>
      api.subnets.create({
        networkId: network.id,
        cidr: cidr('10.1.0.0/24'),
        pools: pools.map(([first, last]) => ({ first: ip(first), last: ip(last) })),
        ...(gateway === undefined ? {} : { gatewayIp: ip(gateway) }),
      })
    expect(refusal(() => api.subnets.create({ networkId: network.id, cidr: cidr('10.0.0.128/25') }))).toEqual([
      400,
      'InvalidInput',
      `Invalid input for operation: Requested subnet with cidr: 10.0.0.128/25 for network: ${network.id} overlaps with another subnet.`,
    ])
    expect(refusal(make([['10.1.0.9', '10.1.0.5']]))).toEqual([
      400,
      'InvalidAllocationPool',
      'The allocation pool 10.1.0.9-10.1.0.5 is not valid.',
    ])
    expect(refusal(make([['10.1.0.9', '10.1.1.5']]))[1]).toBe('OutOfBoundsAllocationPool')
    expect(refusal(make([['10.1.0.2', '10.1.0.9']], '10.1.0.5'))).toEqual([
      409,
      'GatewayConflictWithAllocationPools',
      'Gateway ip 10.1.0.5 conflicts with allocation pool 10.1.0.2-10.1.0.9',
    ])
    const twice: [string, string][] = [
      ['10.1.0.2', '10.1.0.9'],
      ['10.1.0.8', '10.1.0.20'],
    ]
    expect(refusal(make(twice))).toEqual([
      409,
      'OverlappingAllocationPools',
      'Found overlapping allocation pools:10.1.0.2-10.1.0.9 10.1.0.8-10.1.0.20 for subnet 10.1.0.0/24.',
    ])
  })

  test('ports keep a network and a subnet, a DHCP port does not', () => {
    const api = makeApi()
    const { network, subnet } = inside(api)
    api.ports.create({ networkId: network.id, deviceOwner: 'network:dhcp' })
    const port = api.ports.create({ networkId: network.id })
    expect(refusal(() => api.subnets.delete(subnet.id))).toEqual([
      409,
      'SubnetInUse',
      `Unable to complete operation on subnet ${subnet.id}. One or more ports have an IP allocation from this subnet.`,
    ])
    expect(refusal(() => api.networks.delete(network.id))[1]).toBe('NetworkInUse')
    api.ports.delete(port.id)
    api.networks.delete(network.id)
    expect([api.db.networks.size, api.db.subnets.size, api.db.ports.size]).toEqual([0, 0, 0])
  })
})

describe('addresses', () => {
  test('Icehouse goes up and comes back to what was freed when it is through', () => {
    const api = makeApi()
    const { network } = inside(api, '10.0.0.0/29')
    const make = () => api.ports.create({ networkId: network.id })
    const ports = [make(), make(), make()]
    api.ports.delete(ports[0]!.id)
    const more = [make(), make(), make()]
    expect([...ports, ...more].map(({ fixedIps }) => formatIpv4(fixedIps[0]!.address))).toEqual([
      '10.0.0.2',
      '10.0.0.3',
      '10.0.0.4',
      '10.0.0.5',
      '10.0.0.6',
      '10.0.0.2',
    ])
    expect(refusal(make)).toEqual([409, 'IpAddressGenerationFailure', `No more IP addresses available on network ${network.id}.`])
  })

  test('Stein picks by chance, its DHCP ports take the lowest', () => {
    const api = makeApi('stein')
    const { network } = inside(api)
    const dhcp = api.ports.create({ networkId: network.id, deviceOwner: 'network:dhcp' })
    const others = Array.from({ length: 8 }, () => api.ports.create({ networkId: network.id }).fixedIps[0]!.address)
    expect(formatIpv4(dhcp.fixedIps[0]!.address)).toBe('10.0.0.2')
    expect(others.map(formatIpv4)).not.toEqual(Array.from({ length: 8 }, (_, i) => `10.0.0.${i + 3}`))
  })

  test('no address is given twice, none outside the pools, on either release', () => {
    fc.assert(
      fc.property(fc.constantFrom<NeutronRelease>('icehouse', 'stein'), fc.array(fc.boolean(), { maxLength: 60 }), (release, steps) => {
        const api = makeApi(release)
        const { network, subnet } = inside(api, '10.0.0.0/28')
        const alive: string[] = []
        for (const isDelete of steps) {
          if (isDelete && alive.length > 0) api.ports.delete(alive.shift()!)
          else if (alive.length < 13) alive.push(api.ports.create({ networkId: network.id }).id)
        }
        const addresses = alive.map((id) => api.ports.get(id).fixedIps[0]!.address)
        expect(new Set(addresses).size).toBe(addresses.length)
        for (const address of addresses) expect(subnet.pools.some((pool) => inPool(pool, address))).toBe(true)
      }),
    )
  })

  test('pools go around the gateway', () => {
    const text = defaultPools(cidr('10.0.0.0/29'), ip('10.0.0.3')).map(({ first, last }) => `${formatIpv4(first)}-${formatIpv4(last)}`)
    expect(text).toEqual(['10.0.0.1-10.0.0.2', '10.0.0.4-10.0.0.6'])
  })

  test('an address is asked for once', () => {
    const api = makeApi()
    const { network } = inside(api)
    const make = () => api.ports.create({ networkId: network.id, fixedIps: [{ address: ip('10.0.0.9') }] })
    make()
    expect(refusal(make)).toEqual([
      409,
      'IpAddressInUse',
      `Unable to complete operation for network ${network.id}. The IP address 10.0.0.9 is in use.`,
    ])
    expect(refusal(() => api.ports.create({ networkId: network.id, fixedIps: [{ address: ip('10.9.0.9') }] }))[2]).toBe(
      'Invalid input for operation: IP address 10.9.0.9 is not a valid IP for the defined networks subnets.',
    )
  })
})

describe('routers and floating IPs', () => {
  function routed(api: NeutronApi) {
    const ext = outside(api)
    const { network, subnet } = inside(api)
    const router = api.routers.create({ name: 'r' })
    api.routers.addInterface(router.id, { subnetId: subnet.id })
    api.routers.update(router.id, { gateway: { networkId: ext.id } })
    const port = api.ports.create({ networkId: network.id, deviceOwner: 'compute:None', deviceId: 'vm' })
    return { ext, network, subnet, router, port }
  }

  test('an interface takes the gateway address, once', () => {
    const api = makeApi()
    const { router, subnet } = routed(api)
    const [own] = api.db.portsOfDevice(router.id, 'network:router_interface')
    expect(formatIpv4(own!.fixedIps[0]!.address)).toBe('10.0.0.1')
    expect(own!.securityGroups).toEqual([])
    expect(refusal(() => api.routers.addInterface(router.id, { subnetId: subnet.id }))).toEqual([
      400,
      'BadRequest',
      `Bad router request: Router already has a port on subnet ${subnet.id}`,
    ])
    expect(refusal(() => api.ports.delete(own!.id))).toEqual([
      409,
      'L3PortInUse',
      `Port ${own!.id} has owner network:router_interface and therefore cannot be deleted directly via the port API.`,
    ])
  })

  test('a floating IP holds interface, gateway and router until it goes', () => {
    const api = makeApi()
    const { ext, router, subnet, port } = routed(api)
    const row = api.floatingIps.create({ networkId: ext.id, portId: port.id })
    expect([row.routerId, row.fixedIp]).toEqual([router.id, port.fixedIps[0]!.address])
    expect(refusal(() => api.routers.removeInterface(router.id, { subnetId: subnet.id }))[1]).toBe('RouterInterfaceInUseByFloatingIP')
    expect(refusal(() => api.routers.update(router.id, { gateway: null }))[1]).toBe('RouterExternalGatewayInUseByFloatingIp')
    expect(refusal(() => api.routers.delete(router.id))).toEqual([409, 'RouterInUse', `Router ${router.id} still has ports`])
    api.floatingIps.delete(row.id)
    api.routers.update(router.id, { gateway: null })
    api.routers.removeInterface(router.id, { subnetId: subnet.id })
    api.routers.delete(router.id)
    expect([...api.db.ports.values()].map(({ id }) => id)).toEqual([port.id])
  })

  test('a port that goes leaves its floating IP free', () => {
    const told: string[] = []
    const api = makeApi('icehouse', told)
    const { ext, port } = routed(api)
    const row = api.floatingIps.create({ networkId: ext.id, portId: port.id })
    told.length = 0
    api.ports.delete(port.id)
    expect([row.portId, row.fixedIp, row.routerId, row.status]).toEqual([null, null, null, 'DOWN'])
    expect(told).toEqual(['port delete', 'routers 1', 'members 1'])
  })

  test('without a router between there is no way to a port', () => {
    const api = makeApi('stein')
    const ext = outside(api)
    const { network, subnet } = inside(api)
    const port = api.ports.create({ networkId: network.id })
    const before = api.db.ports.size
    expect(refusal(() => api.floatingIps.create({ networkId: ext.id, portId: port.id }))).toEqual([
      404,
      'ExternalGatewayForFloatingIPNotFound',
      `External network ${ext.id} is not reachable from subnet ${subnet.id}.  Therefore, cannot associate Port ${port.id} with a Floating IP.`,
    ])
    expect(api.db.ports.size).toBe(before)
  })
})

describe('security groups', () => {
  test('the default group lets its members in and all out; a new one lets all out', () => {
    const api = makeApi()
    const words = (id: string) =>
      api.securityGroups.get(id).rules.map((rule) => `${rule.direction} ${rule.ethertype} ${rule.remoteGroupId === null ? '-' : 'own'}`)
    expect(words(api.securityGroups.defaultGroup().id)).toEqual(['ingress IPv4 own', 'egress IPv4 -', 'ingress IPv6 own', 'egress IPv6 -'])
    expect(words(api.securityGroups.create({ name: 'web' }).id)).toEqual(['egress IPv4 -', 'egress IPv6 -'])
    expect(refusal(() => api.securityGroups.create({ name: 'default' }))[1]).toBe('SecurityGroupDefaultAlreadyExists')
  })

  test('rules are checked as neutron checks them', () => {
    const api = makeApi()
    const { id } = api.securityGroups.create({ name: 'web' })
    const make = (more: object) => () => api.securityGroups.createRule({ groupId: id, direction: 'ingress', ...more })
    make({ protocol: 'tcp', portMin: 80, portMax: 80 })()
    expect(refusal(make({ protocol: 'tcp', portMin: 80, portMax: 80 }))).toEqual([
      409,
      'SecurityGroupRuleExists',
      `Security group rule already exists. Group id is ${id}.`,
    ])
    expect(refusal(make({ portMin: 80, portMax: 80 }))[2]).toBe('Must also specifiy protocol if port range is given.')
    expect(refusal(make({ protocol: 'tcp', portMin: 90, portMax: 80 }))[1]).toBe('SecurityGroupInvalidPortRange')
    expect(refusal(make({ protocol: 'icmp', portMin: 300 }))[2]).toBe(
      'Invalid value for ICMP type (port_range_min) 300. It must be 0 to 255.',
    )
    expect(refusal(make({ remotePrefix: '10.0.0.0/8', remoteGroupId: id }))[1]).toBe('SecurityGroupRemoteGroupAndRemoteIpPrefix')
  })

  test('a group that a port is in stays', () => {
    const api = makeApi()
    const { network } = inside(api)
    const { id } = api.securityGroups.create({ name: 'web' })
    const port = api.ports.create({ networkId: network.id, securityGroups: [id] })
    expect(refusal(() => api.securityGroups.delete(id))).toEqual([409, 'SecurityGroupInUse', `Security Group ${id} in use.`])
    api.ports.delete(port.id)
    api.securityGroups.delete(id)
    expect(api.db.securityGroups.has(id)).toBe(false)
  })
})

describe('the REST face', () => {
  function ask(api: NeutronApi) {
    const rest = new NeutronRest(api, (us) => us + 1_400_000_000_000_000)
    return (method: string, path: string, body: unknown = null): [number, unknown] => {
      const text = body === null ? '' : JSON.stringify(body)
      const reply = rest.answer({ method, path, body: text, version: 'HTTP/1.1', headers: new Map(), from: 0, fromPort: 0 })
      return [reply.status, reply.body === '' ? null : JSON.parse(reply.body)]
    }
  }

  test('rows have the keys of their release', () => {
    const keys = (release: NeutronRelease) => {
      const send = ask(makeApi(release))
      const [, reply] = send('POST', '/v2.0/networks.json', { network: { name: 'a' } })
      return Object.keys((reply as { network: object }).network).sort()
    }
    expect(keys('icehouse')).toEqual([
      'admin_state_up',
      'id',
      'name',
      'provider:network_type',
      'provider:physical_network',
      'provider:segmentation_id',
      'router:external',
      'shared',
      'status',
      'subnets',
      'tenant_id',
    ])
    expect(keys('stein')).toContain('revision_number')
  })

  test('filters and fields', () => {
    const api = makeApi()
    const send = ask(api)
    for (const name of ['a', 'b']) send('POST', '/v2.0/networks', { network: { name } })
    expect(send('GET', '/v2.0/networks?name=b&fields=name')).toEqual([200, { networks: [{ name: 'b' }] }])
    expect(send('GET', '/v2.0/networks?router%3Aexternal=True')).toEqual([200, { networks: [] }])
  })

  test('what it does not take, it says', () => {
    const send = ask(makeApi())
    const said = (reply: [number, unknown]) => [
      reply[0],
      (reply[1] as { NeutronError: { type: string; message: string } }).NeutronError.message,
    ]
    expect(said(send('GET', '/v2.0/networks/4711'))).toEqual([404, 'Network 4711 could not be found'])
    expect(said(send('POST', '/v2.0/subnets', { subnet: { cidr: '10.0.0.0/24', ip_version: 4 } }))).toEqual([
      400,
      "Failed to parse request. Required attribute 'network_id' not specified",
    ])
    expect(said(send('POST', '/v2.0/networks', { network: { colour: 'red' } }))).toEqual([400, "Unrecognized attribute(s) 'colour'"])
    expect(said(send('POST', '/v2.0/networks', { network: { admin_state_up: 'maybe' } }))).toEqual([
      400,
      "Invalid input for admin_state_up. Reason: 'maybe' cannot be converted to boolean.",
    ])
  })

  test('a router gets an interface and its way out', () => {
    const api = makeApi('stein')
    const send = ask(api)
    const ext = outside(api)
    const { subnet, network } = inside(api)
    const [, made] = send('POST', '/v2.0/routers', { router: { name: 'r', external_gateway_info: { network_id: ext.id } } })
    const { id } = (made as { router: { id: string } }).router
    const [status, info] = send('PUT', `/v2.0/routers/${id}/add_router_interface`, { subnet_id: subnet.id })
    expect(status).toBe(200)
    expect(info).toMatchObject({ id, subnet_id: subnet.id, network_id: network.id })
    expect(send('DELETE', `/v2.0/routers/${id}`)[0]).toBe(409)
  })
})
