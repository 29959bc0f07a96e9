// bond/*: what bonds do, and which member is active.
import { formatMac } from '../../../addr/mac.js'
import type { Bond, BondMember } from '../../../ovs/bond.js'
import { atLeast } from '../../../ovs/version.js'
import { type Appctl, type AppctlCommand, bridgesOf, command, ServerError } from './context.js'

/** Loads are counted anew every so often. */
const REBALANCE_MS = 10_000

function bondsOf(ctl: Appctl): Bond[] {
  return bridgesOf(ctl).flatMap((bridge) => [...bridge.bonds.values()].sort((a, b) => (a.name < b.name ? -1 : 1)))
}

function bondNamed(ctl: Appctl, name: string): Bond {
  const bond = bondsOf(ctl).find((one) => one.name === name)
  if (bond === undefined) throw new ServerError('no such bond')
  return bond
}

/** Since 2.15 they are no slaves any more. */
function word(ctl: Appctl): string {
  return ctl.vswitch.atLeast(2, 15) ? 'member' : 'slave'
}

function memberNamed(ctl: Appctl, bond: Bond, name: string): BondMember {
  const member = bond.members.find((one) => one.name === name)
  if (member === undefined) throw new ServerError(`no such ${word(ctl)}`)
  return member
}

function list(ctl: Appctl): string {
  const hasRecirc = ctl.vswitch.atLeast(2, 3)
  let out = `bond\ttype\t${hasRecirc ? 'recircID\t' : ''}${word(ctl)}s\n`
  for (const { name, config, members } of bondsOf(ctl)) {
    out += `${name}\t${config.mode}\t${hasRecirc ? '0\t' : ''}${members.map((member) => member.name).join(', ')}\n`
  }
  return out
}

function show(ctl: Appctl, [name]: readonly string[]): string {
  const bonds = name === undefined ? bondsOf(ctl) : [bondNamed(ctl, name)]
  return bonds.map((bond) => details(ctl, bond)).join('')
}

function details(ctl: Appctl, { name, config, active, members }: Bond): string {
  const { vswitch } = ctl
  const has = (version: string): boolean => atLeast(vswitch.version, version)
  let out = `---- ${name} ----\nbond_mode: ${config.mode}\n`
  if (has('2.3')) out += 'bond may use recirculation: no, Recirc-ID : -1\n'
  out += 'bond-hash-basis: 0\n'
  if (has('2.14')) out += 'lb_output action: disabled, bond-id: -1\n'
  const isBalanced = config.mode !== 'active-backup'
  if (has('3.1') && config.mode === 'balance-slb') out += 'all members active: false\n'
  out += `updelay: ${config.updelayMs} ms\ndowndelay: ${config.downdelayMs} ms\n`
  if (isBalanced) out += `next rebalance: ${Math.ceil(REBALANCE_MS - ((vswitch.nowUs / 1000) % REBALANCE_MS))} ms\n`
  out += 'lacp_status: off\n'
  if (has('2.9')) out += 'lacp_fallback_ab: false\n'
  if (has('2.15')) out += `active-backup primary: ${config.primary ?? '<none>'}\n`
  if (has('2.5')) {
    const which = active === null ? '00:00:00:00:00:00(none)' : `${formatMac(active.port.dev!.mac)}(${active.name})`
    out += `active ${word(ctl)} mac: ${which}\n`
  }
  const indent = has('2.9') ? '  ' : '\t'
  for (const member of members) {
    out += `\n${word(ctl)} ${member.name}: ${member.isEnabled ? 'enabled' : 'disabled'}\n`
    if (member === active) out += `${indent}active ${word(ctl)}\n`
    if (member.dueUs !== null) {
      const left = Math.ceil((member.dueUs - vswitch.nowUs) / 1000)
      out += `${indent}${member.isEnabled ? 'downdelay' : 'updelay'} expires in ${left} ms\n`
    }
    out += `${indent}may_enable: ${member.mayEnable}\n`
  }
  return has('2.1') ? `${out}\n` : out
}

function setActive(ctl: Appctl, [name, memberName]: readonly string[]): string {
  const bond = bondNamed(ctl, name!)
  const member = memberNamed(ctl, bond, memberName!)
  if (!member.isEnabled) throw new ServerError(`cannot make disabled ${word(ctl)} active`)
  if (bond.active === member) return 'no change'
  bond.setActive(member)
  return 'done'
}

function setEnabled(on: boolean): (ctl: Appctl, args: readonly string[]) => string {
  return (ctl, [name, memberName]) => {
    const bond = bondNamed(ctl, name!)
    bond.setEnabled(memberNamed(ctl, bond, memberName!), on)
    return on ? 'enabled' : 'disabled'
  }
}

export const bondCommands: readonly AppctlCommand[] = [
  command('bond/list', '', [0, 0], list),
  command('bond/show', '[port]', [0, 1], show),
  command('bond/set-active-member', 'port member', [2, 2], setActive, '2.15'),
  command('bond/enable-member', 'port member', [2, 2], setEnabled(true), '2.15'),
  command('bond/disable-member', 'port member', [2, 2], setEnabled(false), '2.15'),
]

/** The names of before, which later versions still know but do not list. */
export const olderBondCommands: readonly AppctlCommand[] = [
  command('bond/set-active-slave', 'port slave', [2, 2], setActive),
  command('bond/enable-slave', 'port slave', [2, 2], setEnabled(true)),
  command('bond/disable-slave', 'port slave', [2, 2], setEnabled(false)),
]
