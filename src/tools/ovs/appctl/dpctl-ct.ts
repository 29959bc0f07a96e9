// dpctl/dump-conntrack and flush-conntrack: the connections of the datapath.
import { ovsConntrack } from '../../../ovs/ct.js'
import { connectionLine } from './connection-line.js'
import type { Appctl } from './context.js'
import { theDatapath } from './which-datapath.js'

function zoneOf(args: readonly string[]): number | null {
  const word = args.find((arg) => arg.startsWith('zone='))
  return word === undefined ? null : Number(word.slice(5))
}

export function dumpConntrack(ctl: Appctl, args: readonly string[]): string {
  const name = args.find((arg) => !arg.startsWith('-') && !arg.includes('='))
  const zone = zoneOf(args)
  const tracker = ovsConntrack(theDatapath(ctl, name))
  return tracker
    .list()
    .filter((connection) => zone === null || connection.zone.original === zone)
    .map((connection) => `${connectionLine(connection)}\n`)
    .join('')
}

export function flushConntrack(ctl: Appctl, args: readonly string[]): string {
  const name = args.find((arg) => !arg.includes('='))
  const zone = zoneOf(args)
  const tracker = ovsConntrack(theDatapath(ctl, name))
  for (const connection of tracker.list()) if (zone === null || connection.zone.original === zone) tracker.kill(connection)
  return ''
}
