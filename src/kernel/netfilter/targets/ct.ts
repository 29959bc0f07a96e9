// -j CT and -j NOTRACK: what the tracker is to do with the packet, decided before it looks.
import type { Argument } from '../arguments.js'
import { parseUnsigned, text } from '../arguments.js'
import { defineTarget, optionsOf } from '../extension.js'
import { badParameter } from '../xtables-error.js'

const CT_EVENTS = ['new', 'related', 'destroy', 'reply', 'assured', 'protoinfo', 'helper', 'mark', 'natseqinfo', 'secmark'] as const
const EXP_EVENTS = ['new'] as const

interface Params {
  notrack: boolean
  zone: number | null
  zoneOriginal: number | null
  zoneReply: number | null
  markZone: boolean
  helper: string | null
  timeout: string | null
  ctEvents: readonly string[]
  expEvents: readonly string[]
}

const zoneArgument: Argument<number | null> = {
  hint: '{ID|mark}',
  parse(value) {
    if (value === 'mark') return null
    const id = parseUnsigned(value)
    if (id === null || id > 65535) throw badParameter(`Cannot parse ${value} as a zone ID`)
    return id
  },
}

function events(known: readonly string[]): Argument<readonly string[]> {
  return {
    hint: 'event[,event...]',
    parse(value) {
      for (const word of value.split(',')) if (!known.includes(word)) throw badParameter(`Unknown event type "${word}"`)
      return known.filter((each) => value.split(',').includes(each))
    },
  }
}

function emptyParams(): Params {
  return {
    notrack: false,
    zone: null,
    zoneOriginal: null,
    zoneReply: null,
    markZone: false,
    helper: null,
    timeout: null,
    ctEvents: [],
    expEvents: [],
  }
}

const { option, flag } = optionsOf<Params>()

export const ctTarget = defineTarget<Params>({
  name: 'CT',
  help: 'zone, helper or no tracking at all',
  tables: ['raw'],
  needsConntrack: (p) => !p.notrack,
  options: [
    flag('notrack', (p) => (p.notrack = true)),
    option('helper', text, (p, helper) => (p.helper = helper)),
    option('timeout', text, (p, timeout) => (p.timeout = timeout)),
    option('ctevents', events(CT_EVENTS), (p, list) => (p.ctEvents = list)),
    option('expevents', events(EXP_EVENTS), (p, list) => (p.expEvents = list)),
    option('zone', zoneArgument, (p, zone) => {
      p.zone = zone
      p.markZone = zone === null
    }),
    option('zone-orig', zoneArgument, (p, zone) => (p.zoneOriginal = zone), { excludes: ['zone-reply'] }),
    option('zone-reply', zoneArgument, (p, zone) => (p.zoneReply = zone), { excludes: ['zone-orig'] }),
  ],
  init: emptyParams,
  compile: (p) => (state) => {
    const { pkt } = state
    if (pkt.ct !== null || pkt.ctState === 'UNTRACKED') return 'CONTINUE'
    if (p.notrack) {
      pkt.ctState = 'UNTRACKED'
      return 'CONTINUE'
    }
    const both = p.markZone ? pkt.mark & 0xffff : (p.zone ?? 0)
    state.ctTemplate = { zone: { original: p.zoneOriginal ?? both, reply: p.zoneReply ?? both }, helper: p.helper }
    return 'CONTINUE'
  },
  print: (p) => ` CT${describe(p, '')}`,
  save: (p) => describe(p, '--'),
})

function describe(p: Params, dashes: string): string {
  let text = ''
  if (p.notrack) text += ` ${dashes}notrack`
  if (p.helper !== null) text += ` ${dashes}helper ${p.helper}`
  if (p.timeout !== null) text += ` ${dashes}timeout ${p.timeout}`
  if (p.ctEvents.length > 0) text += ` ${dashes}ctevents ${p.ctEvents.join(',')}`
  if (p.expEvents.length > 0) text += ` ${dashes}expevents ${p.expEvents.join(',')}`
  if (p.markZone) text += ` ${dashes}zone mark`
  else if (p.zone !== null && p.zone !== 0) text += ` ${dashes}zone ${p.zone}`
  if (p.zoneOriginal !== null) text += ` ${dashes}zone-orig ${p.zoneOriginal}`
  if (p.zoneReply !== null) text += ` ${dashes}zone-reply ${p.zoneReply}`
  return text
}

export const notrackTarget = defineTarget<Record<string, never>>({
  name: 'NOTRACK',
  help: 'no tracking of this packet',
  tables: ['raw'],
  options: [],
  init: () => ({}),
  compile: () => (state) => {
    if (state.pkt.ct === null) state.pkt.ctState = 'UNTRACKED'
    return 'CONTINUE'
  },
  print: () => ' NOTRACK',
  save: () => '',
})
