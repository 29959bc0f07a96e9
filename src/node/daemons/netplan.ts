// What cloud-init and netplan write for systemd-networkd: DHCP on every card.
import { formatMac } from '../../addr/mac.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { Image } from '../image.js'
import type { Machine } from '../machine.js'

export const NETWORKD = '/lib/systemd/systemd-networkd'
export const NETWORK_FILES = '/run/systemd/network'
/** A file for each link, by its number; written when the link has what it needs. */
export const LINK_STATES = '/run/systemd/netif/links'

/** Images whose cards are named by their slot and set up by systemd-networkd. */
export function hasNetworkd(image: Image): boolean {
  return image.facts.cards === 'networkd'
}

/** The hypervisors of these clouds put the first card into slot 3. */
const FIRST_SLOT = 3

export function nicName(image: Image, index: number): string {
  return hasNetworkd(image) ? `ens${FIRST_SLOT + index}` : `eth${index}`
}

export function writeNetplan(machine: Machine, cards: readonly NetDevice[]): void {
  const { files } = machine
  files.mkdir('/etc/netplan', { parents: true })
  files.mkdir(NETWORK_FILES, { parents: true })
  files.write('/etc/netplan/50-cloud-init.yaml', netplanText(cards))
  for (const card of cards) files.write(`${NETWORK_FILES}/10-netplan-${card.name}.network`, networkText(card))
}

function netplanText(cards: readonly NetDevice[]): string {
  const entries = cards.map(
    ({ name, mac }) =>
      `        ${name}:\n            dhcp4: true\n            match:\n                macaddress: ${formatMac(mac)}\n            set-name: ${name}\n`,
  )
  return `# This file is generated from information provided by the datasource.  Changes
# to it will not persist across an instance reboot.  To disable cloud-init's
# network configuration capabilities, write a file
# /etc/cloud/cloud.cfg.d/99-disable-network-config.cfg with the following:
# network: {config: disabled}
network:
    ethernets:
${entries.join('')}    version: 2
`
}

/** As `netplan generate` has it. */
function networkText({ name, mac }: NetDevice): string {
  return `[Match]
MACAddress=${formatMac(mac)}
Name=${name}

[Network]
DHCP=ipv4
LinkLocalAddressing=ipv6

[DHCP]
RouteMetric=100
UseMTU=true
`
}
