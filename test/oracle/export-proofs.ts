// Who reaches whom in each scenario, with the TTL of the answer: hops on the way, of DVR also those through the fip namespaces.

export interface Ping {
  readonly from: string
  readonly to: string
  /** null: no answer comes. */
  readonly ttl: number | null
}

/** By HTTP: what TCP through switches and NAT comes to. */
export interface Fetch {
  readonly from: string
  readonly url: string
  readonly answer: string
}

export interface Proof {
  readonly scenario: string
  /** Typed in the lab before it is exported. */
  readonly typed: readonly string[]
  readonly pings: readonly Ping[]
  readonly fetches?: readonly Fetch[]
}

export const PROOFS: readonly Proof[] = [
  {
    scenario: 'primitives',
    typed: [],
    pings: [
      { from: 'p01-a', to: '10.0.0.2', ttl: 64 },
      { from: 'p02-h1', to: '10.0.0.3', ttl: 64 },
      { from: 'p07-h', to: '10.7.3.2', ttl: 61 },
      { from: 'p11-h1', to: '10.0.0.4', ttl: 64 },
    ],
  },
  {
    scenario: 'flat-dhcp',
    typed: [
      '@controller-1 nova boot --image cirros --flavor 1 cirros; sleep 30',
      '@controller-1 nova boot --image cirros --flavor 1 other; sleep 30',
    ],
    pings: [
      { from: 'controller-1', to: '10.0.0.2', ttl: 64 },
      { from: 'cirros', to: '8.8.8.8', ttl: 63 },
      { from: 'cirros', to: '10.0.0.3', ttl: 64 },
      { from: 'external', to: '8.8.8.8', ttl: 64 },
    ],
  },
  {
    scenario: 'legacy-l3',
    typed: [],
    pings: [
      { from: 'vm1', to: '10.10.10.1', ttl: 64 },
      { from: 'vm1', to: '192.168.0.100', ttl: 63 },
      { from: 'vm1', to: '8.8.8.8', ttl: 63 },
      { from: 'vm3', to: '192.168.0.100', ttl: 63 },
      { from: 'vm3', to: '10.10.10.7', ttl: 63 },
      { from: 'external', to: '192.168.0.3', ttl: 63 },
    ],
    fetches: [
      { from: 'vm3', url: 'http://192.168.0.100/', answer: 'hello from web-external to 192.168.0.3\n' },
      { from: 'vm1', url: 'http://169.254.169.254/latest/meta-data/local-ipv4', answer: '10.10.10.7' },
    ],
  },
  {
    scenario: 'legacy-l3-vxlan',
    typed: [],
    pings: [
      { from: 'vm1', to: '8.8.8.8', ttl: 63 },
      { from: 'vm1', to: '10.11.11.63', ttl: 64 },
      { from: 'vm2', to: '192.168.100.1', ttl: 63 },
      { from: 'external', to: '192.168.100.41', ttl: 63 },
      { from: 'external', to: '192.168.100.63', ttl: 63 },
      // In a group without rules.
      { from: 'vm9', to: '172.16.0.2', ttl: null },
    ],
    fetches: [{ from: 'vm1', url: 'http://192.168.100.1/', answer: 'hello from web-external to 192.168.100.41\n' }],
  },
  {
    scenario: 'dvr-fip',
    typed: [],
    pings: [
      { from: 'master-2', to: '100.121.0.75', ttl: 61 },
      { from: 'serviceproxy01', to: '100.122.0.145', ttl: 61 },
      { from: 'serviceproxy01', to: '100.122.0.146', ttl: 61 },
      { from: 'master-2', to: '8.8.8.8', ttl: 62 },
      // Without a floating IP by the network node.
      { from: 'vm32', to: '100.121.0.75', ttl: 62 },
      { from: 'vm21', to: '8.8.8.8', ttl: 63 },
      { from: 'vm32', to: '192.168.3.69', ttl: 64 },
    ],
    fetches: [
      { from: 'serviceproxy01', url: 'http://100.122.0.145/', answer: 'hello from web-master-2 to 100.121.0.57\n' },
      { from: 'vm32', url: 'http://100.121.0.75/', answer: 'hello from web-sdata to 100.122.0.60\n' },
      { from: 'vm32', url: 'http://169.254.169.254/latest/meta-data/local-ipv4', answer: '192.168.3.32' },
    ],
  },
]
