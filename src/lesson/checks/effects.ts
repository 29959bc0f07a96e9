// What a command that the learner typed looked at or did, whichever of the many tools it was: `ip a` and `ifconfig` both show addresses.

export interface Effect {
  readonly name: string
  readonly fields: Readonly<Record<string, string>>
}

type Reader = (words: readonly string[]) => Effect[]

const effect = (name: string, fields: Record<string, string> = {}): Effect => ({ name, fields })

export const effectNames: readonly string[] = [
  'addresses',
  'links',
  'routes',
  'route-get',
  'rules',
  'neighbours',
  'namespaces',
  'bridges',
  'fdb',
  'firewall',
  'conntrack',
  'sysctl',
  'file',
  'processes',
  'servers',
  'floating-ips',
  'security-groups',
  'agent-log',
  'explain',
  'doctor',
  'diagnosis',
  'capture',
  'ping',
  'fetch',
  'connect',
  'login',
  'console',
  'sockets',
  'trace-route',
  'resolve',
  'switch',
  'switch-ports',
  'mac-table',
  'flows',
  'flow-trace',
  'networks',
  'ports',
  'routers',
  'agents',
  'switch-record',
  'device-details',
]

/** The effects of one process's argument vector. */
export function effectsOf(argv: readonly string[]): Effect[] {
  const words = withoutWrapper(argv)
  const [name = '', ...rest] = words
  return READERS[name.split('/').at(-1) ?? '']?.(rest) ?? []
}

// sudo and friends only wrap; `ip netns exec NAME CMD` runs CMD elsewhere, which the namespace of the process tells.
function withoutWrapper(argv: readonly string[]): readonly string[] {
  const name = argv[0]?.split('/').at(-1)
  if (name === 'sudo' || name === 'watch' || name === 'time' || name === 'timeout') {
    let at = 1
    while (at < argv.length && (argv[at]?.startsWith('-') || (name !== 'sudo' && /^[\d.]+s?$/.test(argv[at] ?? '')))) at++
    return withoutWrapper(argv.slice(at))
  }
  if (name === 'ip' && argv[1] === 'netns' && argv[2] === 'exec') return withoutWrapper(argv.slice(4))
  return argv
}

const plain = (words: readonly string[]) => words.filter((word) => !word.startsWith('-'))

function optionValue(words: readonly string[], ...names: readonly string[]): string | null {
  const at = words.findIndex((word) => names.includes(word))
  return at < 0 ? null : (words[at + 1] ?? null)
}

const isPrefixOf = (word: string | undefined, full: string, least = 1) =>
  word !== undefined && word.length >= least && full.startsWith(word)

function readIp(words: readonly string[]): Effect[] {
  let at = 0
  while (words[at]?.startsWith('-')) at += words[at] === '-n' || words[at] === '-f' ? 2 : 1
  const [object, verb = 'show', ...rest] = words.slice(at)
  const shows = ['show', 'list', 'lst'].some((word) => word.startsWith(verb)) || verb === 'ls'
  const device = optionValue(words, 'dev') ?? (rest.length === 1 ? (rest[0] ?? '') : '')
  if (isPrefixOf(object, 'address') || object === 'addr') return shows ? [effect('addresses', { device }), effect('links', { device })] : []
  if (isPrefixOf(object, 'link')) return shows ? [effect('links', { device })] : []
  if (isPrefixOf(object, 'rule', 2)) return shows ? [effect('rules')] : []
  if (isPrefixOf(object, 'route') || object === 'r')
    return verb === 'get'
      ? [effect('route-get', { to: rest[0] ?? '' })]
      : shows
        ? [effect('routes', { table: optionValue(words, 'table') ?? 'main' })]
        : []
  if (isPrefixOf(object, 'neighbour') || isPrefixOf(object, 'neighbor'))
    return shows ? [effect('neighbours', { device: optionValue(words, 'dev') ?? '' })] : []
  if (isPrefixOf(object, 'netns', 3)) return shows ? [effect('namespaces')] : []
  return []
}

function readIptables(words: readonly string[]): Effect[] {
  const table = optionValue(words, '-t', '--table') ?? 'filter'
  const list = words.findIndex((word) => /^(--list(-rules)?|-[a-zA-Z]*[LS][a-zA-Z]*)$/.test(word))
  if (list < 0) return []
  const chain = words[list + 1]
  return [effect('firewall', { table, chain: chain === undefined || chain.startsWith('-') ? '' : chain })]
}

function readBrctl(words: readonly string[]): Effect[] {
  if (words[0] === 'show' || words[0] === undefined) return [effect('bridges', { device: words[1] ?? '' })]
  return words[0] === 'showmacs' ? [effect('fdb', { device: words[1] ?? '' })] : []
}

function readBridge(words: readonly string[]): Effect[] {
  const [object] = plain(words)
  if (isPrefixOf(object, 'fdb')) return [effect('fdb', { device: optionValue(words, 'br', 'dev') ?? '' })]
  return isPrefixOf(object, 'link') ? [effect('bridges')] : []
}

function readIfconfig(words: readonly string[]): Effect[] {
  const names = plain(words)
  if (names.length > 1) return []
  return [effect('addresses', { device: names[0] ?? '' }), effect('links', { device: names[0] ?? '' })]
}

function readSysctl(words: readonly string[]): Effect[] {
  return plain(words)
    .filter((word) => !word.includes('='))
    .map((key) => effect('sysctl', { key }))
}

function readFile(words: readonly string[]): Effect[] {
  return plain(words).flatMap((path) => {
    const sysctl = /^\/proc\/sys\/(.+)$/.exec(path)?.[1]
    return sysctl === undefined
      ? [effect('file', { path })]
      : [effect('file', { path }), effect('sysctl', { key: sysctl.replaceAll('/', '.') })]
  })
}

function readNova(words: readonly string[]): Effect[] {
  const [verb = '', what = ''] = plain(words)
  if (verb === 'list' || verb === 'show') return [effect('servers', { server: verb === 'show' ? what : '' })]
  if (verb.startsWith('floating-ip-')) return [effect('floating-ips')]
  if (verb === 'console-log') return [effect('console', { server: what })]
  return verb.startsWith('secgroup-list') ? [effect('security-groups')] : []
}

const CLOUD_EFFECTS: Readonly<Record<string, string>> = {
  net: 'networks',
  network: 'networks',
  subnet: 'networks',
  port: 'ports',
  router: 'routers',
  floatingip: 'floating-ips',
  'floating-ip': 'floating-ips',
  'security-group': 'security-groups',
  'security-group-rule': 'security-groups',
  agent: 'agents',
  'network-agent': 'agents',
  server: 'servers',
}

/** `neutron port-list` and `openstack port list` ask for the same: what, then how, joined by hyphens or apart. */
function readCloud(words: readonly string[]): Effect[] {
  const [, object = '', what = ''] = /^(.+?)-(?:list|show)(?:-(.*))?$/.exec(plain(words).join('-')) ?? []
  const name = CLOUD_EFFECTS[object]
  if (name === undefined) return []
  if (name === 'ports') return [effect(name, { owner: ownerAsked(words) })]
  return [effect(name, name === 'servers' ? { server: what } : {})]
}

/** Only ports of this owner: a list of all does not say whose each is. */
function ownerAsked(words: readonly string[]): string {
  const joined = words.find((word) => /^(--device-owner|--device_owner|device_owner)=/.test(word))
  return joined?.slice(joined.indexOf('=') + 1) ?? optionValue(words, '--device-owner', '--device_owner') ?? ''
}

const OVS_EFFECTS: Readonly<Record<string, string>> = {
  'fdb/show': 'mac-table',
  'bridge/dump-flows': 'flows',
  'ofproto/trace': 'flow-trace',
  'dpif/show': 'switch-ports',
  'dump-flows': 'flows',
  show: 'switch-ports',
  'dump-ports': 'switch-ports',
  'dump-ports-desc': 'switch-ports',
}

/** ovs-appctl and ovs-ofctl: the verb, then the bridge. */
function readSwitch(words: readonly string[]): Effect[] {
  const [verb = '', bridge = ''] = plain(words.filter((word, i) => word !== '-O' && words[i - 1] !== '-O'))
  const name = OVS_EFFECTS[verb]
  return name === undefined ? [] : [effect(name, { bridge })]
}

/** Where ports are, or what the database says of one thing. */
function readVsctl(words: readonly string[]): Effect[] {
  const [verb = '', table = '', record = ''] = plain(words)
  if (['show', 'list-br', 'list-ports', 'list-ifaces'].includes(verb)) return [effect('switch', { port: '' })]
  if (verb === 'port-to-br' || verb === 'iface-to-br') return [effect('switch', { port: table })]
  if (verb === 'list' || verb === 'get') return [effect('switch-record', { table: table.toLowerCase(), record })]
  return verb === 'find' ? [effect('switch-record', { table: table.toLowerCase(), record: '' })] : []
}

// The last word that is no option and no option's value is where it goes.
function target(words: readonly string[], valued: string): string {
  let found = ''
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (!word.startsWith('-')) found = word
    else if (word.length === 2 && valued.includes(word[1] ?? '')) at++
  }
  return found
}

/** A connection tried: `nc [-z ...] HOST PORT`, `telnet HOST PORT`; a listener connects to nobody. */
function readConnect(words: readonly string[]): Effect[] {
  if (words.some((word) => /^-[a-z]*l/.test(word))) return []
  const asked = words.filter((word, at) => !word.startsWith('-') && !/^-[a-z]*[iIMmOpPqsTVwxX]$/.test(words[at - 1] ?? ''))
  return asked.length < 2 ? [] : [effect('connect', { to: asked[0] ?? '', port: asked[1] ?? '' })]
}

function readLab([word = '', ...rest]: readonly string[]): Effect[] {
  switch (word) {
    case 'log':
      return [effect('agent-log', { of: plain(rest)[0] ?? '' })]
    case 'explain':
      return [effect('explain', { from: optionValue(rest, '--from') ?? '', to: optionValue(rest, '--to') ?? '' })]
    case 'doctor':
      return [effect('doctor')]
    case 'break':
      return rest[0] === 'answer' ? [readDiagnosis(rest.slice(1))] : []
    default:
      return []
  }
}

/** `lab break answer NODE FAULT` ends well when it is right. */
function readDiagnosis([at = '', fault]: readonly string[]): Effect {
  return fault === undefined ? effect('diagnosis', { at: '', fault: at }) : effect('diagnosis', { at, fault })
}

const READERS: Readonly<Record<string, Reader>> = {
  ip: readIp,
  ifconfig: readIfconfig,
  route: (words) => (plain(words).length === 0 ? [effect('routes', { table: 'main' })] : []),
  netstat: (words) => (words.some((word) => /^-[a-z]*r/.test(word)) ? [effect('routes', { table: 'main' })] : [effect('sockets')]),
  ss: () => [effect('sockets')],
  arp: (words) => (words.some((word) => /^-[sd]/.test(word)) ? [] : [effect('neighbours')]),
  brctl: readBrctl,
  'ovs-vsctl': readVsctl,
  ethtool: (words) => [effect('device-details', { device: plain(words).at(-1) ?? '' })],
  'ovs-ofctl': readSwitch,
  'ovs-appctl': readSwitch,
  bridge: readBridge,
  iptables: readIptables,
  'iptables-save': (words) => {
    const table = optionValue(words, '-t', '--table')
    return (table === null ? ['raw', 'mangle', 'nat', 'filter'] : [table]).map((name) => effect('firewall', { table: name, chain: '' }))
  },
  conntrack: (words) => (words.some((word) => word === '-L' || word === '--dump' || word === '-E') ? [effect('conntrack')] : []),
  sysctl: readSysctl,
  cat: readFile,
  less: readFile,
  more: readFile,
  head: readFile,
  tail: readFile,
  grep: (words) => readFile(plain(words).slice(1)),
  awk: (words) => readFile(plain(words).slice(1)),
  sed: (words) => readFile(plain(words).slice(1)),
  wc: readFile,
  ps: () => [effect('processes')],
  pgrep: () => [effect('processes')],
  nova: readNova,
  neutron: readCloud,
  openstack: readCloud,
  virsh: (words) =>
    words[0] === 'console'
      ? [effect('console', { server: words[1] ?? '' })]
      : words[0] === 'list'
        ? [effect('servers', { server: '' })]
        : [],
  lab: readLab,
  tcpdump: (words) => [
    effect('capture', {
      device: optionValue(words, '-i', '--interface') ?? words.find((word) => /^-[a-z]*i./.test(word))?.replace(/^-[a-z]*?i/, '') ?? '',
    }),
  ],
  ping: (words) => [effect('ping', { to: target(words, 'cWiIstTpMQml') })],
  traceroute: (words) => [effect('trace-route', { to: target(words, 'fgimNpqstwz') })],
  curl: (words) => [effect('fetch', { url: target(words, 'oHXmudAeb') })],
  wget: (words) => [effect('fetch', { url: target(words, 'OTt') })],
  ssh: (words) => {
    const [where = ''] = plain(words)
    const to = where.split('@').at(-1) ?? ''
    return [effect('login', { to }), effect('connect', { to, port: '22' })]
  },
  nc: readConnect,
  telnet: readConnect,
  dig: (words) => [effect('resolve', { name: words.find((word) => !/^[-@+]/.test(word)) ?? '' })],
  nslookup: (words) => [effect('resolve', { name: plain(words)[0] ?? '' })],
  host: (words) => [effect('resolve', { name: plain(words)[0] ?? '' })],
}
