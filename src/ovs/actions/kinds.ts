// Every kind of action in one table, and all words of flow text.
import type { TranslateContext } from '../translate-context.js'
import { atLeast, type OvsVersion } from '../version.js'
import type { ActionType, OfAction } from './action.js'
import { bundle, bundleWords } from './bundle.js'
import { controller, controllerWords } from './controller.js'
import { ct, ctClear, ctWords } from './ct.js'
import type { ActionKind, ActionWord } from './kind.js'
import { learn, learnWords } from './learn.js'
import { modAddress, modAddressWords, modMac } from './mod-address.js'
import { decTtl, modEcn, modIpWords, modTos, modTransport, modTtl } from './mod-ip.js'
import { move, moveWords, pop, push } from './move.js'
import { decMplsTtl, mplsNumber, mplsWords, popMpls, pushMpls } from './mpls.js'
import { multipath, multipathWords } from './multipath.js'
import { nat, natWords } from './nat.js'
import { clearActions, clone, nestWords, writeActions } from './nest.js'
import { output, outputReg, outputTrunc, outputWords } from './output.js'
import { enqueue, popQueue, queueWords, setQueue } from './queue.js'
import { sample, sampleWords } from './sample.js'
import { load, setField, setFieldWords } from './set-field.js'
import {
  checkPktLarger,
  conjunction,
  debugRecirc,
  deleteField,
  exit,
  finTimeout,
  group,
  meter,
  note,
  smallWords,
  writeMetadata,
} from './small.js'
import { gotoTable, resubmit, tableWords } from './tables.js'
import { setTunnel, tunnelWords } from './tunnel.js'
import { modVlanPcp, modVlanVid, pushVlan, stripVlan, vlanWords } from './vlan.js'

const KINDS: Readonly<Record<ActionType, ActionKind<OfAction>>> = {
  output,
  output_trunc: outputTrunc,
  output_reg: outputReg,
  controller,
  enqueue,
  bundle,
  multipath,
  group,
  set_field: setField,
  load,
  move,
  push,
  pop,
  mod_vlan_vid: modVlanVid,
  mod_vlan_pcp: modVlanPcp,
  strip_vlan: stripVlan,
  push_vlan: pushVlan,
  mod_dl_src: modMac,
  mod_dl_dst: modMac,
  mod_nw_src: modAddress,
  mod_nw_dst: modAddress,
  mod_nw_tos: modTos,
  mod_nw_ecn: modEcn,
  mod_nw_ttl: modTtl,
  mod_tp_src: modTransport,
  mod_tp_dst: modTransport,
  dec_ttl: decTtl,
  push_mpls: pushMpls,
  pop_mpls: popMpls,
  set_mpls_label: mplsNumber,
  set_mpls_tc: mplsNumber,
  set_mpls_ttl: mplsNumber,
  dec_mpls_ttl: decMplsTtl,
  set_tunnel: setTunnel,
  set_queue: setQueue,
  pop_queue: popQueue,
  fin_timeout: finTimeout,
  resubmit,
  learn,
  conjunction,
  note,
  exit,
  debug_recirc: debugRecirc,
  sample,
  nat,
  ct,
  ct_clear: ctClear,
  clone,
  check_pkt_larger: checkPktLarger,
  delete_field: deleteField,
  meter,
  clear_actions: clearActions,
  write_actions: writeActions,
  write_metadata: writeMetadata,
  goto_table: gotoTable,
}

const WORDS = new Map<string, ActionWord>(
  [
    outputWords,
    controllerWords,
    queueWords,
    bundleWords,
    multipathWords,
    setFieldWords,
    moveWords,
    vlanWords,
    modAddressWords,
    modIpWords,
    mplsWords,
    tunnelWords,
    tableWords,
    learnWords,
    ctWords,
    natWords,
    nestWords,
    sampleWords,
    smallWords,
  ].flatMap((words) => Object.entries(words)),
)

export function kindOf(action: OfAction): ActionKind<OfAction> {
  return KINDS[action.type]
}

/** First version that knows a word; those that are not here were always there. */
const SINCE: Readonly<Record<string, string>> = {
  group: '2.1',
  meter: '2.1',
  write_actions: '2.1',
  mod_nw_ecn: '2.1',
  mod_nw_ttl: '2.1',
  set_nw_ttl: '2.1',
  set_vlan_vid: '2.1',
  set_vlan_pcp: '2.1',
  set_mpls_label: '2.1',
  set_mpls_tc: '2.1',
  conjunction: '2.4',
  debug_recirc: '2.5',
  ct: '2.5',
  nat: '2.6',
  output_trunc: '2.6',
  clone: '2.7',
  encap: '2.8',
  decap: '2.8',
  dec_nsh_ttl: '2.9',
  ct_clear: '2.7',
  check_pkt_larger: '2.12',
  delete_field: '2.14',
}

/** In any case of letters. */
export function actionWord(name: string, version: OvsVersion): ActionWord | undefined {
  const word = name.toLowerCase()
  const since = Object.hasOwn(SINCE, word) ? SINCE[word]! : '0'
  return atLeast(version, since) ? WORDS.get(word) : undefined
}

/** Open vSwitch's own name for it, as its error messages say. */
export function actionName(action: OfAction): string {
  switch (action.type) {
    case 'load':
      return 'set_field'
    case 'mod_vlan_vid':
      return 'set_vlan_vid'
    case 'mod_vlan_pcp':
      return 'set_vlan_pcp'
    default:
      return action.type
  }
}

export function translateAction(action: OfAction, x: TranslateContext): void {
  KINDS[action.type].translate(action, x)
}
