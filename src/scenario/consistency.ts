// What a schema cannot see: names that must exist, things that must be there once, and wires with the right number of ends.
import { parseMac } from '../addr/mac.js'
import { IMAGE_NAMES, imageByName } from '../node/images.js'
import { checkCloud } from './consistency-cloud.js'
import { Findings } from './findings.js'
import type { Problem } from './problem.js'
import type { ScenarioData } from './schema.js'
import type { YamlDocument } from './yaml-document.js'

export function inconsistencies(data: ScenarioData, document: YamlDocument): Problem[] {
  const findings = new Findings(document)
  const macs = new Map<string, string>()
  const ends = new Map<string, number>()
  if (data.image !== null) findings.known(['image'], 'image', data.image, IMAGE_NAMES)
  for (const [name, node] of Object.entries(data.nodes)) {
    if (node.image !== null) findings.known(['nodes', name, 'image'], 'image', node.image, IMAGE_NAMES)
    const tools = Object.keys(imageByName('debian-12')!.tools)
    for (const tool of Object.keys(node.tools)) findings.known(['nodes', name, 'tools', tool], 'tool', tool, tools)
    checkNics(findings, { name, node, data, macs, ends })
    checkAddresses(findings, name, node)
    if (Object.keys(node.bridges).length > 0 && !node.services.includes('openvswitch')) {
      findings.add(['nodes', name, 'bridges'], 'bridges of Open vSwitch need "openvswitch" under services')
    }
  }
  for (const [name, wire] of Object.entries(data.wires)) {
    const count = ends.get(name) ?? 0
    if (wire.kind === 'veth' && count !== 2) findings.add(['wires', name], `a veth wire has two ends, ${count} NICs are plugged in`)
  }
  data.setup.forEach((step, i) => void findings.known(['setup', i, 'node'], 'node', step.node, Object.keys(data.nodes)))
  checkProbes(findings, data)
  checkPins(findings, data)
  checkCloud(findings, data, macs)
  return findings.problems
}

interface NodeCheck {
  readonly name: string
  readonly node: ScenarioData['nodes'][string]
  readonly data: ScenarioData
  readonly macs: Map<string, string>
  readonly ends: Map<string, number>
}

function checkNics(findings: Findings, { name, node, data, macs, ends }: NodeCheck): void {
  const names = new Map<string, string>([['lo', 'the loopback device']])
  const indexes = new Map<string, string>()
  node.nics.forEach((nic, i) => {
    const path = ['nodes', name, 'nics', i]
    findings.once(names, nic.name, [...path, 'name'], `the device name "${nic.name}"`)
    // The interfaces of a layer 3 switch share its address, each in its own VLAN.
    const isVlanOf = node.nics.slice(0, i).some(({ mac, wire, vlan }) => mac === nic.mac && wire === nic.wire && vlan !== nic.vlan)
    if (nic.mac !== null && !isVlanOf) findings.once(macs, nic.mac.toLowerCase(), [...path, 'mac'], `the MAC address ${nic.mac}`)
    if (nic.ifindex !== null) findings.once(indexes, String(nic.ifindex), [...path, 'ifindex'], `ifindex ${nic.ifindex}`)
    if (!findings.known([...path, 'wire'], 'wire', nic.wire, Object.keys(data.wires))) return
    const wire = data.wires[nic.wire]!
    ends.set(nic.wire, (ends.get(nic.wire) ?? 0) + 1)
    if (nic.vlan !== null && !wire.trunk.includes(nic.vlan)) {
      findings.add([...path, 'vlan'], `wire "${nic.wire}" carries no VLAN ${nic.vlan} (its trunk: ${wire.trunk.join(', ') || 'none'})`)
    }
  })
}

function checkAddresses(findings: Findings, name: string, node: ScenarioData['nodes'][string]): void {
  const devices = ['lo', ...node.nics.map((nic) => nic.name)]
  for (const [device, addresses] of Object.entries(node.addresses)) {
    findings.known(['nodes', name, 'addresses', device], 'NIC', device, devices)
    const seen = new Map<string, string>()
    addresses.forEach((address, i) => {
      findings.once(seen, address.trim().split(/\s+/)[0]!, ['nodes', name, 'addresses', device, i], `the address ${address}`)
    })
  }
}

function checkProbes(findings: Findings, data: ScenarioData): void {
  // Servers of a cloud become nodes when they are booted.
  const names = [...Object.keys(data.nodes), ...(data.cloud?.servers.map(({ name, node }) => node ?? name) ?? [])]
  data.expect.forEach((probe, i) => void findings.known(['expect', i, 'node'], 'node', probe.node, names))
}

function checkPins(findings: Findings, data: ScenarioData): void {
  for (const [key, value] of Object.entries(data.pins)) {
    const [node = '', ...rest] = key.split('/')
    findings.known(['pins', key], 'node', node, Object.keys(data.nodes))
    const fault = faultOfPin(rest, String(value))
    if (fault !== null) findings.add(['pins', key], fault)
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** NODE/DEVICE/mac, NODE/DEVICE/ifindex, NODE/ovs/uuid, NODE/ovs/BRIDGE/uuid, NODE/ovs/port|interface/NAME/uuid, NODE/vlan/NETWORK-ID; null when it is one. */
function faultOfPin(parts: readonly string[], value: string): string | null {
  const what = parts[parts.length - 1]
  const isPortRow = parts.length === 4 && (parts[1] === 'port' || parts[1] === 'interface')
  const isOvs = parts[0] === 'ovs' && what === 'uuid' && (parts.length <= 3 || isPortRow)
  if (isOvs) return UUID.test(value) ? null : `"${value}" is no UUID in lower case`
  if (parts.length === 2 && parts[0] === 'vlan') return isNumber(value, 1, 4094) ? null : `"${value}" is no VLAN id of 1 to 4094`
  if (parts.length === 2 && what === 'mac')
    return parseMac(value) === null ? `"${value}" is no MAC address such as 02:00:00:00:00:01` : null
  if (parts.length === 2 && what === 'ifindex') return isNumber(value, 2, 65_535) ? null : `"${value}" is no number of 2 to 65535`
  return 'expected a pin of the form NODE/DEVICE/mac, NODE/DEVICE/ifindex, NODE/ovs/uuid, NODE/ovs/BRIDGE/uuid, NODE/ovs/port/PORT/uuid, NODE/ovs/interface/NAME/uuid or NODE/vlan/NETWORK-ID'
}

function isNumber(text: string, low: number, high: number): boolean {
  return /^\d+$/.test(text) && Number(text) >= low && Number(text) <= high
}
