// Addresses as `ip addr` prints them; sees rows only.
import { type AddressesRow, type AddressRow, FOREVER } from './address-rows.js'
import { inkOfAddress } from './color.js'
import { altNamesText, briefHead, linkText, statsText } from './link-text.js'
import type { IpRun } from './run.js'

/** In the order of iproute2's table. */
const FLAGS = ['secondary', 'nodad', 'dadfailed', 'deprecated', 'tentative', 'dynamic', 'noprefixroute'] as const

/** From `inet` to the label, without the lifetimes. */
function addressLine(row: AddressRow, run: IpRun): string {
  const ink = inkOfAddress(row.family)
  let text = `${row.family} ${run.paint(ink, row.local)}`
  if (row.address !== undefined) text += ` peer ${run.paint(ink, row.address)}`
  text += `/${row.prefixlen} `
  if (row.metric !== undefined) text += `metric ${row.metric} `
  if (row.broadcast !== undefined) text += `brd ${run.paint(ink, `${row.broadcast} `)}`
  text += `scope ${row.scope} `
  // The busybox of CirrOS 0.3 knows no name for the bit.
  if (row.dadfailed && run.isBusybox) text += 'tentative flags 08 '
  else for (const flag of FLAGS) if (row[flag]) text += `${flag === 'secondary' && row.family === 'inet6' ? 'temporary' : flag} `
  return row.label === undefined ? text : `${text}${row.label}`
}

function lifetime(seconds: number): string {
  return seconds === FOREVER ? 'forever' : `${seconds}sec`
}

/** IPv4 lines had no lifetimes before Linux 3.9. */
function hasLifetimes(row: AddressRow, run: IpRun): boolean {
  return row.family === 'inet6' || run.kernelAtLeast('3.9')
}

function addressText(row: AddressRow, run: IpRun): string {
  const line = `    ${addressLine(row, run)}`
  if (!hasLifetimes(row, run)) return line
  return `${line}\n       valid_lft ${lifetime(row.valid_life_time)} preferred_lft ${lifetime(row.preferred_life_time)}`
}

export function addressesText(row: AddressesRow, run: IpRun, hasLinkLine: boolean): string {
  const head = `${linkText(row, run, { hasLinkLine })}${altNamesText(row)}`
  const parts = [head, ...row.addr_info.map((address) => addressText(address, run))]
  if (row.stats64 !== undefined) parts.push(statsText(row.stats64, run))
  return `${parts.join('\n')}\n`
}

/** -o: one line an address, with its device in front. */
export function oneLineAddresses(row: AddressesRow, run: IpRun): string {
  return row.addr_info.map((address) => run.fold(`${row.ifindex}: ${row.ifname}${addressText(address, run)}\n`)).join('')
}

/** `label`: only the addresses, no device. */
export function bareAddresses(row: AddressesRow, run: IpRun): string {
  return row.addr_info.map((address) => `${addressText(address, run)}\n`).join('')
}

export function briefAddresses(row: AddressesRow, run: IpRun): string {
  const addresses = row.addr_info.map((address) => {
    const ink = inkOfAddress(address.family)
    const peer = address.address === undefined ? '' : ` peer ${run.paint(ink, address.address)}`
    const metric = address.metric === undefined ? '' : `metric ${address.metric} `
    return `${run.paint(ink, address.local)}${peer}/${address.prefixlen} ${metric}`
  })
  return `${briefHead(row, run)}${addresses.join('')}\n`
}

/** One address as `ip monitor` tells of it. */
export function addressEventText(dev: { readonly ifindex: number; readonly name: string }, row: AddressRow, run: IpRun): string {
  return `${dev.ifindex}: ${dev.name}${addressText(row, run)}\n`
}
