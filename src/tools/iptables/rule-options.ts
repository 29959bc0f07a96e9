// What single words of a command line put into the rule: its protocol, its devices, its target, its matches.
import { ExtensionDraft, type Match, type ParseContext, type Target } from '../../kernel/netfilter/extension.js'
import { findMatch, findTarget, isUnbuilt } from '../../kernel/netfilter/extensions.js'
import { protocolNumber } from '../../kernel/netfilter/protocols.js'
import { badParameter } from '../../kernel/netfilter/xtables-error.js'
import { checkTargetName } from './names.js'
import type { RuleDraft } from './rule-draft.js'
import type { XtRun } from './xtables.js'

const IFNAMSIZ = 16

/** A netlab limit, told as such. */
export class NotBuilt extends Error {}

export function setProtocol(rule: RuleDraft, word: string, inverted: boolean): void {
  const number = protocolNumber(word)
  if (number === null) throw badParameter(`unknown protocol "${word.toLowerCase()}" specified`)
  if (number === 0 && inverted) throw badParameter('rule would never match protocol')
  rule.header.protocol = number
  rule.header.invProtocol = inverted
  rule.protocolWord = word.toLowerCase()
}

export function setDevice(
  { header }: RuleDraft,
  letter: 'i' | 'o',
  { name, inverted }: { name: string; inverted: boolean },
  run: XtRun,
): void {
  if (name === '') throw badParameter('Empty interface is likely to be undesired')
  if (name.length >= IFNAMSIZ) throw badParameter(`interface name \`${name}' must be shorter than IFNAMSIZ (${IFNAMSIZ - 1})`)
  if (/[/ ]/.test(name)) run.complain(`Warning: weird character in interface \`${name}' ('/' and ' ' are not allowed by the kernel).\n`)
  if (letter === 'i') {
    header.inDev = name
    header.invIn = inverted
  } else {
    header.outDev = name
    header.invOut = inverted
  }
}

/** -j and -g. */
export function setJump(rule: RuleDraft, letter: 'j' | 'g', name: string, context: ParseContext): void {
  checkTargetName(name)
  rule.jump = name
  rule.isGoto = letter === 'g'
  if (rule.isGoto) return
  const target = findTarget(name)
  if (target !== null) rule.target = new ExtensionDraft<Target>(target, context)
  else if (isUnbuilt('target', name)) throw new NotBuilt(`-j ${name}`)
}

export function matchNamed(name: string): Match {
  const match = findMatch(name)
  if (match !== null) return match
  if (isUnbuilt('match', name)) throw new NotBuilt(`-m ${name}`)
  throw badParameter(`Couldn't load match \`${name}':No such file or directory\n`)
}
