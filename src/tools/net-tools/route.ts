// `route`: the main table shown and changed by ioctls.
import { type Ipv4Address, lengthOfMask, maskOf, parseIpv4 } from '../../addr/ipv4.js'
import { type GetoptGrammar, getoptMessage, parseOptions } from '../../grammar/getopt.js'
import { errnoText, KernelError } from '../../kernel/errno.js'
import type { RouteRequest, RouteSelector } from '../../kernel/fib.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { SCOPE_HOST } from '../../kernel/route-entry.js'
import type { Command } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { completeDevices, hostOf, type NetToolsHost } from './host.js'
import { classLength } from './interface-rows.js'
import { routeNames } from './names.js'
import { NUMERIC, type RouteStyle, readRoutes, routesText } from './route-rows.js'

export const ROUTE_USAGE = `Usage: route [-nNvee] [-FC] [-A inet]       List kernel routing tables
       route [-v] [-FC] {add|del} ...           Modify routing table

       route {-h|--help}                        Show this text
       route {-V|--version}                     Display version and exit

        -v, --verbose            be verbose
        -n, --numeric            don't resolve names
        -N, --symbolic           resolve hardware names
        -e, --extend             display other/more information
        -F, --fib                display Forwarding Information Base (default)
        -C, --cache              display routing cache instead of FIB
        -A, -4, -6               address family, default: inet`

const INET_USAGE = `Usage: inet_route [-vF] del {-host|-net} Target[/prefix] [gw Gw] [metric M] [[dev] If]
       inet_route [-vF] add {-host|-net} Target[/prefix] [gw Gw] [metric M]
                              [netmask N] [mss Mss] [window W] [irtt I]
                              [mod] [dyn] [reinstate] [[dev] If]
       inet_route [-vF] add {-host|-net} Target[/prefix] [metric M] reject
       inet_route [-FC] flush      NOT supported`

export const routeGrammar: GetoptGrammar = {
  order: 'posix',
  options: [
    { name: 'numeric', short: 'n', long: 'numeric' },
    { name: 'symbolic', short: 'N', long: 'symbolic' },
    { name: 'verbose', short: 'v', long: 'verbose' },
    { name: 'extend', short: 'e', long: 'extend' },
    { name: 'fib', short: 'F', long: 'fib' },
    { name: 'cache', short: 'C', long: 'cache' },
    { name: 'family', short: 'A', value: 'required' },
    { name: 'inet', short: '4' },
    { name: 'inet6', short: '6' },
    { name: 'version', short: 'V', long: 'version' },
    { name: 'help', short: 'h', long: 'help' },
  ],
}

class Stop extends Error {
  constructor(readonly code: number) {
    super(String(code))
  }
}

interface Target {
  dst: Ipv4Address
  length: number | null
  isHost: boolean | null
}

/** The words of add and del. */
class RouteChange {
  gateway: Ipv4Address | null = null
  dev: NetDevice | null = null
  metric = 0
  mss = 0
  window = 0
  irtt = 0
  isReject = false

  constructor(
    private readonly host: NetToolsHost,
    private readonly verb: 'add' | 'del',
  ) {}

  private usage(message: string | null, code: number): never {
    // Without a complaint it counts as asked for.
    if (message === null) {
      this.host.out(`${INET_USAGE}\n`)
      throw new Stop(0)
    }
    this.host.error(message)
    this.host.error(INET_USAGE)
    throw new Stop(code)
  }

  private async address(text: string, isGateway = false): Promise<Ipv4Address> {
    const address = parseIpv4(text) ?? (/^[\d.]+$/.test(text) ? null : await this.host.resolve(text))
    if (address !== null) return address
    this.host.error(`${text}: ${isGateway || /^[\d.]+$/.test(text) ? 'Unknown host' : 'Host name lookup failure'}`)
    throw new Stop(6)
  }

  async parse(words: string[]): Promise<Target> {
    let isHost: boolean | null = null
    if (words[0] === '-net' || words[0] === '-host') isHost = words.shift() === '-host'
    const text = words.shift()
    if (text === undefined) this.usage(null, 4)
    const target = await this.target(text, isHost)
    while (words.length > 0) await this.word(words.shift()!, words, target)
    this.check(target)
    return target
  }

  private async target(text: string, isHost: boolean | null): Promise<Target> {
    if (text === 'default') return { dst: 0, length: 0, isHost: false }
    const [address, length] = text.split('/') as [string, string | undefined]
    // inet_aton lets a network be written short: 10.1 stands for 10.1.0.0 with -net.
    const padded = isHost !== true && /^[\d.]+$/.test(address) ? [...address.split('.'), '0', '0', '0'].slice(0, 4).join('.') : address
    const dst = await this.address(padded)
    if (length === undefined) return { dst, length: null, isHost }
    const value = Number(length)
    if (!/^\d+$/.test(length) || value > 32) this.usage(`route: netmask ${length} is invalid`, 3)
    return { dst, length: value, isHost: isHost ?? false }
  }

  private async word(word: string, rest: string[], target: Target): Promise<void> {
    const value = (): string => rest.shift() ?? this.usage(null, 4)
    switch (word) {
      case 'metric':
        this.metric = Number(value())
        return
      case 'netmask': {
        const mask = parseIpv4(value())
        const length = mask === null ? null : lengthOfMask(mask)
        if (mask !== null && length === null) this.usage(`route: bogus netmask ${words(mask)}`, 3)
        if (target.length !== null && target.length !== 0) this.usage('route: netmask given twice', 3)
        target.length = length
        return
      }
      case 'gw':
      case 'gateway':
        this.gateway = await this.address(value(), true)
        return
      case 'mss':
        this.mss = Number(value())
        return
      case 'window':
        this.window = Number(value())
        return
      case 'irtt':
        this.irtt = Number(value())
        return
      case 'reject':
        this.isReject = true
        return
      case 'mod':
      case 'dyn':
      case 'reinstate':
        return
      default:
        return this.device(word === 'dev' || word === 'device' ? value() : word)
    }
  }

  private device(name: string): void {
    const dev = this.host.netns.deviceByName(name)
    if (dev === null) {
      this.host.error(`SIOC${this.verb === 'add' ? 'ADD' : 'DEL'}RT: No such device`)
      throw new Stop(7)
    }
    this.dev = dev
  }

  private check(target: Target): void {
    if (target.length === null) {
      // Without -host or a mask it is a host; a network of -net has the mask of its class.
      target.length = target.isHost === false ? classLength(target.dst) : 32
    }
    if ((target.dst & maskOf(target.length)) !== target.dst) this.usage("route: netmask doesn't match route address", 3)
  }

  request(target: Target): RouteRequest {
    const metrics = new Map<string, number>()
    if (this.mss > 40) metrics.set('advmss', this.mss - 40)
    if (this.window > 0) metrics.set('window', this.window)
    if (this.irtt > 0) metrics.set('rtt', this.irtt << 3)
    const hasNexthop = !this.isReject && (this.dev !== null || this.gateway !== null)
    const request: RouteRequest = {
      dst: target.dst,
      length: target.length!,
      type: this.isReject ? 'unreachable' : 'unicast',
      // rtentry_to_fib_config: what is refused is refused here.
      scope: this.isReject ? SCOPE_HOST : this.gateway !== null ? 0 : 253,
      priority: this.metric,
      metrics,
    }
    if (hasNexthop) request.nexthops = [{ dev: this.dev, via: this.gateway }]
    return request
  }

  selector(target: Target): RouteSelector {
    const selector: RouteSelector = { dst: target.dst, length: target.length!, table: 254 }
    if (this.gateway !== null) selector.via = this.gateway
    if (this.dev !== null) selector.dev = this.dev
    if (this.metric !== 0) selector.priority = this.metric
    return selector
  }
}

function words(mask: Ipv4Address): string {
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join('.')
}

/** Adds or deletes; the ioctl's errno in its own words. */
export async function changeRoute(host: NetToolsHost, verb: 'add' | 'del', argv: readonly string[]): Promise<number> {
  const change = new RouteChange(host, verb)
  try {
    const target = await change.parse([...argv])
    if (!host.isRoot) throw new KernelError('EPERM')
    if (verb === 'add') host.netns.fib.add(change.request(target), 'prepend')
    else host.netns.fib.delete(change.selector(target))
    return 0
  } catch (error) {
    if (error instanceof Stop) return error.code
    if (!(error instanceof KernelError)) throw error
    // A gateway that no connected network holds.
    const errno = error.errno === 'EINVAL' && change.gateway !== null ? 'ENETUNREACH' : error.errno
    host.error(`SIOC${verb === 'add' ? 'ADD' : 'DEL'}RT: ${errnoText(errno)}`)
    return 7
  }
}

export async function runRoute(proc: Process): Promise<number> {
  const host = nameFirst(hostOf(proc))
  const parsed = parseOptions(routeGrammar, proc.argv.slice(1))
  if (parsed.problem !== null) {
    host.error(getoptMessage('route', parsed.problem))
    host.error(ROUTE_USAGE)
    return 3
  }
  if (parsed.has('help')) {
    host.error(ROUTE_USAGE)
    return 0
  }
  if (parsed.has('version')) {
    host.out(`net-tools ${host.version}\n`)
    return 0
  }
  const [verb, ...rest] = parsed.operands
  if (verb === 'add' || verb === 'del' || verb === 'delete') return changeRoute(host, verb === 'add' ? 'add' : 'del', rest)
  if (verb === 'flush') {
    host.error(INET_USAGE)
    return 4
  }
  if (verb !== undefined) {
    host.error(ROUTE_USAGE)
    return 3
  }
  if (parsed.has('inet6') || parsed.value('family') === 'inet6') {
    host.error('route: -6: not emulated by netlab (use ip -6 route)')
    return 126
  }
  if (parsed.has('cache')) {
    host.out('Kernel IP routing cache\nSource          Destination     Gateway         Flags Metric Ref    Use Iface\n')
    return 0
  }
  return showRoutes(proc, parsed.has('numeric'), styleOf(parsed.count('extend')))
}

function styleOf(extend: number): RouteStyle {
  if (extend === 0) return 'plain'
  return extend === 1 ? 'extended' : 'full'
}

/** Also `netstat -r`. */
export async function showRoutes(proc: Process, numeric: boolean, style: RouteStyle): Promise<number> {
  const rows = readRoutes(proc.netns)
  proc.out(routesText(rows, style, numeric ? NUMERIC : await routeNames(proc, rows)))
  return 0
}

export const routeCommand: Command = {
  name: 'route',
  path: '/sbin/route',
  run: runRoute,
  complete: (context) =>
    completeDevices(
      context,
      context.index === 1 ? ['add', 'del', '-n', '-e', '-ee'] : ['-net', '-host', 'default', 'gw', 'netmask', 'dev', 'metric', 'reject'],
    ),
  changes: true,
  usage: ROUTE_USAGE,
}

/** busybox's route begins its complaints with its name; that of net-tools does not. */
function nameFirst(host: NetToolsHost): NetToolsHost {
  if (!host.isBusybox) return host
  return { ...host, error: (line) => host.error(line.startsWith('SIOC') ? `route: ${line}` : line) }
}
