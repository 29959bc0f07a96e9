// Flows of a bridge with names for what each boot numbers anew: ports of the bridge, local VLANs, cookies.
import type { Lab } from '../../src/lab/lab.js'
import { out } from './variation.js'

/** `TABLE match actions=...`, sorted by table; those that packets taught are left out. */
export async function namedFlows(lab: Lab, node: string, bridge: string): Promise<string[]> {
  const ports = await portNames(lab, node, bridge)
  const vlans = await vlanNames(lab, node)
  const portOf = (number: string): string => ports.get(number) ?? number
  const text = await out(lab, node, `ovs-ofctl dump-flows ${bridge}`)
  return text
    .split('\n')
    .filter((line) => line.includes('actions=') && !line.includes(' hard_timeout='))
    .map((line) => line.replace(/^.* table=(\d+), .*idle_age=\d+, (hard_age=\d+, )?/, '$1 '))
    .map((line) => line.replace(/cookie=0x[0-9a-f]+/, 'cookie=COOKIE'))
    .map((line) => line.replace(/\b(in_port=|output:)(\d+)/g, (_, key: string, number: string) => key + portOf(number)))
    .map((line) => line.replace(/\b(dl_vlan=|mod_vlan_vid:)(\d+)/g, (_, key: string, vlan: string) => key + (vlans.get(vlan) ?? vlan)))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1))
}

async function portNames(lab: Lab, node: string, bridge: string): Promise<Map<string, string>> {
  const script = `for p in $(ovs-vsctl list-ports ${bridge}); do echo $(ovs-vsctl get Interface $p ofport) $p; done`
  return pairs(await out(lab, node, script))
}

/** Local VLAN to the name of its network. */
async function vlanNames(lab: Lab, node: string): Promise<Map<string, string>> {
  const api = lab.node('mgt01') === null ? 'ctl' : 'mgt01'
  const names = pairs(await out(lab, api, 'openstack network list -f value -c ID -c Name'))
  const script =
    'for p in $(ovs-vsctl list-ports br-int); do echo $(ovs-vsctl get Port $p tag) $(ovs-vsctl get Port $p other_config:net_uuid 2>&1); done'
  const tags = pairs((await out(lab, node, script)).replaceAll('"', ''))
  return new Map([...tags].flatMap(([tag, network]) => (names.has(network) ? [[tag, names.get(network)!] as const] : [])))
}

function pairs(text: string): Map<string, string> {
  return new Map(text.split('\n').map((line) => line.trim().split(/\s+/) as [string, string]))
}
