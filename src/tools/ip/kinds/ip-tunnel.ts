// `ip link add NAME type gre|gretap|ipip ...`.
import { formatIpv4 } from '../../../addr/ipv4.js'
import { UsageError, type Words } from '../../../grammar/keyword.js'
import type { IpTunnelConfig, IpTunnelMode } from '../../../kernel/dev/ip-tunnel.js'
import { IpTunnelDevice } from '../../../kernel/dev/ip-tunnel.js'
import { checkUnique } from '../../../kernel/dev/ip-tunnel-table.js'
import type { NetNamespace } from '../../../kernel/netns.js'
import type { Row } from '../json.js'
import type { LinkKind } from '../link-kind.js'
import type { IpRun } from '../run.js'
import { parseIpTunnel, TUNNEL_USAGE } from './ip-tunnel-words.js'

export function defaultTunnel(mode: IpTunnelMode): IpTunnelConfig {
  return {
    mode,
    local: 0,
    remote: 0,
    lower: null,
    inKey: null,
    outKey: null,
    inSeq: false,
    outSeq: false,
    inCsum: false,
    outCsum: false,
    ttl: 0,
    tos: 0,
    pmtudisc: true,
    ignoreDf: false,
    fwmark: 0,
  }
}

/** Not yet registered. */
export function makeTunnel(netns: NetNamespace, name: string, mac: number | null, config: IpTunnelConfig): IpTunnelDevice {
  checkUnique(netns, config)
  return new IpTunnelDevice(netns, name, mac ?? (config.mode === 'gretap' ? netns.randomMac(name) : 0), config)
}

function endpoint(address: number): string {
  return address === 0 ? 'any' : formatIpv4(address)
}

/** A tos of 1 stands for `inherit`. */
function readTunnel({ config }: IpTunnelDevice): Row {
  const { tos, ttl } = config
  const isGre = config.mode !== 'ipip'
  return {
    proto: isGre ? undefined : 'ipip',
    remote: endpoint(config.remote),
    local: endpoint(config.local),
    link: config.lower?.name,
    ttl: ttl === 'inherit' ? 0 : ttl,
    tos: tos === 'inherit' ? 'inherit' : tos === 0 ? undefined : `0x${tos.toString(16)}`,
    pmtudisc: config.pmtudisc,
    ignore_df: config.ignoreDf || undefined,
    ikey: config.inKey === null ? undefined : formatIpv4(config.inKey | 0),
    okey: config.outKey === null ? undefined : formatIpv4(config.outKey | 0),
    iseq: config.inSeq || undefined,
    oseq: config.outSeq || undefined,
    icsum: config.inCsum || undefined,
    ocsum: config.outCsum || undefined,
    fwmark: config.fwmark === 0 ? undefined : `0x${config.fwmark.toString(16)}`,
  }
}

function tunnelText(data: Row): string {
  const isIpip = data['proto'] !== undefined
  let text = isIpip ? 'ipip ' : ''
  text += `remote ${data['remote']} local ${data['local']} `
  if (data['link'] !== undefined) text += `dev ${data['link']} `
  text += data['ttl'] === 0 ? 'ttl inherit ' : `ttl ${data['ttl']} `
  if (data['tos'] !== undefined) text += `tos ${data['tos']} `
  if (data['pmtudisc'] === false) text += 'nopmtudisc '
  else if (isIpip) text += 'pmtudisc '
  if (data['ignore_df'] === true) text += 'ignore-df '
  for (const key of ['ikey', 'okey']) if (data[key] !== undefined) text += `${key} ${data[key]} `
  for (const flag of ['iseq', 'oseq', 'icsum', 'ocsum']) if (data[flag] === true) text += `${flag} `
  return data['fwmark'] === undefined ? text : `${text}fwmark ${data['fwmark']} `
}

function tunnelKind(mode: IpTunnelMode): LinkKind {
  return {
    name: mode,
    isKindOf: (dev) => dev instanceof IpTunnelDevice && dev.config.mode === mode,
    read: (dev): Row => (dev instanceof IpTunnelDevice ? readTunnel(dev) : {}),
    text: tunnelText,
    parseAdd(words: Words, run: IpRun) {
      const given = parseIpTunnel(words, run, mode)
      const config = { ...defaultTunnel(mode), ...given }
      if (config.ttl !== 0 && !config.pmtudisc) throw new UsageError(TUNNEL_USAGE(mode), 1)
      return (creation) => makeTunnel(creation.netns, creation.name ?? `${mode === 'ipip' ? 'tunl' : mode}%d`, creation.mac, config)
    },
    parseSet(words: Words, run: IpRun) {
      const given = parseIpTunnel(words, run, mode)
      return (dev) => {
        if (!(dev instanceof IpTunnelDevice)) return
        const config = { ...dev.config, ...given }
        checkUnique(dev.underlay, config, dev)
        dev.configure(config)
      }
    },
  }
}

export const greKind = tunnelKind('gre')
export const gretapKind = tunnelKind('gretap')
export const ipipKind = tunnelKind('ipip')
